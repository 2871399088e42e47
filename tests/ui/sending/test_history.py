"""The session's tests as rows, and two of them beside each other."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.ui.sending.history import compare
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session.state import AppState
from page_apps import SmallApps, mail

PASSWORD = "hunter2-first"
OTHER = "hunter2-second"
Opened = Callable[[], tuple[AppState, SendingPanel]]


@pytest.fixture
def opened(small_apps: SmallApps, catcher: MailCatcher) -> Opened:
    def open_panel() -> tuple[AppState, SendingPanel]:
        auth = {"user": "me@example.com", "pass": PASSWORD}
        source = mail({"type": "smtp", "host": "127.0.0.1", "port": catcher.port, "auth": auth})
        state = small_apps.state({"datasources.json": {"emailDs": source}})
        state.select("datasource", "emailDs")
        panel = small_apps.shown(SendingPanel(state))
        panel.show()
        return state, panel

    return open_panel


def check(panel: SendingPanel, qtbot: QtBot) -> None:
    panel.check_connection()
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)


def change(state: AppState, path: str, value: Any) -> None:
    pointer = f"/emailDs/transports/0/{path}"
    assert state.change(
        "Change", lambda w: [w.edit_value("datasources.json", pointer, value)], pytest.fail
    )


def two_tests(state: AppState, panel: SendingPanel, qtbot: QtBot) -> None:
    check(panel, qtbot)
    change(state, "auth/pass", OTHER)
    change(state, "name", "client.example.com")
    check(panel, qtbot)


def cells(panel: SendingPanel) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in panel.results.past.table.rows.rows}


def test_two_chosen_tests_are_compared(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    two_tests(state, panel, qtbot)
    past = panel.results.past
    panel.results.setCurrentWidget(past)
    assert past.hint.text() == "Choose two tests to compare them."
    past.list.selectAll()
    assert past.table.isVisible()
    assert past.hint.isHidden()
    shown = cells(panel)
    assert shown["transports › 0 › name"] == ("not set", "client.example.com")
    assert shown["transports › 0 › auth › pass"] == ("********", "another one")
    assert "transports › 0 › host" not in shown  # it is the same
    assert shown["Verdict"][0].startswith("Sent nothing")
    assert set(shown) >= {"DNS", "Connect", "Greeting", "EHLO", "Sign-in"}


def test_no_secret_stands_in_a_comparison(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    two_tests(state, panel, qtbot)
    older, newer = panel.results.finished[1], panel.results.finished[0]
    told = repr(compare(older, newer)) + repr(older.about.settings) + repr(newer.about.settings)
    assert PASSWORD not in told
    assert OTHER not in told


def test_one_chosen_test_is_shown_again_and_the_history_stays(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    two_tests(state, panel, qtbot)
    past = panel.results.past
    panel.results.setCurrentWidget(past)
    past.list.setCurrentRow(1)
    assert panel.results.shown is panel.results.finished[1]
    assert panel.results.currentWidget() is past
    assert past.table.isHidden()


def test_a_row_is_two_lines_with_icon_and_time(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    check(panel, qtbot)
    panel.results.setCurrentWidget(panel.results.past)
    listed = panel.results.history
    line = listed.fontMetrics().height()
    assert listed.sizeHintForRow(0) >= 2 * line
    image = QImage(QSize(300, 200), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    listed.viewport().render(image)
    row = listed.visualItemRect(listed.item(0))
    colours = {image.pixel(x, y) for x in range(300) for y in range(row.height())}
    assert len(colours) > 8  # the icon and two kinds of text


def test_another_test_ends_the_comparison(opened: Opened, qtbot: QtBot) -> None:
    state, panel = opened()
    two_tests(state, panel, qtbot)
    panel.results.past.list.selectAll()
    assert not panel.results.past.table.isHidden()
    check(panel, qtbot)
    assert panel.results.past.table.isHidden()
    assert len(panel.results.finished) == 3
