"""Stop works at once at every stage, and silence ends at the time-out."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from loopmail.core.app.versions import Versions
from loopmail.net.cancel import Cancel
from loopmail.smtp import resolver
from loopmail.smtp.recorder import SessionEvent, StageStarted
from loopmail.smtp.verdict import Verdict
from servers.smtp_double import Script, SmtpDouble
from smtp.sending import LINES, LOGIN, send_through

_STAGES = {
    "greeting": "greeting",
    "EHLO": "ehlo",
    "AUTH": "auth",
    "MAIL": "mail",
    "RCPT": "rcpt",
    "DATA": "data",
    "message": "data",
    "handshake": "tls",
}


def _script(moment: str) -> Script:
    return Script(silent_at=moment, implicit="good" if moment == "handshake" else None)


@pytest.mark.parametrize("moment", _STAGES)
def test_stop_ends_a_test_at_once_wherever_the_server_falls_silent(moment: str) -> None:
    cancel = Cancel()
    verdicts: list[Verdict] = []
    begun = threading.Event()

    def note(event: SessionEvent) -> None:
        if isinstance(event, StageStarted) and event.stage == _STAGES[moment]:
            begun.set()

    with SmtpDouble(_script(moment)) as server:
        worker = threading.Thread(
            target=lambda: verdicts.append(
                send_through(
                    server.port,
                    cancel=cancel,
                    on_event=note,
                    timeout=None,
                    auth=LOGIN,
                    secure=moment == "handshake",
                )
            )
        )
        worker.start()
        assert server.reached.wait(10)
        assert begun.wait(10)
        asked = time.monotonic()
        cancel.cancel()
        worker.join(10)
        took = time.monotonic() - asked
    assert not worker.is_alive()
    assert took < 1
    assert verdicts[0].outcome == "cancelled"
    assert verdicts[0].stage == _STAGES[moment]
    assert verdicts[0].sentence().startswith("Stopped")
    assert verdicts[0].exit_code() == 130


def test_a_test_that_was_stopped_before_it_began_connects_nowhere() -> None:
    cancel = Cancel()
    cancel.cancel()
    with SmtpDouble() as server:
        verdict = send_through(server.port, cancel=cancel)
        assert server.lines == []
    assert verdict.outcome == "cancelled"


@pytest.mark.parametrize("moment", ["EHLO", "MAIL", "message"])
def test_a_silent_server_is_left_at_the_time_out(moment: str) -> None:
    with SmtpDouble(_script(moment)) as server:
        verdict = send_through(server.port, auth=LOGIN, timeout=0.3)
    assert (verdict.code, verdict.command, verdict.message) == ("ETIMEDOUT", "CONN", "Timeout")


def test_a_silent_greeting_has_its_own_time_out() -> None:
    with SmtpDouble(_script("greeting")) as server:
        verdict = send_through(server.port, greetingTimeout=200)
    assert (verdict.code, verdict.message) == ("ETIMEDOUT", "Greeting never received")


def test_a_silent_handshake_ends_with_the_time_out_of_the_connection() -> None:
    with SmtpDouble(_script("handshake")) as server:
        verdict = send_through(server.port, secure=True, connectionTimeout=200)
    assert (verdict.code, verdict.message) == ("ETIMEDOUT", "Connection timeout")


# --- Stop works before there is a connection: in a look-up that blocks, in a connect unanswered


@contextmanager
def stopped_at(stage: str, **sending: object) -> Iterator[list[Verdict]]:
    """Send on a thread, stop at the stage, and check that it ends within a second."""
    cancel, begun = Cancel(), threading.Event()
    verdicts: list[Verdict] = []

    def note(event: SessionEvent) -> None:
        if isinstance(event, StageStarted) and event.stage == stage:
            begun.set()

    worker = threading.Thread(
        target=lambda: verdicts.append(
            send_through(cancel=cancel, on_event=note, timeout=None, **sending)  # type: ignore[arg-type]
        )
    )
    worker.start()
    assert begun.wait(10)
    yield verdicts
    asked = time.monotonic()
    cancel.cancel()
    worker.join(10)
    assert not worker.is_alive()
    assert time.monotonic() - asked < 1
    assert [verdict.outcome for verdict in verdicts] == ["cancelled"]
    assert verdicts[0].stage == stage


@pytest.mark.parametrize("versions", LINES.values(), ids=LINES)
def test_a_look_up_that_blocks_is_left_at_once(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, release = threading.Event(), threading.Event()

    def block(_host: str) -> list[tuple[int, str]]:
        looking.set()
        release.wait(30)
        return []

    monkeypatch.setattr(resolver, "_own_dns", block)
    monkeypatch.setattr(resolver, "system_addresses", block)
    try:
        with stopped_at("dns", port=25, host="mail.example.test", versions=versions):
            assert looking.wait(5)
    finally:
        release.set()


@contextmanager
def unanswering() -> Iterator[int]:
    """Give a port on this machine at which no connect is answered."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        if not _fill(port, sockets):
            pytest.skip("this system takes connections beyond the backlog")
        yield port


@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
def test_a_connect_that_nobody_answers_is_left_at_once(secure: bool) -> None:
    with unanswering() as port, stopped_at("connect", port=port, secure=secure):
        pass


def _fill(port: int, sockets: ExitStack) -> bool:
    """Connect until the system leaves a connect unanswered."""
    for _ in range(8):
        sock = sockets.enter_context(socket.socket())
        sock.settimeout(0.2)
        try:
            sock.connect(("127.0.0.1", port))
        except TimeoutError:
            return True
    return False


def test_an_unanswered_connect_ends_with_the_time_out() -> None:
    with unanswering() as port:
        verdict = send_through(port, connectionTimeout=200)
    assert (verdict.code, verdict.message, verdict.stage) == (
        "ETIMEDOUT",
        "Connection timeout",
        "connect",
    )
