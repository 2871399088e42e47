"""The verbs on a repository's root, on what is no app, and on names that are nearly right."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app_builder import write_app
from loopmail import cli

Capture = pytest.CaptureFixture[str]
MAIL: dict[str, Any] = {
    "datasources.json": {
        "mail": {
            "name": "mail",
            "connector": "mail",
            "transports": [{"type": "smtp", "host": "mail.example.com", "port": 465}],
        }
    },
    "model-config.json": {"Email": {"dataSource": "mail"}},
}


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def typescript(root: Path) -> Path:
    """A TypeScript app: what is built from src/server is in dist/server."""
    write_app(root / "src", MAIL, name="shop")
    shutil.copytree(root / "src" / "server", root / "dist" / "server")
    package = {"name": "shop", "dependencies": {"loopback": "3"}, "main": "dist/server/server.js"}
    (root / "package.json").write_text(json.dumps(package))
    (root / "src" / "package.json").unlink()
    return root


def check(folder: Path, capsys: Capture, *arguments: str) -> dict[str, Any]:
    cli.main(["check", str(folder), "--format", "json", *arguments])
    return {one["id"]: one for one in json.loads(capsys.readouterr().out)}


def test_a_preset_goes_to_the_sources_of_a_typescript_app(tmp_path: Path, capsys: Capture) -> None:
    root = typescript(tmp_path)
    before = files(root)
    assert cli.main(["preset", str(root), "mail", "gmail", "--user", "me@gmail.com"]) == 0
    assert files(root) == before
    assert "smtp.gmail.com" in (root / "src/server/datasources.json").read_text()
    assert "smtp.gmail.com" not in (root / "dist/server/datasources.json").read_text()
    assert "runs from dist/server, which is built from src/server" in capsys.readouterr().err
    problem = check(root, capsys)["build-outdated"]
    assert problem["file"] == "datasources.json"
    assert "dist/server/datasources.json" in problem["text"]


def test_several_apps_are_listed_to_choose_from(tmp_path: Path, capsys: Capture) -> None:
    for name in ("api", "apps/admin"):
        write_app(tmp_path / name, MAIL, name="x")
    before = files(tmp_path)
    for verb in (["check"], ["effective"], ["preset"], ["bind"]):
        rest = {"preset": ["mail", "gmail"], "bind": ["Email", "mail"]}.get(verb[0], [])
        assert cli.main([*verb, str(tmp_path), *rest]) == 3
        (line,) = capsys.readouterr().err.splitlines()
        assert "holds 2 LoopBack apps: api and apps/admin" in line
        assert str(tmp_path / "api") in line
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "dependencies", [{"loopback": "3"}, {"@loopback/core": "1"}, {"express": "4"}]
)
@pytest.mark.parametrize(
    "command",
    [["preset", "mail", "gmail"], ["bind", "Email", "mail"], ["set", "/mail", "{}"]],
    ids=lambda command: command[0],
)
def test_nothing_is_made_where_no_app_is(
    tmp_path: Path, capsys: Capture, dependencies: dict[str, str], command: list[str]
) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": dependencies}))
    (tmp_path / "tsconfig.json").write_text("{}")
    before = files(tmp_path)
    assert cli.main([command[0], str(tmp_path), *command[1:]]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert files(tmp_path) == before


def test_templates_are_no_environments(tmp_path: Path, capsys: Capture) -> None:
    names = ("example", "staging", "production.bak", "sample")
    layers = {f"datasources.{name}.json": {"mail": {"debug": True}} for name in names}
    app = write_app(tmp_path / "shop", {**MAIL, **layers}, name="shop")
    (app / "server" / "datasources.example.json").write_text("{ // fill in\n}")
    found = check(app, capsys, "--all-envs")
    assert found["debug-prints-secrets"]["env"] == "staging"
    assert "json-invalid" not in found
    found = check(app, capsys, "--env", "sample")
    assert found["debug-prints-secrets"]["env"] == "sample"


def test_a_misspelt_environment_is_told_by_every_verb(tmp_path: Path, capsys: Capture) -> None:
    layers = {**MAIL, "datasources.test.json": {"mail": {"debug": False}}}
    app = write_app(tmp_path / "shop", layers, name="shop")
    assert check(app, capsys, "--env", "test ")["environment-near-miss"]["severity"] == "warning"
    assert "environment-near-miss" not in check(app, capsys, "--env", "test")
    assert cli.main(["effective", str(app), "--env", "tset", "--format", "json"]) == 0
    assert "Was “test” meant?" in "".join(json.loads(capsys.readouterr().out)["warnings"])
    options = ["--from", "a@example.com", "--to", "b@example.com"]
    mail = MAIL["datasources.json"]["mail"]
    closed = {**mail, "transports": [{"type": "smtp", "host": "127.0.0.1", "port": 1}]}
    (app / "server" / "datasources.json").write_text(json.dumps({"mail": closed}))
    cli.main(["send", str(app), "--env", "test ", *options])
    assert "with a blank at its end" in capsys.readouterr().err


def test_an_app_without_mail_gets_an_offer(tmp_path: Path, capsys: Capture) -> None:
    app = write_app(
        tmp_path / "shop", {"datasources.json": {}, "model-config.json": {}}, name="shop"
    )
    assert cli.main(["check", str(app)]) == 0
    out = capsys.readouterr().out
    assert "This app has no mail data source" in out
    assert "loopmail preset" in out
    assert "No problems" not in out
