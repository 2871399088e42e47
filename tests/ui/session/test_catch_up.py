"""Pages are told of a typed letter at once, in a large app when the typing pauses."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.ui.session.state import LARGE, AppState
from small_app import MakeApp

HOST = "/emailDs/transports/0/host"
Open = Callable[[Path], list[int]]


@pytest.fixture
def open_app(state: AppState, qtbot: QtBot) -> Open:
    """Open an app; the list gets an item each time that the pages are told of a change."""

    def open_it(folder: Path) -> list[int]:
        state.set_workspace(Workspace.open(folder))
        qtbot.waitUntil(lambda: state.keyring.name is not None)
        told: list[int] = []
        state.changed.connect(lambda: told.append(1))
        return told

    return open_it


@pytest.fixture
def large_app(make_app: MakeApp) -> Path:
    big = {"big": {"note": "x" * LARGE}}
    return make_app("large", **{"datasources.local": big, "datasources.production": {}})


def _type(state: AppState, text: str) -> None:
    assert state.workspace is not None
    edit = state.workspace.edit_value("datasources.json", HOST, text)
    state.push("Change Host", [edit], merge_key="host")


def test_a_small_app_is_never_kept_waiting(state: AppState, app_path: Path, open_app: Open) -> None:
    told = open_app(app_path)
    _type(state, "a")
    assert told == [1]


def test_a_large_app_is_told_once_when_the_typing_pauses(
    state: AppState, large_app: Path, open_app: Open, qtbot: QtBot
) -> None:
    told = open_app(large_app)
    for text in ("a", "ab", "abc", "abcd", "abcde"):
        _type(state, text)
    assert told == []
    qtbot.waitUntil(lambda: told == [1])


def test_what_is_told_at_once_is_not_told_again(
    state: AppState, large_app: Path, open_app: Open, qtbot: QtBot
) -> None:
    told = open_app(large_app)
    _type(state, "a")
    state.undo.undo()
    qtbot.wait(200)
    assert told == [1]


def test_another_environment_is_told_in_place_of_the_letters(
    state: AppState, large_app: Path, open_app: Open, qtbot: QtBot
) -> None:
    told = open_app(large_app)
    _type(state, "a")
    state.set_environment("production")
    qtbot.wait(200)
    assert told == [1]
