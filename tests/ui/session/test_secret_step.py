"""The window's steps of files and keyring: whichever call of the keyring fails, all or nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from keyring_faults import FaultyStore
from loopmail.core.secrets.adopt import find_secrets, plan_adoption
from loopmail.core.secrets.homes import Home, place_of, plan_move
from loopmail.core.secrets.move import Move
from loopmail.ui.session import worker
from loopmail.ui.session.secret_step import SecretStep
from loopmail.ui.session.state import AppState
from page_apps import SMTP, mail, open_state, settle, text

SERVICE = "loopmail:tea-shop"
PASS = "/emailDs/transports/0/auth/pass"


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def state(qtbot: QtBot, tmp_path: Path) -> Iterator[AppState]:
    files = {
        "datasources.json": {
            "emailDs": mail(SMTP),
            "db": {"connector": "mysql", "password": "db-s3cret"},
        }
    }
    made = open_state(tmp_path, files, FaultyStore())
    yield made
    settle(made, qtbot)


def store_of(state: AppState) -> FaultyStore:
    assert isinstance(state.store, FaultyStore)
    return state.store


def everything(state: AppState) -> tuple[Any, ...]:
    return text(state), state.undo.index(), store_of(state).entries()


def at_rest(qtbot: QtBot, call: Callable[[], object]) -> None:
    """Do it and everything that comes of it."""
    call()
    qtbot.waitUntil(lambda: not worker._running, timeout=5000)


def adopting(state: AppState) -> Callable[[], Move]:
    def plan() -> Move:
        assert state.workspace is not None
        return plan_adoption(state.workspace, find_secrets(state.snapshot()))

    return plan


def moving(state: AppState, home: Home) -> Callable[[], Move]:
    def plan() -> Move:
        assert state.workspace is not None
        place = place_of(state.snapshot(), "datasources.json", PASS)
        return plan_move(state.workspace, place, home, "hunter2")

    return plan


WAYS: dict[str, Callable[[AppState], Callable[[], Move]]] = {
    "adopt": adopting,
    "to the keyring": lambda state: moving(state, "keyring"),
    "to the file": lambda state: moving(state, "file"),
}


def begin(state: AppState, way: str, qtbot: QtBot) -> None:
    """Bring the state to where the step of this way is the next one."""
    if way == "to the file":
        at_rest(qtbot, SecretStep(state, moving(state, "keyring")).start)
    if way == "adopt":
        store_of(state).set(SERVICE, "EMAIL_DS_PASS", "older")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_step_undo_redo_and_save_fail_as_a_whole(
    state: AppState, qtbot: QtBot, way: str, late: bool
) -> None:
    begin(state, way, qtbot)
    store, failures = store_of(state), 0
    step: Callable[[], object] = lambda: SecretStep(state, WAYS[way](state)).start()  # noqa: E731
    before = everything(state)
    at_rest(qtbot, step)
    after = everything(state)
    assert before[:2] != after[:2]
    at_rest(qtbot, state.undo.undo)
    assert everything(state) == before
    acts = [
        (step, before, after),
        (state.undo.undo, after, before),
        (state.undo.redo, before, after),
    ]
    for act, start, end in acts:
        for number in range(1, 10):  # the window's own look at the keyring counts, too
            store.arm(number, late=late)
            at_rest(qtbot, act)
            store.arm(0)
            assert everything(state) in (start, end)
            if everything(state) == end:
                at_rest(qtbot, state.undo.redo if act == state.undo.undo else state.undo.undo)
            else:
                failures += 1
            assert everything(state) == start
        at_rest(qtbot, act)
        assert everything(state) == end
    assert failures > 6 or way == "to the file"  # its keyring part waits for the save


@pytest.mark.parametrize("times", [1, 2])
def test_what_saving_deletes_comes_back_with_undo_however_often_was_saved(
    state: AppState, qtbot: QtBot, times: int
) -> None:
    begin(state, "to the file", qtbot)
    at_rest(qtbot, SecretStep(state, moving(state, "file")).start)
    assert store_of(state).entries() == {(SERVICE, "EMAIL_DS_PASS"): "hunter2"}
    for _ in range(times):
        at_rest(qtbot, state.save)
        assert store_of(state).entries() == {}
    at_rest(qtbot, state.undo.undo)
    assert "${EMAIL_DS_PASS}" in text(state)
    assert store_of(state).entries() == {(SERVICE, "EMAIL_DS_PASS"): "hunter2"}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("number", [1, 2])
def test_an_entry_that_cannot_be_deleted_stays_and_goes_with_the_next_save(
    state: AppState, qtbot: QtBot, number: int, late: bool
) -> None:
    begin(state, "to the file", qtbot)
    step = SecretStep(state, moving(state, "file"))
    at_rest(qtbot, step.start)
    with qtbot.waitSignal(step.failed, timeout=5000):
        store_of(state).arm(number, late=late)
        at_rest(qtbot, state.save)
    assert store_of(state).entries() == {(SERVICE, "EMAIL_DS_PASS"): "hunter2"}
    store_of(state).arm(0)
    at_rest(qtbot, state.save)
    assert store_of(state).entries() == {}


def test_undo_and_redo_while_the_keyring_is_busy_end_in_their_order(
    state: AppState, qtbot: QtBot
) -> None:
    at_rest(qtbot, SecretStep(state, moving(state, "keyring")).start)

    def hurry() -> None:
        for _ in range(5):
            state.undo.undo()
            state.undo.redo()

    at_rest(qtbot, hurry)
    assert store_of(state).entries() == {(SERVICE, "EMAIL_DS_PASS"): "hunter2"}


def test_the_step_asks_before_an_entry_with_another_secret_is_replaced(
    state: AppState, qtbot: QtBot
) -> None:
    begin(state, "adopt", qtbot)
    before = everything(state)
    step = SecretStep(state, adopting(state), careful=True)
    with qtbot.waitSignal(step.taken, timeout=5000) as caught:
        at_rest(qtbot, step.start)
    assert caught.args == [["EMAIL_DS_PASS"]]
    assert everything(state) == before
