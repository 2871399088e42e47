"""HTTP proxies beyond what the conformance suite compares: verify, names, secrets, stopping."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from conformance.server.behaviour import Behaviour
from conformance.server.catalogue_proxy import OPEN
from conformance.server.listener import MisbehavingServer
from conformance.server.reply import CLOSE, SILENT
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.net.cancel import Cancel
from loopmail.smtp.message import Message
from loopmail.smtp.proxy import NEVER
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import Verdict
from servers.hostile_server import HostileServer, hostile

MESSAGE = Message("a@example.test", ("b@example.test",), subject="Hello", text="Text")
BOTH = pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3], ids=["lb2", "lb3"])


def ask(versions: Versions, proxy: str, port: int = 2525, **options: object) -> Verdict:
    transport = {"type": "smtp", "host": "127.0.0.1", "port": port, "proxy": proxy}
    settings = {"connector": "mail", "transports": [transport]}
    request = SendRequest(settings, versions, MESSAGE, timeout=2.0, **options)  # type: ignore[arg-type]
    return send(request)


def test_verify_of_loopback_2_goes_past_the_proxy() -> None:
    with MisbehavingServer(Behaviour("good")) as server:
        verdict = ask(LOOPBACK_2, "http://127.0.0.1:1", server.port, verify_only=True)
        assert verdict.ok
        (saw,) = server.saw()
    assert [line.split(" ")[0] for line in saw] == ["EHLO", "QUIT"]


def test_verify_of_loopback_3_asks_the_proxy() -> None:
    with MisbehavingServer(Behaviour("good", proxy=OPEN)) as server:
        verdict = ask(LOOPBACK_3, f"http://127.0.0.1:{server.port}", verify_only=True)
        assert verdict.ok
        assert server.saw()[0][0] == "CONNECT 127.0.0.1:2525 HTTP/1.1"


@BOTH
def test_a_proxy_that_has_no_address_is_told_as_node_does(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    verdict = ask(versions, "http://proxy.example.test:3128")
    assert verdict.message == "getaddrinfo ENOTFOUND proxy.example.test"
    assert (verdict.code, verdict.command) == ("ENOTFOUND", None)


def test_a_socks_proxy_is_refused_as_each_version_does() -> None:
    assert ask(LOOPBACK_3, "socks5://127.0.0.1:1080").message == "Socks module not loaded"
    verdict = ask(LOOPBACK_2, "socks5://127.0.0.1:1080")
    assert (verdict.outcome, verdict.exit_code()) == ("not-testable", 20)
    assert verdict.sentence().startswith("Not sent: loopmail cannot test this transport. It goes")
    assert "--through-app" in verdict.sentence()


@BOTH
def test_the_proxys_password_is_in_no_transcript(versions: Versions) -> None:
    with MisbehavingServer(Behaviour("good", proxy=OPEN)) as server:
        verdict = ask(versions, f"http://me:hush-hush@127.0.0.1:{server.port}")
        assert verdict.ok
        assert "Proxy-Authorization: Basic bWU6aHVzaC1odXNo" in server.saw()[0]
    shown = str(verdict.to_json())
    assert "hush" not in shown
    assert "bWU6aHVzaC1odXNo" not in shown
    assert "CONNECT 127.0.0.1:2525 HTTP/1.1" in shown


def test_a_silent_proxy_can_be_stopped_at_once() -> None:
    cancel = Cancel()
    asked = threading.Event()
    verdicts: list[Verdict] = []
    with MisbehavingServer(Behaviour("silent", proxy=SILENT)) as server:
        transport = {"type": "smtp", "proxy": f"http://127.0.0.1:{server.port}"}
        request = SendRequest({"connector": "mail", "transports": [transport]}, LOOPBACK_2, MESSAGE)
        sending = threading.Thread(
            target=lambda: verdicts.append(
                send(request, cancel, lambda event: asked.set() if hasattr(event, "text") else None)
            )
        )
        sending.start()
        assert asked.wait(5)
        begin = time.monotonic()
        cancel.cancel()
        sending.join(5)
        assert time.monotonic() - begin < 1
    assert [verdict.outcome for verdict in verdicts] == ["cancelled"]


def test_a_proxy_that_hangs_up_is_told_as_an_endless_wait() -> None:
    with MisbehavingServer(Behaviour("closes", proxy=CLOSE)) as server:
        verdict = ask(LOOPBACK_2, f"http://127.0.0.1:{server.port}")
    assert not verdict.ok
    (note,) = verdict.notes
    assert note.startswith("The app would wait for ever")


def drip(server: HostileServer) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX: "
    while True:
        server.wait(0.02)
        yield b"x"


def through(server: HostileServer, versions: Versions, timeout: float | None) -> SendRequest:
    transport = {"type": "smtp", "host": "h", "proxy": f"http://127.0.0.1:{server.port}"}
    settings = {"connector": "mail", "transports": [transport]}
    return SendRequest(settings, versions, MESSAGE, timeout=timeout)


@BOTH
def test_a_proxy_whose_answer_drips_ends_with_the_time_out(versions: Versions) -> None:
    with hostile(drip) as server:
        verdict = send(through(server, versions, 0.5))
    assert verdict.message == "The proxy's answer comes to no end."
    assert verdict.notes == (f"{NEVER}comes to no end.",)
    assert verdict.exit_code() == 11


def test_stop_ends_a_proxy_that_drips() -> None:
    cancel = Cancel()

    def script(server: HostileServer) -> Iterator[bytes]:
        for number, piece in enumerate(drip(server)):
            if number == 3:  # in the midst of the answer
                cancel.cancel()
            yield piece

    with hostile(script) as server:
        assert send(through(server, LOOPBACK_3, None), cancel).outcome == "cancelled"
