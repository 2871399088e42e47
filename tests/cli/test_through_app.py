"""`loopmail send --through-app`: consent, both answers, their differences."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from conformance.real_loopback import installed
from conformance.server.behaviour import Behaviour
from conformance.server.listener import MisbehavingServer
from conformance.server.reply import say
from loopmail import cli
from loopmail.catcher.server import MailCatcher
from process.fake_loopback import REFUSES, SENDS, install_fake

pytestmark = pytest.mark.node
Capture = pytest.CaptureFixture[str]
TO = ("--from", "a@example.test", "--to", "b@example.test", "--through-app")


def app_for(folder: Path, port: int, **keys: object) -> Path:
    source = mail(transport(**{"host": "127.0.0.1", "port": port, **keys}))
    return make_app(
        folder, datasources={"mail": source}, model_config={"Email": {"dataSource": "mail"}}
    )


def test_both_answers_are_printed_and_agree(tmp_path: Path, capsys: Capture) -> None:
    with MailCatcher() as catcher:
        app = app_for(tmp_path, catcher.port)
        install_fake(app, "function(o, done) { done(null, {accepted: o.to, response: '250'}); }")
        assert cli.main(["send", str(app), *TO, "--yes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("Sent.")] == [
        lines[lines.index("") - 1],
        "Sent. The server said: 250",
    ]
    assert lines[lines.index("") + 1].startswith("The app itself (LoopBack 3.99.0, loopback-boot")
    assert lines[-1] == "The app and loopmail agree."


def test_the_json_has_the_apps_answer_and_the_differences(tmp_path: Path, capsys: Capture) -> None:
    with MailCatcher() as catcher:
        app = app_for(tmp_path, catcher.port)
        install_fake(app, REFUSES)
        assert cli.main(["send", str(app), *TO, "--yes", "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert value["outcome"] == "sent"
    assert (value["app"]["code"], value["app"]["responseCode"]) == ("EAUTH", 535)
    assert value["app"]["versions"]["loopback"] == "3.99.0"
    assert any("differs in the error code" in text for text in value["differences"])


def test_what_loopmail_refuses_to_send_does_not_go_through_the_app_either(
    tmp_path: Path, capsys: Capture
) -> None:
    ran = tmp_path / "ran"
    with MailCatcher() as catcher:
        app = app_for(tmp_path, catcher.port, name="shop\r\nMAIL FROM:<thief@example.test>")
        install_fake(app, f"function(o, done) {{ require('fs').writeFileSync({str(ran)!r}, ''); }}")
        assert cli.main(["send", str(app), *TO, "--yes", "--format", "json"]) == 13
        assert catcher.messages() == []
    value = json.loads(capsys.readouterr().out)
    assert value["diagnosis"]["fixes"] == []
    assert value["diagnosis"]["id"] == "control-character"
    assert "app" not in value
    assert not ran.exists()


def test_without_the_option_the_json_is_as_before(tmp_path: Path, capsys: Capture) -> None:
    with MailCatcher() as catcher:
        app = app_for(tmp_path, catcher.port)
        assert cli.main(["send", str(app), *TO[:-1], "--format", "json"]) == 0
    assert not {"app", "differences"} & set(json.loads(capsys.readouterr().out))


SCRIPT = "module.exports = {mail: {connector: 'mail', transports: [{type: 'smtp'}]}};"


def app_in_script(folder: Path, send: str) -> Path:
    """An app whose mail data source is in a script layer alone."""
    app = make_app(folder, datasources={}, model_config={"Email": {"dataSource": "mail"}})
    (app / "server/datasources.local.js").write_text(SCRIPT)
    install_fake(app, send)
    return app


def test_a_data_source_of_a_script_alone_is_tested_through_the_app(
    tmp_path: Path, capsys: Capture
) -> None:
    app = app_in_script(tmp_path, SENDS)
    assert cli.main(["send", str(app), *TO, "--yes"]) == 0
    note, _, versions, sentence = capsys.readouterr().out.splitlines()
    assert note.startswith("Note: datasources.local.js was not read")
    assert versions.startswith("The app itself (LoopBack 3.99.0")
    assert sentence == "Sent. The server said: 250 ok"


def test_the_apps_own_answer_decides_where_loopmail_has_none(
    tmp_path: Path, capsys: Capture
) -> None:
    app = app_in_script(tmp_path, REFUSES)
    assert cli.main(["send", str(app), *TO, "--yes", "--format", "json"]) == 14
    value = json.loads(capsys.readouterr().out)
    assert (value["ok"], value["outcome"], value["stage"]) == (False, "failed", "auth")
    assert value["loopback"]["code"] == value["app"]["code"] == "EAUTH"
    assert (value["differences"], value["appSends"]["ok"]) == ([], None)
    assert value["notes"][0].startswith("datasources.local.js was not read")


def test_without_consent_nothing_of_a_scripted_app_runs(tmp_path: Path, capsys: Capture) -> None:
    app = app_in_script(tmp_path, SENDS)
    assert cli.main(["send", str(app), *TO[:-1]]) == 64
    said = capsys.readouterr().err
    assert "datasources.local.js was not read" in said
    assert "--through-app asks the app itself" in said
    assert "preset" not in said


def test_without_a_terminal_consent_must_be_given_as_an_option(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with MailCatcher() as catcher:
        app = app_for(tmp_path, catcher.port)
        install_fake(app, SENDS)
        assert cli.main(["send", str(app), *TO]) == 64
        assert catcher.messages() == []
    assert "This executes the code of the app in" in capsys.readouterr().err


def test_a_no_on_the_terminal_sends_nothing_and_runs_nothing(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO("n\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    ran = tmp_path / "ran"
    with MailCatcher() as catcher:
        app = app_for(tmp_path / "app", catcher.port)
        install_fake(app, SENDS, f"require('fs').writeFileSync({str(ran)!r}, '');")
        assert cli.main(["send", str(app), *TO, "--allow-boot-scripts"]) == 1
        assert catcher.messages() == []
    assert not ran.exists()
    error = capsys.readouterr().err
    assert "executes the code and boot scripts of the app" in error
    assert "Nothing was sent" in error


def test_no_answer_is_a_no_and_standard_output_stays_clean(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO("")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    assert cli.main(["send", str(app_for(tmp_path, 1)), *TO, "--format", "json"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Go on? [y/N] \nloopmail: Nothing was sent" in captured.err


@pytest.mark.parametrize(
    "options", [["--through-app", "--yes", "--verify-only"], ["--allow-boot-scripts"]]
)
def test_options_that_make_no_sense_together_are_refused(
    tmp_path: Path, options: list[str]
) -> None:
    assert cli.main(["send", str(app_for(tmp_path, 1)), *options]) == 64


def test_without_node_nothing_is_sent(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert cli.main(["send", str(app_for(tmp_path, 1)), *TO, "--yes"]) == 1
    assert "Node.js is not installed" in capsys.readouterr().err


def test_packages_that_are_missing_do_not_hide_our_verdict(tmp_path: Path, capsys: Capture) -> None:
    with MailCatcher() as catcher:
        app = app_for(tmp_path, catcher.port)
        assert cli.main(["send", str(app), *TO, "--yes"]) == 0
    captured = capsys.readouterr()
    assert "Sent." in captured.out
    assert 'Run "npm install"' in captured.err


REPLIES = {"auth": (say("535 5.7.8 Wrong password"),)}
LOGIN = {"user": "user@example.test", "pass": "${MAIL_PASS}"}
CASES: dict[str, dict[str, Any]] = {
    "refused": {"auth": LOGIN},
    "good": {},
    "unresolved-pass": {"auth": {"user": "user@example.test", "pass": "${NOT_SET_ANYWHERE}"}},
    "unresolved-user": {"auth": {"user": "${NOT_SET_ANYWHERE}", "pass": "x"}},
    "unresolved-host": {"host": "${NOT_SET_ANYWHERE}"},
    "missing-module": {"type": "gmail"},
    "logger": {"logger": "true"},
    "tls-to-clear-port": {"secure": True},
}


@pytest.mark.parametrize(
    ("name", "case"),
    [*((name, case) for name in ("lb2", "lb3") for case in sorted(CASES)), ("lb3n4", "refused")],
)
def test_real_loopback_and_loopmail_agree_through_the_whole_program(
    tmp_path: Path, name: str, case: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = installed(name)
    if found is None:
        pytest.skip("real LoopBack is not here (LOOPMAIL_LOOPBACK_DIR, or make conformance)")
    monkeypatch.setenv("MAIL_PASS", "not the right one")
    with MisbehavingServer(Behaviour("refuses", replies=REPLIES)) as server:  # type: ignore[arg-type]
        app = app_for(tmp_path, server.port, **CASES[case])
        (app / "node_modules").symlink_to(found / "node_modules")
        cli.main(["send", str(app), *TO, "--yes", "--format", "json"])
    value = json.loads(capsys.readouterr().out)
    assert value["differences"] == []
    assert value["app"]["outcome"] == value["outcome"]
    assert value["app"]["versions"]["loopback"][0] == str(value["loopback"]["major"])
