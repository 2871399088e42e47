"""Mail servers that mean harm: memory and time stay bounded, Stop works, nothing is left behind."""

import gc
import os
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.net.cancel import Cancel
from loopmail.smtp.message import Message
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import Verdict
from servers.hostile_server import EHLO, LINE, TO_THE_END, WELCOME, HostileServer, hostile

pytestmark = pytest.mark.torture

FULL = os.environ.get("LOOPMAIL_TORTURE") == "full"
ENDLESS = 1 << 30  # bytes
SECRET = "Geheim-7391-hostile"


def test_message(server: HostileServer, **more: Any) -> SendRequest:
    transport = {
        "type": "smtp",
        "host": "127.0.0.1",
        "port": server.port,
        "auth": {"user": "me@example.com", "pass": SECRET},
        **more.pop("transport", {}),
    }
    versions: Versions = more.pop("versions", LOOPBACK_3)
    message = Message(sender="me@example.com", to=("you@example.com",), subject="s", text="t")
    settings = {"connector": "mail", "transports": [transport]}
    return SendRequest(settings, versions, message, timeout=more.pop("timeout", 5.0), **more)


test_message.__test__ = False  # type: ignore[attr-defined]


def run(script: Any, *, close: bool = True, **more: Any) -> tuple[Verdict, HostileServer]:
    with hostile(script, close=close) as server:
        return send(test_message(server, **more)), server


def flood(*start: bytes, piece: bytes) -> Any:
    def script(_server: HostileServer) -> Iterator[bytes]:
        yield from start
        for _ in range(ENDLESS // len(piece)):
            yield piece

    return script


K = 1024
FLOODS = {
    "a banner of endless lines": flood(piece=b"220-hello\r\n" * K),
    "a banner that never ends its line": flood(piece=b"2" * 64 * K),
    "a line of NULs": flood(piece=b"\0" * 64 * K),
    "bare newlines": flood(piece=b"\n" * 64 * K),
    "the shortest lines that go on": flood(piece=b"2-\n" * 20 * K),
    "an EHLO reply without end": flood(b"220 x\r\n", LINE, piece=b"250-X-EXT 1\r\n" * K),
    "replies nobody asked for": flood(b"220 x\r\n", piece=b"250 ok\r\n" * K),
    "a reply to the sign-in without end": flood(*WELCOME, piece=b"535-" + b"x" * 64 * K),
    "digits": flood(*WELCOME, piece=b"5" * 64 * K),
}


@pytest.mark.parametrize("major", [2, 3])
@pytest.mark.parametrize("what", FLOODS)
def test_what_has_no_end_is_cut_off_in_bounded_memory_and_time(what: str, major: int) -> None:
    versions = LOOPBACK_2 if major == 2 else LOOPBACK_3
    tracemalloc.start()
    begin = time.thread_time()
    verdict, server = run(FLOODS[what], versions=versions)
    spent, (_, peak) = time.thread_time() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not verdict.ok or "nobody asked" in what  # 250 suits every command
    assert server.sent < 32 << 20, "loopmail hung up"
    assert peak < 32 << 20
    assert spent < 3, f"{spent:.1f} s of work"


TRAPS = {
    "AUTH and blanks": b"250 AUTH" + b" " * 60_000 + b"\r\n",
    "AUTH and tabs, then letters": b"250 AUTH" + b"\t" * 30_000 + b"x" * 30_000 + b"\r\n",
    "AUTH again and again": b"250 " + b" AUTH" * 12_000 + b"\r\n",
    "AUTH= again and again": b"250 " + b" AUTH=x " * 8_000 + b"\r\n",
    "ten thousand lines": b"250-AUTH X\r\n" * 10_000 + b"250 ok\r\n",
    "SIZE and digits": b"250 SIZE " + b"9" * 60_000 + b"\r\n",
    "a challenge of blanks": b"250 AUTH CRAM-MD5\r\n",
}


@pytest.mark.parametrize("what", TRAPS)
def test_no_reply_is_a_trap_for_a_search(what: str) -> None:
    after = b"334 " + b" " * 60_000 + b"\n x\r\n" if "challenge" in what else b"535 no\r\n"
    script = [b"220 x\r\n", LINE, TRAPS[what], LINE, after, LINE]
    begin = time.thread_time()
    verdict, _ = run(script)
    assert verdict.outcome == "failed"
    assert time.thread_time() - begin < 2


def drip(start: list[bytes], piece: bytes) -> Any:
    def script(server: HostileServer) -> Iterator[bytes]:
        yield from start
        while True:
            server.wait(0.02)
            yield piece

    return script


@pytest.mark.parametrize(
    "script",
    [
        drip([], b"2"),
        drip([], b"220-x\r\n"),
        drip(list(WELCOME), b"5"),
        drip(list(WELCOME), b"535-x\r\n"),
    ],
    ids=["banner", "banner of lines", "reply", "reply of lines"],
)
def test_a_reply_that_drips_for_ever_ends_with_the_time_out(script: Any) -> None:
    begin = time.monotonic()
    verdict, _ = run(script, timeout=0.5)
    assert not verdict.ok
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("start", [[], WELCOME], ids=["banner", "sign-in"])
def test_stop_ends_a_dripping_server_at_once(start: list[bytes]) -> None:
    cancel = Cancel()
    with hostile(drip(list(start), b"2")) as server:
        timer = threading.Timer(0.2, cancel.cancel)
        timer.start()
        begin = time.monotonic()
        verdict = send(test_message(server, timeout=60), cancel)
        assert time.monotonic() - begin < 3
        timer.join()
    assert verdict.outcome == "cancelled"


def noise(count: int) -> list[bytes]:
    import random

    made = random.Random(7391)
    return [made.randbytes(made.randrange(1, 4000)) for _ in range(count)]


@pytest.mark.parametrize("place", range(6))
def test_garbage_at_any_place_is_a_failure_in_words(place: int) -> None:
    stages = [i for i, piece in enumerate(TO_THE_END) if piece != LINE]
    for garbage in [b"\xff\xfe\x80\xc3\x28\r\n", "\u202e250 ok\r\n".encode(), *noise(6)]:
        script = [*TO_THE_END[: stages[place]], garbage + b"\r\n"]
        verdict, _ = run(script, timeout=2.0)
        assert verdict.outcome in ("failed", "sent")
        assert verdict.message is None or verdict.message.strip()
        assert SECRET not in repr(verdict)


BYTES = b"".join(piece for piece in TO_THE_END if piece != LINE)
CUTS = range(len(BYTES)) if FULL else range(0, len(BYTES), 7)


def test_a_connection_closed_at_any_byte_is_a_failure_in_words() -> None:
    for cut in CUTS:
        script: list[bytes] = []
        left = cut
        for piece in TO_THE_END:
            if piece == LINE:
                script.append(piece)
                continue
            script.append(piece[:left])
            left -= len(piece)
            if left <= 0:
                break
        verdict, _ = run(script, timeout=5.0)
        assert verdict.outcome == "failed", cut
        assert verdict.message, cut


def test_what_comes_before_tls_never_counts_behind_it() -> None:
    ehlo = b"250-x\r\n250 STARTTLS\r\n"
    injected = [b"220 x\r\n", LINE, ehlo, LINE, b"220 go\r\n250 AUTH PLAIN\r\n235 in\r\n", LINE]
    verdict, server = run(injected, transport={"requireTLS": True})
    assert not verdict.ok
    assert not any(b"AUTH" in line or b"MAIL" in line for line in server.lines)


def test_a_stripped_starttls_costs_no_password_where_tls_is_required() -> None:
    verdict, server = run(TO_THE_END, transport={"requireTLS": True})
    assert not verdict.ok
    assert not any(b"AUTH" in line for line in server.lines)
    refused = [b"220 x\r\n", LINE, b"250-x\r\n250 STARTTLS\r\n", LINE, b"454 no\r\n", LINE]
    verdict, server = run(refused, transport={"requireTLS": True})
    assert not verdict.ok
    assert not any(b"AUTH" in line for line in server.lines)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x16\x03\x03\xff\xff" + b"\x02" * 65535,
        b"\x16\x03\x03\x40\x00" + b"\x0b\xff\xff\xff" + b"\0" * 16380,
        b"\x15\x03\x03\x00\x02\x01\x00" * 10_000,
        b"\x17\x03\x03\x00\x00" * 10_000,
        bytes(range(256)) * 300,
    ],
    ids=["http", "oversized record", "huge certificate", "alerts", "empty records", "noise"],
)
def test_a_handshake_of_garbage_ends_soon(answer: bytes) -> None:
    begin = time.monotonic()
    verdict, _ = run([answer], close=False, transport={"secure": True}, timeout=1.0)
    assert verdict.outcome == "failed"
    assert verdict.stage == "tls"
    assert time.monotonic() - begin < 5


