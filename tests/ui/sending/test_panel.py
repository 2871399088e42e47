import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QElapsedTimer
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.core.checks.problem import Fix
from loopmail.smtp.verdict import Diagnosis, DiagnosisFix, Verdict
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session.state import AppState
from page_apps import SmallApps, longest_gap, mail, open_state, settle, text
from servers.smtp_double import Script, SmtpDouble


@pytest.fixture
def silent() -> Iterator[SmtpDouble]:
    with SmtpDouble(Script(silent_at="greeting")) as server:
        yield server


Opened = Callable[..., tuple[AppState, SendingPanel]]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    def open_panel(*transports: Any, **files: Any) -> tuple[AppState, SendingPanel]:
        state = small_apps.state({"datasources.json": {"emailDs": mail(*transports)}, **files})
        state.select("datasource", "emailDs")
        return state, small_apps.shown(SendingPanel(state))

    return open_panel


def to(port: int, **more: Any) -> dict[str, Any]:
    return {"type": "smtp", "host": "127.0.0.1", "port": port, **more}


def fill(panel: SendingPanel) -> None:
    panel.message.from_.setText("shop@example.com")
    panel.message.to.setText("Ann <ann@example.com>, bob@example.com")


def finish(panel: SendingPanel, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: not panel.running, timeout=10_000)
    return panel.verdict.verdict.text()


def test_every_field_and_button_has_its_name(opened: Opened) -> None:
    _, panel = opened(to(25))
    labels = {label.text().replace("&", ""): label.buddy() for label in panel.findChildren(QLabel)}
    for name in ("From", "To", "Subject", "Message", "Verdict"):
        assert labels.get(name) is not None, name
    buttons = [panel.check_button.text(), panel.send_button.text(), panel.stop_button.text()]
    assert buttons == ["Check Connection", "Send Test Message", "Stop"]
    assert panel.results.transcript.accessibleName() == "Transcript"
    assert panel.results.certificate.accessibleName() == "Certificate"


def test_addresses_default_to_the_user_and_the_subject_names_the_data_source(
    opened: Opened,
) -> None:
    _, panel = opened(to(25, auth={"user": "me@example.com", "pass": "x"}))
    assert panel.message.from_.text() == panel.message.to.text() == "me@example.com"
    assert panel.message.subject.text().startswith("loopmail test of emailDs, ")


