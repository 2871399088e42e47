"""`make test` from cron, under nohup or in a shell's background, where signals are ignored."""

import os
import sys
from pathlib import Path

import pytest

from started import started

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
]
# Tests that send a signal which such a start makes everything inherit as ignored.
SENDING = [
    "test_run.py::test_signals_are_passed_on_once",
    "test_demo.py::test_catch_prints_what_arrives_and_ctrl_c_gives_130",
    "test_send.py::test_control_c_ends_a_test_at_a_silent_server_with_130",
]


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_tests_that_send_signals_pass_where_signals_are_ignored(workers: list[str]) -> None:
    here = Path(__file__).parents[1] / "cli"
    chosen = [str(here / one) for one in SENDING]
    pytest_command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers]
    ignoring = ["sh", "-c", 'trap "" INT QUIT HUP; exec "$@"', "nohup"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    command = [*ignoring, *pytest_command, "--timeout", "30", *chosen]
    with started(command, env=environment) as process:
        output, _ = process.communicate(timeout=100)
        assert process.returncode == 0, output
    assert "7 passed" in output
