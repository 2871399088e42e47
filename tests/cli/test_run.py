"""`loopmail run` as a process: variables, masking, signals, exit status, terminal."""

import contextlib
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from started import started

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and terminals"),
]

LOOPMAIL = [sys.executable, "-m", "loopmail", "run"]
SECRET = "recognisable-hunter22"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    auth = {"user": "barista@example.com", "pass": "${MAIL_PASS}"}
    return make_app(
        tmp_path / "shop", datasources={"mail": mail(transport(host="h.example", auth=auth))}
    )


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "MAIL_PASS": SECRET, **more}


def run(app: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*LOOPMAIL, str(app), "--", *command],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_exit_status_is_the_commands(app: Path) -> None:
    assert run(app, "sh", "-c", "exit 7").returncode == 7
    assert run(app, "sh", "-c", "kill -9 $$").returncode == 137
    assert run(app, "no-such-command").returncode == 127
    assert run(app, str(app)).returncode == 126


def test_output_is_masked_in_every_form_and_the_command_has_the_secret(app: Path) -> None:
    script = (
        'test "$MAIL_PASS" = recognisable-hunter22 && echo has it; echo "$MAIL_PASS" >&2;'
        r'printf "\0barista@example.com\0%s" "$MAIL_PASS" | base64 -w0'
    )
    done = run(app, "sh", "-c", script)
    assert done.stdout == "has it\n********"
    assert done.stderr == "********\n"


def test_what_components_ask_for_is_masked(app: Path) -> None:
    config = {"./mailer": {"pass": "${COMPONENT_PASS}", "apiKey": "plain-component-key-1"}}
    (app / "server" / "component-config.json").write_text(json.dumps(config))
    script = "echo $COMPONENT_PASS plain-component-key-1"
    done = run(app, "sh", "-c", script, COMPONENT_PASS="another-secret-1")
    assert (done.stdout, done.stderr) == ("******** ********\n", "")


