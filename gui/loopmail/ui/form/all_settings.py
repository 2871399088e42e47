"""Every setting that no other card has, in sections that can be searched."""

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QScrollArea, QWidget

from loopmail.core.edit.fields import SECTIONS, Field
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.transport import Transport
from loopmail.ui.form.card import FormCard
from loopmail.ui.form.row import FieldRow
from loopmail.ui.form.values import TransportValues
from loopmail.ui.widgets.building_blocks import (
    QT_TRANSLATE_NOOP,
    link_button,
    plain_label,
    row,
    take_all,
)
from loopmail.ui.widgets.icons import icon

_SOMETIMES = {"/url", "/proxy"}  # secrets only if they carry a password
_MOST_LINKS = 4  # to fields of the other cards
TITLES = {
    "connection": QT_TRANSLATE_NOOP("AllSettings", "Connection"),
    "time-outs": QT_TRANSLATE_NOOP("AllSettings", "Time-outs"),
    "tls": QT_TRANSLATE_NOOP("AllSettings", "TLS"),
    "pool": QT_TRANSLATE_NOOP("AllSettings", "Pool"),
    "dkim": QT_TRANSLATE_NOOP("AllSettings", "DKIM"),
    "messages": QT_TRANSLATE_NOOP("AllSettings", "Messages"),
    "debug": QT_TRANSLATE_NOOP("AllSettings", "Debug"),
}


def section_title(section: str) -> str:
    """Return a section's name in the user's language."""
    return QCoreApplication.translate("AllSettings", TITLES[section])


def _words(text: str) -> str:
    """Return a text as it is searched: “Time-outs” is found as `timeout`."""
    return re.sub(r"[\W_]+", "", text).casefold()


def matches(field: Field, wanted: str) -> bool:
    """Tell whether a field's label, key or section has the words that are searched, else its help."""
    section = field.section or ""
    return _words(wanted) in _words(f"{field.label} {field.key} {section}") or bool(
        len(wanted) > 3 and wanted.casefold() in field.help.casefold()
    )


class AllSettings(FormCard):
    """The generated rows, without a frame of their own; made when first asked for.

    `elsewhere` gives the fields of the other cards that are shown now, with their editors.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        values: TransportValues,
        elsewhere: Callable[[], Sequence[tuple[Field, QWidget]]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(values, parent)
        self.setProperty("role", None)
        self.in_tls = True
        self.title.hide()
        self.body.setContentsMargins(0, 0, 0, 0)
        self._elsewhere = elsewhere
        self.search = QLineEdit()
        self.search.setObjectName("search-settings")
        self.search.setAccessibleName(self.tr("Search settings"))
        self.search.setPlaceholderText(self.tr("Search settings"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._go_to_first)
        self.changed_only = QCheckBox(self.tr("Changed only"))
        self.changed_only.toggled.connect(self._filter)
        self.body.insertLayout(0, row((self.search, 1), self.changed_only, spacing=10))
        self._links = row(spacing=4)
        self.body.insertLayout(1, self._links)
        self.nothing = plain_label(self.tr("No setting is called so."), "muted")
        self.nothing.hide()
        self.body.addWidget(self.nothing)
        self._rows: list[tuple[Field, FieldRow, QWidget]] = []
        self._found: list[QWidget] = []  # fields of the other cards that are called so
        self._headings: dict[str, QLabel] = {}
        for section in SECTIONS:
            mine = [field for field in fields if field.section == section]
            if mine:
                self._headings[section] = plain_label(section_title(section), "heading")
                self.form.addRow(self._headings[section])
            for field in mine:
                self._add(field)

    def _add(self, field: Field) -> None:
        if field.kind == "secret":
            secret = self.add_secret(field, sometimes=field.path in _SOMETIMES)
            self._rows.append((field, secret.row, secret.edit))
            return
        binding = self.add_field(field)
        binding.resettable = True
        if field.unit:
            binding.row.line.addWidget(plain_label(field.unit, "muted"))
        self._rows.append((field, binding.row, binding.widget))

    def show_values(self, transport: Transport) -> None:
        """Show what the file says now."""
        super().show_values(transport)
        if self.changed_only.isChecked():
            self._filter()

    def clear(self) -> None:
        """Show every setting again."""
        self.search.clear()
        self.changed_only.setChecked(False)

    # --- searching -------------------------------------------------------------------------

    def _filter(self) -> None:
        """Show the rows that are searched for, and links to fields of the other cards."""
        wanted, transport = self.search.text().strip(), self.values.transport
        changed = self.changed_only.isChecked()
        seen = set()
        for field, one, _ in self._rows:
            shown = matches(field, wanted) and (
                not changed or transport.effective(field.path) is not UNDEFINED
            )
            if shown:
                seen.add(field.section)
            if one.isHidden() == shown:
                self.form.setRowVisible(one, shown)
        for section, heading in self._headings.items():
            self.form.setRowVisible(heading, section in seen)
        links = self._link(wanted)
        self.nothing.setVisible(not seen and not links)

    def _link(self, wanted: str) -> int:
        """Offer the fields of the other cards that are called so; return how many."""
        take_all(self._links)
        fields = self._elsewhere() if wanted else ()
        found = [(field, widget) for field, widget in fields if matches(field, wanted)]
        self._found = [widget for _, widget in found]
        if found:
            self._links.addWidget(plain_label(self.tr("Above:"), "muted"))
        for field, widget in found[:_MOST_LINKS]:
            link = link_button(field.label)
            link.setAccessibleName(self.tr("Go to {0}").format(field.label))
            link.clicked.connect(lambda _=False, to=widget: lead_to(to))
            self._links.addWidget(link)
        self._links.addStretch(1)
        return len(found)

    def _go_to_first(self) -> None:
        """Lead to the first setting that is found."""
        for _, one, widget in self._rows:
            if not one.isHidden():
                lead_to(widget)
                return
        if self._found:
            lead_to(self._found[0])


def lead_to(widget: QWidget) -> None:
    """Put the focus into a field and bring it into view."""
    widget.setFocus(Qt.FocusReason.OtherFocusReason)
    place = widget.parentWidget()
    while place is not None and not isinstance(place, QScrollArea):
        place = place.parentWidget()
    if isinstance(place, QScrollArea):
        place.ensureWidgetVisible(widget, 0, 80)
