"""The names under which LoopBack knows a data source, and which names are fit for a new one."""

import re
from collections.abc import Iterable
from functools import lru_cache

from loopmail.core.js import INHERITED_FUNCTIONS

# A data source of such a name would be mistaken for what every JavaScript object inherits.
_INHERITED = INHERITED_FUNCTIONS | {"__proto__"}
# What LoopBack's own generator refuses (generator-loopback, lib/helpers.js, validateValue).
_REFUSED = re.compile(r"[/@\s+%:.\\\"'`]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST = 200


def camelize(name: str) -> str:
    """Return `my-mail` as `myMail`; underscore.string's camelize, as LoopBack uses it."""
    return re.sub(r"[-_\s]+(.)?", lambda m: (m.group(1) or "").upper(), name.strip())


def classify(name: str) -> str:
    """Return `my-mail` as `MyMail`; underscore.string's classify, as LoopBack uses it."""
    spaced = re.sub(r"[\W_]", " ", name, flags=re.ASCII)
    joined = re.sub(r"\s", "", camelize(spaced))
    return joined[:1].upper() + joined[1:]


@lru_cache(maxsize=4096)
def registered_names(name: str) -> tuple[str, ...]:
    """Return every name a data source answers to (loopback lib/application.js, app.dataSource)."""
    return tuple(dict.fromkeys((name, classify(name), camelize(name))))


def index_names(names: Iterable[str]) -> dict[str, str]:
    """Return every name data sources answer to, and the key it leads to; the last one wins."""
    return {alias: name for name in names for alias in registered_names(name)}


def resolve(names: Iterable[str], wanted: str) -> str | None:
    """Return the key of the data source that LoopBack finds for `wanted`, or None."""
    return index_names(names).get(wanted)


def refusal(name: str, taken: Iterable[str]) -> str | None:
    """Return a sentence saying why a new data source cannot have this name, or None."""
    if not name:
        return "A data source needs a name."
    if _CONTROL.search(name):
        return "A data source's name cannot hold control characters or line breaks."
    refused = _REFUSED.search(name)
    if refused:
        what = "blanks" if refused.group().isspace() else f"“{refused.group()}”"
        return f"A data source's name cannot hold {what}; use letters, digits, “-” and “_”."
    if len(name) > _LONGEST:
        return f"A data source's name can have at most {_LONGEST} characters."
    if name in _INHERITED:
        return f"“{name}” is a name of JavaScript's own; choose another one."
    return _clash(name, taken)


def _clash(name: str, taken: Iterable[str]) -> str | None:
    own = set(registered_names(name))
    for other in taken:
        if other == name:
            return f"There is a data source “{name}” already."
        if own & set(registered_names(other)):
            return f"LoopBack could not tell “{name}” from the data source “{other}”."
    return None