def test_control_characters_and_escapes_are_made_visible() -> None:
    evil = b"535 \x1b[2J\x1b]0;owned\x07 <b>bold</b>\x00 \x9b31m\r\n"
    verdict, _ = run([*WELCOME, evil, LINE])
    shown = " ".join(line.text for line in verdict.transcript)
    assert "\x1b" not in shown
    assert "\\x1b" in shown
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown)
    assert "<b>bold</b>" in shown


def open_handles() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(sys.platform != "linux", reason="counts handles in /proc")
def test_many_tests_in_a_row_leave_nothing_behind() -> None:
    scripts = [TO_THE_END, WELCOME, [], [b"220 x\r\n", LINE, EHLO[:9]], [b"\0" * 70_000]]
    count = 1000 if FULL else 50

    def round_of(times: int) -> None:
        for number in range(times):
            run(scripts[number % len(scripts)], timeout=5.0)
        gc.collect()

    round_of(10)
    handles, threads = open_handles(), threading.active_count()
    tracemalloc.start()
    round_of(10)
    before, _ = tracemalloc.get_traced_memory()
    round_of(count)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert open_handles() == handles
    assert threading.active_count() == threads
    assert after - before < 200_000, "bytes kept"


def test_the_terminal_gets_no_escapes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from loopmail.cli import main

    evil = b"535 \x1b[2J\x1b]0;owned\x07 \xe2\x80\xae \x9b31m\r\n"
    with hostile([*WELCOME, evil, LINE]) as server:
        settings = dict(test_message(server).settings)
        (tmp_path / "server").mkdir()
        (tmp_path / "package.json").write_text('{"name": "x"}')
        path = tmp_path / "server" / "datasources.json"
        path.write_text(json.dumps({"m": {"name": "m", **settings}}))
        assert main(["send", str(tmp_path), "--to", "a@example.com", "--transcript"]) == 14
    captured = capsys.readouterr()
    shown = captured.out + captured.err
    assert "535" in shown
    assert not any(ord(c) < 32 and c not in "\n\t" or 127 <= ord(c) < 160 for c in shown)
