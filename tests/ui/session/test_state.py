from pathlib import Path

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import KeyringLocked, KeyringMissing
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from memory_store import MemoryStore
from small_app import MAIL, MakeApp

BASE = "datasources.json"
HOST = "/emailDs/transports/0/host"


def _push(state: AppState, value: str) -> None:
    assert state.workspace is not None
    state.push("Change Host", [state.workspace.edit_value(BASE, HOST, value)])


def _host(state: AppState) -> object:
    return state.effective().datasources["emailDs"].settings["transports"][0]["host"]


def test_without_an_app_there_is_nothing_to_choose(state: AppState) -> None:
    assert state.workspace is None
    assert state.environments() == ()
    assert state.layers() == ()
    assert state.app_name == ""
    assert not state.modified
    assert state.save() == []


def test_the_effective_configuration_follows_each_change(opened: AppState) -> None:
    assert _host(opened) == "smtp.example.com"
    assert opened.effective() is opened.effective()
    _push(opened, "b.example.org")
    assert _host(opened) == "b.example.org"
    opened.undo.undo()
    assert _host(opened) == "smtp.example.com"


def test_a_change_is_done_as_one_step_or_said_to_be_impossible(opened: AppState) -> None:
    said: list[str] = []

    def host(workspace: Workspace) -> list[Change]:
        return [workspace.edit_value(BASE, HOST, "b.example.org")]

    def nowhere(workspace: Workspace) -> list[Change]:
        return [workspace.edit_value(BASE, "/emailDs/transports/7/host", "x")]

    assert opened.change("Change Host", host, said.append)
    assert (opened.undo.count(), opened.undo.undoText(), said) == (1, "Change Host", [])
    assert not opened.change("Change Nothing", nowhere, said.append)
    assert opened.undo.count() == len(said) == 1
    assert _host(opened) == "b.example.org"


def test_no_change_without_an_app(state: AppState) -> None:
    said: list[str] = []
    assert not state.change("Change Host", lambda _: [], said.append)
    assert (state.undo.count(), said) == (0, [])


def test_saving_writes_the_file_and_makes_the_stack_clean(
    opened: AppState, app_path: Path, qtbot: QtBot
) -> None:
    _push(opened, "b.example.org")
    assert opened.undo.canUndo()
    with qtbot.waitSignal(opened.saved) as caught:
        opened.save()
    assert caught.args == [[BASE]]
    assert not opened.modified
    assert "b.example.org" in (app_path / "server" / BASE).read_text()
    opened.undo.undo()
    assert opened.modified


def test_the_layers_are_those_that_are_read_or_could_be_made(
    state: AppState, make_app: MakeApp
) -> None:
    path = make_app(**{"datasources.staging": {}, "datasources.production.js": "throw 1;"})
    state.set_workspace(Workspace.open(path))
    assert state.environments() == ("development", "production", "staging")
    assert state.layers() == (BASE, "datasources.local.json", "datasources.development.json")
    state.set_environment("staging")
    assert state.layers()[-1] == "datasources.staging.json"
    state.set_environment("production")  # its script hides a JSON file of that layer
    assert state.layers() == (BASE, "datasources.local.json")
    state.set_environment(None)
    assert state.layers() == (BASE,)


def test_a_layer_that_another_environment_lacks_gives_way_to_the_base_file(
    opened: AppState,
) -> None:
    opened.set_layer("datasources.development.json")
    opened.set_environment(None)
    assert opened.layer == BASE


def test_choosing_a_loopback_version_changes_the_rules_and_can_be_taken_back(
    opened: AppState,
) -> None:
    found = opened.versions
    opened.choose_loopback(2)
    assert (opened.versions.major, opened.effective().versions.major) == (2, 2)
    opened.choose_loopback(None)
    assert opened.versions == found


def test_the_keyring_is_asked_in_a_worker_and_its_value_is_used(
    opened: AppState, store: MemoryStore, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: opened.keyring.name is not None)
    store.set("loopmail:shop", "EMAIL_DS_PASS", "s3cret")
    with qtbot.waitSignal(opened.variables_changed):
        opened.refresh_variables()
    settings = opened.effective().datasources["emailDs"].settings
    assert settings["transports"][0]["auth"]["pass"] == "s3cret"
    assert "s3cret" not in repr(opened.variables)


