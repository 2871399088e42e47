"""Well-known services (`service`), as Nodemailer reads them."""

import re
from collections.abc import Mapping
from functools import cache

from loopmail.assets import read_json
from loopmail.core.js import Json
from loopmail.core.nodemailer.rules import Line

# Each line's list as data, from services.json of nodemailer-wellknown 0.1.10 (Nodemailer 2.7.2) and
# lib/well-known/services.json of nodemailer 4 and 6.

_DATA = "nodemailer_services.json"


def _key(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9.\-]", "", text).lower()


@cache
def _index(line: Line) -> Mapping[str, Mapping[str, Json]]:
    index: dict[str, Mapping[str, Json]] = {}
    for name, entry in read_json(_DATA)["services"][str(line)].items():
        fields = {k: v for k, v in entry.items() if k not in ("aliases", "domains")}
        for key in (name, *entry.get("aliases", ()), *entry.get("domains", ())):
            index[_key(key)] = fields
    return index


def service_names(line: Line) -> tuple[str, ...]:
    """Return the names of the services that this line knows, as Nodemailer spells them."""
    return tuple(read_json(_DATA)["services"][str(line)])


def find_service(name: str, line: Line) -> Mapping[str, Json] | None:
    """Return the settings that `service: name` puts over the user's own, None if unknown.

    The name may be an alias, a domain or an address (the part after the last @ counts); other
    characters than letters, digits, dots and hyphens do not. Source: nodemailer-wellknown 0.1.10,
    index.js (Nodemailer 2.7.2), and nodemailer 6.10.1, lib/well-known/index.js.
    """
    return _index(line).get(_key(name.rsplit("@", 1)[-1]))
