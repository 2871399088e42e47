"""`loopmail send`: defaults, exit codes, text and JSON, against real servers."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from conformance.server.certificates import authority_pem
from loopmail import cli
from loopmail.catcher.server import MailCatcher
from servers.smtp_double import Script, SmtpDouble
from started import started

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with MailCatcher() as found:
        yield found


@pytest.fixture
def app(tmp_path: Path, catcher: MailCatcher) -> Path:
    return make_app(
        tmp_path,
        datasources={
            "other": mail(transport(host="127.0.0.1", port=1), name="other"),
            "my-mail": mail(
                transport(host=catcher.host, port=catcher.port, alias="main"), name="my-mail"
            ),
            "db": {"name": "db", "connector": "memory"},
        },
        model_config={"Email": {"dataSource": "myMail"}},
    )


def send(app: Path, *arguments: str) -> int:
    return cli.main(["send", str(app), "--timeout", "5", *arguments])


def answer(capsys: Capture) -> dict[str, Any]:
    captured = capsys.readouterr()
    value = json.loads(captured.out)
    assert isinstance(value, dict)
    return value


def test_a_message_arrives_through_the_data_source_that_email_uses(
    app: Path, catcher: MailCatcher, capsys: Capture, tmp_path: Path
) -> None:
    attachment = tmp_path / "note.txt"
    attachment.write_text("hello")
    options = ["--from", "a@example.com", "--to", "b@example.com", "c@example.com"]
    options += [
        "--to",
        "d@example.com",
        "--cc",
        "e@example.com",
        "--bcc",
        "hidden@elsewhere.example",
    ]
    options += ["--subject", "Grüße", "--text", "plain", "--html", "<b>bold</b>"]
    options += ["--attach", str(attachment), "--header", "X-Test: yes: really"]
    assert send(app, *options) == 0
    (message,) = catcher.wait_for(1, 10)
    assert message.envelope_from == "a@example.com"
    assert sorted(message.envelope_to) == [
        *(f"{name}@example.com" for name in "bcde"),
        "hidden@elsewhere.example",
    ]
    assert message.subject == "Grüße"
    assert message.text.strip() == "plain"
    assert message.html.strip() == "<b>bold</b>"
    assert ("X-Test", "yes: really") in message.headers
    assert b"hidden@elsewhere" not in message.raw
    assert b"note.txt" in message.raw
    captured = capsys.readouterr()
    assert captured.err == ""
    first, *stages, verdict = captured.out.splitlines()
    assert first.startswith("Data source my-mail, environment development, LoopBack 3")
    assert [line.split()[0] for line in stages][:3] == ["dns", "connect", "greeting"]
    assert verdict.startswith("Sent.")


def test_the_json_is_that_of_the_contract(app: Path, capsys: Capture) -> None:
    assert send(app, "--to", "b@example.com", "--format", "json") == 0
    value = answer(capsys)
    assert (value["ok"], value["outcome"]) == (True, "sent")
    assert value["accepted"] == ["b@example.com"]
    assert value["response"].startswith("250")
    assert value["loopback"]["major"] == 3
    assert value["tls"] is None
    assert value["diagnosis"] is None
    assert {line["from"] for line in value["transcript"]} == {"client", "server"}


def test_the_transcript_is_shown_when_asked_for(app: Path, capsys: Capture) -> None:
    assert send(app, "--to", "b@example.com", "--transcript") == 0
    out = capsys.readouterr().out
    assert "    S: 220 " in out
    assert "    C: EHLO " in out


def test_verify_only_sends_no_message(app: Path, catcher: MailCatcher, capsys: Capture) -> None:
    assert send(app, "--verify-only") == 0
    assert catcher.messages() == []
    assert "Sent nothing, as asked" in capsys.readouterr().out


def test_the_user_stands_in_for_sender_and_recipient(tmp_path: Path, catcher: MailCatcher) -> None:
    auth = {"user": "me@example.com", "pass": "secret"}
    app = make_app(
        tmp_path, datasources={"m": mail(transport(host="127.0.0.1", port=catcher.port, auth=auth))}
    )
    assert send(app) == 0
    (message,) = catcher.wait_for(1, 10)
    assert message.envelope_from == "me@example.com"
    assert message.envelope_to == ("me@example.com",)


def test_without_an_address_anywhere_the_user_is_asked_for_one(app: Path, capsys: Capture) -> None:
    assert send(app) == 64
    assert "--to" in capsys.readouterr().err


def test_nobodys_address_stands_in_for_a_user_without_one(
    tmp_path: Path, catcher: MailCatcher, capsys: Capture
) -> None:
    auth = {"user": "apikey", "pass": "secret"}
    app = make_app(
        tmp_path, datasources={"m": mail(transport(host="127.0.0.1", port=catcher.port, auth=auth))}
    )
    assert send(app, "--to", "b@example.com") == 64
    assert "--from" in capsys.readouterr().err
    assert catcher.messages() == []
    assert send(app, "--to", "b@example.com", "--from", "a@example.com") == 0
    assert send(app, "--verify-only") == 0


def test_a_recipient_without_address_is_the_envelopes_fault(app: Path, capsys: Capture) -> None:
    options = ["--from", "a@example.com", "--to", "bad", "--format", "json"]
    assert send(app, *options) == 15
    value = answer(capsys)
    assert (value["outcome"], value["stage"]) == ("failed", "mail")
    assert value["loopback"]["code"] == "EENVELOPE"
    assert value["loopback"]["message"] == "No recipients defined"


def test_an_unknown_alias_falls_back_as_in_loopback_and_is_told(app: Path, capsys: Capture) -> None:
    assert send(app, "--to", "b@example.com", "--transport", "main") == 0
    assert capsys.readouterr().err == ""
    assert send(app, "--to", "b@example.com", "--transport", "nope") == 0
    assert "no transport is called “nope”" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "words"), [("gone", "does not exist"), ("db", "is not for mail"), ("", "not exist")]
)
def test_a_data_source_that_cannot_send_is_wrong_usage(
    app: Path, name: str, words: str, capsys: Capture
) -> None:
    assert send(app, "--to", "b@example.com", "--datasource", name) == 64
    line = capsys.readouterr().err
    assert words in line
    assert "other, my-mail" in line


def test_an_app_without_mail_is_told_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    app = make_app(tmp_path, datasources={"db": {"connector": "memory"}})
    assert send(app) == 64
    assert "no mail data source" in capsys.readouterr().err


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_closed_port_is_exit_11_with_loopbacks_code(tmp_path: Path, capsys: Capture) -> None:
    transports = mail(transport(host="127.0.0.1", port=free_port()))
    app = make_app(tmp_path, datasources={"m": transports})
    assert send(app, "--to", "b@example.com", "--format", "json") == 11
    value = answer(capsys)
    assert (value["ok"], value["outcome"], value["stage"]) == (False, "failed", "connect")
    assert value["loopback"]["code"] == "ESOCKET"
    assert value["diagnosis"]["title"]
    assert send(app, "--to", "b@example.com") == 11
    out = capsys.readouterr().out
    assert "Not sent: " in out
    assert "LoopBack's error: ESOCKET, CONN" in out


@pytest.mark.parametrize(
    ("datasource", "code", "outcome"),
    [
        (mail({"type": "stub"}), 17, "nothing-sent"),
        (mail({"host": "x"}), 17, "nothing-sent"),
        ({"connector": "mail"}, 17, "nothing-sent"),
        (mail({"type": "gmail"}), 18, "boot-error"),
        ({"connector": "mail", "transports": "x"}, 18, "boot-error"),
        (mail(transport(host=3, port=25)), 19, "crash"),
        (mail({"type": "direct"}), 20, "not-testable"),
    ],
)
def test_what_the_app_itself_would_do_has_its_own_exit_code(
    tmp_path: Path, datasource: Any, code: int, outcome: str, capsys: Capture
) -> None:
    app = make_app(tmp_path, datasources={"m": datasource})
    assert send(app, "--to", "b@example.com", "--format", "json") == code
    value = answer(capsys)
    assert value["outcome"] == outcome
    assert value["ok"] is (code == 17)
    assert value["loopback"]["message"]


def test_layers_that_cannot_be_merged_are_exit_18_in_loopbacks_words(
    tmp_path: Path, capsys: Capture
) -> None:
    app = make_app(
        tmp_path,
        datasources={"m": mail(transport(), transport())},
        datasources_production={"m": {"transports": [{}]}},
    )
    assert send(app, "--env", "production", "--loopback", "2") == 18
    assert "Cannot merge array values of different length" in capsys.readouterr().out


def test_another_data_source_that_keeps_the_app_from_starting_is_exit_18(
    tmp_path: Path, catcher: MailCatcher
) -> None:
    good = mail(transport(host=catcher.host, port=catcher.port))
    app = make_app(tmp_path, datasources={"a": good, "b": mail({"type": "gmail"})})
    assert send(app, "--datasource", "a", "--to", "b@example.com") == 18
    assert catcher.messages() == []


def test_an_unresolved_password_is_told_and_secrets_are_never_printed(
    tmp_path: Path, catcher: MailCatcher, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = {"user": "me@example.com", "pass": "${SHOP_PASS}"}
    app = make_app(
        tmp_path, datasources={"m": mail(transport(host="127.0.0.1", port=catcher.port, auth=auth))}
    )
    monkeypatch.delenv("SHOP_PASS", raising=False)
    send(app)
    assert "nothing gives SHOP_PASS a value" in capsys.readouterr().err
    monkeypatch.setenv("SHOP_PASS", "hunter2-hunter2")
    assert send(app, "--transcript") == 0
    captured = capsys.readouterr()
    assert "SHOP_PASS" not in captured.err
    assert "hunter2" not in captured.out + captured.err


def test_an_attachment_that_is_not_there_is_wrong_usage(app: Path, capsys: Capture) -> None:
    assert send(app, "--to", "b@example.com", "--attach", "/no/such\nfile") == 64
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.program
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
def test_control_c_ends_a_test_at_a_silent_server_with_130(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        app = make_app(tmp_path, datasources={"m": mail(transport(host="127.0.0.1", port=port))})
        command = [sys.executable, "-m", "loopmail", "send", str(app), "--to", "b@example.com"]
        with started(command, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            while "connect" not in process.stdout.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == ""


def test_a_private_authority_counts_as_for_the_app(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text(authority_pem())
    monkeypatch.chdir(tmp_path)
    to = ["--from", "a@example.com", "--to", "b@example.com", "--format", "json"]
    with SmtpDouble(Script(starttls="good")) as server:
        relay = transport(host="localhost", port=server.port, requireTLS=True)
        app = make_app(tmp_path / "app", datasources={"mail": mail(relay)})
        assert send(app, *to) == 12
        refused = answer(capsys)
        assert refused["environment"] == []
        monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "ca.pem")
        assert send(app, *to) == 0
        trusted = answer(capsys)
        assert (trusted["tls"]["verified"], trusted["tls"]["problem"]) == (True, None)
        assert [one["variable"] for one in trusted["environment"]] == ["NODE_EXTRA_CA_CERTS"]
        monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "missing.pem")
        assert send(app, *to) == 12
        capsys.readouterr()
        monkeypatch.setenv("NODE_TLS_REJECT_UNAUTHORIZED", "0")
        assert send(app, *to) == 0
        unchecked = answer(capsys)
    assert unchecked["tls"]["verified"] is False
    (effect,) = unchecked["environment"]
    assert (effect["variable"], effect["weakens"]) == ("NODE_TLS_REJECT_UNAUTHORIZED", True)


def test_options_that_node_does_not_start_with_are_no_success(
    app: Path, catcher: MailCatcher, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--use-openssl-ca --use-bundled-ca")
    to = ["--from", "a@example.com", "--to", "b@example.com", "--format", "json"]
    assert send(app, *to) == 18
    says = "node: either --use-openssl-ca or --use-bundled-ca can be used, not both"
    assert answer(capsys)["loopback"]["message"] == says
    assert catcher.messages() == []


@pytest.mark.parametrize("option", ["--from", "--to", "--cc", "--bcc"])
def test_an_address_with_a_line_break_is_a_usage_error(
    option: str, app: Path, catcher: MailCatcher, capsys: Capture
) -> None:
    smuggled = "a@example.com\r\nRCPT TO:<thief@example.com>"
    options = {"--from": "a@example.com", "--to": "b@example.com", option: smuggled}
    assert send(app, *(word for pair in options.items() for word in pair)) == 64
    assert "an address cannot hold line breaks" in capsys.readouterr().err
    assert catcher.messages() == []


def test_variables_of_node_are_not_named_where_no_tls_was(
    app: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/etc/ssl/certs/ca-certificates.crt")
    to = ["--from", "a@example.com", "--to", "b@example.com", "--format", "json"]
    assert send(app, *to) == 0
    told = answer(capsys)
    assert (told["notes"], told["environment"]) == ([], [])


# --- Whether the app will send, too -----------------------------------------------------------


def test_a_success_says_what_the_app_itself_lacks(
    tmp_path: Path, catcher: MailCatcher, capsys: Capture
) -> None:
    source = {"emailDs": mail(transport(host=catcher.host, port=catcher.port), name="emailDs")}
    stage = {"Email": {"dataSource": "gone"}}
    app = make_app(tmp_path, datasources=source, model_config={}, model_config_stage=stage)
    assert send(app, "--from", "a@example.com", "--to", "b@example.com") == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("Sent."))
    assert lines[at + 1 :] == [
        "",
        "The app itself will not send yet:",
        "  - No model is bound to “emailDs”: Email.send fails in the app. "
        "loopmail bind DIR Email emailDs",
        "",
        "In other environments:",
        "  - In stage: the app does not start: Email is referencing a dataSource that does not "
        'exist: "gone".',
    ]
    assert send(app, "--from", "a@example.com", "--to", "b@example.com", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)["appSends"]
    assert (told["ok"], told["unread"]) == (False, None)
    assert [(one["id"], one["env"]) for one in told["hindrances"]] == [
        ("model-not-bound", None),
        ("app-does-not-start", "stage"),
    ]
    assert told["hindrances"][0]["command"] == "loopmail bind DIR Email emailDs"


@pytest.mark.parametrize("outcome", ["nothing-sent", "boot-error"])
def test_no_sentence_is_said_twice(tmp_path: Path, capsys: Capture, outcome: str) -> None:
    kind = "stub" if outcome == "nothing-sent" else "ses"
    app = make_app(tmp_path, datasources={"mail": mail({"type": kind})}, model_config={})
    send(app, "--from", "a@example.com", "--to", "b@example.com")
    shown = capsys.readouterr().out
    what = "The stub transport sends nothing" if kind == "stub" else "Cannot find module"
    assert shown.count(what) == 1


def test_scripts_that_were_not_read_are_named_in_the_verdict(
    tmp_path: Path, capsys: Capture
) -> None:
    app = make_app(tmp_path, datasources={"mail": mail({"type": "stub"})}, model_config={})
    (app / "server/datasources.local.js").write_text("module.exports = {};")
    assert send(app, "--from", "a@example.com", "--to", "b@example.com", "--format", "json") == 17
    value = json.loads(capsys.readouterr().out)
    assert value["notes"][0].startswith("datasources.local.js was not read")
    assert value["appSends"]["unread"] == value["notes"][0]
