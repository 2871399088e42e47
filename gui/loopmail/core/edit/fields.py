"""Every field of a mail transport once, as data (resources/loopmail_resources/fields.json)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from loopmail import assets
from loopmail.core.js import Json
from loopmail.core.nodemailer.rules import rules_for

FieldKind = Literal["text", "number", "boolean", "secret", "choice", "lines"]
Group = Literal["server", "sign-in", "certificate", "more"]
Section = Literal["connection", "time-outs", "tls", "pool", "dkim", "messages", "debug"]
SECTIONS: tuple[Section, ...] = get_args(Section)  # of the card “More”, in its order


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a transport.

    `path` is a JSON Pointer relative to the transport. A value of the kind "secret" must not be
    shown or logged. `defaults` maps the Nodemailer major version (2, 4, 6) to the text shown in
    grey when the field is unset.
    """

    path: str
    label: str
    kind: FieldKind
    group: Group
    help: str
    choices: tuple[str, ...] = ()
    defaults: tuple[tuple[int, str], ...] = ()
    unit: str | None = None
    since: int | None = None  # first Nodemailer major version that reads it
    until: int | None = None  # last one
    section: Section | None = None  # where the card “More” lists it

    @property
    def key(self) -> str:
        """The key as people write it: `auth.user`."""
        return self.path.strip("/").replace("/", ".")

    def default_for(self, major: int) -> str:
        """Return the grey text for this Nodemailer major version, or an empty text."""
        return dict(self.defaults).get(rules_for(major).line, "")

    def read_by(self, major: int) -> bool:
        """Tell whether this Nodemailer major version reads the field at all."""
        return (self.since or 0) <= major and (self.until is None or major <= self.until)

    def explained(self) -> str:
        """Return all that there is to say of the field, a paragraph a line: What's This.

        Label and key, what it does, what may stand there, what counts where it is unset, which
        versions of Nodemailer read it, and where.
        """
        lines = [f"{self.label} ({self.key})", self.help]
        if self.choices:
            lines.append(f"One of: {', '.join(self.choices)}.")
        if self.unit:
            lines.append(f"In {_UNITS.get(self.unit, self.unit)}.")
        majors = [line for line in LINES if self.read_by(line)]
        unset = _by_version({line: self.default_for(line) for line in majors}, majors)
        if unset:
            lines.append(f"When it is not set: {unset}.")
        if len(majors) < len(LINES):
            lines.append(f"Read by {_versions(majors)} only.")
        where = _by_version({line: self._reader(line) for line in majors}, majors)
        if where:
            lines.append(f"Read in: {where}.")
        return "\n".join(line for line in lines if line)

    def _reader(self, line: int) -> str:
        for paths, files in _READERS:
            if any(
                self.path == one or one[-1] == "/" and self.path.startswith(one) for one in paths
            ):
                return files.get(line, "")
        return ""


LINES = (2, 4, 6)  # the generations of Nodemailer
_UNITS = {"ms": "milliseconds", "s": "seconds"}


def _versions(majors: Sequence[int]) -> str:
    """Return `Nodemailer 4 and 6`, a singular."""
    return f"Nodemailer {' and '.join(map(str, majors))}"


def _by_version(texts: Mapping[int, str], majors: Sequence[int]) -> str:
    """Return what holds for all, or `25 (Nodemailer 2); 587 (Nodemailer 4 and 6)`."""
    groups: dict[str, list[int]] = {}
    for line, text in texts.items():
        if text:
            groups.setdefault(text, []).append(line)
    if len(groups) == 1 and [*groups.values()] == [list(majors)]:
        return next(iter(groups))
    return "; ".join(f"{text} ({_versions(lines)})" for text, lines in groups.items())


def explained(*paths: str) -> str:
    """Return what there is to say of several fields, one after the other (see Field.explained)."""
    return "\n\n".join(one.explained() for one in TRANSPORT_FIELDS if one.path in paths)


@dataclass(frozen=True, slots=True)
class DeadKey:
    """A key people write that Nodemailer never reads.

    `key` and `use` are JSON Pointers relative to the transport; `use` is what to write instead.
    """

    key: str
    use: str | None
    text: str


def _field(entry: Mapping[str, Json]) -> Field:
    defaults = tuple((int(major), text) for major, text in entry.get("defaults", {}).items())
    return Field(**{**entry, "choices": tuple(entry.get("choices", ())), "defaults": defaults})


def _dead_key(key: str, use: str | None, text: str) -> DeadKey:
    return DeadKey(f"/{key}", None if use is None else f"/{use}", text)


_DATA = assets.read_json("fields.json")
_READERS: list[tuple[list[str], dict[int, str]]] = [
    (one["paths"], {int(line): file for line, file in one["files"].items()})
    for one in _DATA["readers"]
]
TRANSPORT_FIELDS: tuple[Field, ...] = tuple(map(_field, _DATA["fields"]))
DEAD_KEYS: tuple[DeadKey, ...] = tuple(_dead_key(**entry) for entry in _DATA["deadKeys"])
