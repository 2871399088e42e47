"""Providers from resources (presets.json), dated, and what applying one writes.

A preset writes `type`, `host`, `port`, `secure` and `auth`, for STARTTLS also `requireTLS`. It
takes away only what would overrule that: `service` and `url` (Nodemailer lets them win), the keys
by which mail leaves otherwise than by SMTP, for
STARTTLS `ignoreTLS` and `opportunisticTLS`, for servers without TLS `requireTLS`, and for servers
without sign-in `auth`. Every other key stays.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from loopmail import assets
from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import UsageError
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.loopback.datasources import require_mail
from loopmail.core.loopback.transport import Transport

Group = Literal["mailbox", "service", "catcher"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A mail provider's server and what to know about signing in there."""

    id: str  # "gmail"
    name: str  # "GMail"
    host: str
    port: int
    secure: bool
    require_tls: bool
    user_hint: str  # "your whole address", "the word apikey", …
    advice: str  # one or two sentences; plain text
    advice_date: str  # ISO date of the advice
    help_url: str
    domains: tuple[str, ...]  # addresses that belong to it
    auth: bool = True  # False: no sign-in (a local catcher, a relay)
    user: str = ""  # the user name that everybody has there ("apikey")
    aliases: tuple[str, ...] = ()  # other ids
    hosts: tuple[str, ...] = ()  # its further servers
    group: Group = "mailbox"
    known: tuple[str, ...] = ()  # other names that people know it by, former ones too
    brand: str = ""  # what its regions have in common ("Amazon SES"); empty: there is one only
    region: str = ""  # which of them this is ("eu-west-1, Ireland")


def _preset(entry: dict[str, Json]) -> Preset:
    """Return the preset of an entry, whose keys are the fields' names in camel case."""
    values = {re.sub("[A-Z]+", lambda m: f"_{m[0].lower()}", key): entry[key] for key in entry}
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return Preset(**{**values, **lists})


@cache
def load_presets() -> tuple[Preset, ...]:
    """All presets, GMail first, then by name."""
    presets = [_preset(entry) for entry in assets.read_json("presets.json")["presets"]]
    return tuple(sorted(presets, key=lambda p: (p.id != "gmail", p.name.casefold())))


def find_preset(name: str) -> Preset:
    """Return the preset of this id (case does not matter); raise UsageError listing the ids."""
    wanted = name.strip().casefold()
    for preset in load_presets():
        if wanted in (preset.id, preset.name.casefold(), *preset.aliases):
            return preset
    ids = ", ".join(preset.id for preset in load_presets())
    raise UsageError(f"There is no preset “{name}”; the presets are {ids}.")


def preset_of(host: str, port: int | None = None) -> Preset | None:
    """Return the preset whose server this is; a program on this computer only by its port too."""
    wanted = host.strip().rstrip(".").casefold()
    for preset in load_presets():
        if wanted in (preset.host, *preset.hosts) and (preset.auth or port == preset.port):
            return preset
    return None


def apply_preset(
    workspace: Workspace,
    file: str,
    datasource: str,
    preset: Preset,
    *,
    user: str | None = None,
    transport: int = 0,
) -> list[Change]:
    """Write the preset into a transport (new data source if it is missing); other keys stay.

    GMail writes exactly type, host, port, secure and auth {user, pass}; a pass or user that is
    there stays unless `user` is given. Raise EditError where the data source is not for mail or
    has no such transport, and where LoopBack would not load what is written.
    """
    snapshot = workspace.snapshot()
    require_mail(snapshot, datasource)
    place = Transport(snapshot, file, datasource, transport)
    builder = ChangeBuilder(workspace)
    place.write(builder, _values(preset, place, user), replace=True)
    return builder.changes


def _values(preset: Preset, place: Transport, user: str | None) -> dict[str, Json]:
    values: dict[str, Json] = {
        "/type": "smtp",
        "/host": preset.host,
        "/port": preset.port,
        "/secure": preset.secure,
    }
    overruling = ["/service", "/url", *_OTHER_WAYS]
    if preset.require_tls:
        values["/requireTLS"] = True
        overruling += ["/ignoreTLS", "/opportunisticTLS"]
    elif not preset.secure:
        overruling.append("/requireTLS")
    if preset.auth:
        values |= _auth(preset, place, user)
    else:
        overruling.append("/auth")
    return values | {path: place.nothing_for(path) for path in overruling}


def _auth(preset: Preset, place: Transport, user: str | None) -> dict[str, Json]:
    """Return what of `auth` is to be written: what is given, and what no layer has yet."""
    auth: dict[str, Json] = {}
    if user is not None:
        auth["user"] = user
    elif not place.is_given("/auth/user"):
        auth["user"] = preset.user
    if not place.is_given("/auth/pass"):
        auth["pass"] = ""
    own = place.own("/auth")
    if isinstance(own, dict):
        return {f"/auth/{name}": text for name, text in auth.items()}
    if auth or own is not UNDEFINED or not isinstance(place.inherited.get("auth"), dict):
        return {"/auth": auth}
    return {}


# --- Other ways than a mail server ----------------------------------------------------

OTHER_KINDS = ("stub", "direct", "sendmail")  # to choose from; see Transport.kind
_OTHER_WAYS = ("/sendmail", "/streamTransport", "/jsonTransport", "/SES", "/direct", "/transport")


def kind_values(transport: Transport, kind: str) -> dict[str, Json]:
    """Return what to write, by path, so that mail leaves this way: `smtp` or one of OTHER_KINDS."""
    off = [path for path in _OTHER_WAYS if truthy(transport.current(path))]
    values: dict[str, Json] = {path: transport.nothing_for(path) for path in off}
    if kind != "sendmail":
        return {"/type": kind, **values}
    if truthy(transport.current("/pool")):
        values["/pool"] = transport.nothing_for("/pool")  # which would win
    return {"/type": "smtp", **values, "/sendmail": True}
