"""What the checks say of models, in the shape of apps from real life."""

import json
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import Problem
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.loopback.variables import Variables

PASSWORD = {"MAIL_PASS": "a password"}
SMTP = transport(
    host="smtp.example.com",
    port=465,
    secure=True,
    auth={"user": "shop@example.com", "pass": "${MAIL_PASS}"},
)
SOURCES = {"mail": mail(SMTP), "db": {"name": "db", "connector": "memory"}}
MAIL, DB = {"dataSource": "mail"}, {"dataSource": "db"}


def problems(
    folder: Path,
    config: dict[str, Any],
    *definitions: Any,
    env: str = "development",
    versions: Versions = LOOPBACK_3,
    scripts: dict[str, str] | None = None,
    **files: Any,
) -> list[Problem]:
    """Check an app with these entries and definitions."""
    app = make_app(folder, **{"datasources": SOURCES, "model_config": config, **files})
    models = app / "server" / "models"
    models.mkdir()
    for number, one in enumerate(definitions):
        text = one if isinstance(one, str) else json.dumps(one)
        (models / f"{number}.json").write_text(text)
    for name, text in (scripts or {}).items():
        (app / "server" / name).write_text(text)
    variables = Variables(environment=PASSWORD)
    request = CheckRequest(Workspace.open(app).snapshot(), [env], variables, versions)
    return run_checks(request)


def test_a_table_of_the_apps_own_may_be_called_email(tmp_path: Path) -> None:
    table = {"name": "Email", "base": "PersistedModel"}
    mailer = {"name": "Mailer", "base": "Model"}
    assert problems(tmp_path, {"Email": DB, "Mailer": MAIL}, table, mailer) == []


def test_email_may_be_defined_anew_on_model(tmp_path: Path) -> None:
    assert problems(tmp_path, {"Email": MAIL}, {"name": "Email", "base": "Model"}) == []


def test_a_model_based_on_email_is_enough(tmp_path: Path) -> None:
    assert problems(tmp_path, {"Notifier": MAIL}, {"name": "Notifier", "base": "Email"}) == []


def test_a_table_that_takes_the_name_of_email_is_said(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"Email": MAIL, "email": DB}, {"name": "email"})
    assert (found.id, found.severity, found.pointer) == (
        "model-shadowed",
        "warning",
        "/email/dataSource",
    )
    assert found.fix is None
    assert "list Email after email in model-config.json" in found.text
    # As it says; what real LoopBack makes of both orders is recorded (email-before-Email-none).
    assert not problems(tmp_path / "after", {"email": DB, "Email": MAIL}, {"name": "email"})


def test_where_the_order_helps_nothing_it_is_not_said(tmp_path: Path) -> None:
    # The base of the other one always comes first.
    based = {"name": "my-mail", "base": "myMail"}
    config = {"myMail": MAIL, "MyMail": DB, "my-mail": DB}
    other = {"name": "myMail", "base": "Email"}
    found = problems(tmp_path, config, other, based, {"name": "MyMail"})
    texts = [one.text for one in found if one.id == "model-shadowed"]
    assert texts
    assert not any("list myMail after" in text for text in texts)


@pytest.mark.parametrize(("definition", "says"), [
    ({"relations": {"rows": {"type": "hasmany", "model": "Row"}}}, "Invalid relation type: hasmany"),
    ({"relations": {"trigger": {"type": "hasMany"}}}, "Invalid relation name: trigger"),
    ({"methods": {"run": None}}, "Cannot read properties of null (reading 'isStatic')"),
])  # fmt: skip
def test_relations_and_methods_that_stop_the_start(
    definition: dict[str, Any], says: str, tmp_path: Path
) -> None:
    config = {"Email": MAIL, "Note": DB}
    (found,) = problems(tmp_path, config, {"name": "Note", **definition})
    assert (found.id, found.severity) == ("crash-at-boot", "error")
    assert found.text == f"The app does not start: {says}."


