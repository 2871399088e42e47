"""Whether the app itself will send after a test message arrived, and why not."""

from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport, write_app
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.readiness import Readiness, readiness
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView

SMTP = transport(host="smtp.example.com")
SOURCE = {"emailDs": mail(SMTP, name="emailDs")}
BOUND = {"Email": {"dataSource": "emailDs"}}
SOURCES = {"_meta": {"sources": ["loopback/common/models", "./models"]}}


def look(folder: Path, *, unsaved: bool = False, env: str = "development") -> Readiness:
    snapshot = Workspace.open(folder).snapshot()
    view, *others = (
        AppView(snapshot, each, Variables(), LOOPBACK_3)
        for each in (env, *(one for one in snapshot.app.environments if one != env))
    )
    return readiness(view, "emailDs", others, unsaved=unsaved)


def ids(found: Readiness) -> list[tuple[str, str | None]]:
    return [(one.id, one.env) for one in found.hindrances]


def test_an_app_with_all_it_needs_sends(tmp_path: Path) -> None:
    found = look(make_app(tmp_path, datasources=SOURCE, model_config=BOUND))
    assert (found.sends, found.hindrances, found.unread) == (True, (), "")


def test_unsaved_changes_are_not_what_the_app_reads(tmp_path: Path) -> None:
    found = look(make_app(tmp_path, datasources=SOURCE, model_config=BOUND), unsaved=True)
    assert (found.sends, ids(found)) == (False, [("unsaved-changes", None)])


def test_a_model_that_is_not_bound_can_be_bound(tmp_path: Path) -> None:
    models = {**SOURCES, "Email": {"dataSource": None}}
    found = look(make_app(tmp_path, datasources=SOURCE, model_config=models))
    [one] = found.hindrances
    assert (one.id, one.model, one.file) == ("model-not-bound", "Email", "model-config.json")
    assert one.command == "loopmail bind DIR Email emailDs"
    assert found.sends is False


def test_a_model_bound_to_another_mail_data_source_is_named(tmp_path: Path) -> None:
    sources = {**SOURCE, "other": mail(SMTP, name="other")}
    models = {"Email": {"dataSource": "other"}}
    found = look(make_app(tmp_path, datasources=sources, model_config=models))
    [one] = found.hindrances
    assert one.text == "No model is bound to “emailDs”: Email sends through “other”."


def test_an_apps_own_table_called_email_is_never_offered_for_binding(tmp_path: Path) -> None:
    sources = {**SOURCE, "db": {"connector": "memory"}}
    models = {**SOURCES, "Email": {"dataSource": "db"}}
    folder = make_app(tmp_path, datasources=sources, model_config=models)
    (folder / "server/models").mkdir()
    (folder / "server/models/email.json").write_text('{"name": "Email", "base": "PersistedModel"}')
    [one] = look(folder).hindrances
    assert (one.id, one.model, one.command) == ("model-not-bound", None, None)


def test_a_data_source_of_one_environment_is_missing_in_the_others(tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "datasources.json": {},
        "datasources.development.json": SOURCE,
        "model-config.json": {},
        "model-config.development.json": BOUND,
        "datasources.production.json": {},
    }
    found = look(write_app(tmp_path, files, name="shop"))
    assert ids(found) == [("datasource-missing", "production")]
    assert (found.here, found.sends) == ((), True)
    text = "In production: the data source “emailDs” does not exist."
    assert [one.text for one in found.elsewhere] == [text]


def test_a_start_that_fails_in_another_environment_is_said(tmp_path: Path) -> None:
    stage = {"Email": {"dataSource": "emailDz"}}
    folder = make_app(tmp_path, datasources=SOURCE, model_config=BOUND, model_config_stage=stage)
    found = look(folder)
    assert ids(found) == [("app-does-not-start", "stage")]
    assert 'does not exist: "emailDz"' in found.elsewhere[0].text
    assert look(folder, env="stage").sends is False


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("datasources.development.js", "data sources"),
        ("model-config.local.js", "model bindings"),
    ],
)
def test_what_an_unread_script_may_do_is_neither_promised_nor_held_against_the_app(
    tmp_path: Path, script: str, what: str
) -> None:
    folder = make_app(tmp_path, datasources=SOURCE, model_config={})
    (folder / "server" / script).write_text("module.exports = {};")
    found = look(folder)
    assert (found.sends, found.hindrances) == (None, ())
    assert found.unread == (
        f"{script} was not read, since loopmail runs no script: what it changes in the app’s "
        f"{what} is not known here."
    )


def test_a_script_of_another_environment_is_not_named(tmp_path: Path) -> None:
    folder = make_app(tmp_path, datasources=SOURCE, model_config=BOUND)
    (folder / "server/datasources.production.js").write_text("module.exports = {};")
    assert look(folder).unread == ""
    assert look(folder, env="production").unread.startswith("datasources.production.js was not")


def test_a_script_in_place_of_the_base_file_is_named(tmp_path: Path) -> None:
    folder = make_app(tmp_path, model_config=BOUND)
    (folder / "server/datasources.js").write_text("module.exports = {};")
    assert look(folder).unread.startswith("datasources.js was not read: LoopBack does not")
