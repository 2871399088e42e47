"""`loopmail demo` and `loopmail catch` as processes."""

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from loopmail.catcher.demo import make_demo_app, remove_sample_app
from loopmail.catcher.server import MailCatcher
from loopmail.core.app.workspace import Workspace
from started import started

pytestmark = pytest.mark.program

LOOPMAIL = [sys.executable, "-m", "loopmail"]


def without_display() -> dict[str, str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return {k: v for k, v in os.environ.items() if k not in hidden}


@pytest.mark.parametrize("arguments", [["--headless"], []])
def test_the_demo_sends_a_message_and_prints_its_subject(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = subprocess.run(
        [*LOOPMAIL, "demo", *arguments],
        env={**without_display(), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Received: Hello from the coffee shop" in done.stdout
    assert done.stderr.count("\n") == (0 if arguments else 1)
    assert list(tmp_path.iterdir()) == []


def test_the_demo_app_is_private_and_points_at_the_catcher() -> None:
    with MailCatcher() as catcher:
        app = make_demo_app(catcher)
        try:
            assert app.parent.stat().st_mode & 0o077 == 0
            document = Workspace.open(app).document("datasources.json")
            assert document.get("/emailDs/transports/0") == {
                "type": "smtp",
                "host": "127.0.0.1",
                "port": catcher.port,
                "secure": False,
            }
        finally:
            remove_sample_app(app)
        assert not app.parent.exists()


def port_in(line: str) -> int:
    return int(line.split("port ")[1].split()[0])


def test_catch_prints_what_arrives_and_ctrl_c_gives_130() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    with started([*LOOPMAIL, "catch"], env=environment, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = port_in(process.stdout.readline())
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail(
                "a@b.example", ["c@d.example"], b"Subject: x\x1b[2J\r\n\r\nbell\x07\r\n"
            )
        shown = ""
        while "bell" not in shown:
            shown += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        shown += process.stdout.read()
        assert process.stderr.read() == ""
    assert "Envelope: <a@b.example> to <c@d.example>" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_catch_in_the_background_of_a_shell_leaves_ctrl_c_to_others() -> None:
    command = ["sh", "-c", 'trap "" INT; exec "$@"', "background", *LOOPMAIL, "catch"]
    with started(command, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = port_in(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            assert client.noop()[0] == 250
        process.terminate()
        assert process.wait(20) == -signal.SIGTERM


def test_a_taken_port_and_no_port_are_one_line() -> None:
    with MailCatcher() as catcher:
        for port, code in ((catcher.port, 1), (70000, 64)):
            done = subprocess.run(
                [*LOOPMAIL, "catch", "--port", str(port)],
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == code
            assert done.stderr.count("\n") == 1
