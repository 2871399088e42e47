"""The card “More”: every other setting, made from the field data, and the keys nobody knows."""

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from loopmail.core.edit.fields import Field
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.transport import Transport
from loopmail.core.plain_secrets import secret_places
from loopmail.ui.form.binding import FieldProblems
from loopmail.ui.form.card import FormCard, field_at, more_fields
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.form.unknown_keys import UnknownKeys, listed_keys
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import LABEL_WIDTH, counted, plain_label
from loopmail.ui.widgets.icons import icon

_SOMETIMES = {"/url", "/proxy"}  # secrets only if they carry a password


class MoreCard(FormCard):
    """The EHLO name in sight; the rest folded away until asked for."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(values, parent)
        self.title.setText(self.tr("More"))
        self.summary = plain_label("", "muted")
        self.header.addWidget(self.summary)
        self.toggle = QPushButton(self.tr("Show all settings"))
        self.toggle.setCheckable(True)
        self.toggle.setProperty("role", "link")
        self.toggle.setIcon(icon("chevron-right", "accent"))
        self.toggle.toggled.connect(self.unfold)
        self.header.addWidget(self.toggle)
        name = self.add_field(field_at("/name", self.tr("EHLO name"), "text"))
        if not name.field.defaults:
            name.default = lambda: self.tr("this computer's full name, else [127.0.0.1]")
        self._major = 0
        self._inner: _FoldedFields | None = None
        self.keys = UnknownKeys(values, self)
        self.keys.hide()
        self.body.addWidget(self.keys)

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

    def show_values(self, transport: Transport) -> None:
        """Show the summary, and the folded fields when they are open (made when first needed)."""
        super().show_values(transport)
        shown = self.toggle.isChecked()
        self.keys.setVisible(shown)
        if shown:
            self.summary.setText("")
            inner = self._make_fields()
            inner.show()
            inner.show_values(transport)
            self.keys.refresh()
            return
        if self._inner is not None:
            self._inner.hide()
        text, keys = self.tr("alias, time-outs, pool"), len(listed_keys(self.values))
        if keys:
            one = self.tr("alias, time-outs, pool, 1 other key")
            text = counted(keys, one, self.tr("alias, time-outs, pool, {0} other keys"))
        self.summary.setText(text)

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the further settings."""
        super().show_problems(found)
        if self._inner is not None:
            self._inner.show_problems(found)

    def _make_fields(self) -> "_FoldedFields":
        """Return the fields that the Nodemailer in force reads."""
        major = self.values.state.versions.nodemailer_major
        if self._inner is not None and major == self._major:
            return self._inner
        if self._inner is not None:
            self.body.removeWidget(self._inner)
            self._inner.hide()
            self._inner.deleteLater()
        self._major = major
        self._inner = _FoldedFields(more_fields(major), self.values, self)
        self.body.insertWidget(self.body.indexOf(self.keys), self._inner)
        return self._inner


class _FoldedFields(FormCard):
    """The generated rows, without a frame of their own."""

    def __init__(
        self, fields: Sequence[Field], values: TransportValues, parent: QWidget | None = None
    ) -> None:
        super().__init__(values, parent)
        self.setProperty("role", None)
        self.title.hide()
        self.body.setContentsMargins(0, 0, 0, 0)
        for field in fields:
            row = self._add(field)
            # Keep the label in line with the other cards, long names in two lines.
            label = self.form.labelForField(row)
            if isinstance(label, QLabel):
                label.setFixedWidth(LABEL_WIDTH)
                label.setWordWrap(True)

    def _add(self, field: Field) -> FieldRow:
        if field.kind == "secret":
            return self.add_secret(field, sometimes=field.path in _SOMETIMES).row
        row = self.add_field(field).row
        if field.unit:
            row.line.addWidget(plain_label(field.unit, "muted"))
        if field.kind in ("number", "boolean", "choice"):
            row.line.addStretch(1)
        return row


# --- The passwords of a data source of another connector, and where they are kept -----


class DatasourceSecrets(FormCard):
    """A row for each password of the layer that is edited; hidden if there is none."""

    def __init__(self, values: TransportValues, parent: QWidget | None = None) -> None:
        super().__init__(values, parent)
        self.title.setText(self.tr("Passwords"))
        self.fields: dict[str, SecretField] = {}

    def show_datasource(self, name: str) -> None:
        """Show the passwords of a data source."""
        if name != self.values.datasource:
            self.reset()
            self.values.datasource = name
        self.refresh()

    def show_values(self, transport: Transport) -> None:
        """Show a row for each secret that stands in the layer now."""
        own = transport.own("")
        paths = [] if own is UNDEFINED else secret_places(own)
        if paths != list(self.fields):
            for secret in self.secrets:
                label = self.form.labelForField(secret.row)
                self.form.takeRow(secret.row)
                for widget in (label, secret.row):
                    widget.hide()
                    widget.deleteLater()
                secret.deleteLater()
            self.secrets.clear()
            labels = {path: path.strip("/").replace("/", ".") for path in paths}
            self.fields = {
                path: self.add_secret(Field(path, label, "secret", "server", ""))
                for path, label in labels.items()
            }
        super().show_values(transport)
        self.setVisible(bool(paths))
