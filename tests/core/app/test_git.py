"""Only files that git really keeps count as tracked."""

import shutil
import subprocess
from pathlib import Path

import pytest

from loopmail.core.app.folder import open_app
from loopmail.core.app.git import tracked_files


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_tracked_file_is_told_from_an_untracked_one(tmp_path: Path) -> None:
    server = tmp_path / "server"
    server.mkdir()
    for name in ("datasources.json", "datasources.local.json"):
        (server / name).write_text("{}")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", "server/datasources.json"], check=True)
    assert tracked_files(open_app(tmp_path)) == {"datasources.json"}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_an_app_without_configuration_files_has_no_tracked_ones(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"loopback": "3.x"}}')
    (tmp_path / "server").mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", "package.json"], check=True)
    assert tracked_files(open_app(tmp_path)) == frozenset()


def test_a_folder_outside_git_has_no_tracked_files(tmp_path: Path) -> None:
    (tmp_path / "datasources.json").write_text("{}")
    assert tracked_files(open_app(tmp_path)) == frozenset()
