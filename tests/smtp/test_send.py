"""send(): outcomes without a session, and secrets that stay secret."""

import base64
import json
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.smtp.recorder import SessionEvent, StageStarted
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import StageTime, Verdict
from servers.smtp_double import PASSWORD, TOKEN, USER, Script, SmtpDouble
from smtp.sending import LOGIN, MESSAGE, send_through


def _send(settings: dict[str, Any], versions: Versions = LOOPBACK_3, **more: Any) -> Verdict:
    return send(SendRequest(settings, versions, MESSAGE, **more))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"transports": []},
        {"transports": [{}]},
        {"transports": [{"type": "STUB"}]},
        {"transport": [{"type": "smtp", "host": "x"}]},
        {"transports": [{"type": "smtp", "streamTransport": True}]},
        {"transports": [{"type": "smtp", "jsonTransport": "false"}]},
    ],
)
def test_what_sends_nothing_and_reports_success_is_said_loudly(settings: dict[str, Any]) -> None:
    verdict = _send(settings)
    assert verdict.ok
    assert verdict.outcome == "nothing-sent"
    assert verdict.sentence().startswith("Nothing was sent")
    assert verdict.exit_code() == 17


def test_an_app_that_would_not_boot_is_told_so_in_loopbacks_words() -> None:
    verdict = _send(
        {"connector": "mail", "transports": [{"type": "sendmail"}]}, datasource="emailDs"
    )
    lead = 'Cannot create data source "emailDs": Cannot initialize connector "emailDs": '
    assert verdict.message == lead + "Cannot find module 'nodemailer-sendmail-transport'"
    assert (verdict.code, verdict.exit_code()) == ("MODULE_NOT_FOUND", 18)


def test_an_error_while_reading_the_files_comes_before_everything() -> None:
    verdict = _send({}, boot_error="Cannot merge")
    assert (verdict.outcome, verdict.message) == ("boot-error", "Cannot merge")


def test_a_crash_is_foreseen_before_anything_is_sent() -> None:
    verdict = _send({"transports": [{"type": "smtp", "logger": "true"}]}, LOOPBACK_2)
    assert (verdict.outcome, verdict.exit_code()) == ("crash", 19)
    assert verdict.message == "this.logger.info is not a function"


def test_a_missing_transport_plugin_fails_every_send_of_loopback_2() -> None:
    verdict = _send({"transports": [{"type": "smtp", "transport": "ses"}]}, LOOPBACK_2)
    assert (verdict.outcome, verdict.code) == ("failed", "EINIT")


def _everything(verdict: Verdict) -> str:
    return repr(verdict) + json.dumps(verdict.to_json())


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3])
def test_the_password_is_nowhere_in_the_verdict(mechanism: str, versions: Versions) -> None:
    raw = PASSWORD.encode()
    plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    echo = b"250 hello " + raw + b" " + base64.b64encode(raw)
    script = Script(mechanisms=(mechanism,), replies={"MAIL": echo})
    with SmtpDouble(script) as server:
        verdict = send_through(server.port, versions, auth=LOGIN)
        refused = send_through(server.port, versions, auth={**LOGIN, "user": "other"})
    assert verdict.ok
    for shown in (_everything(verdict), _everything(refused)):
        for secret in (PASSWORD, raw.decode("latin-1"), base64.b64encode(raw).decode(), plain):
            assert secret not in shown
            assert json.dumps(secret)[1:-1] not in shown
    assert any("********" in line.text for line in verdict.transcript)


def test_the_access_token_is_nowhere_in_the_verdict() -> None:
    with SmtpDouble() as server:
        block = {"type": "OAuth2", "user": USER, "accessToken": TOKEN}
        shown = _everything(send_through(server.port, auth=block))
    bearer = base64.b64encode(f"user={USER}\1auth=Bearer {TOKEN}\1\1".encode()).decode()
    assert TOKEN not in shown
    assert bearer not in shown


def test_stages_stream_as_they_come_and_are_all_timed() -> None:
    events: list[SessionEvent] = []
    with SmtpDouble() as server:
        setting = {"type": "smtp", "host": "127.0.0.1", "port": server.port, "auth": LOGIN}
        verdict = send(
            SendRequest({"transports": [setting]}, LOOPBACK_3, MESSAGE), None, events.append
        )
    begun = [event.stage for event in events if isinstance(event, StageStarted)]
    ended = [event.stage for event in events if isinstance(event, StageTime)]
    assert begun == ended == ["dns", "connect", "greeting", "ehlo", "auth", "mail", "rcpt", "data"]
    assert [stage.stage for stage in verdict.stages] == ended
    assert all(stage.ms >= 0 for stage in verdict.stages)


def test_control_characters_of_a_server_are_made_visible_and_long_lines_clipped() -> None:
    script = Script(replies={"greeting": b"220 \x1b[31mred " + b"x" * 9000})
    with SmtpDouble(script) as server:
        verdict = send_through(server.port)
    greeting = verdict.transcript[0].text
    assert greeting.startswith("220 \\x1b[31mred")
    assert len(greeting) < 2100


def test_a_server_that_never_ends_its_line_is_left() -> None:
    with SmtpDouble(Script(replies={"greeting": b"220 " + b"x" * 200_000})) as server:
        verdict = send_through(server.port)
    assert not verdict.ok
    assert verdict.code == "EPROTOCOL"