def test_node_env_is_set(app: Path) -> None:
    assert run(app, "printenv", "NODE_ENV").stdout == "development\n"
    assert run(app, "printenv", "NODE_ENV", NODE_ENV="test").stdout == "test\n"
    done = subprocess.run(
        [*LOOPMAIL, str(app), "--env", "production", "--", "printenv", "NODE_ENV"],
        env=environment(NODE_ENV="test"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "production\n"


def test_it_runs_in_the_app_unless_we_are_inside_it(app: Path, tmp_path: Path) -> None:
    assert run(app, "pwd").stdout.strip() == str(app)
    done = subprocess.run(
        [*LOOPMAIL, ".", "--", "pwd"],
        cwd=app / "server",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == str(app / "server")


def test_missing_variables_are_named_before_the_start(app: Path) -> None:
    lacking = {k: v for k, v in os.environ.items() if k != "MAIL_PASS"}
    done = subprocess.run(
        [*LOOPMAIL, str(app), "--", "sh", "-c", "echo started >&2"],
        env=lacking,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert "no value for MAIL_PASS" in done.stderr
    assert done.stderr.index("MAIL_PASS") < done.stderr.index("started")


def test_without_a_command_it_is_a_usage_error(app: Path) -> None:
    for arguments in ([str(app)], [str(app), "--"], [str(app), "true"]):
        done = subprocess.run([*LOOPMAIL, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 64
        assert done.stderr.count("\n") == 1


def test_standard_input_reaches_the_command(app: Path) -> None:
    done = subprocess.run(
        [*LOOPMAIL, str(app), "--", "cat"],
        input="through\n",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "through\n"


def test_a_reader_that_goes_away_ends_the_command(app: Path) -> None:
    line = f"{sys.executable} -m loopmail run {app} -- yes | head -n 1"
    done = subprocess.run(
        ["sh", "-c", line], env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "y\n"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "USR1", "QUIT"])
def test_signals_are_passed_on_once(app: Path, name: str) -> None:
    script = (
        f"count=0; trap 'count=$((count+1)); echo got {name} $count; exit 42' {name}; "
        "echo ready; while :; do sleep 0.05; done"
    )
    command = [*LOOPMAIL, str(app), "--", "sh", "-c", script]
    with started(command, env=environment()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.stdout.read() == f"got {name} 1\n"
        assert process.wait(20) == 42


def test_what_nohup_ignores_stays_ignored_for_loopmail_and_the_command(app: Path) -> None:
    ignoring = ["sh", "-c", 'trap "" INT HUP; exec "$@"', "nohup"]
    script = "kill -INT $$; kill -HUP $$; echo ready; read line; echo got $line"
    command = [*ignoring, *LOOPMAIL, str(app), "--", "sh", "-c", script]
    with started(command, env=environment(), stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        assert process.communicate("through\n", timeout=30)[0] == "got through\n"
        assert process.returncode == 0


def test_a_command_ended_by_the_signal_gives_128_and_its_number(app: Path) -> None:
    command = [*LOOPMAIL, str(app), "--", "sh", "-c", "echo ready; exec sleep 100"]
    with started(command, env=environment()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(20) == 143


class Terminal:
    """A program on a pseudo-terminal, as if a person sat there."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        if not Path("/dev/ptmx").exists() or not any(Path("/dev/pts").glob("*")):
            pytest.skip("this machine has no pseudo-terminals")
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, env)
        self.seen = b""

    def wait_for(self, text: str, since: int = 0) -> int:
        """Read until the text has come; return the position behind it."""
        deadline = time.monotonic() + 30
        while text.encode() not in self.seen[since:]:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.master], [], [], max(0.0, left))
            assert ready, self.seen
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            assert data, self.seen
            self.seen += data
        return self.seen.index(text.encode(), since) + len(text)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def wait(self) -> int:
        """Read to the end; return the exit status."""
        with contextlib.suppress(OSError):
            while data := os.read(self.master, 65536):
                self.seen += data
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)


@contextlib.contextmanager
def at_a_terminal(app: Path, script: str) -> Iterator[Terminal]:
    terminal = Terminal([*LOOPMAIL, str(app), "--", "sh", "-c", script], environment())
    try:
        yield terminal
    finally:
        terminal.close()


def test_at_a_terminal_the_command_has_one(app: Path) -> None:
    with at_a_terminal(app, 'test -t 0 && test -t 1 && test -t 2 && echo "tty $MAIL_PASS"') as seen:
        assert seen.wait() == 0
        assert b"tty ********" in seen.seen


def test_at_a_terminal_keys_and_window_size_reach_the_command(app: Path) -> None:
    with at_a_terminal(app, "stty size; read name; echo hello $name; stty size") as terminal:
        terminal.wait_for("\n")
        termios.tcsetwinsize(terminal.master, (33, 77))
        terminal.press("Ada\r")
        terminal.wait_for("hello Ada")
        assert terminal.wait() == 0
        assert b"33 77" in terminal.seen


def test_at_a_terminal_a_password_prompt_does_not_echo(app: Path) -> None:
    with at_a_terminal(app, "stty -echo; printf 'Key: '; read k; stty echo; echo; echo ${#k}") as t:
        t.wait_for("Key: ")
        t.press("typed-key\r")
        assert t.wait() == 0
        assert b"typed-key" not in t.seen
        assert t.seen.rstrip().endswith(b"9")


def test_at_a_terminal_ctrl_c_reaches_the_command_once(app: Path) -> None:
    script = "trap 'echo stopped; exit 42' INT; echo ready; while :; do sleep 0.05; done"
    with at_a_terminal(app, script) as terminal:
        terminal.wait_for("ready")
        terminal.press("\x03")
        assert terminal.wait() == 42
        assert terminal.seen.count(b"stopped") == 1


@pytest.mark.parametrize("piped", [False, True])
def test_ctrl_z_and_fg_work_in_a_shell_with_job_control(
    app: Path, tmp_path: Path, piped: bool
) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    count = "i=0; while :; do i=$((i+1)); echo n$i; read x; done"
    (tmp_path / "count.sh").write_text(count)
    line = f"{' '.join(LOOPMAIL)} {app} -- sh {tmp_path}/count.sh" + (" | cat" if piped else "")
    terminal = Terminal([bash, "--norc", "--noprofile", "-i"], environment(PS1="ready> "))
    try:
        terminal.wait_for("ready> ")
        terminal.press(line + "\r")
        place = terminal.wait_for("n1")
        terminal.press("\x1a")
        place = terminal.wait_for("ready> ", place)
        terminal.press("jobs; fg\r")
        place = terminal.wait_for("Stopped", place)
        terminal.wait_for("run", place)
        terminal.press("\r")
        place = terminal.wait_for("n2", place)
        terminal.press("\x03")
        place = terminal.wait_for("ready> ", place)
        terminal.press("echo status=$?; stty -a; exit\r")
        terminal.wait()
        assert b"isig icanon" in terminal.seen[place:]
    finally:
        terminal.close()


@pytest.mark.parametrize("command", ["node .", "npm start --silent", "nodemon --quiet ."])
def test_the_usual_ways_to_start_an_app_work(app: Path, command: str) -> None:
    program = command.split()[0]
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    (app / "package.json").write_text(
        '{"name": "shop", "main": "index.js", "scripts": {"start": "node ."}}'
    )
    (app / "index.js").write_text(
        "process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });\n"
        "console.log(process.pid, process.env.MAIL_PASS.length, process.env.MAIL_PASS);\n"
        "setInterval(() => {}, 1000);\n"
    )
    arguments = [*LOOPMAIL, str(app), "--", *command.split()]
    with started(arguments, env=environment()) as process:
        assert process.stdout is not None
        pid, length, shown = process.stdout.readline().split()
        try:
            assert (length, shown) == (str(len(SECRET)), "********")
            process.terminate()
            assert "bye" in process.stdout.read()
            process.wait(20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)  # our own app, should it have been left behind
