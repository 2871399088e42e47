from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.core.js import UNDEFINED
from loopmail.ui.form.binding import NotWritten, parse_number
from loopmail.ui.form.form import TransportForm
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps, mail, make_form, open_state, settle, text, transport

Opened = Callable[..., tuple[AppState, TransportForm]]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    return small_apps.transport_form


def line(form: TransportForm, path: str) -> QLineEdit:
    found = form.findChild(QLineEdit, "field" + path.replace("/", "-"))
    assert isinstance(found, QLineEdit)
    return found


def sentence(form: TransportForm, path: str) -> str:
    for card in form.cards:
        for binding in card.bindings:
            if binding.field.path == path:
                return binding.row.sentence.text()
    raise AssertionError(path)


def note(form: TransportForm, path: str) -> str:
    for card in form.cards:
        for binding in card.bindings:
            if binding.field.path == path:
                return binding.row.note.text()
    raise AssertionError(path)


def test_typing_a_host_changes_only_the_host(opened: Opened) -> None:
    state, form = opened(SMTP)
    before = text(state)
    line(form, "/host").setText("mail.example.org")
    assert text(state) == before.replace("smtp.example.com", "mail.example.org")


def test_typing_on_is_one_undo_step(opened: Opened) -> None:
    state, form = opened(SMTP)
    before = text(state)
    for typed in ("a", "ab", "abc"):
        line(form, "/host").setText(typed)
    assert state.undo.count() == 1
    state.undo.undo()
    assert text(state) == before
    assert line(form, "/host").text() == "smtp.example.com"
    state.undo.redo()
    assert line(form, "/host").text() == "abc"


def test_clearing_a_text_removes_the_key(opened: Opened) -> None:
    state, form = opened(SMTP)
    line(form, "/host").clear()
    assert "host" not in transport(state)
    assert line(form, "/host").placeholderText() == "localhost"


def test_a_port_of_digits_is_written_as_a_number(opened: Opened) -> None:
    state, form = opened(SMTP)
    line(form, "/port").setText("2525")
    assert transport(state)["port"] == 2525


def test_a_port_of_letters_is_not_written_and_says_so(opened: Opened) -> None:
    state, form = opened(SMTP)
    before = text(state)
    line(form, "/port").setText("abc")
    assert text(state) == before
    assert "not a number" in sentence(form, "/port")
    form.refresh()
    assert line(form, "/port").text() == "abc"
    line(form, "/port").setText("25")
    assert sentence(form, "/port") == ""
    assert transport(state)["port"] == 25


def test_a_refused_text_is_forgotten_when_the_file_changes(opened: Opened) -> None:
    state, form = opened(SMTP)
    line(form, "/port").setText("26")
    line(form, "/port").setText("26x")
    state.undo.undo()
    assert line(form, "/port").text() == "587"
    assert sentence(form, "/port") == ""


@pytest.mark.parametrize(
    ("odd", "shown"), [("abc", "abc"), ("465", "465"), (True, "true"), ([1], "[1]")]
)
def test_a_port_of_another_type_is_shown_as_it_is(opened: Opened, odd: Any, shown: str) -> None:
    state, form = opened({**SMTP, "port": odd})
    before = text(state)
    assert line(form, "/port").text() == shown
    assert "not a number" in sentence(form, "/port")
    form.refresh()
    assert text(state) == before


def test_a_variable_may_stand_for_a_port(opened: Opened) -> None:
    state, form = opened(SMTP)
    line(form, "/port").setText("${SMTP_PORT}")
    assert transport(state)["port"] == "${SMTP_PORT}"


def test_secure_as_text_is_shown_as_nodemailer_takes_it(opened: Opened) -> None:
    state, form = opened({**SMTP, "secure": "false"})
    row = form.server.security
    assert row.combo.currentText() == "TLS"
    assert "takes it for true" in row.sentence.text()
    row.combo.setCurrentIndex(row.combo.findText("STARTTLS if offered"))
    assert transport(state)["secure"] is False
    assert row.sentence.text() == ""


def test_port_465_begins_with_tls_when_secure_is_unset(opened: Opened) -> None:
    state, form = opened({**SMTP, "port": 465})
    box = form.server.security.combo
    assert box.currentText() == "TLS"
    line(form, "/port").setText("587")
    assert box.currentText() == "STARTTLS if offered"
    assert "secure" not in transport(state)


def test_a_type_nobody_knows_stays_chosen(opened: Opened) -> None:
    state, form = opened({**SMTP, "type": "carrier-pigeon"})
    combo = form.findChild(QComboBox, "field-type")
    assert isinstance(combo, QComboBox)
    assert combo.currentText() == "carrier-pigeon"
    combo.setCurrentIndex(combo.findText("smtp"))
    assert transport(state)["type"] == "smtp"


def test_an_unset_field_shows_the_default_of_its_nodemailer(opened: Opened) -> None:
    state, form = opened({"type": "smtp"})
    assert "587" in line(form, "/port").placeholderText()
    state.choose_loopback(2)
    assert "25" in line(form, "/port").placeholderText()


def test_changes_go_to_the_layer_with_as_many_transports(qtbot: QtBot, tmp_path: Path) -> None:
    files = {"datasources.json": {"emailDs": mail(SMTP, {"type": "smtp", "host": "b"})}}
    state = open_state(tmp_path, files)
    state.set_layer("datasources.local.json")
    form = make_form(qtbot, state, 1)
    assert line(form, "/host").text() == ""
    assert line(form, "/host").placeholderText() == "b"
    assert "datasources.json" in note(form, "/host")
    line(form, "/host").setText("c.example.com")
    layer = "datasources.local.json"
    assert transport(state, 0, layer) == {}
    assert transport(state, 1, layer) == {"host": "c.example.com"}
    assert state.effective().error is None
    settings = state.effective().datasources["emailDs"].settings
    assert settings["transports"][1]["host"] == "c.example.com"
    settle(state, qtbot)


def test_a_value_that_another_layer_overrides_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    files = {
        "datasources.json": {"emailDs": mail(SMTP)},
        "datasources.development.json": {"emailDs": {"transports": [{"host": "dev"}]}},
    }
    state = open_state(tmp_path, files)
    form = make_form(qtbot, state)
    assert line(form, "/host").text() == "dev"
    assert "datasources.development.json has the last word" in note(form, "/host")
    assert "datasources.json says smtp.example.com" in note(form, "/host")
    settle(state, qtbot)


def test_a_text_where_the_transport_should_be_is_not_overwritten(
    qtbot: QtBot, tmp_path: Path
) -> None:
    state = open_state(tmp_path, {"datasources.json": {"emailDs": mail("oops")}})
    form = make_form(qtbot, state)
    before = text(state)
    line(form, "/host").setText("mail.example.com")
    assert text(state) == before
    assert sentence(form, "/host")
    settle(state, qtbot)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("", UNDEFINED), ("465", 465), (" 25 ", 25), ("1.5", 1.5), ("${P}", "${P}")],
)
def test_numbers_are_read_as_json_writes_them(typed: str, expected: Any) -> None:
    assert parse_number(typed) == expected


@pytest.mark.parametrize("typed", ["abc", "0x1d1", "1e400", "25;", "${A}${B", "--1"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotWritten):
        parse_number(typed)
