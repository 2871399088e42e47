"""When the form says what is wrong, and what the buttons say that fix it."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from loopmail.core.checks.problem import Problem
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.form.form import TransportForm
from loopmail.ui.form.problem_card import ProblemCard, ProblemLine, Sign
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps


@pytest.fixture
def shown(small_apps: SmallApps, qtbot: QtBot) -> Any:
    def show(transport: Any) -> tuple[AppState, TransportForm]:
        state, form = small_apps.transport_form(transport)
        state.problems_changed.connect(form.show_problems)
        form.show()
        form.activateWindow()
        qtbot.waitUntil(lambda: state.finder.known)
        return state, form

    return show


def lines(form: TransportForm) -> list[str]:
    """The ids of the problems that the form shows."""
    return [one.objectName().removeprefix("problem-") for one in _lines(form)]


def _lines(form: TransportForm) -> list[ProblemLine]:
    return [one for one in form.findChildren(ProblemLine) if not one.isHidden()]


def field(form: TransportForm, name: str) -> QLineEdit:
    found = form.findChild(QLineEdit, name)
    assert found is not None
    return found


def found(state: AppState, id_: str) -> list[Problem]:
    return [one for one in state.problems if one.id == id_]


def typed(shown: Any, qtbot: QtBot) -> tuple[AppState, TransportForm]:
    """Type a host that is none, and stay in the field; nothing is said of it."""
    state, form = shown({**SMTP, "host": ""})
    host = field(form, "field-host")
    host.setFocus()
    qtbot.waitUntil(host.hasFocus)
    QTest.keyClicks(host, "smtp.example.com:")
    qtbot.waitUntil(lambda: bool(found(state, "host-malformed")))
    assert "host-malformed" not in lines(form)
    return state, form


def with_preset(shown: Any, qtbot: QtBot) -> tuple[AppState, TransportForm]:
    """Choose a preset, which leaves user and password to be typed."""
    state, form = shown({"type": "smtp", "host": "localhost"})
    form.server.preset.combo.setCurrentIndex(form.server.preset.combo.findData("gmail"))
    form.server.preset.combo.activated.emit(form.server.preset.combo.currentIndex())
    qtbot.waitUntil(lambda: bool(found(state, "credentials-missing")))
    return state, form


def test_nothing_is_said_of_a_text_that_is_being_typed(shown: Any, qtbot: QtBot) -> None:
    _, form = typed(shown, qtbot)
    field(form, "field-auth-user").setFocus()
    qtbot.waitUntil(lambda: "host-malformed" in lines(form))


def test_a_test_shows_what_was_held_back(shown: Any, qtbot: QtBot) -> None:
    state, form = typed(shown, qtbot)
    state.begin_test()
    qtbot.waitUntil(lambda: "host-malformed" in lines(form))


def test_a_preset_is_not_followed_by_a_complaint(shown: Any, qtbot: QtBot) -> None:
    state, form = with_preset(shown, qtbot)
    assert "credentials-missing" not in lines(form)
    user = field(form, "field-auth-user")
    user.setFocus()
    qtbot.waitUntil(user.hasFocus)
    field(form, "field-host").setFocus()
    qtbot.waitUntil(lambda: "credentials-missing" in lines(form))


def test_a_test_after_a_preset_says_what_is_missing(shown: Any, qtbot: QtBot) -> None:
    state, form = with_preset(shown, qtbot)
    state.begin_test()
    qtbot.waitUntil(lambda: "credentials-missing" in lines(form))


def test_an_app_that_lacks_them_from_the_start_is_told(shown: Any, qtbot: QtBot) -> None:
    state, form = shown({**SMTP, "auth": {"user": "", "pass": ""}})
    qtbot.waitUntil(lambda: "credentials-missing" in lines(form))
    assert state.untouched == set()


def test_the_buttons_say_what_they_do_and_removing_is_never_the_first(
    shown: Any, qtbot: QtBot
) -> None:
    _, form = shown({**SMTP, "port": 465, "secure": False, "auth": {"user": "", "pass": ""}})
    qtbot.waitUntil(lambda: {"credentials-missing", "port-secure-mismatch"} <= set(lines(form)))
    buttons = {one.text(): one for one in form.findChildren(FixButton) if not one.isHidden()}
    assert {"Set secure to true", "Do not sign in"} <= buttons.keys()
    assert buttons["Do not sign in"].property("role") == "link"
    assert buttons["Set secure to true"].property("role") is None
    assert buttons["Do not sign in"].focusPolicy() & Qt.FocusPolicy.TabFocus


def place_below(form: TransportForm) -> int:
    """Where the row below the host, and the sign-in below the server, begin."""
    for _ in range(10):  # a text that is wrapped tells its height in rounds
        QApplication.processEvents()
    return form.server.security.y() + form.sign_in.user.row.y()


def test_what_typing_mends_keeps_its_place_until_the_field_is_left(
    shown: Any, qtbot: QtBot
) -> None:
    state, form = shown({**SMTP, "host": "smtp.example.com:587"})
    qtbot.waitUntil(lambda: "host-malformed" in lines(form))
    (line,) = (one for one in _lines(form) if one.objectName() == "problem-host-malformed")
    assert line.button is not None
    host, before = field(form, "field-host"), place_below(form)
    host.setFocus()
    qtbot.waitUntil(host.hasFocus)
    host.end(False)
    for _ in range(4):
        QTest.keyClick(host, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: not found(state, "host-malformed"))
    assert "host-malformed" in lines(form)
    assert place_below(form) == before
    assert not line.button.isEnabled()
    assert line.property("stale")
    field(form, "field-auth-user").setFocus()
    qtbot.waitUntil(lambda: "host-malformed" not in lines(form))
    qtbot.waitUntil(lambda: place_below(form) < before)


def test_no_other_field_moves_the_one_that_is_typed_in(shown: Any, qtbot: QtBot) -> None:
    state, form = shown({**SMTP, "auth": {"user": "", "pass": ""}})
    qtbot.waitUntil(lambda: "credentials-missing" in lines(form))
    user, before = field(form, "field-auth-user"), place_below(form)
    user.setFocus()
    qtbot.waitUntil(user.hasFocus)
    QTest.keyClicks(user, "me@example.com")
    qtbot.waitUntil(
        lambda: all("auth.user" not in one.text for one in found(state, "credentials-missing"))
    )
    assert place_below(form) == before
    field(form, "field-host").setFocus()
    qtbot.waitUntil(lambda: all("auth.user" not in one.text.text() for one in _lines(form)))


def test_one_card_for_all_that_is_wrong_with_a_field(shown: Any, qtbot: QtBot) -> None:
    gmail = {**SMTP, "host": "smtp.gmail.com", "auth": {"user": "a@gmail.com", "pass": "short1x"}}
    _, form = shown(gmail)
    wanted = {"gmail-app-password", "secret-in-file"}
    qtbot.waitUntil(lambda: wanted <= set(lines(form)))
    (card,) = (one for one in form.findChildren(ProblemCard) if not one.isHidden())
    assert {one.problem.id for one in card.lines} == wanted
    assert card.property("tone") == "warn"
    assert form.sign_in.password.edit.property("tone") == "warn"
    # The provider's advice says the same: its button stands in the card.
    assert form.sign_in.advice.isHidden()
    assert "Show Me" in {one.text() for one in card.findChildren(QPushButton)}


def test_severity_is_an_icon_with_a_name_and_the_text_is_plain(shown: Any, qtbot: QtBot) -> None:
    _, form = shown({**SMTP, "port": 465, "secure": False})
    qtbot.waitUntil(lambda: "port-secure-mismatch" in lines(form))
    (line,) = (one for one in _lines(form) if one.objectName() == "problem-port-secure-mismatch")
    (sign,) = line.findChildren(Sign)
    assert sign.accessibleName() == "Error"
    assert line.text.property("role") is None
    assert form.server.security.isAncestorOf(line)


def test_a_fix_that_vanishes_leaves_the_focus_at_its_field(shown: Any, qtbot: QtBot) -> None:
    _, form = shown({**SMTP, "port": 465, "secure": False})
    qtbot.waitUntil(lambda: "port-secure-mismatch" in lines(form))
    (button,) = form.server.security.findChildren(FixButton)
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    QTest.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "port-secure-mismatch" not in lines(form))
    qtbot.waitUntil(form.server.security.combo.hasFocus)
