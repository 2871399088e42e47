"""The next command finishes a save that was killed, and says so."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from loopmail.cli import main
from loopmail.core.app.workspace import Workspace
from loopmail.core.disk import locks, saving

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


def killed_between(app: Path) -> None:
    """Save two files in a process that is killed as soon as the first is in its place."""
    pid = os.fork()
    if pid == 0:
        locks._held.clear()  # as a process of its own
        workspace = Workspace.open(app)
        names = ("datasources.json", "model-config.json")
        workspace.apply([workspace.edit_value(name, "/new", {}) for name in names])
        real = saving._put_in_place

        def once(step: saving._Step) -> None:
            real(step)
            os.kill(os.getpid(), signal.SIGKILL)

        saving._put_in_place = once
        workspace.save()
        os._exit(0)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("verb", ["get", "check", "set"])
def test_the_next_command_finishes_the_save_and_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], verb: str
) -> None:
    for name in ("datasources.json", "model-config.json"):
        (tmp_path / name).write_text("{}\n")
    killed_between(tmp_path)
    assert "new" not in json.loads((tmp_path / "model-config.json").read_text())
    more = {"get": [""], "check": [], "set": ["/more", "1"]}[verb]
    main([verb, str(tmp_path), *more])
    told = capfd.readouterr().err
    assert (
        "The save of datasources.json and model-config.json was interrupted; it is finish" in told
    )
    assert "new" in json.loads((tmp_path / "model-config.json").read_text())
    assert sorted(os.listdir(tmp_path)) == ["datasources.json", "model-config.json"]
    main([verb, str(tmp_path), *more])
    assert "interrupted" not in capfd.readouterr().err
