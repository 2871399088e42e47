"""The only way to notify the user or to ask something.

A notification is a banner in the window, never in the way; a question (`Dialogs`) is modal, and only
for choosing a folder and before something is lost. Tests use another `Dialogs` instead.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QMessageBox,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loopmail.ui.widgets.building_blocks import Banner, Tone, plain_tip
from loopmail.ui.widgets.icons import icon

Answer = Literal["save", "discard", "cancel"]
Choice = tuple[str, Callable[[], None]]


class MessageBar(QWidget):
    """Banners above the page; one for each key, the newest at the bottom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._banners: dict[str, Banner] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(12, 8, 12, 0)
        self._rows.setSpacing(6)
        self.hide()

    def show_message(
        self,
        key: str,
        tone: Tone,
        title: str,
        text: str = "",
        choices: Sequence[Choice] = (),
    ) -> None:
        """Show a banner, in place of the one with the same key; a choice closes it."""
        self.close_message(key)
        banner = Banner(tone)
        banner.setObjectName(f"message-{key}")
        banner.say(title, text)
        for label, act in choices:
            button = QPushButton(label)
            button.clicked.connect(partial(self.close_message, key))
            button.clicked.connect(lambda _checked=False, act=act: act())
            banner.add_button(button)
        close = QToolButton()
        close.setIcon(icon("close", "muted"))
        close.setAutoRaise(True)
        close.setAccessibleName(self.tr("Close this message"))
        close.setToolTip(self.tr("Close this message"))
        close.clicked.connect(partial(self.close_message, key))
        banner.add_button(close)
        self._banners[key] = banner
        self._rows.addWidget(banner)
        self.show()

    def close_message(self, key: str) -> None:
        """Take a banner away; unknown keys do nothing."""
        banner = self._banners.pop(key, None)
        if banner is not None:
            banner.hide()
            self._rows.removeWidget(banner)
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    def close_all(self) -> None:
        """Take all banners away."""
        for key in list(self._banners):
            self.close_message(key)

    def texts(self) -> list[str]:
        """What is being said, one text for each banner."""
        return [
            " ".join(part for part in (one.title.text(), one.text.text()) if part)
            for one in self._banners.values()
        ]

    def choose(self, key: str, label: str) -> None:
        """Do as if the button with this text had been pressed; raise KeyError if there is none."""
        for button in self._banners[key].findChildren(QPushButton):
            if button.text() == label:
                button.click()
                return
        raise KeyError(label)

    def has(self, key: str) -> bool:
        """Tell whether a banner with this key is shown."""
        return key in self._banners


class Dialogs:
    """The modal questions."""

    def folder(self, parent: QWidget, start: Path | None) -> Path | None:
        """Let the user choose a folder."""
        chosen = QFileDialog.getExistingDirectory(
            parent,
            QCoreApplication.translate("Dialogs", "Open Folder"),
            str(start) if start is not None else "",
        )
        return Path(chosen) if chosen else None

    def unsaved(self, parent: QWidget, app_name: str, lost: Sequence[str]) -> Answer:
        """Ask before unsaved changes are lost: `the new password of emailDs`, files."""
        text = QCoreApplication.translate("Dialogs", "Save the changes to “{0}”?").format(app_name)
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            QCoreApplication.translate("Dialogs", "Unsaved changes"),
            text,
            parent=parent,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        told = QCoreApplication.translate("Dialogs", "Without saving, you lose: {0}")
        box.setInformativeText(plain_tip(told.format("; ".join(lost))))
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        box.setEscapeButton(button.Cancel)
        answers: dict[int, Answer] = {button.Save.value: "save", button.Discard.value: "discard"}
        return answers.get(box.exec(), "cancel")

    def confirm(self, parent: QWidget, title: str, text: str, yes: str) -> bool:
        """Ask before something is lost; `yes` is the button's text."""
        box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        go = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(go)
        box.exec()
        return box.clickedButton() is go
