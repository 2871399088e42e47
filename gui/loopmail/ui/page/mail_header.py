"""The top of the mail page: the data source's name, who uses it, and what can be done to it."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QWidget

from loopmail.ui.widgets.building_blocks import (
    button,
    chip,
    column,
    em,
    environment_tone,
    plain_label,
    row,
    say,
    set_tone,
    single_shot,
)
from loopmail.ui.widgets.icons import icon

_TYPING_PAUSE_MS = 600
_LARGE = 1.65  # the name's letters, times the others
_LEAST, _NARROWEST, _WIDEST = 9, 16, 48  # em, of the name's field: in need, else, at most


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
        font.setPointSizeF(font.pointSizeF() * _LARGE)
        font.setBold(True)
        self.name.setFont(font)
        self.name.setToolTip(self.tr("The key in datasources.json; bindings follow a new name."))
        self.name.setAccessibleName(self.tr("Name"))
        self._is_mail, self._narrow = True, False
        self.kind = chip("", "accent")
        self.environment = chip("")
        self.environment.hide()
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
        self.add_another = menu.addAction(self.tr("Add Transport"))
        self.add_another.triggered.connect(lambda: self.add_transport.click())
        self.remove_transport = menu.addAction(self.tr("Remove This Transport"))
        menu.addSeparator()
        self.remove = menu.addAction(self.tr("Remove Data Source"))
        more.setMenu(menu)
        return more

    def _lay_out(self) -> None:
        line = row(
            self.name,
            self.kind,
            self.environment,
            (self.users, 1),
            self.add_transport,
            self.more,
            spacing=8,
        )
        column(line, self.sentence, spacing=3, inside=self)
        self._fit()

    def _fit(self) -> None:
        """Make the name's field as wide as the name, within bounds."""
        width = self.name.fontMetrics().horizontalAdvance(self.name.text()) + em(4)
        self.name.setMaximumWidth(min(max(em(_NARROWEST), width), em(_WIDEST)))
        self.name.setMinimumWidth(min(width, em(_LEAST)))

    def set_narrow(self, narrow: bool) -> None:
        """Leave the button for another transport to the menu where there is little room."""
        self._narrow = narrow
        self.add_transport.setVisible(self._is_mail and not narrow)

    def show_kind(self, is_mail: bool, environment: str | None) -> None:
        """Offer what fits; name the environment if it is another than one's own."""
        self._is_mail = is_mail
        self.add_transport.setVisible(is_mail and not self._narrow)
        self.add_another.setVisible(is_mail)
        shown = environment if environment not in (None, "development") else ""
        if shown != self.environment.text():
            self.environment.setText(shown or "")
            set_tone(self.environment, environment_tone(shown))
        self.environment.setVisible(bool(shown))

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
                    self.name.setCursorPosition(0)
                    self._fit()
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
        self._fit()
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
