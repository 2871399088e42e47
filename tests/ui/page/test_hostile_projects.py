"""Folders that mean harm, opened in the window: it says what is wrong and goes on."""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from loopmail.ui.form.values import TransportValues
from loopmail.ui.window.main_window import MainWindow
from small_app import MAIL as SMALL
from small_app import MakeApp

FULL = os.environ.get("LOOPMAIL_TORTURE") == "full"
DEEP = 100_000 if FULL else 3_000  # Qt takes seconds to lay out a line of 100,000 letters
MAIL: dict[str, Any] = SMALL
EVIL_NAMES = [
    "../../etc",
    "a/b",
    "nul\0name",
    "new\nline",
    "\u202eevil",
    "<b>x</b>",
    "",
    "__proto__",
]


def open_it(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.state.opened, timeout=20_000):
        window.files.open(path)
    qtbot.waitUntil(lambda: window.state.finder.known, timeout=20_000)


def walk_through(window: MainWindow, qtbot: QtBot) -> None:
    """Look at everything there is to see."""
    state = window.state
    assert state.workspace is not None
    for env in (None, *state.environments()):
        state.set_environment(env)
    for source in state.datasources()[:20]:
        state.select("datasource", source.name)
        qtbot.wait(1)
    for name in [*state.workspace.documents, *state.workspace.unreadable]:
        state.select("file", name)
        qtbot.wait(1)
    state.select("bindings", "")
    window.menu_actions["view_json"].setChecked(True)
    qtbot.wait(1)


@pytest.mark.torture
@pytest.mark.usefixtures("patient" if FULL else "qtbot")
@pytest.mark.parametrize(
    "text",
    [
        "[" * DEEP + "]" * DEEP,
        '{"a":' * DEEP + "1" + "}" * DEEP,
        json.dumps({"m": {**MAIL["emailDs"], "x": 0}}).replace(
            "0}", '{"a":' * 900 + "1" + "}" * 901
        ),
        "[" * DEEP,
    ],
    ids=["lists", "objects", "within a data source", "not even closed"],
)
def test_nesting_is_said_in_one_sentence_and_the_rest_is_usable(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, text: str
) -> None:
    path = make_app(**{"datasources": text, "datasources.production": MAIL, "config": text})
    open_it(window, path, qtbot)
    walk_through(window, qtbot)
    errors = window.state.snapshot().errors
    assert set(errors) == {"datasources.json", "config.json"}
    assert all("nested" in one or "not valid JSON" in one for one in errors.values())
    assert len(errors["datasources.json"]) < 300


