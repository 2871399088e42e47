"""What a row shows is what LoopBack uses in the environment, and where it comes from."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from loopmail.core.app.folder import BASE_FILE
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import AppError
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext.pointer import at, parse_pointer
from loopmail.core.loopback.datasources import list_datasources
from loopmail.core.loopback.transport import Transport, checks_certificate, loaded_transports
from loopmail.core.secret_names import mask_at
from loopmail.ui.form.binding import FieldBinding
from loopmail.ui.form.card import FormCard
from loopmail.ui.form.form import TransportForm
from loopmail.ui.form.origin import as_text, brief
from loopmail.ui.session.state import AppState
from memory_store import MemoryStore
from page_apps import SmallApps, mail, settle, transport

PRODUCTION = "datasources.production.json"
HOST = {"type": "smtp", "host": "127.0.0.1", "port": 25}

# All apps with LOOPMAIL_TORTURE=full, else every second one.
FULL = os.environ.get("LOOPMAIL_TORTURE") == "full"


def production(small_apps: SmallApps, base: Any, layer: Any) -> tuple[AppState, TransportForm]:
    """The form of an app in production, whose layer says something of its own."""
    files = {"datasources.json": {"emailDs": mail(base)}}
    state = small_apps.state({**files, PRODUCTION: {"emailDs": {"transports": [layer]}}})
    state.set_environment("production")
    return state, small_apps.form(state)


def field(form: TransportForm, path: str) -> Any:
    return form.findChild(QWidget, "field" + path.replace("/", "-"))


def row(form: TransportForm, path: str) -> Any:
    return next(b.row for card in form.cards for b in card.bindings if b.field.path == path)


def go(row: Any) -> QPushButton:
    [found] = [one for one in row.findChildren(QPushButton) if one.text() == "Go There"]
    assert isinstance(found, QPushButton)
    return found


def test_the_value_in_use_is_shown_with_what_the_edited_file_says(small_apps: SmallApps) -> None:
    state, form = production(small_apps, HOST, {"host": "smtp.example.com"})
    host = field(form, "/host")
    assert (host.text(), host.isReadOnly()) == ("smtp.example.com", True)
    assert row(form, "/host").note.text() == (
        f"{PRODUCTION} has the last word · datasources.json says 127.0.0.1"
    )
    assert (field(form, "/port").text(), field(form, "/port").isReadOnly()) == ("25", False)
    go(row(form, "/host")).click()
    assert state.layer == PRODUCTION
    assert (host.text(), host.isReadOnly()) == ("smtp.example.com", False)
    assert row(form, "/host").note.text() == ("set for production · datasources.json has 127.0.0.1")
    host.setText("mx.example.com")
    assert transport(state, file=PRODUCTION) == {"host": "mx.example.com"}
    state.set_environment("development")
    state.set_layer(BASE_FILE)
    assert (host.text(), host.isReadOnly()) == ("127.0.0.1", False)
    assert row(form, "/host").note.text() == ""


def test_the_way_to_the_file_that_decides_is_open_to_the_keyboard(small_apps: SmallApps) -> None:
    state, form = production(small_apps, HOST, {"host": "smtp.example.com"})
    button = go(row(form, "/host"))
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert button.accessibleName() == f"Edit in {PRODUCTION}"
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert state.layer == PRODUCTION


@pytest.mark.parametrize("which", ["preset", "security"])
def test_it_leads_to_the_editor_that_can_be_changed_now(
    small_apps: SmallApps, qtbot: QtBot, which: str
) -> None:
    layer = {"host": "smtp.gmail.com", "requireTLS": True}
    _, form = production(small_apps, HOST, layer)
    form.show()
    row = form.server.preset.row if which == "preset" else form.server.security
    combo = form.server.preset.combo if which == "preset" else form.server.security.combo
    assert not combo.isEnabled()
    with qtbot.waitActive(form):
        form.activateWindow()
    go(row).setFocus()
    go(row).click()
    assert form.focusWidget() is combo


def test_preset_security_and_sign_in_are_those_in_use(small_apps: SmallApps) -> None:
    gmail = {"host": "smtp.gmail.com", "port": 587, "requireTLS": True, "auth": {"user": "a@b.cd"}}
    state, form = production(small_apps, HOST, gmail)
    boxes = (form.server.preset.combo, form.server.security.combo)
    assert [box.currentText() for box in boxes] == ["GMail", "STARTTLS required"]
    assert form.sign_in.way.currentText() == "User and password"
    rows = (form.server.preset.row, form.server.security, form.sign_in.way_row)
    for one in rows:
        assert PRODUCTION in one.note.text()
        go(one).click()
        assert state.layer == PRODUCTION
        state.set_layer(BASE_FILE)
    assert not any(box.isEnabled() for box in boxes)
    assert not form.sign_in.way.isEnabled()
    state.set_layer(PRODUCTION)
    assert all(box.isEnabled() for box in boxes)
    assert form.sign_in.way.isEnabled()


def test_a_password_that_another_file_decides_is_not_shown_as_this_ones(
    small_apps: SmallApps,
) -> None:
    state, form = production(
        small_apps,
        {**HOST, "auth": {"user": "a", "pass": "base-secret"}},
        {"auth": {"pass": "other-secret"}},
    )
    password = form.sign_in.password
    assert password.edit.text() == ""
    assert password.edit.placeholderText() == "••••••••"
    assert password.edit.isReadOnly()
    assert "secret" not in password.row.note.text()
    go(password.row).click()
    assert (state.layer, password.edit.text()) == (PRODUCTION, "other-secret")
    assert not password.edit.isReadOnly()


def test_a_variable_is_told_with_its_value(
    small_apps: SmallApps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_HOST", "smtp.example.com")
    state = small_apps.with_transport({**HOST, "host": "${SHOP_HOST}"})
    form = small_apps.form(state)
    assert field(form, "/host").text() == "${SHOP_HOST}"
    note = "in use: smtp.example.com · from ${SHOP_HOST} · environment variable"
    assert row(form, "/host").note.text() == note


def test_a_transport_that_takes_the_place_of_anothers_leaves_nothing_of_it(
    small_apps: SmallApps,
) -> None:
    files = {
        "datasources.json": {"emailDs": {"connector": "mail", "transport": {**HOST, "name": "x"}}},
        PRODUCTION: {"emailDs": {"transports": [{"type": "smtp", "host": "mx.example.com"}]}},
    }
    state = small_apps.state(files)
    state.set_environment("production")
    form = small_apps.form(state)
    assert field(form, "/host").text() == "mx.example.com"
    assert field(form, "/port").text() == ""
    assert "datasources.json says 25, which does not count" in row(form, "/port").note.text()


@pytest.mark.parametrize("tls", [None, {"rejectUnauthorized": True, "ca": "-----BEGIN"}])
def test_what_nodes_variables_decide_is_shown_with_their_name(
    small_apps: SmallApps, monkeypatch: pytest.MonkeyPatch, tls: Any
) -> None:
    monkeypatch.setenv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/etc/company.pem")
    state = small_apps.with_transport({**HOST, **({"tls": tls} if tls else {})})
    form = small_apps.form(state)
    verify, authority = form.certificate.verify, form.certificate.authority
    assert field(form, "/tls/rejectUnauthorized").isChecked() == bool(tls)
    said = "NODE_TLS_REJECT_UNAUTHORIZED is set in the environment" in verify.row.note.text()
    assert said == (not tls)
    field(form, "/tls/rejectUnauthorized").setChecked(True)  # counts more than the variable
    assert field(form, "/tls/rejectUnauthorized").isChecked()
    assert "NODE_TLS" not in verify.row.note.text()
    trusts = "also trusts the authorities in /etc/company.pem" in authority.row.note.text()
    assert trusts == (not tls)


# --- Over real apps, for every environment, data source and file to edit -----------------


def states(folder: Path) -> Iterator[AppState]:
    manifests = {path.parent for path in folder.rglob("package.json")}
    every = sorted({*manifests, *filter(Path.is_dir, folder.iterdir())})
    for app in every[:: 1 if FULL else 2]:
        try:
            workspace = Workspace.open(app)
        except AppError:
            continue
        state = AppState(MemoryStore())
        state.set_workspace(workspace)
        yield state


def check_row(binding: FieldBinding, seen: Transport, used: Json) -> None:
    """Compare what a row shows with `used`, the value in AppView."""
    widget, path = binding.widget, binding.field.path
    own = seen.own(path)
    told = "" if used is UNDEFINED else as_text(mask_at(parse_pointer(path), used))
    if isinstance(widget, QCheckBox):
        if used is not UNDEFINED:
            on = checks_certificate(used) if binding.kind_name == "verify" else truthy(used)
            assert widget.isChecked() == on
        return
    origin = seen.deciding(path)
    if own is not UNDEFINED and seen.overruled(path) is None:
        if origin is not None and origin.variable:
            note = binding.row.note.text()
            assert used is UNDEFINED or f"in use: {brief(path, used)}" in note
            assert f"${{{origin.variable}}}" in note
        else:
            assert own == used
        told = as_text(own)
    elif own is UNDEFINED and seen.overruled(path) is None:
        if isinstance(widget, QLineEdit | QPlainTextEdit):
            assert not (widget.text() if isinstance(widget, QLineEdit) else widget.toPlainText())
            assert used is UNDEFINED or widget.placeholderText() == told
        return
    else:
        assert origin is None or binding.row.note.text()
    if isinstance(widget, QComboBox):
        expected = None if used is UNDEFINED and own is UNDEFINED else told
        data = widget.currentData()
        assert (None if data is None else as_text(json.loads(data))) == (expected or None)
    else:
        assert isinstance(widget, QLineEdit | QPlainTextEdit)
        shown = widget.text() if isinstance(widget, QLineEdit) else widget.toPlainText()
        assert " ".join(shown.split()) == " ".join(told.split())


def cards(form: TransportForm) -> Iterator[FormCard]:
    yield from form.cards
    if form.more._inner is not None:
        yield form.more._inner


def compare(folder: Path, qtbot: QtBot) -> int:
    """Look at every row of every transport; return how many rows were compared."""
    compared = 0
    for state in states(folder):
        form = TransportForm(state)
        qtbot.addWidget(form)
        form.more.unfold(True)
        assert state.workspace is not None
        for env in (*state.environments(), None):
            state.set_environment(env)
            for info in list_datasources(state.snapshot()):
                loaded = state.effective().datasources.get(info.name)
                if not info.is_mail or loaded is None:
                    continue
                for index, (pointer, value) in enumerate(loaded_transports(loaded.settings)):
                    for layer in state.layers() if isinstance(value, dict) else ():
                        state.set_layer(layer)
                        form.show_transport(info.name, index)
                        seen = form.values.transport
                        assert seen.loaded_prefix == pointer
                        for card in cards(form):
                            for binding in card.bindings:
                                path = pointer + binding.field.path
                                used = at(loaded.settings, parse_pointer(path))
                                where = (state.workspace.app.root, env, layer, binding.field.path)
                                try:
                                    check_row(binding, seen, used)
                                except AssertionError as error:
                                    raise AssertionError(where) from error
                                compared += 1
        settle(state, qtbot)
    return compared


def test_over_real_apps_each_row_shows_what_is_used(qtbot: QtBot, corpus: Path) -> None:
    assert compare(corpus, qtbot) > (7_000 if FULL else 2_500)


def test_over_cases_from_real_life_each_row_shows_what_is_used(qtbot: QtBot, corpus: Path) -> None:
    cases = corpus.with_name("cases")
    if not cases.is_dir():
        pytest.skip("the cases from real life are not on this machine")
    assert compare(cases, qtbot) > (5_000 if FULL else 2_000)
