"""The passwords of a data source of another connector, and where they are kept."""

from PySide6.QtWidgets import QWidget

from loopmail.core.js import UNDEFINED
from loopmail.core.secret_names import secret_places
from loopmail.ui.binding import Found
from loopmail.ui.password_field import SecretField
from loopmail.ui.transport_form_card import FormCard
from loopmail.ui.transport_form_values import TransportValues


class DatasourceSecrets(FormCard):
    """A row for each password of the layer that is edited; hidden if there is none."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__("", values, parent)
        self.title.setText(self.tr("Passwords"))
        self.fields: dict[str, SecretField] = {}

    def show_datasource(self, name: str) -> None:
        """Show the passwords of a data source."""
        if name != self.values.datasource:
            self.reset()
            self.values.datasource = name
        self.refresh()

    def refresh(self) -> None:
        """Show a row for each secret that stands in the layer now."""
        own = self.values.transport.own("")
        paths = [] if own is UNDEFINED else secret_places(own)
        if paths != list(self.fields):
            for field in self.fields.values():
                label = self.form.labelForField(field.row)
                self.form.takeRow(field.row)
                for widget in (label, field.row):
                    widget.hide()
                    widget.deleteLater()
                field.deleteLater()
            self.fields = {path: self._add(path) for path in paths}
        for field in self.fields.values():
            field.refresh()
        self.setVisible(bool(paths))

    def show_problems(self, found: Found) -> None:
        """Show what the checks found about the passwords."""
        for field in self.fields.values():
            field.show_problems(found)

    def _add(self, path: str) -> SecretField:
        label = path.strip("/").replace("/", ".")
        field = SecretField(self.values, path, label, self)
        self.add_row(label, field.row, field.edit)
        return field

    def reset(self) -> None:
        """Another data source is shown."""
        super().reset()
        for field in self.fields.values():
            field.flush()
            field.reset()
