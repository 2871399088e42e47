"""What listens, listens on the loopback interface only, and holds out against a flood."""

import socket
import sys
import threading

import pytest

from loopmail.catcher.server import MAX_CONNECTIONS, MAX_MESSAGE_BYTES, MailCatcher
from loopmail.net.cancel import Cancel, Cancelled
from loopmail.oauth.endpoint import TokenRefused
from loopmail.oauth.sign_in import BrowserSignIn, OAuthClient


def listening_addresses(port: int) -> set[str]:
    """Return the local addresses in the kernel's own list on which a port listens (Linux)."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as file:
            rows = [line.split() for line in file.readlines()[1:]]
        for row in rows:
            address, _, number = row[1].partition(":")
            if row[3] == "0A" and int(number, 16) == port:
                found.add(address)
    return found


LOOPBACK = "0100007F"  # 127.0.0.1 as the kernel writes it


def sign_in() -> BrowserSignIn:
    client = OAuthClient("https://a.invalid/", "https://t.invalid/", "id", "", "scope")
    return BrowserSignIn(client)


def port_of(made: BrowserSignIn) -> int:
    return int(made.redirect.rsplit(":", 1)[1].strip("/"))


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's list")


@on_linux
def test_the_catcher_listens_on_the_loopback_interface_only() -> None:
    with MailCatcher() as catcher:
        assert listening_addresses(catcher.port) == {LOOPBACK}


def test_the_catcher_turns_too_many_connections_away_and_goes_on() -> None:
    with MailCatcher() as catcher:
        connections = [
            socket.create_connection(("127.0.0.1", catcher.port), timeout=10)
            for _ in range(MAX_CONNECTIONS + 1)
        ]
        greetings = [connection.recv(100)[:3] for connection in connections]
        assert greetings.count(b"220") == MAX_CONNECTIONS
        assert greetings.count(b"421") == 1
        for connection in connections:
            connection.close()


def test_the_catcher_refuses_a_message_that_is_too_large() -> None:
    with (
        MailCatcher() as catcher,
        socket.create_connection(("127.0.0.1", catcher.port), timeout=10) as client,
        client.makefile("rb") as answers,
    ):
        answers.readline()
        client.sendall(b"EHLO x\r\n")
        while answers.readline()[3:4] == b"-":
            pass
        client.sendall(f"MAIL FROM:<a@b.c> SIZE={MAX_MESSAGE_BYTES + 1}\r\n".encode())
        assert answers.readline().startswith(b"552")


@on_linux
def test_the_redirect_listens_on_the_loopback_interface_only() -> None:
    made, cancel = sign_in(), Cancel()
    assert listening_addresses(port_of(made)) == {LOOPBACK}
    cancel.cancel()
    refused(made, cancel, [])


def refused(made: BrowserSignIn, cancel: Cancel, errors: list[Exception]) -> None:
    try:
        made.wait(cancel, timeout=60)
    except (TokenRefused, Cancelled) as error:
        errors.append(error)


def test_a_flood_of_wrong_answers_ends_the_sign_in_without_one() -> None:
    made, errors = sign_in(), list[Exception]()
    port = port_of(made)
    thread = threading.Thread(target=refused, args=(made, Cancel(), errors))
    thread.start()
    request = b"GET /?state=wrong&code=stolen HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(60):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(request)
                answer = client.recv(200)
                assert not answer or b"404" in answer
        except OSError:
            break
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(errors[0], TokenRefused)


def test_stop_ends_a_sign_in_that_a_silent_client_holds_up() -> None:
    made, errors, cancel = sign_in(), list[Exception](), Cancel()
    thread = threading.Thread(target=refused, args=(made, cancel, errors))
    with socket.create_connection(("127.0.0.1", port_of(made)), timeout=5) as client:
        client.sendall(b"GET /" + b"x" * 70_000)
        thread.start()
        cancel.cancel()
        thread.join(10)
    assert not thread.is_alive()
    assert isinstance(errors[0], Cancelled | TokenRefused)
