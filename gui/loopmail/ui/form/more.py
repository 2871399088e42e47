"""The card “More”: every other setting, made from the field data, and the keys nobody knows."""

from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from loopmail.core.edit.connection_security import KEYS
from loopmail.core.edit.fields import SECTIONS, Field
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.transport import Transport
from loopmail.core.plain_secrets import secret_places
from loopmail.ui.form.all_settings import AllSettings, lead_to, section_title
from loopmail.ui.form.card import FormCard, field_at, more_fields
from loopmail.ui.form.row import FieldProblems
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.form.unknown_keys import UnknownKeys, listed_keys
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import counted, plain_label
from loopmail.ui.widgets.icons import icon


class MoreCard(FormCard):
    """The EHLO name in sight; the rest folded away until asked for.

    `elsewhere` gives the fields of the other cards that are shown now, with their editors.
    """

    def __init__(
        self,
        values: TransportValues,
        elsewhere: Callable[[], Sequence[tuple[Field, QWidget]]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(values, parent)
        self._elsewhere = elsewhere
        self.title.setText(self.tr("More"))
        self.count = plain_label("", "muted")
        self.header.addWidget(self.count)
        self.search_button = QToolButton()
        self.search_button.setIcon(icon("search", "muted"))
        self.search_button.setAutoRaise(True)
        self.search_button.setToolTip(self.tr("Search settings"))
        self.search_button.setAccessibleName(self.tr("Search all settings"))
        self.search_button.clicked.connect(lambda: self.search())
        self.header.addWidget(self.search_button)
        self.toggle = QPushButton(self.tr("Show all settings"))
        self.toggle.setCheckable(True)
        self.toggle.setProperty("role", "link")
        self.toggle.setIcon(icon("chevron-right", "accent"))
        self.toggle.toggled.connect(self.unfold)
        self.header.addWidget(self.toggle)
        self.summary = plain_label("", "muted", wrap=True)
        self.body.insertWidget(1, self.summary)
        name = self.add_field(field_at("/name", self.tr("EHLO name"), "text"))
        if not name.field.defaults:
            name.default = lambda: self.tr("this computer's full name, else [127.0.0.1]")
        self._major = 0
        self._counted: set[str] | None = None  # the paths that were counted last
        self._inner: AllSettings | None = None
        self.keys = UnknownKeys(values, self)
        self.keys.hide()
        self.body.addWidget(self.keys)

    def unfold(self, on: bool) -> None:
        """Show or hide the rest."""
        self.toggle.setChecked(on)
        self.toggle.setIcon(icon("chevron-down" if on else "chevron-right", "accent"))
        self.toggle.setText(self.tr("Show less") if on else self.tr("Show all settings"))
        self.refresh()

    def search(self, text: str = "") -> None:
        """Unfold and let a setting be searched."""
        self.unfold(True)
        if self._inner is not None:
            self._inner.clear()
            self._inner.search.setText(text)
            lead_to(self._inner.search)

    def open_for(self, path: str) -> None:
        """Unfold if the setting of this path is one of the folded ones, and let none be hidden."""
        if any(one.path == path for one in more_fields(self.state.versions.nodemailer_major)):
            self.unfold(True)
            if self._inner is not None:
                self._inner.clear()

    def reset(self) -> None:
        """Forget what was typed and refused here, for the transport left."""
        super().reset()
        self.keys.reset()
        if self._inner is not None:
            self._inner.reset()

    def set_narrow(self, narrow: bool) -> None:
        """Put the labels above the fields, or beside them."""
        super().set_narrow(narrow)
        if self._inner is not None:
            self._inner.set_narrow(narrow)

    def show_values(self, transport: Transport) -> None:
        """Show the summary, and the folded fields when they are open (made when first needed)."""
        super().show_values(transport)
        shown = self.toggle.isChecked()
        self.keys.setVisible(shown)
        self._summarize(transport)
        if shown:
            inner = self._make_fields()
            inner.show()
            inner.show_values(transport)
            self.keys.refresh()
        elif self._inner is not None:
            self._inner.hide()

    def _summarize(self, transport: Transport) -> None:
        """Say how many of each section's settings are given, and of all."""
        value = transport.loaded_value if isinstance(transport.loaded_value, dict) else {}
        blocks = [(key, item) for key, item in value.items() if isinstance(item, dict)]
        given = {f"/{key}" for key in value}
        given |= {f"/{key}/{inner}" for key, block in blocks for inner in block}
        if given == self._counted:
            return
        self._counted = given
        found = Counter(
            field.section
            for field in more_fields(self.state.versions.nodemailer_major)
            if field.path in given
        )
        parts = [section_title(one) + (f" {found[one]}" if found[one] else "") for one in SECTIONS]
        keys = len(listed_keys(self.values))
        if keys:
            parts.append(counted(keys, self.tr("1 other key"), self.tr("{0} other keys")))
        self.summary.setText(" · ".join(parts))
        total = found.total() + keys
        self.count.setText(self.tr("{0} set").format(total) if total else "")

    def show_problems(self, found: FieldProblems) -> None:
        """Show what the checks found about the further settings."""
        super().show_problems(found)
        if self._inner is not None:
            self._inner.show_problems({path: found[path] for path in found.keys() - set(KEYS)})

    def _make_fields(self) -> AllSettings:
        """Return the fields that the Nodemailer in force reads."""
        major = self.values.state.versions.nodemailer_major
        if self._inner is not None and major == self._major:
            return self._inner
        if self._inner is not None:
            self.body.removeWidget(self._inner)
            self._inner.hide()
            self._inner.deleteLater()
        self._major = major
        self._inner = AllSettings(more_fields(major), self.values, self._elsewhere, self)
        self._inner.set_narrow(self._narrow)
        self.body.insertWidget(self.body.indexOf(self.keys), self._inner)
        return self._inner


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
