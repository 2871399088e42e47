"""The runner of the window: real processes, their output masked, ended as a group."""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from loopmail.core.errors import LoopmailError
from loopmail.process.child import CommandNotStarted
from loopmail.process.runner import AppRunner, exit_status

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells")


class Recorder:
    """Collects a run's output, and lets a test wait for a text in it."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []
        self.statuses: list[int] = []
        self._changed = threading.Condition()
        self.runner = AppRunner(self._output, self.statuses.append)

    def _output(self, stream: str, text: str) -> None:
        with self._changed:
            self.parts.append((stream, text))
            self._changed.notify_all()

    def text(self, stream: str = "stdout") -> str:
        return "".join(text for name, text in self.parts if name == stream)

    def wait_for(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.text(), 20), self.parts

    def run(self, script: str, folder: Path, *secrets: str, **env: str) -> int | None:
        self.start(script, folder, *secrets, **env)
        return self.runner.wait(20)

    def start(self, script: str, folder: Path, *secrets: str, **env: str) -> None:
        self.runner.start(["sh", "-c", script], folder, {**os.environ, **env}, secrets)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_output_and_exit_status_come_through(recorder: Recorder, tmp_path: Path) -> None:
    assert recorder.run("echo out; echo err >&2; exit 7", tmp_path) == 7
    assert recorder.text() == "out\n"
    assert recorder.text("stderr") == "err\n"
    assert recorder.statuses == [7]
    assert not recorder.runner.running


def test_secrets_are_masked_in_both_streams(recorder: Recorder, tmp_path: Path) -> None:
    script = 'echo "$P"; printf "%s" "$P" | base64; echo "$P" >&2'
    recorder.run(script, tmp_path, "hunter22", P="hunter22")
    assert recorder.text() == "********\n********\n"
    assert recorder.text("stderr") == "********\n"


def test_a_secret_split_over_two_writes_is_masked(recorder: Recorder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    recorder.start("printf 'x hunt'; read go < go; echo er22", tmp_path, "hunter22")
    recorder.wait_for("x ")
    (tmp_path / "go").write_text("go\n")
    recorder.runner.wait(20)
    assert recorder.text() == "x ********\n"


def test_what_is_held_back_is_shown_on_time(recorder: Recorder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    recorder.start("printf 'name: hu'; read go < go", tmp_path, "hunter22")
    recorder.wait_for("name: hu")
    (tmp_path / "go").write_text("go\n")
    assert recorder.runner.wait(20) == 0


def test_a_character_split_over_two_reads_stays_whole(recorder: Recorder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    recorder.start(r"printf 'a\303'; read go < go; printf '\244\377b'", tmp_path)
    recorder.wait_for("a")
    (tmp_path / "go").write_text("go\n")
    recorder.runner.wait(20)
    assert recorder.text() == "aä\ufffdb"


def test_the_child_gets_just_the_given_environment(recorder: Recorder, tmp_path: Path) -> None:
    recorder.runner.start(["/usr/bin/env"], tmp_path, {"A": "1"})
    recorder.runner.wait(20)
    assert recorder.text() == "A=1\n"


def test_stopping_ends_the_whole_group(recorder: Recorder, tmp_path: Path) -> None:
    recorder.start("sleep 100 & echo $!; wait", tmp_path)
    recorder.wait_for("\n")
    grandchild = int(recorder.text())
    recorder.runner.stop()
    assert recorder.runner.wait(0) == 128 + signal.SIGTERM
    assert is_gone(grandchild)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_what_ignores_the_request_is_ended_by_force(recorder: Recorder, tmp_path: Path) -> None:
    recorder.start("trap '' TERM; echo ready; sleep 100; sleep 100", tmp_path)
    recorder.wait_for("ready")
    recorder.runner.stop(grace=0.2)
    assert recorder.runner.wait(20) == 128 + signal.SIGKILL


def test_a_daemon_left_behind_does_not_keep_the_run_going(
    recorder: Recorder, tmp_path: Path
) -> None:
    recorder.start("setsid sleep 100 & echo $!", tmp_path)
    try:
        assert recorder.runner.wait(20) == 0
    finally:
        os.kill(int(recorder.text()), signal.SIGKILL)


def test_a_second_start_waits_for_the_first_to_end(recorder: Recorder, tmp_path: Path) -> None:
    recorder.start("sleep 100", tmp_path)
    with pytest.raises(LoopmailError, match="running already"):
        recorder.start("true", tmp_path)
    recorder.runner.stop()
    assert recorder.run("echo again", tmp_path) == 0
    assert "again" in recorder.text()


def test_a_command_that_is_not_there_is_one_sentence(recorder: Recorder, tmp_path: Path) -> None:
    with pytest.raises(CommandNotStarted, match="“no-such-command” was not found") as caught:
        recorder.runner.start(["no-such-command"], tmp_path, {})
    assert caught.value.status == 127
    with pytest.raises(CommandNotStarted, match="is not there"):
        recorder.runner.start(["true"], tmp_path / "gone", {})
    with pytest.raises(CommandNotStarted, match="NUL"):
        recorder.runner.start(["true"], tmp_path, {"A": "recognisable\0"})
    assert not recorder.runner.running


def test_a_signal_is_the_exit_status_of_shells() -> None:
    assert exit_status(-15) == 143
    assert exit_status(3) == 3


def test_a_child_left_behind_that_goes_on_printing_is_not_waited_for(
    recorder: Recorder, tmp_path: Path
) -> None:
    script = "(while :; do echo still; done) & echo $! > pid; exit 3"
    try:
        assert recorder.run(script, tmp_path) == 3
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert "still" in recorder.text()
