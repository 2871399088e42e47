"""The mail catcher, over real connections on the loopback interface."""

import base64
import contextlib
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from loopmail.catcher import server as catcher_module
from loopmail.catcher.received import CaughtMessage
from loopmail.catcher.server import MailCatcher
from loopmail.core.errors import SendError


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with MailCatcher() as running:
        yield running


def deliver(catcher: MailCatcher, data: bytes, to: tuple[str, ...] = ("b@example.com",)) -> None:
    with smtplib.SMTP(catcher.host, catcher.port, timeout=10) as client:
        client.sendmail("a@example.com", list(to), data, ["SMTPUTF8"])


def full_message() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Grüße aus der Rösterei"
    message["From"] = "Café <a@example.com>"
    message["To"] = "b@example.com"
    message.set_content("Guten Tag,\nder Kaffee ist da.\n")
    message.add_alternative("<p>Guten <b>Tag</b></p>\n", subtype="html")
    message.add_attachment(b"\x00\x01", maintype="image", subtype="png", filename="böhne.png")
    return message


def test_it_listens_on_the_loopback_interface_at_a_free_port(catcher: MailCatcher) -> None:
    assert catcher.host == "127.0.0.1"
    assert catcher.port > 0


def test_a_message_is_taken_apart(catcher: MailCatcher) -> None:
    deliver(catcher, full_message().as_bytes(), ("b@example.com", "c@example.com"))
    [caught] = catcher.wait_for(1, 10)
    assert caught.number == 1
    assert caught.subject == "Grüße aus der Rösterei"
    assert caught.envelope_from == "a@example.com"
    assert caught.envelope_to == ("b@example.com", "c@example.com")
    assert caught.text == "Guten Tag,\nder Kaffee ist da.\n"
    assert caught.html == "<p>Guten <b>Tag</b></p>\n"
    assert ("From", "Café <a@example.com>") in caught.headers
    assert [(a.name, a.content_type, a.size) for a in caught.attachments] == [
        ("böhne.png", "image/png", 2)
    ]
    assert caught.raw.startswith(b"Subject:")


@pytest.mark.parametrize("method", ["auth_plain", "auth_login"])
def test_any_sign_in_is_welcome_and_its_password_dropped(catcher: MailCatcher, method: str) -> None:
    with smtplib.SMTP(catcher.host, catcher.port, timeout=10) as client:
        client.ehlo()
        client.user, client.password = "barista", "recognisable"
        assert client.auth(method[5:].upper(), getattr(client, method))[0] == 235
        client.sendmail("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\ny\r\n")
    [caught] = catcher.wait_for(1, 10)
    assert caught.signed_in_as == "barista"
    assert "recognisable" not in repr(caught)
    assert "recognisable" not in repr(vars(catcher))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"\xff\xfe\x00garbage: \x80\x81\r\n\r\n\xff",
        b"Subject: =?utf-8?q?=ff=fe?= =?nonsense?b?!!!?=\r\n\r\nx",
        b"Content-Type: text/plain; charset=no-such-charset\r\n\r\n\xe4\xf6",
        b'Content-Type: text/html; charset="\r\n\r\n<p>',
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!",
        b"From: <@@@>,,;:\r\nTo: ((((\r\nDate: never\r\nMessage-ID: [\r\nSubject: ok\r\n\r\nx",
        b"Content-Disposition: attachment; filename*=utf-8''%zz%\r\n\r\nx",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text",
    ],
)
def test_garbage_is_kept_and_shown_as_well_as_it_goes(catcher: MailCatcher, data: bytes) -> None:
    deliver(catcher, data)
    [caught] = catcher.wait_for(1, 10)
    assert caught.raw.rstrip(b"\r\n") == data.rstrip(b"\r\n")
    shown = [caught.subject, caught.text, caught.html, *map(str, caught.headers)]
    assert all(isinstance(text, str) for text in shown)


def test_listeners_are_told_and_their_failure_costs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_message: CaughtMessage) -> None:
        raise RuntimeError("the window has gone")

    with MailCatcher(on_message=fail) as catcher:
        deliver(catcher, b"Subject: x\r\n\r\ny\r\n")
        assert len(catcher.wait_for(1, 10)) == 1
    assert "showing a caught message failed" in caplog.text


def test_a_message_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catcher_module, "MAX_MESSAGE_BYTES", 1000)
    with MailCatcher() as catcher:
        with pytest.raises(smtplib.SMTPResponseException) as caught:
            deliver(catcher, b"Subject: x\r\n\r\n" + b"y" * 2000)
        assert caught.value.smtp_code == 552
        assert catcher.messages() == []


def test_only_the_newest_messages_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catcher_module, "MAX_TOTAL_BYTES", 100)
    with MailCatcher() as catcher:
        for number in range(4):
            deliver(catcher, f"Subject: {number}\r\n\r\n{'y' * 30}".encode())
        kept = catcher.wait_for(4, 10)
        assert [message.subject for message in kept] == ["2", "3"]
        catcher.clear()
        assert catcher.messages() == []


def test_one_connection_too_many_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with MailCatcher() as catcher:
        deliver(catcher, b"Subject: x\r\n\r\ny\r\n")  # what it takes to start is over now
        monkeypatch.setattr(catcher_module, "MAX_CONNECTIONS", 2)
        address = (catcher.host, catcher.port)
        sockets = [socket.create_connection(address, timeout=10) for _ in range(2)]
        assert all(sock.recv(100).startswith(b"220") for sock in sockets)
        with socket.create_connection(address, timeout=10) as third:
            assert third.recv(100).startswith(b"421")
        for sock in sockets:
            sock.close()
        deliver_when_free(catcher)


def deliver_when_free(catcher: MailCatcher) -> None:
    """Connections end a moment after their sockets; try until there is room again."""
    for _ in range(200):
        try:
            return deliver(catcher, b"Subject: x\r\n\r\ny\r\n")
        except smtplib.SMTPException:
            continue
    raise AssertionError("there was never room again")


def test_stopping_ends_open_connections_and_frees_the_port() -> None:
    catcher = MailCatcher()
    catcher.start()
    port = catcher.port
    with socket.create_connection((catcher.host, port), timeout=10) as client:
        assert client.recv(100).startswith(b"220")
        catcher.stop()
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    catcher.stop()  # a second time does nothing


def test_it_can_start_again() -> None:
    catcher = MailCatcher()
    for _ in range(2):
        with catcher:
            deliver(catcher, b"Subject: x\r\n\r\ny\r\n")
    assert len(catcher.messages()) == 2


def test_a_taken_port_is_one_clear_sentence(catcher: MailCatcher) -> None:
    with pytest.raises(SendError, match=f"cannot listen on port {catcher.port} of 127.0.0.1"):
        MailCatcher(catcher.port).start()


def test_nonsense_and_hang_ups_do_not_harm_it(
    catcher: MailCatcher, capfd: pytest.CaptureFixture[str]
) -> None:
    plain = base64.b64encode(b"\0user\0recognisable").decode()
    for dialogue in (
        b"\xff\xfe\r\n" * 20,
        b"EHLO x\r\nAUTH PLAIN !!!\r\n",
        f"EHLO x\r\nAUTH PLAIN {plain}\r\n".encode(),
        b"EHLO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\nhalf a mess",
        b"x" * 70000 + b"\r\n",
    ):
        with socket.create_connection((catcher.host, catcher.port), timeout=10) as client:
            client.sendall(dialogue)
    deliver(catcher, b"Subject: still here\r\n\r\ny\r\n")
    assert catcher.wait_for(1, 10)[-1].subject == "still here"
    assert capfd.readouterr().err == ""
