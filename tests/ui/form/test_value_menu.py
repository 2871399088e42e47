"""The menu of a field: its value to another layer, or taken back."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QWidget

from loopmail.core.edit.connection_security import KEYS, PORT
from loopmail.ui.form.form import TransportForm
from loopmail.ui.form.value_menu import value_menu
from loopmail.ui.session.state import AppState
from page_apps import SmallApps, mail, text, transport, value

BASE, LOCAL = "datasources.json", "datasources.local.json"
PRODUCTION = "datasources.production.json"
HOST = {"type": "smtp", "host": "127.0.0.1", "port": 25, "ignoreTLS": True}


@pytest.fixture
def production(small_apps: SmallApps) -> tuple[AppState, TransportForm]:
    layer = {"emailDs": {"transports": [{"host": "smtp.example.com"}]}}
    state = small_apps.state({BASE: {"emailDs": mail(HOST)}, PRODUCTION: layer})
    state.set_environment("production")
    state.set_layer(PRODUCTION)
    return state, small_apps.form(state)


def menu_of(form: TransportForm, widget: QWidget, paths: list[str]) -> QMenu:
    said: list[str] = []
    return value_menu(widget, form.values, paths, "Host", said.append)


def action(menu: QMenu, name: str) -> QAction:
    found = {one.text().replace("&", ""): one for one in menu.actions()}
    return found[name]


def submenu(menu: QMenu, name: str) -> QMenu:
    found = action(menu, name).menu()
    assert isinstance(found, QMenu)
    return found


def test_a_value_goes_to_another_layer_in_one_step(
    production: tuple[AppState, TransportForm],
) -> None:
    state, form = production
    before = text(state)
    menu = menu_of(form, form.server.host.widget, ["/host"])
    to = submenu(menu, "Copy This Value To")
    assert [one.text() for one in to.actions()] == [BASE, LOCAL, "datasources.development.json"]
    action(to, BASE).trigger()
    assert transport(state)["host"] == "smtp.example.com"
    assert state.layer == PRODUCTION
    state.undo.undo()
    assert text(state) == before
    action(to, LOCAL).trigger()
    assert value(state, LOCAL)["emailDs"] == {"transports": [{"host": "smtp.example.com"}]}


def test_reset_is_for_what_the_edited_file_says(
    production: tuple[AppState, TransportForm],
) -> None:
    state, form = production
    assert not action(menu_of(form, form.server.host.widget, ["/port"]), "Reset").isEnabled()
    action(menu_of(form, form.server.host.widget, ["/host"]), "Reset").trigger()
    assert transport(state, file=PRODUCTION) == {}
    assert form.server.host.widget.property("placeholderText") == "127.0.0.1"


def test_connection_security_goes_as_a_whole(
    production: tuple[AppState, TransportForm],
) -> None:
    state, form = production
    box = form.server.security.combo
    box.setCurrentIndex(box.findText("STARTTLS required"))
    assert box.contextMenuPolicy() == Qt.ContextMenuPolicy.CustomContextMenu  # also by its key
    menu = menu_of(form, box, [*KEYS, PORT])
    action(submenu(menu, "Copy This Value To"), "datasources.development.json").trigger()
    written: Any = value(state, "datasources.development.json")["emailDs"]["transports"][0]
    assert written == {"ignoreTLS": False, "requireTLS": True, "port": 25}


def test_the_text_of_a_field_keeps_its_own_commands(
    production: tuple[AppState, TransportForm],
) -> None:
    _, form = production
    menu = menu_of(form, form.server.host.widget, ["/host"])
    names = " ".join(one.text() for one in menu.actions())
    assert "Copy" in names
    assert "Paste" in names


def test_no_secret_is_offered_to_be_copied(small_apps: SmallApps) -> None:
    auth = {"user": "me@example.com", "pass": "hunter2"}
    _, form = small_apps.transport_form({**HOST, "auth": auth})
    edit = form.sign_in.password.edit
    assert isinstance(edit, QLineEdit)
    assert edit.contextMenuPolicy() == Qt.ContextMenuPolicy.DefaultContextMenu


def test_the_note_under_a_field_takes_it_back(production: tuple[AppState, TransportForm]) -> None:
    state, form = production
    before = text(state, PRODUCTION)
    box, row = form.server.security.combo, form.server.security
    box.setCurrentIndex(box.findText("TLS"))
    assert row.note.text() == "set for production · datasources.json has None, 25"
    links = {one.text(): one for one in row.findChildren(QPushButton)}
    assert links["Reset"].accessibleName() == "Reset Connection security"
    links["Reset"].click()
    assert text(state, PRODUCTION) == before
    assert row.note.text() == "from datasources.json, for every environment"
    assert box.currentText() == "None"
