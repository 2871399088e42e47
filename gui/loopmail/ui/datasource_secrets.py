"""The passwords of a data source of another connector, and where they are kept."""

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.secret_names import secret_places
from loopmail.core.secrets import variable_name
from loopmail.core.workspace import Change
from loopmail.ui.password_field import SecretField
from loopmail.ui.transport_form_card import FormCard
from loopmail.ui.transport_form_values import TransportValues, dig, file_changes


class DatasourceValues(TransportValues):
    """A whole data source where the form expects a transport: paths begin at the data source."""

    def prefix(self) -> str:
        """Return an empty pointer."""
        return ""

    def frozen(self) -> "DatasourceValues":
        """Return the same data source of the same layer, whatever is chosen meanwhile."""
        copy = DatasourceValues(self.state, self.datasource, 0)
        copy._layer = self.layer
        return copy

    def effective(self, path: str) -> Json:
        """Return the value LoopBack would load, or UNDEFINED."""
        found = self.effective_datasource()
        return self.own(path) if found is None else dig(found.settings, path)

    def variable_name(self, ending: str = "PASS") -> str:
        """Return the variable loopmail would make for a secret of this data source."""
        return variable_name(self.datasource, None, ending)

    def changes(self, values: Mapping[str, Json]) -> list[Change]:
        """Return the changes that write values by path (UNDEFINED removes) into the layer."""
        steps = [(self.pointer(path), value) for path, value in values.items()]
        return file_changes(self.state, self.layer, steps)


class DatasourceSecrets(FormCard):
    """A row for each password of the layer that is edited; hidden if there is none."""

    def __init__(self, values: DatasourceValues, parent: QWidget | None = None) -> None:
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
        """Show what the file says now."""
        own = self.values.own("")
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
