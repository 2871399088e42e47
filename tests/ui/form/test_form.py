from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from loopmail.core.edit.fields import TRANSPORT_FIELDS
from loopmail.core.js import UNDEFINED
from loopmail.core.nodemailer import plan_datasource
from loopmail.ui.form.card import more_fields, shown_paths
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.form.form import TransportForm
from loopmail.ui.form.secret_field import HOMES
from loopmail.ui.form.unknown_keys import listed_keys
from loopmail.ui.session.catcher import CatcherHost
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps, text, transport, value

VISIBLE = [
    "Preset",
    "Type",
    "Host",
    "Port",
    "Connection security",
    "Sign-in",
    "User",
    "Password",
    "Keep password in",
    "Verify certificate",
    "Server name",
    "CA certificate",
    "EHLO name",
]


Opened = Callable[..., tuple[AppState, TransportForm]]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    return small_apps.transport_form


@pytest.mark.parametrize(
    "port", ["465.0", "0x1d1", "4.65e2", "+465", " 465 ", "", None, True, [465]]
)
def test_connection_security_is_what_the_plan_does(opened: Opened, port: Any) -> None:
    state, form = opened({**SMTP, "port": port})
    for major in (2, 3):
        state.choose_loopback(major)
        settings = state.effective().datasources["emailDs"].settings
        (plan,) = plan_datasource(settings, state.versions).transports
        assert form.server.security.combo.currentData() == plan.tls


def choose(combo: QComboBox, text: str) -> None:
    at = combo.findText(text)
    assert at >= 0, text
    combo.setCurrentIndex(at)


def test_every_field_has_a_visible_label_that_is_its_buddy(opened: Opened) -> None:
    _, form = opened(SMTP)
    found = form.findChildren(QLabel)
    labels = {label.text().replace("&", ""): label.buddy() for label in found}
    for name in VISIBLE:
        assert labels.get(name) is not None, name


def test_gmail_writes_exactly_what_the_contract_says(opened: Opened) -> None:
    state, form = opened({"type": "smtp", "host": "old", "requireTLS": True, "foo": [1, 2.5]})
    choose(form.server.preset.combo, "GMail")
    written = transport(state)
    assert {key: written[key] for key in ("type", "host", "port", "secure")} == {
        "type": "smtp",
        "host": "smtp.gmail.com",
        "port": 465,
        "secure": True,
    }
    assert set(written["auth"]) == {"user", "pass"}
    assert "2.5" in text(state)
    assert not form.sign_in.advice.isHidden()
    assert "app password" in form.sign_in.advice.text.text().lower()
    assert "20" in form.sign_in.advice.text.text()  # dated
    state.undo.undo()
    assert transport(state)["host"] == "old"
    assert form.server.preset.combo.currentIndex() == 0


def test_there_are_at_least_sixteen_presets(opened: Opened) -> None:
    _, form = opened(SMTP)
    assert form.server.preset.combo.count() >= 17


@pytest.mark.parametrize(
    ("typed", "found"),
    [("gsuite", "GMail"), ("google", "GMail"), ("office", "Microsoft 365"), ("sendinb", "Brevo")],
)
def test_letters_find_a_provider_by_any_name_and_choose_nothing_yet(
    opened: Opened, typed: str, found: str
) -> None:
    state, form = opened(SMTP)
    view = form.server.preset.combo.view()
    for letter in typed:
        view.keyboardSearch(letter)
    assert found in view.currentIndex().data()
    assert state.undo.count() == 0


def test_a_pause_after_letters_chooses_what_they_found_as_in_any_box(
    opened: Opened, qtbot: QtBot
) -> None:
    state, form = opened(SMTP)
    QTest.keyClicks(form.server.preset.combo, "g")
    assert state.undo.count() == 0
    for letter in "mail":
        form.server.preset.combo.view().keyboardSearch(letter)
    qtbot.waitUntil(lambda: transport(state).get("host") == "smtp.gmail.com")
    assert state.undo.count() == 1
    assert not form.server.preset.combo.view().isVisible()


def test_the_providers_are_in_groups_that_cannot_be_chosen(opened: Opened) -> None:
    _, form = opened(SMTP)
    model = form.server.preset.combo.model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    headings = [one.data() for one in rows if not one.flags() & Qt.ItemFlag.ItemIsEnabled]
    assert headings == ["Mailboxes", "Mail services", "On this computer, for tests", "Other kinds"]


