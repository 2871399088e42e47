"""A card of the transport form, with bound fields under a heading; and which card has which field."""

from dataclasses import replace
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QLayout, QWidget

from loopmail.core.edit.fields import TRANSPORT_FIELDS, Field, FieldKind
from loopmail.core.js import Json
from loopmail.core.loopback.transport import Transport, sign_in_of
from loopmail.ui.form.binding import KINDS, FieldBinding
from loopmail.ui.form.row import FieldProblems, FieldRow, Note
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import Card, em

LABEL_COLUMN = 16.5  # em
_FIELD_EDGE = 12  # what a field of one line is higher than its text: border and padding
_ANY_WIDTH = 16_777_215  # Qt's own largest size


def field_at(path: str, label: str, kind: FieldKind) -> Field:
    """Return the field of a path under the window's label."""
    known = next(field for field in TRANSPORT_FIELDS if field.path == path)
    return replace(known, label=label, kind=kind)


class _Beside(Note):
    """What a check box means, in as many lines as it takes; a click changes the box."""

    def __init__(self, text: str, box: QCheckBox) -> None:
        super().__init__(text, None)
        self._box = box

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Change the box (Qt's virtual method)."""
        if event.button() == Qt.MouseButton.LeftButton and self._box.isEnabled():
            self._box.setFocus(Qt.FocusReason.MouseFocusReason)
            self._box.click()


class FormCard(Card):
    """A card whose rows are fields of a transport."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.values = values
        self.state = values.state
        self.bindings: list[FieldBinding] = []
        self.secrets: list[SecretField] = []
        values.state.opened.connect(self.reset)
        self._narrow = False
        self.in_tls = False  # whether there are settings of TLS, which the environment may give
        self.form.setVerticalSpacing(8)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)

    def add_row(
        self,
        label: str,
        field: QWidget | QLayout,
        buddy: QWidget | None = None,
        mnemonic: str = "",
    ) -> QLabel:
        """Add a labelled row (see `Card.add_row`), in the form's own measures."""
        made = super().add_row(label, field, buddy, mnemonic)
        self._measure(made)
        return made

    def set_narrow(self, narrow: bool) -> None:
        """Put the labels above the fields, or beside them."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        policy = QFormLayout.RowWrapPolicy
        self.form.setRowWrapPolicy(policy.WrapAllRows if narrow else policy.DontWrapRows)
        side = Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag.AlignRight
        self.form.setLabelAlignment(side | Qt.AlignmentFlag.AlignTop)
        for at in range(self.form.rowCount()):
            item = self.form.itemAt(at, QFormLayout.ItemRole.LabelRole)
            label = item.widget() if item is not None else None
            if isinstance(label, QLabel):
                self._measure(label)

    def _measure(self, label: QLabel) -> None:
        """Make a label as high as a field of one line beside it, or just as high as its text."""
        side = Qt.AlignmentFlag.AlignLeft if self._narrow else Qt.AlignmentFlag.AlignRight
        label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        label.setMinimumWidth(0 if self._narrow else em(LABEL_COLUMN))
        label.setMaximumWidth(_ANY_WIDTH if self._narrow else em(LABEL_COLUMN))
        label.setWordWrap(not self._narrow)
        metrics = label.fontMetrics()
        height = metrics.height() + (2 if self._narrow else _FIELD_EDGE)
        wraps = metrics.horizontalAdvance(label.text()) > em(LABEL_COLUMN) and not self._narrow
        label.setMinimumHeight(height)
        label.setMaximumHeight(_ANY_WIDTH if wraps else height)

    def add_field(
        self, field: Field, kind: str = "", text: str = "", mnemonic: str = ""
    ) -> FieldBinding:
        """Add a row with a bound editor; `text` stands beside a check box."""
        binding = self.make_binding(field, kind, text)
        self.add_row(field.label, binding.row, binding.widget, mnemonic)
        return binding

    def make_binding(self, field: Field, kind: str = "", text: str = "") -> FieldBinding:
        """Make a bound editor in a row of its own, not yet placed."""
        kind = kind or field.kind
        widget = KINDS[kind].make(replace(field, help="") if text else field)
        name_field(widget, field)
        row = FieldRow(widget)
        if isinstance(widget, QCheckBox) and text:
            row.line.setStretchFactor(widget, 0)
            row.line.addWidget(_Beside(text, widget))
            row.line.addStretch(1)
        binding = FieldBinding(self.values, field, row, widget, kind)
        self.bindings.append(binding)
        return binding

    def add_secret(
        self, field: Field, mnemonic: str = "", *, apart: bool = False, sometimes: bool = False
    ) -> SecretField:
        """Add a row with a secret; for `apart` and `sometimes` see there."""
        place = (self.values, field.path, field.label, self)
        secret = SecretField(*place, apart=apart, sometimes=sometimes)
        explain(secret.edit, field)
        self.add_row(field.label, secret.row, secret.edit, mnemonic)
        self.secrets.append(secret)
        return secret

    def reset(self) -> None:
        """Store typed secrets, forget what was refused and said; before another transport is shown."""
        for binding in self.bindings:
            binding.reset()
        for secret in self.secrets:
            secret.reset()

    def refresh(self) -> None:
        """Show what the file says now, and what the checks found; nothing while no app is open."""
        if self.state.workspace is not None:
            self.show_values(self.values.transport)
            self.show_problems(self.values.problems())

    def show_values(self, transport: Transport) -> None:
        """Show what the file says now."""
        if self.in_tls:
            notes = self.values.environment_notes()
            for binding in self.bindings:
                binding.outside = notes.get(binding.field.path, "")
        for binding in self.bindings:
            binding.show(transport)
        for secret in self.secrets:
            if not secret.row.isHidden():
                secret.show(transport)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found, by path; no value is read."""
        for binding in self.bindings:
            binding.show_problems(found)
        for secret in self.secrets:
            secret.show_problems(found)


def name_field(widget: QWidget, field: Field) -> None:
    """Give an editor its names and its tool tip."""
    widget.setObjectName("field" + field.path.replace("/", "-"))
    explain(widget, field)
    widget.setAccessibleName(field.label)


def explain(widget: QWidget, field: Field) -> None:
    """Give an editor its tool tip (the JSON key, then the help) and all there is for What's This."""
    widget.setToolTip(f"{field.key}\n{field.help}" if field.help else field.key)
    widget.setWhatsThis(field.explained())


# --- Which card has which field -------------------------------------------------------

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
