"""The Windows side of running commands, run here: `taskkill` is a double, all else is real."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loopmail.net.cancel import Cancel
from loopmail.process.ask_app import run_child
from loopmail.process.child import (
    CommandNotStarted,
    end_group,
    find_program,
    start_child,
)
from loopmail.process.passthrough import run_in_our_place
from loopmail.process.runner import AppRunner
from loopmail.process.windows import CREATION_FLAGS

if sys.platform == "win32":
    pytest.skip("this follows Windows elsewhere", allow_module_level=True)

SECRET = "recognisable-hunter22"
# As taskkill does: without /F a console program does not end, with it the whole tree does.
TASKKILL = f"""#!{sys.executable} -I
import os, pathlib, signal, sys
words = sys.argv[1:]
with open(os.environ["TASKKILL_LOG"], "a") as log:
    print(*words, file=log)
if words[:2] != ["/T", "/PID"] or words[3:] != ["/F"]:
    sys.exit(1)
children = []
# Not ps, which a small system lacks.
for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
    try:
        pid, parent = stat.read_text().split(" (")[0], stat.read_text().rpartition(") ")[2].split()[1]
    except OSError:
        continue
    if parent == words[2]:
        children.append(int(pid))
# The parent first: it would end by itself, and well, when its children have.
for pid in [int(words[2]), *children]:
    os.kill(pid, signal.SIGKILL)
"""


@pytest.fixture
def taskkill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Follow Windows; return the file with what taskkill was asked for."""
    folder, log = tmp_path / "System32", tmp_path / "taskkill.log"
    folder.mkdir()
    (folder / "taskkill.exe").write_text(TASKKILL)
    (folder / "taskkill.exe").chmod(0o755)
    log.touch()
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    monkeypatch.setenv("TASKKILL_LOG", str(log))
    monkeypatch.setenv("PATHEXT", "")
    monkeypatch.setattr(sys, "platform", "win32")
    return log


def run(*command: str, secrets: tuple[str, ...] = (SECRET,)) -> int:
    return run_in_our_place(command, Path.cwd(), dict(os.environ), secrets)


def test_output_is_masked_and_the_status_is_the_commands(
    taskkill: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = f"echo to stdout {SECRET}; echo to stderr {SECRET} >&2; exit 7"
    before = signal.getsignal(signal.SIGINT)
    assert run("/bin/sh", "-c", script) == 7
    out, err = capfd.readouterr()
    assert (out, err) == ("to stdout ********\n", "to stderr ********\n")
    assert signal.getsignal(signal.SIGINT) == before
    assert taskkill.read_text() == ""


def test_large_output_comes_whole_and_in_order(
    taskkill: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = "for n in range(200_000): print(n)"
    assert run(sys.executable, "-c", program) == 0
    assert capfd.readouterr().out == "".join(f"{n}\n" for n in range(200_000))


def test_a_command_that_is_not_there_is_said_with_127(taskkill: Path) -> None:
    with pytest.raises(CommandNotStarted) as refused:
        run("no-such-command")
    assert refused.value.status == 127


def test_a_reader_that_goes_away_ends_the_command(taskkill: Path) -> None:
    reading, writing = os.pipe()
    kept = os.dup(1)
    os.dup2(writing, 1)
    os.close(writing)
    os.close(reading)
    try:
        assert run("/bin/sh", "-c", "while :; do echo y; done") == 137
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    assert taskkill.read_text().endswith("/F\n")


def test_a_command_is_found_by_the_endings_that_windows_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm.CMD"
    npm.write_text("")
    npm.chmod(0o755)
    monkeypatch.setenv("PATHEXT", ".CMD")
    monkeypatch.setattr(sys, "platform", "win32")
    assert find_program(["npm", "start"], {"PATH": str(tmp_path)}) == [str(npm), "start"]
    assert find_program(["other"], {"PATH": str(tmp_path)}) == ["other"]


def test_the_app_is_asked_to_end_and_then_ended_with_all_it_started(taskkill: Path) -> None:
    lines: list[str] = []
    ends: list[int] = []
    runner = AppRunner(lambda _stream, text: lines.append(text), ends.append)
    runner.start(["/bin/sh", "-c", "sleep 100 & echo ready; wait"], Path.cwd(), dict(os.environ))
    deadline = time.monotonic() + 20
    while "ready" not in "".join(lines):
        assert time.monotonic() < deadline
        assert runner.wait(0.01) is None
    assert runner._process is not None
    pid = runner._process.pid
    runner.stop(grace=0.2)
    assert runner.wait(20) == 137
    assert taskkill.read_text() == f"/T /PID {pid}\n/T /PID {pid} /F\n"


def test_a_child_that_answers_is_ended_with_all_it_started(taskkill: Path) -> None:
    found = run_child(
        ["/bin/sh", "-c", "sleep 100 & echo before; echo 'MARK{}'; wait"],
        folder=Path.cwd(),
        environment=dict(os.environ),
        stdin=b"",
        marker="MARK",
        timeout=20,
        cancel=Cancel(),
    )
    assert (found.end, found.answer, found.printed) == ("answered", "{}\n", "before")
    assert taskkill.read_text().endswith("/F\n")


def test_a_missing_taskkill_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    with subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE) as process:
        monkeypatch.setattr(sys, "platform", "win32")
        end_group(process, force=True)
        assert process.poll() is None


def test_a_group_is_made_as_each_system_makes_it() -> None:
    null = subprocess.DEVNULL
    with start_child(["true"], Path.cwd(), os.environ, stdin=null, stderr=null) as process:
        assert os.getpgid(process.pid) == process.pid
    assert CREATION_FLAGS == 0  # these are of Windows alone
