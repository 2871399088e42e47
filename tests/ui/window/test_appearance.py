from collections.abc import Iterator

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLabel

from loopmail.ui.session.settings import Settings
from loopmail.ui.widgets.theme import LIGHT, choose_appearance, colours, make_palette
from loopmail.ui.window.main_window import MainWindow


@pytest.fixture(autouse=True)
def light_again() -> Iterator[None]:
    """Leave the program as the other tests expect it."""
    yield
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    choose_appearance(app, "light")
    choose_appearance(app, "system")
    app.setStyleSheet("")
    app.setPalette(make_palette(LIGHT))


def test_the_choice_is_worn_and_remembered(window: MainWindow, settings: Settings) -> None:
    window.appearance.actions["dark"].trigger()
    assert colours().scheme == "dark"
    assert settings.text("appearance", "") == "dark"
    window.appearance.actions["light"].trigger()
    assert colours().scheme == "light"
    assert window.appearance.actions["light"].isChecked()


def test_no_letter_leads_to_two_fields(open_window: MainWindow) -> None:
    taken = [title.text() for title in open_window.menuBar().actions()]
    labels = [label for label in open_window.findChildren(QLabel) if label.buddy() is not None]
    taken += [label.text() for label in labels]
    letters = [QKeySequence.mnemonic(text).toString() for text in taken]
    used = [letter for letter in letters if letter]
    assert len(used) > 12
    assert sorted(used) == sorted(set(used))
