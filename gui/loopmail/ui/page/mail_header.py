"""The top of the mail page: the data source's name, who uses it, and what can be done to it."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QMenu, QPushButton, QWidget

from loopmail.ui.widgets.building_blocks import (
    buddy_label,
    button,
    chip,
    plain_label,
    row,
    say,
    single_shot,
)
from loopmail.ui.widgets.icons import icon

_TYPING_PAUSE_MS = 600


class Header(QWidget):
    """Name, chip, users and buttons; renaming is asked for when the typing pauses."""

    rename_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self._typing = False
        self.name = QLineEdit()
        self.name.setObjectName("field-name")
        self.name.setProperty("role", "title")
        font = self.name.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        self.name.setFont(font)
        self.name.setToolTip(self.tr("The key in datasources.json; bindings follow a new name."))
        self.label = buddy_label(self.tr("Name"), self.name, "muted")
        self.kind = chip("", "accent")
        self.users = plain_label("", "muted", wrap=True)
        self.sentence = plain_label("", "warn", wrap=True)
        self.sentence.hide()
        self.add_transport = button(self.tr("Add Transport"))
        self.more = self._make_menu()
        self._pause = single_shot(self, _TYPING_PAUSE_MS, self.flush)
        self.name.textChanged.connect(self._typed)
        self.name.editingFinished.connect(self.flush)
        self._lay_out()

    def _make_menu(self) -> QPushButton:
        more = button("", role="menu", tip=self.tr("More actions"))
        more.setIcon(icon("more"))
        more.setAccessibleName(self.tr("More actions"))
        menu = QMenu(more)
        self.provider = menu.addAction(self.tr("Choose Another Provider…"))
        self.duplicate = menu.addAction(self.tr("Duplicate"))
        menu.addAction(self.tr("Rename"), self.begin_rename)
        self.remove_transport = menu.addAction(self.tr("Remove This Transport"))
        menu.addSeparator()
        self.remove = menu.addAction(self.tr("Remove Data Source"))
        more.setMenu(menu)
        return more

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.label, 0, 0)
        grid.addWidget(self.name, 1, 0)
        grid.addWidget(self.add_transport, 1, 1)
        grid.addWidget(self.more, 1, 2)
        grid.addWidget(self.sentence, 2, 0, 1, 3)
        grid.addLayout(row(self.kind, (self.users, 1), spacing=10), 3, 0, 1, 3)
        grid.setColumnStretch(0, 1)

    def show_datasource(self, name: str, kind: str, users: list[str]) -> None:
        """Show a data source; what is being typed into the name stays."""
        changed = name != self._shown
        self._shown = name
        if changed:
            self._typing = False
        if not self._typing:
            with QSignalBlocker(self.name):
                if self.name.text() != name and (changed or not self.sentence.text()):
                    self.name.setText(name)
        if changed:
            self.say("")
        self.kind.setText(kind)
        used = self.tr("used by {0}") if users else self.tr("used by no model")
        self.users.setText(used.format(", ".join(users)))

    def begin_rename(self) -> None:
        """Put the cursor into the name."""
        self.name.setFocus()
        self.name.selectAll()

    def say(self, text: str) -> None:
        """Say why a name cannot be used."""
        say(self.sentence, text)

    def _typed(self) -> None:
        self._typing = True
        self._pause.start()

    def flush(self) -> None:
        """Ask for the new name if one was typed."""
        if not self._typing:
            return
        self._typing = False
        self._pause.stop()
        text = self.name.text()
        if text == self._shown:
            self.say("")
        else:
            self.rename_requested.emit(text)
