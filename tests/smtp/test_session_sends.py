"""A real message to a real server, by every mechanism and over every kind of connection."""

import pytest

from conformance.server.certificates import authority_pem
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.smtp.message import Message
from servers.smtp_double import TOKEN, USER, Script, SmtpDouble
from smtp.sending import LINES, LOGIN, send_through


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("wrap", ["clear", "starttls", "implicit"])
def test_a_message_arrives_over_every_kind_of_connection(line: str, wrap: str) -> None:
    script = Script(
        starttls="good" if wrap == "starttls" else None,
        implicit="good" if wrap == "implicit" else None,
    )
    with SmtpDouble(script) as server:
        verdict = send_through(
            server.port,
            LINES[line],
            secure=wrap == "implicit",
            auth=LOGIN,
            tls={"ca": authority_pem()},
        )
    assert verdict.sentence() == "Sent. The server said: 250 Queued as 12345"
    assert (verdict.ok, verdict.outcome, verdict.exit_code()) == (True, "sent", 0)
    assert verdict.accepted == ("bob@example.org",)
    assert server.signed_in == ["PLAIN"]
    assert b"\r\n..dot\r\n" in server.messages[0]
    assert (verdict.tls is not None and verdict.tls.verified) == (wrap != "clear")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_each_mechanism_signs_in_where_it_is_the_only_one(line: str, mechanism: str) -> None:
    with SmtpDouble(Script(mechanisms=(mechanism,))) as server:
        verdict = send_through(server.port, LINES[line], auth=LOGIN)
    assert verdict.ok, verdict.message
    assert server.signed_in == [mechanism]


def test_an_access_token_signs_in_by_xoauth2_with_both_loopbacks() -> None:
    with SmtpDouble() as server:
        new = {"type": "OAuth2", "user": USER, "accessToken": TOKEN}
        assert send_through(server.port, LOOPBACK_3, auth=new).ok
        assert send_through(server.port, LOOPBACK_2, auth={"user": USER, "xoauth2": TOKEN}).ok
    assert server.signed_in == ["XOAUTH2", "XOAUTH2"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_wrong_credentials_are_eauth_with_the_servers_words(mechanism: str) -> None:
    with SmtpDouble(Script(mechanisms=(mechanism,))) as server:
        verdict = send_through(server.port, auth={"user": USER, "pass": "not it"})
    assert (verdict.code, verdict.command) == ("EAUTH", f"AUTH {mechanism}")
    assert verdict.response_code == 535
    assert verdict.message == "Invalid login: 535 5.7.8 Bad credentials"
    assert verdict.exit_code() == 14


def test_a_server_without_auth_gets_the_message_unsigned_from_loopback_3_only() -> None:
    with SmtpDouble(Script(mechanisms=())) as server:
        assert send_through(server.port, LOOPBACK_3, auth=LOGIN).ok
        assert not any(line.startswith("AUTH") for line in server.lines)
        send_through(server.port, LOOPBACK_2, auth=LOGIN)
        assert any(line.startswith("AUTH PLAIN") for line in server.lines)


def test_a_check_of_the_connection_sends_no_message_and_quits() -> None:
    with SmtpDouble() as server:
        verdict = send_through(server.port, auth=LOGIN, verify_only=True)
    assert verdict.ok
    assert server.messages == []
    assert not any(line.startswith("MAIL") for line in server.lines)


def test_some_refused_recipients_leave_a_success_and_all_of_them_a_failure() -> None:
    message = Message("a@x.org", ("one@x.org",), cc=("two@x.org",), text="x")
    with SmtpDouble(Script(replies={"RCPT": b"550 no such user"})) as server:
        verdict = send_through(server.port, message=message)
    assert (verdict.code, verdict.command, verdict.response_code) == ("EENVELOPE", "RCPT TO", 550)
    assert verdict.rejected == ("one@x.org", "two@x.org")
    assert verdict.exit_code() == 15


@pytest.mark.parametrize(
    ("line", "message"),
    [("nodemailer 2", "Invalid greeting from server:\nHTTP/1.1 400: HTTP/1.1 400"),
     ("nodemailer 6", "Invalid greeting. response=HTTP/1.1 400: HTTP/1.1 400")],
)  # fmt: skip
def test_what_is_no_mail_server_is_a_protocol_error(line: str, message: str) -> None:
    with SmtpDouble(Script(replies={"greeting": b"HTTP/1.1 400"})) as server:
        verdict = send_through(server.port, LINES[line])
    assert (verdict.code, verdict.message, verdict.exit_code()) == ("EPROTOCOL", message, 13)


@pytest.mark.parametrize("moment", ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "message"])
def test_a_server_that_closes_at_any_stage_gives_each_versions_own_words(moment: str) -> None:
    with SmtpDouble(Script(close_at=moment)) as server:
        old = send_through(server.port, LOOPBACK_2, auth=LOGIN)
        new = send_through(server.port, LOOPBACK_3, auth=LOGIN)
    assert (old.code, old.message) == (None, "Connection closed")
    if moment == "greeting":
        assert (new.code, new.message) == (None, "Unexpected socket close")
    else:
        assert (new.code, new.command) == ("ECONNECTION", "CONN")
        assert new.message == "Connection closed unexpectedly"


def test_no_recipients_never_reach_the_server() -> None:
    with SmtpDouble() as server:
        verdict = send_through(server.port, message=Message(sender="a@x.org", text="x"))
    assert (verdict.code, verdict.command) == ("EENVELOPE", "API")
    assert verdict.message == "No recipients defined"


def test_a_refused_port_is_said_as_node_says_it() -> None:
    with SmtpDouble() as server:
        port = server.port
    old = send_through(port, LOOPBACK_2)
    new = send_through(port, LOOPBACK_3)
    assert (old.code, new.code) == ("ECONNECTION", "ESOCKET")
    assert old.message == new.message == f"connect ECONNREFUSED 127.0.0.1:{port}"
    assert new.exit_code() == 11
