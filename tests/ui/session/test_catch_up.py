from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from loopmail.ui.session.state import LARGE, CatchUp


def test_a_small_app_is_never_kept_waiting(qtbot: QtBot) -> None:
    parent = QObject()
    one = CatchUp(lambda: None, parent)
    assert not one.when_typed(LARGE)


def test_a_large_app_is_told_once_when_the_typing_pauses(qtbot: QtBot) -> None:
    done: list[int] = []
    parent = QObject()
    one = CatchUp(lambda: done.append(1), parent)
    assert all(one.when_typed(LARGE + 1) for _ in range(5))
    assert done == []
    qtbot.waitUntil(lambda: done == [1])


def test_what_is_told_at_once_is_not_told_again(qtbot: QtBot) -> None:
    done: list[int] = []
    parent = QObject()
    one = CatchUp(lambda: done.append(1), parent)
    one.when_typed(LARGE + 1)
    one.now()
    qtbot.wait(200)
    assert done == [1]
