"""Core dumps: none of loopmail itself, whose memory holds passwords; the command keeps its limit."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")

SCRIPT = """
import os, resource, sys
from pathlib import Path
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
from loopmail.__main__ import main
from loopmail.process.runner import AppRunner
main(["--version"])
parts = []
runner = AppRunner(lambda _stream, text: parts.append(text))
code = "import resource; print(*resource.getrlimit(resource.RLIMIT_CORE))"
runner.start([sys.executable, "-c", code], Path.cwd(), os.environ)
runner.wait(20)
print("child", "".join(parts).strip())
print("own", *resource.getrlimit(resource.RLIMIT_CORE), "of", hard)
"""


def test_only_the_command_may_dump_its_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=True
    )
    hard = done.stdout.split()[-1]
    assert done.stdout.splitlines()[-2:] == [f"child {hard} {hard}", f"own 0 {hard} of {hard}"]
