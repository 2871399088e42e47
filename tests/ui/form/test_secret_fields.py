from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app_builder import write_app
from loopmail.core.app.workspace import Workspace
from loopmail.ui.form.form import TransportForm
from loopmail.ui.form.secret_field import SecretField
from loopmail.ui.page.mail import MailPage
from loopmail.ui.session.state import AppState
from memory_store import MemoryStore
from page_apps import SMTP, mail, make_form, open_state, settle, transport, value

SERVICE = "loopmail:tea-shop"
URL = "smtps://me:pa%2Fss@smtp.example.com"
DB = {
    "name": "db",
    "connector": "mongodb",
    "url": "mongodb://me:m0ngo@db.example.com/x",
    "password": "db-s3cret",
    "replica": {"auth": {"apiKey": "k3y"}},
}


@pytest.fixture
def states(qtbot: QtBot) -> Iterator[list[AppState]]:
    made: list[AppState] = []
    yield made
    for state in made:
        settle(state, qtbot)


def opened(folder: Path, states: list[AppState], **sources: Any) -> AppState:
    state = open_state(folder, {"datasources.json": sources}, MemoryStore())
    states.append(state)
    return state


def field_of(form: TransportForm, path: str) -> SecretField:
    form.more.unfold(True)
    fields = [*form.sign_in.oauth.secrets.values(), *form.findChildren(SecretField)]
    return next(field for field in fields if field.path == path)


def move(field: SecretField, home: str) -> None:
    field.home.setCurrentIndex(field.home.findText(home))


def test_a_url_is_a_secret_only_if_it_carries_a_password(
    tmp_path: Path, states: list[AppState], qtbot: QtBot
) -> None:
    state = opened(tmp_path, states, emailDs=mail({"type": "smtp", "url": "smtp://h:25"}))
    form = make_form(qtbot, state)
    field = field_of(form, "/url")
    assert field.home.isHidden()
    assert field.edit.echoMode() == QLineEdit.EchoMode.Normal
    field.edit.setText(URL)
    assert transport(state)["url"] == URL
    assert not field.home.isHidden()
    assert field.edit.echoMode() == QLineEdit.EchoMode.Password
    move(field, "Keyring")
    qtbot.waitUntil(lambda: transport(state)["url"] == "${EMAIL_DS_URL}", timeout=5000)
    assert state.secrets().get(SERVICE, "EMAIL_DS_URL") == URL


@pytest.mark.parametrize(
    ("path", "variable"),
    [
        ("/proxy", "EMAIL_DS_PROXY"),
        ("/dkim/privateKey", "EMAIL_DS_PRIVATE_KEY"),
        ("/tls/key", "EMAIL_DS_TLS_KEY"),
    ],
)
def test_other_secrets_of_a_transport_move_to_the_keyring_and_back(
    tmp_path: Path, states: list[AppState], qtbot: QtBot, path: str, variable: str
) -> None:
    secret = "http://me:pw@proxy:3128" if path == "/proxy" else "-----BEGIN-----\nkey\n"
    more: Any = {"proxy": secret, "dkim": {"privateKey": secret}, "tls": {"key": secret}}
    state = opened(tmp_path, states, emailDs=mail({**SMTP, **more}))
    form = make_form(qtbot, state)
    field = field_of(form, path)
    keys = path.strip("/").split("/")

    def written() -> Any:
        found = transport(state)
        for key in keys:
            found = found[key]
        return found

    move(field, "Keyring")
    qtbot.waitUntil(lambda: written() == f"${{{variable}}}", timeout=5000)
    assert state.secrets().get(SERVICE, variable) == secret
    qtbot.waitUntil(lambda: field.edit.text() == secret, timeout=5000)
    move(field, "File")
    qtbot.waitUntil(lambda: written() == secret, timeout=5000)
    state.undo.undo()
    state.undo.undo()
    assert written() == secret
    assert state.secrets().get(SERVICE, variable) is None


def test_passwords_of_other_connectors_have_homes_too(
    tmp_path: Path, states: list[AppState], qtbot: QtBot
) -> None:
    state = opened(tmp_path, states, db=DB)
    page = MailPage(state)
    qtbot.addWidget(page)
    page.show_datasource("db")
    assert list(page.passwords.fields) == ["/url", "/password", "/replica/auth/apiKey"]
    for path, variable in (
        ("/url", "DB_URL"),
        ("/password", "DB_PASS"),
        ("/replica/auth/apiKey", "DB_API_KEY"),
    ):
        secret = page.passwords.fields[path].edit.text()
        move(page.passwords.fields[path], "Keyring")
        assert f"${{{variable}}}" in str(value(state))
        assert state.secrets().get(SERVICE, variable) == secret
    assert list(page.passwords.fields) == ["/url", "/password", "/replica/auth/apiKey"]
    for hidden in ("m0ngo", "db-s3cret", "k3y"):
        assert hidden not in str(value(state))


def test_a_password_typed_for_one_data_source_does_not_reach_the_next(
    tmp_path: Path, states: list[AppState], qtbot: QtBot
) -> None:
    one = {"name": "one", "connector": "mysql", "password": "${ONE_PASS}"}
    state = opened(tmp_path, states, one=one, two={**one, "name": "two", "password": "${TWO_PASS}"})
    page = MailPage(state)
    qtbot.addWidget(page)
    page.show_datasource("one")
    page.passwords.fields["/password"].edit.setText("for one")
    page.show_datasource("two")
    assert state.secrets().get(SERVICE, "ONE_PASS") == "for one"
    assert state.secrets().get(SERVICE, "TWO_PASS") is None
    assert page.passwords.fields["/password"].edit.text() == ""


def test_a_secret_typed_just_before_another_transport_is_shown_is_kept(
    tmp_path: Path, states: list[AppState], qtbot: QtBot
) -> None:
    state = opened(tmp_path, states, emailDs=mail(SMTP, SMTP))
    form = make_form(qtbot, state)
    field_of(form, "/tls/key").edit.setText("k3y")
    form.show_transport("emailDs", 1)
    qtbot.waitUntil(lambda: "tls" in transport(state), timeout=5000)
    assert transport(state)["tls"] == {"key": "${EMAIL_DS_TLS_KEY}"}
    assert state.secrets().get(SERVICE, "EMAIL_DS_TLS_KEY") == "k3y"
    assert "tls" not in transport(state, 1)
    assert field_of(form, "/tls/key").edit.text() == ""


def test_a_secret_typed_for_one_app_never_reaches_another(
    tmp_path: Path, states: list[AppState], qtbot: QtBot
) -> None:
    files = {"datasources.json": {"emailDs": mail(SMTP)}}
    state = open_state(tmp_path, files, MemoryStore())
    states.append(state)
    form = make_form(qtbot, state)
    field = field_of(form, "/tls/key")
    field.edit.setText("k3y")
    other = write_app(tmp_path / "other", files, name="other", dependencies={"loopback": "^3.28"})
    state.set_workspace(Workspace.open(other))
    form.show_transport("emailDs", 0)
    assert field.edit.text() == ""
    state.save()
    assert "tls" not in transport(state)
    assert state.store.users("loopmail:other") == []
    assert state.store.users(SERVICE) == []
