"""A card of the transport form, with bound fields under a heading; and which card has which field."""

from dataclasses import replace
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from loopmail.core.edit.fields import TRANSPORT_FIELDS, Field, FieldKind, Group
from loopmail.core.js import Json
from loopmail.core.loopback.transport import SignIn, sign_in_of
from loopmail.ui.form.binding import KINDS, FieldBinding, FieldProblems
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import Card


def field_at(path: str, label: str, kind: FieldKind, group: Group = "server") -> Field:
    """Return the field of a path under the window's label; one made up if the data lack it."""
    for known in TRANSPORT_FIELDS:
        if known.path == path:
            return replace(known, label=label, kind=kind)
    return Field(path, label, kind, group, "")


def tool_tip(field: Field) -> str:
    """Return the tool tip: the JSON key, then the help."""
    key = field.path.strip("/").replace("/", ".")
    return f"{key}\n{field.help}" if field.help else key


class FormCard(Card):
    """A card whose rows are fields of a transport."""

    def __init__(self, title: str, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.values = values
        self.bindings: list[FieldBinding] = []
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)

    def add_field(
        self, field: Field, kind: str = "", text: str = "", mnemonic: str = ""
    ) -> FieldBinding:
        """Add a row with a bound editor; `text` stands beside a check box."""
        binding = self.make_binding(field, kind, text)
        self.add_row(field.label, binding.row, binding.widget, mnemonic)
        return binding

    def make_binding(self, field: Field, kind: str = "", text: str = "") -> FieldBinding:
        """Make a bound editor in a row of its own, not yet placed."""
        widget = KINDS[kind or field.kind].make(replace(field, help=text) if text else field)
        widget.setObjectName("field" + field.path.replace("/", "-"))
        widget.setToolTip(tool_tip(field))
        widget.setAccessibleName(field.label)
        binding = FieldBinding(self.values, field, FieldRow(widget), widget, kind)
        self.bindings.append(binding)
        return binding

    def reset(self) -> None:
        """Forget what was typed and refused in the card's fields, for the transport left."""
        for binding in self.bindings:
            binding.reset()

    def refresh(self) -> None:
        """Show what the file says now, and what the checks found."""
        self.show_values()
        self.show_problems(self.values.problems())

    def show_values(self) -> None:
        """Show what the file says now."""
        transport = self.values.transport
        for binding in self.bindings:
            binding.show(transport)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found, by path; no value is read."""
        for binding in self.bindings:
            binding.show_problems(found)


# --- Which card has which field -------------------------------------------------------

WAYS: tuple[SignIn, ...] = ("none", "password", "oauth2", "other")
NONE, PASSWORD, OAUTH2, OTHER = range(4)

# The rows that the cards always have, by hand.
_ON_CARDS = {
    *("/type", "/host", "/port", "/secure", "/ignoreTLS", "/requireTLS", "/name"),
    *("/tls/rejectUnauthorized", "/tls/servername", "/tls/ca"),
}
_SIGN_IN = {"/auth/user", "/auth/pass", "/auth/type"}
_NOT_OAUTH = {"/auth/method", "/auth/domain", "/auth/workstation"}


@cache
def oauth_fields(major: int) -> tuple[Field, ...]:
    """Return the OAuth 2 fields that this Nodemailer reads."""
    return tuple(field for field in TRANSPORT_FIELDS if _is_oauth(field) and field.read_by(major))


def _is_oauth(field: Field) -> bool:
    path = field.path
    return path.startswith("/auth/") and path not in _SIGN_IN | _NOT_OAUTH


@cache
def more_fields(major: int) -> tuple[Field, ...]:
    """Return the fields this Nodemailer reads and no other card has: the card “More”."""
    on_cards = _ON_CARDS | _SIGN_IN
    return tuple(
        field
        for field in TRANSPORT_FIELDS
        if field.path not in on_cards and not _is_oauth(field) and field.read_by(major)
    )


def shown_paths(major: int, auth: Json) -> set[str]:
    """Return the paths that have a row now; all other keys belong into the table of keys."""
    shown = _ON_CARDS | {field.path for field in more_fields(major)}
    way = sign_in_of(auth)
    if way == "password":
        shown |= {"/auth/user", "/auth/pass"}
    elif way == "oauth2":
        shown |= {"/auth/user", "/auth/type", *(field.path for field in oauth_fields(major))}
    return shown
