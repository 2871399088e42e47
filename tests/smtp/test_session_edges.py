"""Edges of the envelope, the settings and the dialogue."""

from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.smtp.message import Message
from servers.smtp_double import Script, SmtpDouble
from smtp.sending import LOGIN, send_through

_GRUESSE = Message("a@x.org", ("grüße@köln.example",), text="x")


def test_an_international_address_asks_for_smtputf8_where_it_is_offered() -> None:
    with SmtpDouble(Script(extensions=("SMTPUTF8",))) as server:
        assert send_through(server.port, message=_GRUESSE).ok
    assert "MAIL FROM:<a@x.org> SMTPUTF8" in server.lines
    assert "RCPT TO:<grüße@xn--kln-sna.example>" in server.lines


def test_without_smtputf8_the_address_goes_out_as_it_is() -> None:
    with SmtpDouble() as server:
        assert send_through(server.port, message=_GRUESSE).ok
    assert "MAIL FROM:<a@x.org>" in server.lines


def test_pipelined_recipients_are_answered_in_order() -> None:
    message = Message("a@x.org", ("one@x.org", "two@x.org"), text="x")
    with SmtpDouble(Script(extensions=("PIPELINING",))) as server:
        verdict = send_through(server.port, message=message)
    assert verdict.accepted == ("one@x.org", "two@x.org")


def test_a_refused_ehlo_falls_back_to_helo_unless_tls_is_required() -> None:
    with SmtpDouble(Script(replies={"EHLO": b"502 no"})) as server:
        assert send_through(server.port).ok
        assert any(line.startswith("HELO ") for line in server.lines)
        verdict = send_through(server.port, requireTLS=True)
    assert (verdict.code, verdict.command) == ("ECONNECTION", "EHLO")


def test_lmtp_greets_with_lhlo() -> None:
    with SmtpDouble() as server:
        assert send_through(server.port, lmtp=True, name="client.test").ok
    assert server.lines[0] == "LHLO client.test"


@pytest.mark.parametrize(
    ("versions", "setting", "code", "outcome"),
    [
        (LOOPBACK_3, {"socketTimeout": "500"}, "ERR_INVALID_ARG_TYPE", "crash"),
        (LOOPBACK_2, {"port": "abc"}, "ECONNECTION", "failed"),
        (LOOPBACK_3, {"host": "smtp://x"}, "EDNS", "failed"),
        (LOOPBACK_3, {"localAddress": "nowhere"}, "ECONNECTION", "failed"),
        (LOOPBACK_3, {"auth": {"user": "me"}}, "EAUTH", "failed"),
        (LOOPBACK_2, {"auth": LOGIN, "authMethod": "X"}, "EAUTH", "failed"),
    ],
)
def test_settings_that_cannot_work_fail_as_they_do_in_the_app(
    versions: Versions, setting: dict[str, Any], code: str, outcome: str
) -> None:
    with SmtpDouble() as server:
        rest = {key: value for key, value in setting.items() if key != "port"}
        verdict = send_through(setting.get("port", server.port), versions, **rest)
    assert (verdict.code, verdict.outcome) == (code, outcome)


def test_a_server_offering_xoauth2_only_would_kill_a_loopback_3_app() -> None:
    with SmtpDouble(Script(mechanisms=("XOAUTH2",))) as server:
        verdict = send_through(server.port, auth=LOGIN)
    assert (verdict.outcome, verdict.stage, verdict.exit_code()) == ("crash", "auth", 19)
    assert verdict.sentence().startswith("Not sent: the app would crash")


@pytest.mark.parametrize(
    "reply",
    [
        b"535-5.7.8 you said hunt\r\n535 5.7.8 er-fortytwo",
        b"535 you said \\u0068\\u0075\\u006e\\u0074\\u0065\\u0072-fortytwo",
        b"535 you said %68unter%2Dforty\x1b[0mtwo",
    ],
    ids=["two lines", "JSON", "URL"],
)
def test_a_password_that_the_server_takes_apart_is_shown_nowhere(reply: bytes) -> None:
    with SmtpDouble(Script(replies={"AUTH": reply, "credentials": reply})) as server:
        verdict = send_through(server.port, auth={"user": "u", "pass": "hunter-fortytwo"})
    assert not verdict.ok
    said = repr(verdict) + verdict.sentence()
    assert "you said ********" in said
    assert not any(part in said for part in ("hunt", "forty", "0068", "%68", "er-f"))