def test_the_running_catcher_is_a_preset(opened: Opened) -> None:
    state, form = opened({**SMTP, "requireTLS": True, "secure": True})
    box = form.server.preset.combo
    assert box.findText("Mail catcher (this window)") < 0
    host = CatcherHost.of(state)
    host.start()
    choose(box, "Mail catcher (this window)")
    expected = {"type": "smtp", "host": "127.0.0.1", "port": host.port, "secure": False}
    assert transport(state) == expected
    assert box.currentText() == "Mail catcher (this window)"
    host.stop()
    assert box.findText("Mail catcher (this window)") < 0


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("None", {"ignoreTLS": True}),
        ("STARTTLS if offered", {}),
        ("STARTTLS required", {"requireTLS": True}),
        ("TLS", {"secure": True}),
    ],
)
def test_the_four_choices_and_one_step_back(
    opened: Opened, choice: str, expected: dict[str, bool]
) -> None:
    start = {"requireTLS": True} if not expected else {}
    state, form = opened({"type": "smtp", **start})
    before = text(state)
    choose(form.server.security.combo, choice)
    assert transport(state) == {"type": "smtp", **expected}
    assert form.server.security.combo.currentText() == choice
    state.undo.undo()
    assert text(state) == before


def test_none_beats_required(opened: Opened) -> None:
    _, form = opened({"type": "smtp", "ignoreTLS": True, "requireTLS": True})
    assert form.server.security.combo.currentText() == "None"


def test_the_port_goes_with_tls_and_comes_back_without(opened: Opened) -> None:
    state, form = opened(SMTP)
    choose(form.server.security.combo, "TLS")
    assert transport(state) == {**SMTP, "port": 465, "secure": True}
    assert form.server.security.port.property("text") == "465"
    choose(form.server.security.combo, "STARTTLS required")
    assert transport(state) == {**SMTP, "secure": False, "requireTLS": True}


@pytest.mark.parametrize(
    ("setting", "shown"),
    [({"service": "Gmail"}, "TLS"), ({"url": "smtp://a.example.com"}, "STARTTLS if offered")],
)
def test_what_decides_instead_is_said_and_nothing_can_be_chosen(
    opened: Opened, setting: dict[str, Any], shown: str
) -> None:
    _, form = opened({"type": "smtp", **setting})
    row = form.server.security
    assert row.combo.currentText() == shown
    assert not row.combo.isEnabled()
    assert f"“{next(iter(setting))}” decides this" in row.note.text()


def test_the_free_port_field_says_which_is_taken(opened: Opened) -> None:
    state, form = opened({"type": "smtp", "host": "a"})
    port = form.server.security.port
    assert port.property("placeholderText") == "587"
    choose(form.server.security.combo, "TLS")
    assert port.property("placeholderText") == "465"
    state.choose_loopback(2)
    choose(form.server.security.combo, "None")
    assert port.property("placeholderText") == "25"


@pytest.mark.parametrize(
    ("setting", "shown", "type_shown"),
    [
        ({"type": "stub"}, "Stub: sends nothing", True),
        ({"type": "direct"}, "Direct: straight to the recipients’ servers", True),
        ({"type": "smtp", "sendmail": True}, "sendmail: the program", False),
        ({"type": "smtp", "SES": {"x": 1}}, "", False),
    ],
)
def test_fields_that_do_not_apply_are_not_shown(
    opened: Opened, setting: dict[str, Any], shown: str, type_shown: bool
) -> None:
    state, form = opened(setting)
    server = form.server
    assert server.preset.combo.currentText().startswith(shown)
    assert server.type.row.isHidden() != type_shown
    for widget in (server.host.row, server.security, form.sign_in, form.certificate):
        assert widget.isHidden()
    before = text(state)
    choose(server.preset.combo, "Another server")
    assert transport(state) == {"type": "smtp"}
    assert server.type.row.isHidden()
    for widget in (server.host.row, server.security, form.sign_in, form.certificate):
        assert not widget.isHidden()
    state.undo.undo()
    assert text(state) == before


@pytest.mark.parametrize("kind", ["stub", "direct", "sendmail"])
def test_the_other_kinds_are_choices(opened: Opened, kind: str) -> None:
    state, form = opened({**SMTP, "pool": True})
    box = form.server.preset.combo
    box.setCurrentIndex(box.findData(f"kind:{kind}"))
    assert form.values.transport.kind(6) == kind
    choose(box, "GMail")
    assert form.values.transport.kind(6) == "smtp"
    assert form.server.security.combo.currentText() == "TLS"


