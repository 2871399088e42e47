"""Names that were probably meant for LoopBack, and that it does not read: files, environments.

LoopBack reads `datasources.json` and, beside it, `datasources.local.*` and `datasources.<env>.*`
with exactly these names (loopback-boot 2.28 `lib/config-loader.js`, findConfigFiles(); 3.3
`lib/plugin-base.js`, findConfigFiles()). A `datasources.js` alone is not among them.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from loopmail.core.near_miss import closest, differ_in_digits

# --- Copies and templates -------------------------------------------------------------

_COPY_WORDS = frozenset(
    ("example", "examples", "sample", "samples", "template", "templates", "tmpl", "tpl")
    + ("bak", "backup", "bkp", "old", "orig", "original", "copy", "save", "saved")
    + ("dist", "tmp", "temp", "disabled")
)
_JSON_OR_SCRIPT = re.compile(r"\.(?:json|js)\Z", re.IGNORECASE)
_NUMBERED = re.compile(r"[ _-]*\(\d{1,3}\)\Z|(?<=[A-Za-z])[ _-]?\d{1,3}\Z")
_WORDS = re.compile(r"[.\s_-]+")


@lru_cache(maxsize=1024)  # asked of the same few names at every letter
def is_copy(name: str) -> bool:
    """Tell whether a file's or an environment's name is that of a template or of a backup.

    Examples are `datasources.example.json`, `datasources.json.bak`, `production copy` and `old2`.
    """
    name = _JSON_OR_SCRIPT.sub("", name)
    if name.endswith("~"):
        return True
    bare = _NUMBERED.sub("", name)
    if bare != name and name.endswith(")"):
        return True
    last = [_WORDS.split(one.lower())[-1] for one in (name, bare)]
    return any(one in _COPY_WORDS for one in last) or name.lower().startswith("copy of ")


# --- Files ----------------------------------------------------------------------------

Kind = Literal["misspelt", "script", "copy"]

# What stands behind the dot where somebody meant `.json`, or has another format in mind.
_ENDING = re.compile(
    r"\.(?P<ending>json5?|jsonc|jsonp?|jsn|jso|jason|sjon|js|cjs|mjs|ts|ya?ml|txt)\Z", re.IGNORECASE
)
_SCRIPTS = ("js", "cjs", "mjs", "ts")
_JOINTS = re.compile(r"[-_\s]+")
_ALIKE = 0.88  # `datasorce` is, `datasourcesschema` is not


class Misnamed(NamedTuple):
    """A file that LoopBack does not read although its name is nearly that of one it does."""

    name: str
    meant: str  # what LoopBack reads
    kind: Kind


def misnamed_files(names: Iterable[str], kind: str) -> tuple[Misnamed, ...]:
    """Return those of a folder's file names that are nearly those of `kind`, best first.

    A script called as the base file comes first, then misspellings, then templates and backups.
    """
    found = (one for name in names if (one := _look(name, kind)) is not None)
    order: tuple[Kind, ...] = ("script", "misspelt", "copy")
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.name)))


def _look(name: str, kind: str) -> Misnamed | None:
    base = f"{kind}.json"
    if name == base or not name.isprintable() or name.endswith(".d.ts"):
        return None
    if is_copy(name):
        return Misnamed(name, base, "copy") if _alike(_WORDS.split(name)[0], name, kind) else None
    stem, ending = name, ""
    while match := _ENDING.search(stem):  # datasources.json.txt: what Windows hides
        stem, ending = stem[: match.start()], match["ending"].lower()
    if stem == kind and ending in _SCRIPTS:
        return Misnamed(name, base, "script")
    head, _, env = stem.partition(".")
    if not ending or head == kind and env and ending in _SCRIPTS:
        return None  # a layer's script (perhaps still to be compiled); some other file
    if head == kind and name == f"{stem}.json":
        return None  # a layer
    if _fold(head) == _fold(kind) or closest(_fold(head), [_fold(kind)], cutoff=_ALIKE):
        return Misnamed(name, f"{kind}.{env}.json" if env else base, "misspelt")
    for joint in "-_":  # datasources-production.json
        before, _, env = stem.partition(kind + joint)
        if not before and env and env.isalnum() and "schema" not in env.lower():
            return Misnamed(name, f"{kind}.{env}.json", "misspelt")
    return None


def _fold(text: str) -> str:
    return _JOINTS.sub("", text).lower()


def _alike(first: str, name: str, kind: str) -> bool:
    """Tell whether a copy's name is about this kind, wherever in the name that stands."""
    return _fold(kind) in _fold(name) or closest(first, [_fold(kind)], cutoff=_ALIKE) is not None


# --- Environments ---------------------------------------------------------------------

WELL_KNOWN = ("development", "production", "test")
_SHORT_FORM = 3  # letters: “prod”, “dev”
_ENV_ALIKE = 0.75


class EnvironmentHint(NamedTuple):
    """What is odd about the environment's name; `near` is what was probably meant."""

    text: str
    near: str | None


def environment_hint(env: str | None, with_files: Sequence[str]) -> EnvironmentHint | None:
    """Return what is odd about an environment's name, None if nothing is.

    `with_files` are the environments that have files of their own.
    """
    if env is None or env in with_files or env in (*WELL_KNOWN, "local"):
        return None
    if env != env.strip():
        name = env.strip()
        return EnvironmentHint(
            f"The environment is “{env}”, with a blank at its end or start: LoopBack looks for "
            f"“datasources.{env}.json” and does not find the files of “{name}”. On Windows, “set "
            f'NODE_ENV={name} && …” takes the blank along; write “set "NODE_ENV={name}" && …”.',
            name,
        )
    near = _near_environment(env, with_files)
    if near is not None:
        return EnvironmentHint(
            f"No file is for the environment “{env}”: LoopBack reads the files for all "
            f"environments only. Was “{near}” meant?",
            near,
        )
    if not with_files:
        return None
    listed = ", ".join(with_files[:10])
    return EnvironmentHint(
        f"No file is for the environment “{env}”: LoopBack reads the files for all environments "
        f"only. There are files for {listed}.",
        None,
    )


def _near_environment(env: str, with_files: Sequence[str]) -> str | None:
    for one in with_files:
        if one.lower() == env.lower():
            return one
        if len(env) >= _SHORT_FORM and one.lower().startswith(env.lower()):
            return None if differ_in_digits(env, one) else one
    near = closest(env, (*with_files, *WELL_KNOWN), cutoff=_ENV_ALIKE)
    return None if near is None or differ_in_digits(env, near) else near
