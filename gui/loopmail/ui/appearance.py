"""View › Appearance: as the system, light or dark."""

import os

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu

from loopmail.ui.settings import Settings
from loopmail.ui.theme import APPEARANCES, Appearance, choose_appearance

_KEY = "appearance"
_VARIABLE = "LOOPMAIL_APPEARANCE"  # for one run, e.g. for pictures; beats the setting


class AppearanceMenu:
    """Fills the menu and keeps the choice between runs."""

    def __init__(self, menu: QMenu, settings: Settings) -> None:
        self._settings = settings
        self.actions: dict[Appearance, QAction] = {}
        group = QActionGroup(menu)
        texts = (menu.tr("As the &System"), menu.tr("&Light"), menu.tr("&Dark"))
        for name, text in zip(APPEARANCES, texts, strict=True):
            action = menu.addAction(text)
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _on, one=name: self.choose(one))
            self.actions[name] = action
        wanted = os.environ.get(_VARIABLE) or settings.text(_KEY, "system")
        chosen: Appearance = next((one for one in APPEARANCES if one == wanted), "system")
        self.actions[chosen].setChecked(True)
        if chosen != "system":
            self._wear(chosen)

    def choose(self, name: Appearance) -> None:
        """Show all windows like this, now and at the next start."""
        self._settings.set_text(_KEY, name)
        self.actions[name].setChecked(True)
        self._wear(name)

    def _wear(self, name: Appearance) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        choose_appearance(app, name)