def test_no_sign_in_removes_auth_and_undo_brings_it_back(opened: Opened) -> None:
    state, form = opened(SMTP)
    choose(form.sign_in.way, "None")
    assert "auth" not in transport(state)
    assert form.sign_in.password.row.isHidden()
    state.undo.undo()
    assert transport(state)["auth"] == SMTP["auth"]
    assert not form.sign_in.password.row.isHidden()


def test_oauth_keeps_the_user_and_shows_its_fields(opened: Opened, qtbot: QtBot) -> None:
    state, form = opened(SMTP)
    choose(form.sign_in.way, "OAuth 2")
    assert transport(state)["auth"] == {"type": "OAuth2", "user": "me@example.com"}
    secret = form.findChild(QLineEdit, "field-auth-clientSecret")
    assert isinstance(secret, QLineEdit)
    assert secret.echoMode() == QLineEdit.EchoMode.Password
    secret.setText("hush")
    qtbot.waitUntil(lambda: "clientSecret" in transport(state)["auth"], timeout=5000)
    assert transport(state)["auth"]["clientSecret"] == "${EMAIL_DS_CLIENT_SECRET}"
    assert state.secrets().get("loopmail:tea-shop", "EMAIL_DS_CLIENT_SECRET") == "hush"


def test_auth_as_text_stays_until_a_way_is_chosen(opened: Opened) -> None:
    state, form = opened({"type": "smtp", "auth": "me:pw"})
    before = text(state)
    assert form.sign_in.way.currentText() == "Something else"
    sentence = form.sign_in.way_row.sentence.text()
    assert '“auth”: "********" here' in sentence  # it may well hold the password
    form.refresh()
    assert text(state) == before
    choose(form.sign_in.way, "User and password")
    assert transport(state)["auth"] == {"user": "", "pass": ""}


def test_switching_verification_off_and_on_leaves_no_trace(opened: Opened) -> None:
    state, form = opened({"type": "smtp", "tls": {"servername": "a"}})
    box: Any = form.certificate.verify.widget
    assert box.isChecked()
    box.setChecked(False)
    assert transport(state)["tls"] == {"servername": "a", "rejectUnauthorized": False}
    box.setChecked(True)
    assert transport(state)["tls"] == {"servername": "a"}


def test_the_text_false_does_not_switch_verification_off(opened: Opened) -> None:
    _, form = opened({"type": "smtp", "tls": {"rejectUnauthorized": "false"}})
    box: Any = form.certificate.verify.widget
    assert box.isChecked()
    assert "only false would switch" in form.certificate.verify.row.sentence.text()


def test_what_is_shown_is_what_an_odd_value_of_a_layer_beneath_is_taken_for(
    opened: Opened,
) -> None:
    state, form = opened(
        {"type": "smtp", "secure": "false", "tls": {"rejectUnauthorized": "false"}}
    )
    state.set_environment("production")
    state.set_layer("datasources.production.json")
    form.refresh()
    verify: Any = form.certificate.verify.widget
    assert verify.isChecked()  # only false itself would switch the check off
    assert form.server.security.combo.currentText() == "TLS"


def test_a_certificate_file_puts_its_text_into_the_file(opened: Opened, tmp_path: Path) -> None:
    state, form = opened(SMTP)
    pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    (tmp_path / "ca.pem").write_text(pem, encoding="ascii")
    form.certificate.load_file(tmp_path / "ca.pem")
    assert transport(state)["tls"]["ca"] == pem
    edit = form.certificate.authority.widget
    assert isinstance(edit, QPlainTextEdit)
    assert edit.toPlainText() == pem


def test_a_file_without_a_certificate_changes_nothing(opened: Opened, tmp_path: Path) -> None:
    state, form = opened(SMTP)
    before = text(state)
    (tmp_path / "no.pem").write_bytes(b"\xff\xfe")
    form.certificate.load_file(tmp_path / "no.pem")
    form.certificate.load_file(tmp_path / "missing.pem")
    assert text(state) == before
    assert "no PEM certificate" in form.certificate.authority.row.sentence.text()


