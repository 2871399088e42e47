"""The card “More”: every other setting, made from the field data, and the keys nobody knows."""

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from loopmail.core.edit.fields import Field
from loopmail.core.js import UNDEFINED
from loopmail.core.secret_names import secret_places
from loopmail.ui.form.binding import FieldProblems
from loopmail.ui.form.card import FormCard, field_at, more_fields, tool_tip
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.form.unknown_keys import UnknownKeys, listed_keys
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import LABEL_WIDTH, plain_label
from loopmail.ui.widgets.icons import icon

_SOMETIMES = {"/url", "/proxy"}  # secrets only if they carry a password


class MoreCard(FormCard):
    """The EHLO name in sight; the rest folded away until asked for."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__("", values, parent)
        self.title.setText(self.tr("More"))
        self.summary = plain_label("", "muted")
        self.header.addWidget(self.summary)
        self.toggle = QPushButton(self.tr("Show all settings"))
        self.toggle.setCheckable(True)
        self.toggle.setProperty("role", "link")
        self.toggle.setIcon(icon("chevron-right", "accent"))
        self.toggle.toggled.connect(self.unfold)
        self.header.addWidget(self.toggle)
        name = self.add_field(field_at("/name", self.tr("EHLO name"), "text", "more"))
        name.default = name.default if name.field.defaults else self._default_name
        self._major = 0
        self._inner: _FoldedFields | None = None
        self.keys = UnknownKeys(values, self)
        self.keys.hide()
        self.body.addWidget(self.keys)

    def _default_name(self) -> str:
        return self.tr("this computer's full name, else [127.0.0.1]")

    def unfold(self, on: bool) -> None:
        """Show or hide the rest."""
        self.toggle.setChecked(on)
        self.toggle.setIcon(icon("chevron-down" if on else "chevron-right", "accent"))
        self.toggle.setText(self.tr("Show less") if on else self.tr("Show all settings"))
        self.refresh()

    def reset(self) -> None:
        """Forget what was typed and refused here, for the transport left."""
        super().reset()
        self.keys.reset()
        if self._inner is not None:
            self._inner.reset()

    def show_values(self) -> None:
        """Show the summary, and the folded fields when they are open (made when first needed)."""
        super().show_values()
        shown = self.toggle.isChecked()
        self._show_summary()
        if shown:
            self._make_fields()
        if self._inner is not None:
            self._inner.setVisible(shown)
            if shown:
                self._inner.show_values()
        self.keys.setVisible(shown)
        if shown:
            self.keys.refresh()

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the further settings."""
        super().show_problems(found)
        if self._inner is not None:
            self._inner.show_problems(found)

    def _make_fields(self) -> None:
        major = self.values.state.versions.nodemailer_major
        if self._inner is not None and major == self._major:
            return
        if self._inner is not None:
            self.body.removeWidget(self._inner)
            self._inner.hide()
            self._inner.deleteLater()
        self._major = major
        self._inner = _FoldedFields(more_fields(major), self.values, self)
        self.body.insertWidget(self.body.indexOf(self.keys), self._inner)

    def _show_summary(self) -> None:
        keys = len(listed_keys(self.values))
        text = self.tr("alias, time-outs, pool")
        if keys:
            text += ", " + (
                self.tr("1 other key")
                if keys == 1
                else self.tr("%1 other keys").replace("%1", str(keys))
            )
        self.summary.setText("" if self.toggle.isChecked() else text)


class _FoldedFields(FormCard):
    """The generated rows, without a frame of their own."""

    def __init__(
        self, fields: Sequence[Field], values: TransportValues, parent: QWidget | None = None
    ) -> None:
        super().__init__("", values, parent)
        self.setProperty("role", None)
        self.title.hide()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.secrets: list[SecretField] = []
        for field in fields:
            if field.kind == "secret":
                self._narrow(self._add_secret(field))
                continue
            binding = self.add_field(field)
            self._narrow(binding.row)
            if field.unit:
                binding.row.line.addWidget(plain_label(field.unit, "muted"))
            if field.kind in ("number", "boolean", "choice"):
                binding.row.line.addStretch(1)

    def _add_secret(self, field: Field) -> QWidget:
        secret = SecretField(
            self.values, field.path, field.label, self, sometimes=field.path in _SOMETIMES
        )
        secret.edit.setToolTip(tool_tip(field))
        self.add_row(field.label, secret.row, secret.edit)
        self.secrets.append(secret)
        return secret.row

    def _narrow(self, row: QWidget) -> None:
        """Keep the label in line with the other cards, long names in two lines."""
        label = self.form.labelForField(row)
        if isinstance(label, QLabel):
            label.setFixedWidth(LABEL_WIDTH)
            label.setWordWrap(True)

    def reset(self) -> None:
        """Forget what was typed and refused, secrets included, for the transport left."""
        super().reset()
        for secret in self.secrets:
            secret.reset()

    def show_values(self) -> None:
        """Show the folded fields, secrets included."""
        super().show_values()
        for secret in self.secrets:
            secret.refresh()

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the folded settings."""
        super().show_problems(found)
        for secret in self.secrets:
            secret.show_problems(found)


# --- The passwords of a data source of another connector, and where they are kept -----


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

    def show_problems(self, found: FieldProblems) -> None:
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
