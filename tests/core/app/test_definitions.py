"""Reading the folders of model definitions: within limits, once, and nothing is waited for."""

import os
from pathlib import Path

import pytest

from app_builder import make_app
from loopmail.core.app import definitions
from loopmail.core.app.definitions import (
    SCRIPT_LIMIT,
    definitions_of,
    read_definitions,
    resolve_source,
    scripts_mention,
)
from loopmail.core.app.folder import AppFolder, open_app


def app_of(folder: Path) -> AppFolder:
    return open_app(make_app(folder, datasources={}))


def test_an_apps_definitions_are_read_once(tmp_path: Path) -> None:
    app = open_app(make_app(tmp_path, datasources={}))
    models = app.server / "models"
    models.mkdir()
    first = definitions_of(app, ["./models"])
    (models / "a.json").write_text("{}")
    assert definitions_of(app, ["./models"]) is first
    again = definitions_of(open_app(tmp_path), ["./models"])
    assert [file.path.name for folder in again.folders for file in folder.files] == ["a.json"]


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    found = read_definitions(tmp_path, ["."])
    assert found.folders[0].files[0].problem == "is no regular file"
    assert not found.folders[0].files[0].broken
    assert found.unread == (f"{tmp_path / 'a.json'} is no regular file.",)


def test_no_more_files_are_read_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "FILE_LIMIT", 2)
    for name in "abc":
        (tmp_path / f"{name}.json").write_text("{}")
    found = read_definitions(tmp_path, [".", "."])
    assert [len(folder.files) for folder in found.folders] == [2, 0]
    assert found.notes == ("Only 50 model folders and 2 model files are looked at.",)


def test_sources_of_packages_are_looked_for_upwards(tmp_path: Path) -> None:
    server = tmp_path / "app" / "server"
    hoisted = tmp_path / "node_modules" / "passport" / "models"
    hoisted.mkdir(parents=True)
    server.mkdir(parents=True)
    assert resolve_source(server, "passport/models") == hoisted
    assert resolve_source(server, "./passport/models") is None
    assert resolve_source(server, "pass\0port") is None
    own = server / "node_modules" / "loopback" / "common" / "models"
    assert resolve_source(server, "loopback/common/models") == own
    assert read_definitions(server, ["loopback/common/models"]).folders[0].loopbacks


@pytest.mark.parametrize(
    ("source", "missing"),
    [("passport/models", True), ("../node_modules/passport/models", True), ("./models", False)]
    + [("../common/models", False), ("loopback/server/models", False), ("/models", False)],
)
def test_packages_that_are_not_installed_are_said(
    tmp_path: Path, source: str, *, missing: bool
) -> None:
    notes = read_definitions(tmp_path / "server", [source]).notes
    assert (f"The models of {source} are not installed here." in notes) is missing


def test_scripts_are_searched_as_text_in_the_server_folder_and_its_boot_folder(
    tmp_path: Path,
) -> None:
    boot = app_of(tmp_path).server / "boot"
    boot.mkdir()
    (boot.parent / "server.js").write_text("// throw new Error('run')")
    (boot / "models.ts").write_text("createModel('Made')")
    (boot / "notes.txt").write_text("Text")
    assert scripts_mention(app_of(tmp_path), "Made")
    assert not scripts_mention(app_of(tmp_path), "Text")


def test_a_script_that_cannot_be_read_may_say_anything(tmp_path: Path) -> None:
    server = app_of(tmp_path).server
    (server / "odd.js").write_bytes(b"\xff\xfe")
    assert scripts_mention(app_of(tmp_path), "Text")
    (server / "odd.js").unlink()
    for number in range(SCRIPT_LIMIT + 1):
        (server / f"{number}.js").write_text("")
    assert scripts_mention(app_of(tmp_path), "Text")


def test_an_apps_scripts_are_read_once(tmp_path: Path) -> None:
    app = app_of(tmp_path)
    assert not scripts_mention(app, "Made")
    (app.server / "server.js").write_text("createModel('Made')")
    assert not scripts_mention(app, "Made")
    assert scripts_mention(app_of(tmp_path), "Made")
