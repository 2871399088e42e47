"""A card of the transport form: bound fields under a heading."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from loopmail.core.fields import TRANSPORT_FIELDS, Field, FieldKind, Group
from loopmail.ui.binding import KINDS, Binding, Found
from loopmail.ui.transport_form_row import FieldRow
from loopmail.ui.transport_form_values import TransportValues
from loopmail.ui.widgets import Card


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
        self.bindings: list[Binding] = []
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)

    def add_field(
        self, field: Field, kind: str = "", text: str = "", mnemonic: str = ""
    ) -> Binding:
        """Add a row with a bound editor; `text` stands beside a check box."""
        binding = self.make_binding(field, kind, text)
        self.add_row(field.label, binding.row, binding.widget, mnemonic)
        return binding

    def make_binding(self, field: Field, kind: str = "", text: str = "") -> Binding:
        """Make a bound editor in a row of its own, not yet placed."""
        widget = KINDS[kind or field.kind].make(replace(field, help=text) if text else field)
        widget.setObjectName("field" + field.path.replace("/", "-"))
        widget.setToolTip(tool_tip(field))
        widget.setAccessibleName(field.label)
        binding = Binding(self.values, field, FieldRow(widget), widget, kind)
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

    def show_problems(self, found: Found) -> None:
        """Show what the checks found, by path; no value is read."""
        for binding in self.bindings:
            binding.show_problems(found)
