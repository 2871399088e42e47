"""Every field of a mail transport once, as data. STUB: `TRANSPORT_FIELDS` is being filled."""

from dataclasses import dataclass
from typing import Literal

from loopmail.core.js import Json

FieldKind = Literal["text", "number", "boolean", "secret", "choice", "lines"]
Group = Literal["server", "sign-in", "certificate", "more"]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a transport.

    `path` is a JSON Pointer relative to the transport. `defaults` maps the Nodemailer major
    version (2, 4, 6) to the text shown in grey when the field is unset.
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

    def default_for(self, major: int) -> str:
        """Return the grey text for this Nodemailer major version, or an empty text."""
        return dict(self.defaults).get(major, "")

    def written(self, value: Json) -> bool:
        """Tell whether the field's kind can show this JSON value faithfully."""
        raise NotImplementedError


TRANSPORT_FIELDS: tuple[Field, ...] = ()
