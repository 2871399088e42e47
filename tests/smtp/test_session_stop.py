"""Stop works at once at every stage, and silence ends at the time-out."""

import threading
import time

import pytest

from loopmail.net.cancel import Cancel
from loopmail.smtp.recorder import SessionEvent, StageStarted
from loopmail.smtp.verdict import Verdict
from servers.smtp_double import Script, SmtpDouble
from smtp.sending import LOGIN, send_through

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
