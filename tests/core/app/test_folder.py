"""Opening the folder of a LoopBack app."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from loopmail.core.app import folder as app_folder
from loopmail.core.app.definitions import name_of_file
from loopmail.core.app.folder import open_app
from loopmail.core.disk import reading as bounded_files
from loopmail.core.errors import AppError


def write(path: Path, value: Any = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value or {}), "utf-8")
    return path


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    write(root / "package.json", {"name": "web-shop", "dependencies": {"loopback": "^3.22.0"}})
    write(root / "server" / "datasources.json")
    write(root / "server" / "model-config.json")
    return root


def test_the_app_and_its_server_folder_open_the_same_app(app: Path) -> None:
    outer, inner = open_app(app), open_app(app / "server")
    assert (outer.root, outer.server, outer.name) == (app, app / "server", "web-shop")
    assert inner == outer


def test_an_app_may_have_its_files_at_the_root(tmp_path: Path) -> None:
    write(tmp_path / "datasources.json")
    found = open_app(tmp_path)
    assert found.root == found.server == tmp_path
    assert found.name == tmp_path.name


def test_a_relative_path_and_a_link_to_the_app_open_it(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app.parent)
    (app.parent / "link").symlink_to(app)
    assert open_app(Path("shop")).server == app / "server"
    assert open_app(Path("link")).name == "web-shop"


def test_an_app_whose_mail_is_still_to_be_set_up_opens(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"dependencies": {"loopback": "3.x"}})
    write(tmp_path / "server" / "server.js", "throw new Error('executed')")
    for path in (tmp_path, tmp_path / "server"):
        found = open_app(path)
        assert (found.root, found.server) == (tmp_path, tmp_path / "server")
        assert found.files == ()


def test_files_are_listed_in_loopbacks_reading_order_with_scripts_marked(app: Path) -> None:
    names = [
        "datasources.local.json",
        "datasources.production.json",
        "datasources.production.js",
        "datasources.eu.live.json",
        "config.json",
        "model-config.staging.js",
    ]
    more = ["middleware.json", "component-config.local.json"]
    for name in [*names, *more, "datasources.json.bak", "xdatasources.json", "components.json"]:
        write(app / "server" / name)
    found = open_app(app)
    assert [file.name for file in found.files] == [
        "datasources.json",
        "datasources.local.json",
        "datasources.eu.live.json",
        "datasources.production.json",
        "datasources.production.js",
        "model-config.json",
        "model-config.staging.js",
        "config.json",
        "middleware.json",
        "component-config.local.json",
    ]
    assert found.environments == ("development", "eu.live", "production", "staging")
    script = found.file("datasources.production.js")
    assert script is not None
    assert (script.script, script.slot, script.env) == (True, "env", "production")
    local = found.file("datasources.local.json")
    assert local is not None
    assert (local.slot, local.env, local.script) == ("local", None, False)
    assert found.file("components.json") is None


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("my-model", "MyModel"),
        ("my_model2x", "MyModel2X"),
        ("HTTPServer", "HttpServer"),
        ("note", "Note"),
        ("a b.c", "ABC"),
    ],
)
def test_a_definition_without_a_name_is_called_after_its_file(stem: str, name: str) -> None:
    assert name_of_file(stem) == name


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist"),
        ("file", "is a file, not a folder"),
        ("empty", "is empty"),
        ("other", "is no LoopBack app"),
        ("loopback4", "is a LoopBack 4 app"),
        ("directory", "is no LoopBack app"),
    ],
)
def test_what_is_no_app_is_refused_with_a_sentence(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    path = tmp_path / "here"
    if content == "file":
        write(path)
    elif content is not None:
        path.mkdir()
    if content == "other":
        write(path / "config.json")
    if content == "loopback4":
        write(path / "package.json", {"dependencies": {"@loopback/core": "1"}})
    if content == "directory":
        (path / "datasources.json").mkdir()
    with pytest.raises(AppError, match=sentence) as caught:
        open_app(path)
    assert str(path) in str(caught.value)
    assert caught.value.path == path


def test_an_unreadable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(AppError, match="cannot be read: permission denied"):
        open_app(tmp_path)


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_impossible_paths_are_refused(path: str) -> None:
    with pytest.raises(AppError):
        open_app(Path("/tmp") / path)


def test_fifos_sockets_and_folders_in_the_place_of_files_do_not_block(app: Path) -> None:
    server = app / "server"
    os.mkfifo(server / "datasources.local.json")
    os.mkfifo(app / "package-lock.json")
    os.mkfifo(server / "config.json")
    (server / "datasources.staging.json").mkdir()
    (server / "datasources.gone.json").symlink_to(app / "nowhere")
    (server / "datasources.loop.json").symlink_to(server / "datasources.loop.json")
    listener = socket.socket(socket.AF_UNIX)
    previous = Path.cwd()
    os.chdir(app)
    try:
        listener.bind("yarn.lock")
        found = open_app(app)
    finally:
        listener.close()
        os.chdir(previous)
    names = [file.name for file in found.files]
    assert "datasources.local.json" in names
    assert "datasources.gone.json" not in names
    notes = "\n".join(found.notes)
    assert "datasources.staging.json is no regular file" in notes
    assert "datasources.gone.json is a link that leads nowhere" in notes
    assert "package-lock.json is no regular file" in notes


@pytest.mark.parametrize(
    "package",
    [
        "[]",
        "5",
        '{"name": 5}',
        '{"name": ""}',
        '{"name": "a/b/c"}',
        '{"name": "../../etc"}',
        '{"name": "line\\nbreak"}',
        '{"name": "\\u202eabc"}',
        json.dumps({"name": "n" * 100_000}),
        "{broken",
        "[" * 50_000,
    ],
)
def test_a_hostile_package_json_leaves_the_folders_name_and_a_note(app: Path, package: str) -> None:
    write(app / "package.json", package)
    found = open_app(app)
    assert found.name == "shop"
    assert any(note.startswith("package.json ") for note in found.notes)


@pytest.mark.parametrize("name", ["my-app", "@scope/my-app", "My App"])
def test_the_apps_name_is_that_of_package_json(app: Path, name: str) -> None:
    write(app / "package.json", {"name": name})
    assert (open_app(app).name, open_app(app).notes) == (name, ())


def test_a_huge_package_json_is_not_read(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (app / "package.json").open("wb") as file:
        file.truncate(2 * bounded_files.MEGABYTE)
    assert "package.json is larger than 1 MB" in open_app(app).notes[0]


def test_a_folder_with_too_many_entries_is_bounded(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_files, "FOLDER_LIMIT", 5)
    monkeypatch.setattr(app_folder, "LAYER_LIMIT", 3)
    for number in range(10):
        write(app / "server" / f"datasources.e{number}.json")
    notes = "\n".join(open_app(app).notes)
    assert "holds more than 5 entries" in notes
    assert "Only the first 3 configuration files" in notes


def test_every_app_of_the_corpus_opens(corpus: Path) -> None:
    folders = sorted(corpus.glob("app-*"))
    for folder in folders:
        found = open_app(folder)
        assert found == open_app(folder / "server")
        assert found.files
        assert found.notes == ()
    assert len(folders) > 50