def test_each_environment_has_its_own_keyring_value(
    state: AppState, store: MemoryStore, make_app: MakeApp, qtbot: QtBot
) -> None:
    store.set("loopmail:shop", "EMAIL_DS_PASS@production", "live")
    store.set("loopmail:shop", "EMAIL_DS_PASS", "other")
    with qtbot.waitSignal(state.variables_changed):
        state.set_workspace(Workspace.open(make_app(**{"datasources.production": {}})))
    assert dict(state.variables.keyring) == {"EMAIL_DS_PASS": "other"}
    state.set_environment("production")
    assert dict(state.variables.keyring) == {"EMAIL_DS_PASS": "live"}


def test_problems_of_other_environments_are_found_too(
    state: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    wrong = {"emailDs": {"transports": [{"secure": False}]}}
    state.set_workspace(Workspace.open(make_app(**{"datasources.production": wrong})))
    assert not state.finder.known
    qtbot.waitUntil(lambda: state.finder.known)
    found = {(p.id, p.env) for p in state.problems}
    assert ("port-secure-mismatch", "production") in found


@pytest.mark.parametrize("error", [KeyringLocked("It is locked."), KeyringMissing("None here.")])
def test_a_keyring_that_does_not_answer_is_a_state_and_no_failure(
    error: Exception, app_path: Path, qtbot: QtBot
) -> None:
    class Broken(MemoryStore):
        def get(self, service: str, user: str) -> str | None:
            raise error

    state = AppState(Broken())
    with qtbot.waitSignal(state.variables_changed):
        state.set_workspace(Workspace.open(app_path))
    assert state.keyring.error is error
    assert "emailDs" in state.effective().datasources
    state.set_workspace(None)


def test_the_environment_comes_before_the_keyring_and_is_not_asked_there(
    monkeypatch: pytest.MonkeyPatch, app_path: Path, qtbot: QtBot
) -> None:
    monkeypatch.setenv("EMAIL_DS_PASS", "outside")
    asked: list[str] = []

    class Noting(MemoryStore):
        def get(self, service: str, user: str) -> str | None:
            asked.append(user)
            return None

    state = AppState(Noting())
    state.set_workspace(Workspace.open(app_path))
    state.effective()
    settings = state.effective().datasources["emailDs"].settings
    assert settings["transports"][0]["auth"]["pass"] == "outside"
    assert asked == []
    state.set_workspace(None)


def test_problems_arrive_after_a_change_and_go_when_it_is_mended(
    opened: AppState, qtbot: QtBot
) -> None:
    assert opened.workspace is not None
    change = opened.workspace.edit_value(BASE, "/emailDs/transports/0/secure", False)
    opened.push("Change Secure", [change])
    qtbot.waitUntil(lambda: "port-secure-mismatch" in {p.id for p in opened.problems})
    opened.undo.undo()
    qtbot.waitUntil(lambda: "port-secure-mismatch" not in {p.id for p in opened.problems})


def test_another_app_forgets_all_of_the_last_one(
    opened: AppState, make_app: MakeApp, qtbot: QtBot
) -> None:
    _push(opened, "b")
    opened.set_environment("production")
    opened.choose_loopback(2)
    opened.set_workspace(Workspace.open(make_app("other", datasources=MAIL)))
    assert (opened.app_name, opened.env, opened.layer) == ("other", "development", BASE)
    assert opened.chosen_major is None
    assert opened.undo.count() == 0
    assert _host(opened) == "smtp.example.com"


def test_selecting_the_same_page_again_says_nothing(opened: AppState, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(opened.selection_changed):
        opened.select("datasource", "emailDs")


def test_the_end_of_a_state_with_steps_tells_nobody(qtbot: QtBot, app_path: Path) -> None:
    state = AppState(MemoryStore())
    state.set_workspace(Workspace.open(app_path))
    _push(state, "b.example.org")
    told: list[bool] = []
    state.undo_changed.connect(lambda: told.append(state.modified))
    _push(state, "c.example.org")
    assert told
    told.clear()
    with qtbot.captureExceptions() as exceptions:
        shiboken6.delete(state)
    assert not exceptions
    assert not told
    assert wait_for_all()
