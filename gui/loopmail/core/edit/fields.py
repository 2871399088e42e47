"""Every field of a mail transport once, as data (resources/loopmail_resources/fields.json)."""

from collections.abc import Mapping
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
TRANSPORT_FIELDS: tuple[Field, ...] = tuple(map(_field, _DATA["fields"]))
DEAD_KEYS: tuple[DeadKey, ...] = tuple(_dead_key(**entry) for entry in _DATA["deadKeys"])
