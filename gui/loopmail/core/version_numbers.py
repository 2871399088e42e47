"""Version numbers and npm ranges, as far as LoopBack's own releases need them."""

import re
from functools import lru_cache
from typing import Any

from loopmail import assets

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+][0-9A-Za-z.+-]{1,60})?\Z")
_COMPARATOR = re.compile(
    r"(?P<sign>\^|~>?|>=?|<=?|=)?\s*v?(?P<major>\d{1,6}|[xX*])"
    r"(?:\.(?P<minor>\d{1,6}|[xX*]))?(?:\.(?P<patch>\d{1,6}|[xX*]))?(?:[-+][0-9A-Za-z.+-]*)?"
)


def table() -> Any:
    """Return the facts about published releases; the value is shared."""
    return assets.read_json("loopback_versions.json")


def is_version(text: object) -> bool:
    """Tell whether a text is a complete version number, e.g. `3.28.0` or `3.0.0-alpha.2`."""
    return isinstance(text, str) and _VERSION.match(text) is not None


@lru_cache(maxsize=256)
def version_key(text: str) -> tuple[int, int, int]:
    """Return the three numbers of a version for comparing; a broken one is the lowest."""
    match = _VERSION.match(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else (0, 0, 0)


def nodemailer_of(loopback: str) -> str:
    """Return the last Nodemailer that this LoopBack's package.json allows."""
    rows = [
        row
        for row in table()["nodemailer"]
        if version_key(row["loopback"]) <= version_key(loopback)
    ]
    version: str = rows[-1]["version"]
    return version


def highest_of_range(text: str | None, package: str) -> str | None:
    """Return the version that npm would take for a range, or None if it is no range of numbers.

    `package` is `loopback` or `boot`. Of a minor version only the first release is known, which
    is enough: LoopBack changes its Nodemailer with minor versions only.
    """
    if text is None or len(text) > 200:
        return None
    last: dict[str, str] = table()[package]
    best = [_highest(part.strip(), last) for part in text.split("||")]
    found = [version for version in best if version is not None]
    return max(found, key=version_key) if found else None


def _highest(part: str, last: dict[str, str]) -> str | None:
    newest = max(last.values(), key=version_key)
    if part in ("", "latest", "*", "x", "X"):
        return newest
    matches = list(_COMPARATOR.finditer(part))
    if not matches or re.sub(r"[\s,-]", "", _COMPARATOR.sub("", part)):
        return None
    if len(matches) > 1:
        return _between(matches, part, last, newest)
    match = matches[0]
    sign = match["sign"] or ""
    if sign in (">", ">="):
        return newest
    if sign in ("<", "<="):
        return _below(match, last, inclusive=sign == "<=")
    return _one(match, last)


def _one(match: re.Match[str], last: dict[str, str]) -> str | None:
    """Return the highest version of `^1.2.3`, `~1.2.3`, `1.2.x`, `1`, `1.2.3`."""
    major, minor, patch = match["major"], match["minor"], match["patch"]
    if not major.isdigit():
        return max(last.values(), key=version_key)
    open_minor = minor is None or not minor.isdigit()
    if open_minor or match["sign"] == "^":
        newest = last.get(str(int(major)))
        return newest or (f"{int(major)}.0.0" if 0 < int(major) <= 2 else None)
    number = patch if patch is not None and patch.isdigit() else "0"
    return f"{int(major)}.{int(minor)}.{int(number)}"


def _between(
    matches: list[re.Match[str]], part: str, last: dict[str, str], newest: str
) -> str | None:
    """Return the highest of `>=2.1.0 <3.0.0` or `2.1.0 - 2.9.0`."""
    upper = [match for match in matches if match["sign"] in ("<", "<=")]
    if upper:
        return _below(upper[0], last, inclusive=upper[0]["sign"] == "<=")
    return _one(matches[-1], last) if " - " in part else newest


def _below(match: re.Match[str], last: dict[str, str], *, inclusive: bool) -> str | None:
    parts = [match["major"], match["minor"] or "0", match["patch"] or "0"]
    bound = tuple(int(part) if part.isdigit() else 0 for part in parts)
    candidates = [
        version
        for version in last.values()
        if version_key(version) < (bound[0], bound[1], bound[2])
    ]
    if inclusive or bound[1] > 0:
        return f"{bound[0]}.{bound[1]}.{bound[2]}" if inclusive else f"{bound[0]}.{bound[1] - 1}.0"
    return max(candidates, key=version_key) if candidates else None