def test_a_message_is_sent_and_every_step_is_shown(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    state, panel = opened(to(catcher.port, auth={"user": "me@example.com", "pass": "hunter2"}))
    fill(panel)
    panel.message.html.setPlainText("<p>Hello</p>")
    panel.send_test_message()
    assert panel.stop_button.isEnabled()
    assert not panel.send_button.isEnabled()
    assert finish(panel, qtbot).startswith("Sent")
    assert panel.send_button.isEnabled()
    (message,) = catcher.messages()
    assert message.envelope_to == ("ann@example.com", "bob@example.com")
    assert "<p>Hello</p>" in message.html
    transcript = panel.results.transcript.lines.text()
    assert "MAIL FROM:<shop@example.com>" in transcript
    assert "hunter2" not in transcript
    assert panel.chart.description().startswith("DNS")
    assert "LoopBack 3 would report" in panel.verdict.words()
    assert panel.verdict.said.whole.startswith("250 ")
    assert "From: shop@example.com" in panel.results.message.toPlainText()
    assert panel.results.certificate.model().index(0, 1).data() == "not used"


def test_checking_the_connection_sends_nothing(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    _, panel = opened(to(catcher.port))
    panel.check_connection()
    assert finish(panel, qtbot).startswith("Sent nothing")
    assert catcher.messages() == []


def test_a_refused_connection_says_where_it_failed(opened: Opened, qtbot: QtBot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    _, panel = opened(to(port))
    panel.check_connection()
    assert finish(panel, qtbot).startswith("Not sent")
    assert panel.chart.failed == "connect"
    assert "ECONNREFUSED" in panel.verdict.words()


def test_stop_works_within_a_second_while_a_server_is_silent(
    opened: Opened, qtbot: QtBot, silent: SmtpDouble
) -> None:
    _, panel = opened(to(silent.port))
    panel.check_connection()
    qtbot.waitUntil(silent.reached.is_set, timeout=5000)
    clock = QElapsedTimer()
    clock.start()
    panel.stop_button.click()
    assert finish(panel, qtbot).startswith("Stopped")
    assert clock.elapsed() < 1000


def test_stop_works_within_a_second_during_a_tls_handshake(opened: Opened, qtbot: QtBot) -> None:
    with SmtpDouble(Script(silent_at="handshake", implicit="good")) as server:
        _, panel = opened(to(server.port, secure=True))
        panel.check_connection()
        qtbot.waitUntil(server.reached.is_set, timeout=5000)
        clock = QElapsedTimer()
        clock.start()
        panel.stop()
        assert finish(panel, qtbot).startswith("Stopped")
        assert clock.elapsed() < 1000


def test_the_window_stays_responsive_while_a_server_answers_slowly(
    opened: Opened, qtbot: QtBot, silent: SmtpDouble
) -> None:
    _, panel = opened(to(silent.port))
    gaps: list[float] = []
    with longest_gap(gaps):
        panel.check_connection()
        qtbot.wait(600)
        panel.stop()
        qtbot.waitUntil(lambda: not panel.running, timeout=5000)
    assert gaps[0] < 100, f"the event loop was away for {gaps[0]:.0f} ms"


@pytest.mark.parametrize(
    ("sender", "recipient", "word"),
    [
        ("", "a@b.cd", "From"),
        ("a@b.cd", "", "To"),
        ("a@b.cd", "nobody", "To"),
        ("a@b.cd, c@d.ef", "a@b.cd", "one address"),
    ],
)
def test_a_bad_address_is_a_sentence_and_no_test(
    opened: Opened, catcher: MailCatcher, sender: str, recipient: str, word: str
) -> None:
    _, panel = opened(to(catcher.port))
    panel.message.from_.setText(sender)
    panel.message.to.setText(recipient)
    panel.send_test_message()
    assert not panel.running
    assert word in panel.verdict.verdict.text()
    assert catcher.messages() == []


def test_a_missing_attachment_is_a_sentence(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher, tmp_path: Path
) -> None:
    _, panel = opened(to(catcher.port))
    fill(panel)
    panel.message.add_files([tmp_path / "gone.pdf"])
    panel.send_test_message()
    sentence = finish(panel, qtbot)
    assert sentence.startswith("Not sent")
    assert "gone.pdf" in sentence


def test_an_app_that_would_not_boot_is_a_verdict(opened: Opened, qtbot: QtBot) -> None:
    _, panel = opened(to(25), **{"datasources.development.json": {"emailDs": mail(to(25), to(26))}})
    panel.check_connection()
    assert finish(panel, qtbot).startswith("Not sent")
    assert "different length" in panel.verdict.verdict.text()


def test_a_stub_says_that_nothing_was_sent(opened: Opened, qtbot: QtBot) -> None:
    _, panel = opened({"type": "stub"})
    fill(panel)
    panel.send_test_message()
    assert finish(panel, qtbot).startswith("Nothing was sent")


def test_servers_words_are_never_markup(opened: Opened, qtbot: QtBot) -> None:
    refusing = Script(replies={"greeting": b"554 <b>no</b> <img src=x>"})
    with SmtpDouble(refusing) as server:
        _, panel = opened(to(server.port))
        panel.check_connection()
        finish(panel, qtbot)
    assert "<b>no</b>" in panel.verdict.words()
    for label in panel.findChildren(QLabel):
        if "<b>" in label.text():
            assert label.textFormat().name == "PlainText"


def test_the_history_brings_an_earlier_test_back(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    _, panel = opened(to(catcher.port))
    panel.check_connection()
    finish(panel, qtbot)
    fill(panel)
    panel.send_test_message()
    finish(panel, qtbot)
    assert panel.results.history.count() == 2
    panel.results.history.setCurrentRow(1)
    assert panel.verdict.verdict.text().startswith("Sent nothing")
    assert "DATA" not in panel.results.transcript.lines.text()


def test_the_report_holds_the_dialogue_but_no_secret(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher, tmp_path: Path
) -> None:
    _, panel = opened(to(catcher.port, auth={"user": "me@example.com", "pass": "hunter2"}))
    fill(panel)
    panel.send_test_message()
    finish(panel, qtbot)
    panel.results.save_report(tmp_path / "report.txt")
    saved = (tmp_path / "report.txt").read_text(encoding="utf-8")
    assert "RCPT TO:<ann@example.com>" in saved
    assert "hunter2" not in saved
    panel.results.copy_report()
    assert QApplication.clipboard().text() == saved


def test_the_equal_swaks_command_is_copied_without_the_password(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    _, panel = opened(to(catcher.port, auth={"user": "me@example.com", "pass": "hunter2"}))
    fill(panel)
    panel.send_test_message()
    finish(panel, qtbot)
    names = [action.text() for action in panel.results.copy_button.menu().actions()]
    assert names == ["Copy Report", "Copy as swaks Command", "Copy Transcript"]
    panel.results.copy_button.menu().actions()[1].trigger()
    copied = QApplication.clipboard().text()
    start = 'SWAKS_OPT_auth_password="$EMAIL_DS_PASS" swaks --server 127.0.0.1'
    assert copied.startswith(start)
    assert "ann@example.com,bob@example.com" in copied
    assert "hunter2" not in copied


def test_the_command_refers_to_the_variable_that_the_app_uses(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", "hunter2")
    auth = {"user": "me@example.com", "pass": "${SHOP_SECRET}"}
    _, panel = opened(to(catcher.port, auth=auth))
    panel.check_connection()
    finish(panel, qtbot)
    panel.results.copy_swaks()
    assert 'SWAKS_OPT_auth_password="$SHOP_SECRET" swaks' in QApplication.clipboard().text()


def test_why_there_is_no_swaks_command_is_said(opened: Opened, qtbot: QtBot) -> None:
    _, panel = opened({"type": "stub"})
    panel.check_connection()
    finish(panel, qtbot)
    panel.results.copy_swaks()
    assert panel.verdict.notes.text() == "swaks speaks SMTP only, and this transport does not."


def test_the_report_of_an_unwritable_file_is_one_sentence(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher, tmp_path: Path
) -> None:
    _, panel = opened(to(catcher.port))
    panel.check_connection()
    finish(panel, qtbot)
    panel.results.save_report(tmp_path / "no-such-folder" / "report.txt")
    assert "was not saved" in panel.verdict.verdict.text()


def test_another_transport_is_chosen_by_its_alias(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher
) -> None:
    _, panel = opened(to(9, alias="first"), to(catcher.port, alias="second"))
    panel.message.transport.setCurrentIndex(panel.message.transport.findText("second"))
    panel.check_connection()
    assert finish(panel, qtbot).startswith("Sent nothing")


def test_a_fix_of_the_diagnosis_mends_the_file(opened: Opened) -> None:
    state, panel = opened(to(465, secure=False))
    pointer = "/emailDs/transports/0/secure"
    fix = Fix("Set secure", True, lambda w: [w.edit_value("datasources.json", pointer, True)])
    diagnosis = Diagnosis("a2", "Title.", "Why.", ("Step.",), (DiagnosisFix("x", "Set secure"),))
    verdict = Verdict(False, "failed", "greeting", 3, message="m", diagnosis=diagnosis)
    panel.verdict.show_verdict(verdict, [fix])
    assert "1. Step." in panel.verdict.words()
    item = panel.verdict.fixes.itemAt(0)
    assert item is not None
    button: Any = item.widget()
    button.click()
    assert '"secure": true' in text(state)


def test_what_was_typed_is_remembered_for_each_data_source(qtbot: QtBot, tmp_path: Path) -> None:
    files = {"datasources.json": {"a": mail(to(25)), "b": mail(to(25))}}
    state = open_state(tmp_path, files)
    state.select("datasource", "a")
    panel = SendingPanel(state)
    qtbot.addWidget(panel)
    panel.message.to.setText("x@example.com")
    state.select("datasource", "b")
    assert panel.message.to.text() == ""
    state.select("datasource", "a")
    assert panel.message.to.text() == "x@example.com"
    settle(state, qtbot)


def test_the_transcript_is_a_sound_model(
    opened: Opened, qtbot: QtBot, catcher: MailCatcher, qtmodeltester: Any
) -> None:
    _, panel = opened(to(catcher.port))
    panel.check_connection()
    finish(panel, qtbot)
    qtmodeltester.check(panel.results.transcript.lines)