def test_more_has_a_row_for_every_other_field_this_nodemailer_reads(opened: Opened) -> None:
    state, form = opened({**SMTP, "pool": True, "connectionTimeout": 500})
    form.more.unfold(True)
    names = {label.text() for label in form.more.findChildren(QLabel)}
    assert {field.label for field in more_fields(6)} <= names
    pool = form.more.findChild(QComboBox, "field-pool")
    assert isinstance(pool, QComboBox)
    assert pool.currentText() == "Yes"
    choose(pool, "No")
    assert transport(state)["pool"] is False
    pool.setCurrentIndex(0)
    assert "pool" not in transport(state)


@pytest.mark.parametrize("major", [2, 4, 6])
@pytest.mark.parametrize("auth", [None, "text", {"user": "u"}, {"type": "OAuth2"}])
def test_every_field_has_a_row_or_a_place_in_the_table(
    opened: Opened, major: int, auth: Any
) -> None:
    everything: dict[str, Any] = {"auth": copy(auth), "tls": {}}
    for field in TRANSPORT_FIELDS:
        place, _, key = field.path.strip("/").rpartition("/")
        inside = everything.setdefault(place, {}) if place else everything
        if isinstance(inside, dict) and field.path != "/auth/type":
            inside[key] = "x"
    state, form = opened(everything)
    versions = state.versions
    state.versions = replace(versions, nodemailer=f"{major}.0.0")
    listed = {row.pointer.removeprefix("/emailDs/transports/0") for row in listed_keys(form.values)}
    shown = shown_paths(major, everything["auth"])
    paths = {f.path for f in TRANSPORT_FIELDS if isinstance(auth, dict) or f.path[:6] != "/auth/"}
    for path in paths - {"/auth/type", "/auth/user", "/auth/pass"}:
        parents = {path.rsplit("/", 1)[0], path}
        assert path in shown or parents & listed, path


@pytest.mark.parametrize("way", ["host", "preset", "catcher", "password", "security"])
def test_a_layer_adds_to_a_single_transport_beneath_it(way: str, small_apps: SmallApps) -> None:
    single = {"name": "emailDs", "connector": "mail", "transport": {**SMTP, "requireTLS": True}}
    files = {"datasources.json": {"emailDs": single}, "datasources.production.json": {}}
    state = small_apps.state(files)
    form = small_apps.form(state)
    host = CatcherHost.of(state)
    host.start()
    state.set_environment("production")
    state.set_layer("datasources.production.json")
    if way == "host":
        form.server.host.write("new.example.com")
    elif way == "preset":
        form.server.preset.combo.setCurrentIndex(form.server.preset.combo.findData("gmail"))
    elif way == "catcher":
        form.server.preset.combo.setCurrentIndex(form.server.preset.combo.findData("catcher"))
    elif way == "password":
        form.sign_in.password.home.setCurrentIndex(HOMES.index("file"))
        form.sign_in.password.edit.setText("other")
    else:
        choose(form.server.security.combo, "None")
    assert list(value(state, "datasources.production.json")["emailDs"]) == ["transport"]
    (plan,) = plan_datasource(
        state.effective().datasources["emailDs"].settings, state.versions
    ).transports
    assert (plan.auth.user is UNDEFINED) == (way == "catcher")
    assert (plan.port, plan.tls) == {
        "preset": (465, "implicit"),
        "catcher": (host.port, "starttls-if-offered"),
        "security": (587, "never"),
    }.get(way, (587, "starttls-required"))
    host.stop()


def test_a_fix_works_in_rows_that_are_no_plain_field(opened: Opened, qtbot: QtBot) -> None:
    auth = {"user": "me@example.com", "pass": 12345}
    state, form = opened({**SMTP, "ignoreTLS": True, "auth": auth})
    qtbot.waitUntil(lambda: state.finder.known)
    form.show_problems()
    for row in (form.server.security, form.sign_in.password.row):
        row.findChildren(FixButton)[0].click()
    fixed = transport(state)
    assert "ignoreTLS" not in fixed
    assert fixed["requireTLS"] is True
    assert fixed["auth"]["pass"] == "12345"


def test_labels_above_their_fields_begin_where_these_do(opened: Opened) -> None:
    _, form = opened(SMTP)
    card = form.server
    card.set_narrow(True)
    form.resize(400, 900)
    form.show()
    QApplication.processEvents()
    label = card.form.labelForField(card.host.row)
    assert label is not None
    assert label.geometry().left() == card.host.row.geometry().left()
    assert label.geometry().bottom() < card.host.row.geometry().top() + 4
    card.set_narrow(False)
    QApplication.processEvents()
    assert label.geometry().right() < card.host.row.geometry().left()