def test_no_fix_takes_the_name_of_a_table(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"email": DB}, {"name": "email"})
    assert (found.id, found.fix) == ("model-not-bound", None)


def test_the_model_that_was_meant_to_send_is_bound(tmp_path: Path) -> None:
    config = {"Email": DB, "Note": {"dataSource": None}}
    table, note = (
        {"name": "Email", "base": "PersistedModel"},
        {"name": "Note", "base": "KeyValueModel"},
    )
    (found,) = problems(tmp_path / "own", config, table, note)
    assert (found.id, found.fix) == ("model-not-bound", None)
    (found,) = problems(
        tmp_path / "based", {"Note": {"dataSource": None}}, {**note, "base": "Email"}
    )
    assert found.fix is not None
    assert found.fix.summary == "Bind Note to mail"


@pytest.mark.parametrize(
    ("script", "ids"), [("", ["model-not-bound"]), ("loopback.autoAttach();", [])]
)
def test_what_loopback_2_attaches_by_itself_is_bound(
    tmp_path: Path, script: str, ids: list[str]
) -> None:
    sources = {
        "mail": {**SOURCES["mail"], "defaultForType": "mail"},
        "db": {**SOURCES["db"], "defaultForType": "db"},
    }
    found = problems(
        tmp_path,
        {"User": DB},
        versions=LOOPBACK_2,
        datasources=sources,
        scripts={"server.js": script},
    )
    assert [problem.id for problem in found] == ids


def test_a_wrong_binding_is_mended_where_this_environment_reads_it(tmp_path: Path) -> None:
    config = {"Email": {"dataSource": "mial"}}
    (found,) = problems(tmp_path, config, model_config_stage={"Email": MAIL})
    assert (found.id, found.file) == ("datasource-missing", "model-config.json")
    workspace = Workspace.open(tmp_path)
    assert found.fix is not None
    workspace.apply(found.fix.changes(workspace))
    assert workspace.documents["model-config.json"].value() == {"Email": MAIL}


def test_a_connector_that_may_send_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "loopback-connector-mandrill").mkdir(parents=True)
    sources = {**SOURCES, "mandrill": {"name": "mandrill", "connector": "mandrill"}}
    assert problems(tmp_path, {"Email": {"dataSource": "mandrill"}}, datasources=sources) == []


@pytest.mark.parametrize(
    ("config", "definitions", "id_", "text"),
    [
        ({}, ('{"name": "A",}',), "crash-at-boot", "server/models/0.json: is not valid JSON (line 1, column 14)"),
        ({"Foo": DB}, ({"name": "Foo", "base": "Foo"},), "crash-at-boot", 'Cyclic dependency, node was:"Foo"'),
        ({"Fo": DB}, ({"name": "Foo"},), "model-not-found", "Model not found: Fo"),
        ({"Foo": DB}, ({"name": "Foo", "base": "Fo"},), "model-not-found", "Model not found: model `Foo` is extending an unknown model `Fo`"),
    ],
)  # fmt: skip
def test_models_that_stop_the_start_are_said(
    tmp_path: Path, config: dict[str, Any], definitions: tuple[Any, ...], id_: str, text: str
) -> None:
    (found,) = problems(tmp_path, {"Email": MAIL, **config}, *definitions)
    assert (found.id, found.severity) == (id_, "error")
    assert found.text == f"The app does not start: {text}."


def test_a_script_for_this_environment_makes_it_uncertain(tmp_path: Path) -> None:
    scripts = {"model-config.production.js": "module.exports = {Email: {dataSource: 'mail'}};"}
    config = {"Email": {"dataSource": "mial"}, "Nope": DB}
    found = problems(tmp_path, config, {"name": "A"}, env="production", scripts=scripts)
    assert [(problem.id, problem.severity) for problem in found] == [
        ("datasource-missing", "warning")
    ]