def test_names_of_all_kinds_are_shown_as_plain_text(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    named = {name: {**MAIL["emailDs"], "name": name} for name in EVIL_NAMES}
    models = {name: {"dataSource": name} for name in EVIL_NAMES}
    open_it(window, make_app(**{"datasources": named, "model-config": models}), qtbot)
    walk_through(window, qtbot)
    assert {one.name for one in window.state.datasources()} == set(EVIL_NAMES)
    for label in window.findChildren(QLabel):
        if any(name in label.text() for name in EVIL_NAMES if name):
            assert label.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.skipif(sys.platform == "win32", reason="makes special files")
def test_special_files_in_place_of_files_are_named_and_not_opened(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, tmp_path: Path
) -> None:
    server = make_app() / "server"
    (tmp_path / "secret.json").write_text('{"outside": 1}')
    os.mkfifo(server / "datasources.local.json")
    (server / "datasources.production.json").mkdir()
    (server / "datasources.loop.json").symlink_to("datasources.loop.json")
    (server / "datasources.zero.json").symlink_to("/dev/zero")
    (server / "config.local.json").symlink_to(tmp_path / "gone.json")
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(server)  # the path of a socket may have 107 bytes only
    listening.bind("model-config.local.json")
    os.chdir(here)
    with listening:
        open_it(window, server.parent, qtbot)
        walk_through(window, qtbot)
    assert "datasources.json" in window.state.snapshot().values
    assert "datasources.local.json" not in window.state.snapshot().values


def test_scripts_of_the_app_do_not_run(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> None:
    path = make_app()
    trace = path / "it-ran"
    code = f"require('fs').writeFileSync({json.dumps(str(trace))}, 'x'); module.exports = {{}};"
    places = ["server/datasources.local.js", "server/config.js", "server/model-config.js"]
    places += ["server/server.js", "server/boot/a.js", "index.js", ".npmrc", ".eslintrc.js"]
    places += ["node_modules/loopback/index.js", "node_modules/nodemailer/lib/nodemailer.js"]
    for place in places:
        (path / place).parent.mkdir(parents=True, exist_ok=True)
        (path / place).write_text(code)
    for module, version in (("loopback", "3.28.0"), ("nodemailer", "6.10.1")):
        package = {"name": module, "version": version, "scripts": {"install": "touch it-ran"}}
        (path / "node_modules" / module / "package.json").write_text(json.dumps(package))
    scripts = {"preinstall": "touch it-ran", "prepare": "touch it-ran"}
    (path / "package.json").write_text(json.dumps({"name": "x", "scripts": scripts}))
    hook = path / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    hook.chmod(0o755)
    (path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (path / ".git" / "config").write_text(
        f"[core]\n\tfsmonitor = touch {trace}\n\tpager = touch {trace}\n"
    )
    open_it(window, path, qtbot)
    walk_through(window, qtbot)
    assert not trace.exists()
    assert not (path / "server" / "it-ran").exists()


MISLEADING: list[Any] = [
    "[]",
    "null",
    "{",
    '{"name": 5}',
    '{"name": {"a": 1}}',
    '{"name": "../../../etc/passwd"}',
    json.dumps({"name": "a\nb\u202e\0", "dependencies": {"loopback": {"x": 1}}}),
    json.dumps({"name": "x" * 100_000, "dependencies": ["loopback"]}),
    json.dumps({"dependencies": {"loopback": "file:../../etc"}}),
    json.dumps({"dependencies": {"loopback": ">=" * 50_000, "nodemailer": "^^^"}}),
    "[" * DEEP,
]


@pytest.mark.parametrize("number", range(len(MISLEADING)))
def test_a_misleading_package_json_misleads_nobody(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, number: int
) -> None:
    path = make_app()
    (path / "package.json").write_text(MISLEADING[number])
    open_it(window, path, qtbot)
    assert "\n" not in window.windowTitle()
    assert len(window.windowTitle()) < 500
    assert window.state.datasources()[0].name == "emailDs"


@pytest.mark.usefixtures("patient")  # half a second of work, most of it Qt's and the parser's
def test_a_file_of_many_keys_can_be_opened_and_edited(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    many = {f"k{number}": number for number in range(20_000)}
    source = json.loads(json.dumps(MAIL))
    source["emailDs"]["transports"][0]["more"] = many
    path = make_app(datasources=source)
    open_it(window, path, qtbot)
    workspace = window.state.workspace
    assert workspace is not None
    edit = workspace.edit_value("datasources.json", "/emailDs/transports/0/more/k19999", "new")
    window.state.push("Change", [edit])
    assert window.files.save()
    text = (path / "server" / "datasources.json").read_text()
    assert text.count("new") == 1


@pytest.mark.parametrize("size", [50, 200])
def test_a_file_that_is_too_large_is_left_alone(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, size: int
) -> None:
    path = make_app()
    large = path / "server" / "datasources.local.json"
    with open(large, "wb") as file:
        file.truncate(size << 20)
    open_it(window, path, qtbot)
    assert "too large" in window.state.snapshot().errors["datasources.local.json"]
    assert window.state.datasources()[0].name == "emailDs"


@pytest.mark.skipif(sys.platform != "linux", reason="the programs are shell scripts")
@pytest.mark.parametrize("path", ["", ".", "./bin", "{app}/bin"])
def test_no_program_of_the_app_is_run(
    window: MainWindow,
    make_app: MakeApp,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    app, marker, asked = make_app(), tmp_path / "executed", tmp_path / "asked"
    for folder, log in ((app, marker), (app / "bin", marker), (tmp_path / "honest", asked)):
        folder.mkdir(exist_ok=True)
        for name in ("git", "node"):
            (folder / name).write_text(f"#!/bin/sh\necho {name} >> '{log}'\nexit 1\n")
            (folder / name).chmod(0o755)
    monkeypatch.chdir(app)
    monkeypatch.setenv("PATH", f"{path.format(app=app)}:{tmp_path / 'honest'}")
    open_it(window, app, qtbot)
    walk_through(window, qtbot)
    assert "git" in asked.read_text()
    assert not marker.exists()


class Browser(QObject):
    """Stands where Qt would start the user's browser."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    @Slot(QUrl)
    def open(self, _url: QUrl) -> None:
        self.paths.append(os.environ["PATH"])


def test_the_browser_is_started_with_a_path_without_the_app(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, browser = make_app(), Browser()
    whole = os.pathsep.join(["", ".", str(app), "/usr/bin", "bin"])
    monkeypatch.setenv("PATH", whole)
    open_it(window, app, qtbot)
    QDesktopServices.setUrlHandler("https", browser, "open")  # type: ignore[arg-type]  # wrong stub
    try:
        assert TransportValues(window.state, "emailDs", 0).open_address("https://example.test/")
    finally:
        QDesktopServices.unsetUrlHandler("https")
    assert browser.paths == ["/usr/bin"]
    assert os.environ["PATH"] == whole
