"""Programs come from absolute folders outside the opened app."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from loopmail import cli
from loopmail.catcher.server import MailCatcher
from loopmail.core.app.folder import open_app
from loopmail.core.app.git import tracked_files
from loopmail.core.disk.programs import find_tool, safe_path, tool_environment
from loopmail.core.errors import SendError
from loopmail.process.ask_app import require_node

if sys.platform == "win32":
    pytest.skip("the programs are shell scripts", allow_module_level=True)

ENTRIES = ["", ".", "./node_modules/.bin", "{app}/node_modules/.bin", "{app}/../app", "{link}"]
ENTRIES += ["{file_link}", "{app}/out"]


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "executed"


@pytest.fixture
def app(tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app with programs of its own, the current folder."""
    source = mail(transport(host="127.0.0.1", port=1, auth={"user": "u", "pass": "plain-hunter22"}))
    app = make_app(tmp_path / "app", datasources={"mail": source})
    for folder in (app, app / "node_modules" / ".bin", tmp_path / "elsewhere"):
        for name in ("git", "node", "nodejs"):
            program(folder, name, f"echo {name} >> '{marker}'")
    (tmp_path / "link").symlink_to(app / "node_modules" / ".bin")
    (app / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "files").mkdir()
    for name in ("git", "node", "nodejs"):
        (tmp_path / "files" / name).symlink_to(app / name)
    monkeypatch.chdir(app)
    return app


def path_of(entry: str, app: Path) -> str:
    links = app.parent / "link", app.parent / "files"
    return entry.format(app=app, link=links[0], file_link=links[1])


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_apps_own_programs_are_never_run(
    entry: str, app: Path, marker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(entry, app)
    asked = tmp_path / "asked"
    honest = program(tmp_path / "honest", "git", f"echo \"$PATH\" > '{asked}'; exit 1")
    for whole in (f"{path}:", f":{path}", path):
        monkeypatch.setenv("PATH", whole)
        assert find_tool("git", app) is None
        with pytest.raises(SendError, match=r"Node\.js is not installed"):
            require_node(app)
        assert tracked_files(open_app(app)) == frozenset()
    monkeypatch.setenv("PATH", f"{path}:{honest.parent}")
    assert find_tool("git", app) == honest
    assert tracked_files(open_app(app)) == frozenset()
    assert str(honest.parent) in asked.read_text().strip().split(":")
    assert not {path, ""} & set(asked.read_text().strip().split(":")) - {str(tmp_path / "files")}
    assert not marker.exists()


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    ("verb", "tool"),
    [
        (["check", "{app}"], "git"),
        (["secret", "adopt", "{app}", "--to", "local", "--yes"], "git"),
        (
            ["send", "{app}", "--from", "a@b.test", "--to", "c@d.test", "--through-app", "--yes"],
            "node",
        ),
    ],
    ids=["check", "adopt", "send"],
)
def test_no_verb_runs_them(
    verb: list[str],
    tool: str,
    entry: str,
    app: Path,
    marker: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = tmp_path / "asked"
    honest = program(tmp_path / "honest", tool, f"echo >> '{asked}'; exit 1")
    monkeypatch.setenv("PATH", f"{path_of(entry, app)}::{honest.parent}")
    with MailCatcher() as catcher:
        source = mail(transport(host="127.0.0.1", port=catcher.port, x={"password": "plain-1"}))
        make_app(app, datasources={"mail": source}, model_config={"Email": {"dataSource": "mail"}})
        cli.main([word.format(app=app) for word in verb])
    assert asked.exists()
    assert not marker.exists()


def test_without_the_rule_they_would_run(app: Path, marker: Path) -> None:
    subprocess.run(["git"], env={"PATH": "."}, check=True, cwd=app)
    assert marker.read_text() == "git\n"


def test_a_program_beside_the_app_is_found_and_others_are_passed_over(
    tmp_path: Path, app: Path
) -> None:
    beside = tmp_path / "app-tools"  # begins as the app's folder does
    (beside / "folder").mkdir(parents=True)
    (beside / "plain").write_text("")
    tool = program(beside, "tool", "")
    assert find_tool("tool", app, f"{tmp_path / 'gone'}:{beside}") == tool
    assert find_tool("folder", app, str(beside)) is None
    assert find_tool("plain", app, str(beside)) is None
    assert find_tool("tool", app, "") is None


def test_the_path_keeps_its_order_and_what_is_outside(tmp_path: Path, app: Path) -> None:
    assert safe_path(app, f":/usr/bin:.:{app}:{tmp_path}:bin:/bin:") == f"/usr/bin:{tmp_path}:/bin"
    assert "NoDefaultCurrentDirectoryInExePath" not in tool_environment(app)


@pytest.mark.parametrize("git", ["folder", "file"])
def test_the_programs_of_the_repository_around_the_app_are_its_own(
    git: str, tmp_path: Path
) -> None:
    repository, app = tmp_path / "mono", tmp_path / "mono" / "packages" / "shop"
    app.mkdir(parents=True)
    if git == "folder":
        (repository / ".git").mkdir()
    else:  # as in a work tree of another one
        (repository / ".git").write_text("gitdir: ../elsewhere\n")
    program(repository / "node_modules" / ".bin", "node", "")
    program(repository / "packages" / "tools", "node", "")
    (tmp_path / "link").symlink_to(repository / "node_modules" / ".bin")
    honest = program(tmp_path / "tools", "node", "")
    inside = [repository / "node_modules" / ".bin", repository / "packages" / "tools"]
    path = os.pathsep.join(map(str, [*inside, tmp_path / "link", honest.parent]))
    assert find_tool("node", app, path) == honest
    assert safe_path(app, path) == str(honest.parent)
    (tmp_path / "app").symlink_to(app)  # opened by another way
    assert find_tool("node", tmp_path / "app", path) == honest


@pytest.mark.parametrize("place", ["home", "."])
def test_a_repository_that_holds_the_home_folder_is_no_project(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    (home / "shop" / "bin").mkdir(parents=True)
    (tmp_path / place / ".git").mkdir()
    tool = program(home / ".nvm" / "bin", "node", "")
    own = program(home / "shop" / "bin", "node", "")
    assert find_tool("node", home / "shop", f"{own.parent}:{tool.parent}") == tool


def test_windows_endings_are_tried(
    tmp_path: Path, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = program(tmp_path / "tools", "node.EXE", "")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("PATHEXT", os.pathsep.join([".COM", ".EXE"]))
    monkeypatch.setenv("PATH", f":.:{tool.parent}")
    program(app, "node.COM", "")
    assert find_tool("node", app) == tool
    assert tool_environment(app)["NoDefaultCurrentDirectoryInExePath"] == "1"
