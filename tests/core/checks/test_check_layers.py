"""Checks over several layers: scripts, environments, and fixes that reach no other environment."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.checks.check_cases import GOOD, app, one, source, transport
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.context import Context, Texts
from loopmail.core.checks.fixes import transport_view
from loopmail.core.checks.problem import Problem
from loopmail.core.checks.rules.structure import without_slip
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView

PASSWORD = Variables(environment={"MAIL_PASS": "abcdabcdabcdabcd"})


def open_app(folder: Path, files: dict[str, Any]) -> Workspace:
    server = folder / "server"
    server.mkdir()
    (folder / "package.json").write_text('{"name": "case"}')
    for name, value in files.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        (server / name).write_text(text)
    return Workspace.open(folder)


def problems(workspace: Workspace, *environments: str | None) -> list[Problem]:
    request = CheckRequest(workspace.snapshot(), environments, PASSWORD, LOOPBACK_3)
    return run_checks(request)


def test_a_script_beside_the_files_makes_an_error_a_warning(tmp_path: Path) -> None:
    files = app(source(transport("host")))
    workspace = open_app(tmp_path, {**files, "datasources.local.js": "module.exports = {};"})
    (found,) = problems(workspace, "development")
    assert found.id == "host-missing"
    assert found.severity == "warning"
    assert found.text.endswith("The script datasources.local.js may change that.")


def test_a_broken_file_stays_an_error_beside_a_script(tmp_path: Path) -> None:
    files = {**app("{,}"), "datasources.local.js": "module.exports = {};"}
    found = problems(open_app(tmp_path, files), "development")
    assert {p.severity for p in found if p.id == "json-invalid"} == {"error"}


def test_a_fix_for_one_environment_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    layer = {"mail": {"transports": [{"port": 587}]}}
    files = {**one(), "datasources.production.json": layer}
    workspace = open_app(tmp_path, files)
    base = workspace.documents["datasources.json"].text
    (found,) = problems(workspace, "production")
    assert found.id == "port-secure-mismatch"
    assert found.env == "production"
    assert found.fix
    workspace.apply(found.fix.changes(workspace))
    assert workspace.documents["datasources.json"].text == base
    written = workspace.documents["datasources.production.json"].value()
    assert written["mail"]["transports"] == [{"port": 587, "secure": False, "requireTLS": True}]
    assert problems(workspace, "development", "production") == []


def test_one_place_is_told_once_for_all_environments(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, one(port=587))
    found = problems(workspace, "development", "staging", "production")
    assert [(p.id, p.env) for p in found] == [("port-secure-mismatch", "development")]


def test_a_problem_stands_at_the_line_of_its_value(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, one(port=587))
    (found,) = problems(workspace, "development")
    line = workspace.documents["datasources.json"].text.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith("true")
    assert found.pointer == "/mail/transports/0/secure"


def test_a_url_hides_the_other_keys_from_the_rules(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, one(url="smtps://mail.example.com", port="abc", pool="false"))
    assert {p.id for p in problems(workspace, "development")} == {"url-overrides"}


@pytest.mark.parametrize("ciphers", ["HIGH:!aNULL:!MD5", "DEFAULT:-RC4", "ECDHE-RSA-AES128-SHA"])
def test_a_list_that_switches_ciphers_off_is_not_called_weak(tmp_path: Path, ciphers: str) -> None:
    assert problems(open_app(tmp_path, one(tls={"ciphers": ciphers})), "development") == []


@pytest.mark.parametrize("password", ["*******", "{!pass:string}"])
def test_a_stand_in_is_no_secret(tmp_path: Path, password: str) -> None:
    files = app({**source(GOOD), "api": {"name": "api", "connector": "rest", "password": password}})
    assert problems(open_app(tmp_path, files), "development") == []


def test_a_stand_in_that_another_layer_replaces_is_no_problem_there(tmp_path: Path) -> None:
    stand_in = transport(auth={"user": "shop@example.com", "pass": "XXX"})
    layer = {"mail": {"transports": [{"auth": {"pass": "${MAIL_PASS}"}}]}}
    workspace = open_app(tmp_path, app(source(stand_in), datasources__production=layer))
    assert "placeholder-password" in {p.id for p in problems(workspace, "development")}
    assert "placeholder-password" not in {p.id for p in problems(workspace, "production")}


def test_a_misspelt_key_of_the_sign_in_is_noticed(tmp_path: Path) -> None:
    files = app(source(transport("auth", user="shop@example.com", password="${MAIL_PASS}")))
    workspace = open_app(tmp_path, files)
    for _round in range(2):
        found = next(p for p in problems(workspace, "development") if p.fix)
        assert found.id == "dead-key"
        assert found.fix
        workspace.apply(found.fix.changes(workspace))
    assert problems(workspace, "development") == []
    value = workspace.documents["datasources.json"].value()
    auth = {"user": "shop@example.com", "pass": "${MAIL_PASS}"}
    assert value["mail"]["transports"][0]["auth"] == auth


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, // why\n "b": [2,],}', '{"a": 1,\n "b": [2]}'),
        ('{"a": "http://x /* no */ ,}" /* yes */}', '{"a": "http://x /* no */ ,}" }'),
        ('{"a": }', None),
        ('{"a": "\\"//"}', '{"a": "\\"//"}'),
    ],
)
def test_comments_and_trailing_commas_go_and_nothing_else(text: str, expected: str | None) -> None:
    assert without_slip(text) == expected


def test_of_a_doubled_key_the_last_one_stays_as_it_is_written(tmp_path: Path) -> None:
    text = '{"db": {"name": "db", "connector": "memory", "x": 1, "x":2, "x" : 3.0 }}'
    workspace = open_app(tmp_path, {"datasources.json": text, "model-config.json": {}})
    found = problems(workspace, "development")[0]
    assert found.id == "json-duplicate-key"
    assert found.fix
    workspace.apply(found.fix.changes(workspace))
    after = workspace.documents["datasources.json"].text
    assert after == '{"db": {"name": "db", "connector": "memory", "x" : 3.0 }}'


def test_a_key_with_a_tilde_stands_where_it_is_written(tmp_path: Path) -> None:
    (found,) = problems(open_app(tmp_path, one(**{"ho~st": "x"})), "development")
    assert (found.id, found.pointer) == ("unknown-key", "/mail/transports/0/ho~0st")


def test_the_keys_of_an_old_sign_in_move_as_they_are_written(tmp_path: Path) -> None:
    old = {"user": "shop@example.com", "accessToken": "x", "a/b~c": 1}
    workspace = open_app(tmp_path, one(auth={"xoauth2": old}))
    found = next(p for p in problems(workspace, "development") if p.id == "oauth2-version")
    assert found.fix
    workspace.apply(found.fix.changes(workspace))
    value = workspace.documents["datasources.json"].value()
    assert value["mail"]["transports"][0]["auth"] == {"type": "OAuth2", **old}


def test_a_missing_connector_is_set_where_the_data_source_begins(tmp_path: Path) -> None:
    other = {"name": "other", "transports": [transport()]}
    files = {**one(), "datasources.production.json": {"other": other}}
    workspace = open_app(tmp_path, files)
    (found,) = problems(workspace, "production")
    assert (found.id, found.file) == ("connector-unknown", "datasources.production.json")
    assert found.fix
    workspace.apply(found.fix.changes(workspace))
    assert "other" not in workspace.documents["datasources.json"].value()
    assert problems(workspace, "development", "production") == []


def test_the_fix_goes_to_the_transport_that_the_message_takes(tmp_path: Path) -> None:
    listed = source(transport(alias="one"), transport("type"))
    snapshot = open_app(tmp_path, app(listed)).snapshot()
    view = AppView(snapshot, "development", PASSWORD, LOOPBACK_3, frozenset())
    context = Context(view, Texts(snapshot))
    taken = {name: transport_view(context, "mail", name) for name in ("one", "nobody", None)}
    assert {name: one and one.pointer for name, one in taken.items()} == {
        "one": "/transports/0",
        "nobody": "/transports/0",
        None: "/transports/1",
    }
