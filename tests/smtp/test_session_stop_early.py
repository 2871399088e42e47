"""Stop works before there is a connection: in a look-up that blocks, in a connect unanswered."""

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
from smtp.sending import LINES, send_through


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


@pytest.mark.parametrize("secure", [False, True], ids=["clear", "tls"])
def test_a_connect_that_nobody_answers_is_left_at_once(secure: bool) -> None:
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        if not _fill(port, sockets):
            pytest.skip("this system takes connections beyond the backlog")
        with stopped_at("connect", port=port, secure=secure):
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
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        if not _fill(port, sockets):
            pytest.skip("this system takes connections beyond the backlog")
        verdict = send_through(port, connectionTimeout=200)
    assert (verdict.code, verdict.message, verdict.stage) == (
        "ETIMEDOUT",
        "Connection timeout",
        "connect",
    )
