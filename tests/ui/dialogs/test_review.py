"""The review before a save: all that it would write, nothing that is secret."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from loopmail.core.errors import InvalidJson
from loopmail.ui.dialogs.review import ReviewDialog
from loopmail.ui.session.drafts import Draft
from loopmail.ui.session.state import AppState
from loopmail.ui.window.main_window import MainWindow

BASE = "datasources.json"
SECRET = "geheim-4711"


def change(state: AppState, pointer: str, value: object, file: str = BASE) -> None:
    assert state.workspace is not None
    state.push("Change", [state.workspace.edit_value(file, pointer, value)])


@pytest.fixture
def review(open_window: MainWindow, qtbot: QtBot) -> ReviewDialog:
    state = open_window.state
    change(state, "/emailDs/transports/0/host", "b.example.org")
    change(state, "/emailDs/transports/0/auth/pass", SECRET)
    change(state, "/emailDs/host", "x", "datasources.local.json")
    state.push("Password", [], entries={("loopmail-shop", "EMAIL_PASS@production"): SECRET})
    open_window.menu_actions["review"].trigger()
    dialog = open_window.findChild(ReviewDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: "b.example.org" in dialog.text.toPlainText())
    return dialog


def test_it_tells_files_lines_and_entries_without_secrets(review: ReviewDialog) -> None:
    assert review.isVisible()
    assert not review.isModal()
    assert review.number.text() == "2 files, 1 entry of the keyring"
    lines = review.text.toPlainText().splitlines()
    assert any("-" in line and '"smtp.example.com"' in line for line in lines)
    assert any("+" in line and '"b.example.org"' in line for line in lines)
    assert "Keyring: EMAIL_PASS@production (new value)" in lines
    assert any(line.startswith("datasources.local.json (new file") for line in lines)
    assert SECRET not in review.text.toPlainText()


def test_it_follows_the_changes_and_saves_them(
    review: ReviewDialog, open_window: MainWindow, qtbot: QtBot
) -> None:
    state = open_window.state
    change(state, "/emailDs/transports/0/host", "c.example.org")
    qtbot.waitUntil(lambda: "c.example.org" in review.text.toPlainText())
    review.save.click()
    qtbot.waitUntil(lambda: not state.modified)
    assert state.workspace is not None
    assert "c.example.org" in state.workspace.documents[BASE].path.read_text()
    qtbot.waitUntil(lambda: open_window.findChild(ReviewDialog) is None or not review.isVisible())
    assert not open_window.menu_actions["review"].isEnabled()


def test_a_text_that_is_no_json_keeps_the_save(
    review: ReviewDialog, open_window: MainWindow, qtbot: QtBot
) -> None:
    state = open_window.state
    assert state.workspace is not None
    path = state.workspace.documents[BASE].path
    state.drafts.keep(BASE, Draft("", "x", InvalidJson(path, "no", 7, 1)))
    qtbot.waitUntil(lambda: not review.save.isEnabled())
    assert review.why.text() == f"{BASE} is no JSON in line 7: mend it first."
    state.drafts.drop()
    qtbot.waitUntil(review.save.isEnabled)


def test_escape_closes_it(review: ReviewDialog, open_window: MainWindow, qtbot: QtBot) -> None:

    QTest.keyClick(review, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: open_window.findChild(ReviewDialog) is None)


def test_the_status_bar_leads_here_while_there_is_something_to_save(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    bar = open_window.statusBar()
    link = bar.findChild(QPushButton, "statusReview")
    assert link is not None
    assert not link.isVisible()
    change(open_window.state, "/emailDs/transports/0/host", "b.example.org")
    assert link.isVisible()
    link.click()
    qtbot.waitUntil(lambda: open_window.findChild(ReviewDialog) is not None)
    open_window.state.undo.undo()
    assert not link.isVisible()
