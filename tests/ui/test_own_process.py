"""Tests that dress the whole application, each of them in a process that other tests have not used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# File and choice of its tests; halves, so that two processors share the work.
RUNS = {
    "layout": ("window/test_layout.py", "not words and not left"),
    "layout, words": ("window/test_layout.py", "words or left"),
    "test panel": ("sending/test_fits.py", ""),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("run", RUNS, ids=str)
def test_every_text_fits(run: str) -> None:
    file, chosen = RUNS[run]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen]
    done = subprocess.run(
        [*command, str(HERE / file)],
        capture_output=True,
        text=True,
        cwd=HERE.parents[1],
        env={**os.environ, "LOOPMAIL_OWN_PROCESS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
