"""What the registry answers, and what the rest makes of it; its rules are in the conformance cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.registry import sends_nothing
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView, BootError

SOURCES = {
    "db": {"connector": "memory"},
    "mail": mail(transport(host="smtp.example.com")),
    "news": mail(transport(host="news.example.com"), name="news"),
}
MAIL = {"dataSource": "mail"}
DB = {"dataSource": "db"}


def view(
    folder: Path,
    config: dict[str, Any],
    *definitions: Any,
    versions: Versions = LOOPBACK_3,
    **files: Any,
) -> AppView:
    """The app with these entries and definitions (a text is written as it is)."""
    app = make_app(folder, **{"datasources": SOURCES, "model_config": config, **files})
    (folder / "server" / "models").mkdir(exist_ok=True)
    for number, one in enumerate(definitions):
        text = one if isinstance(one, str) else json.dumps(one)
        (folder / "server" / "models" / f"{number}.json").write_text(text)
    return AppView(Workspace.open(app).snapshot(), None, Variables(environment={}), versions)


def test_a_table_takes_the_name_of_email(tmp_path: Path) -> None:
    app = view(tmp_path, {"Email": MAIL, "email": DB}, {"name": "email"})
    found = app.registry.lookup("Email")
    assert found is not None
    assert (found.name, found.bases, found.send) == ("email", ("PersistedModel", "Model"), "none")
    assert found.definition == tmp_path / "server" / "models" / "0.json"
    assert found.entry == ("model-config.json", "/email/dataSource")
    assert app.registry.bound_to("Email") == "db"
    assert app.registry.mail_models == ()
    assert {name: other.name for name, other in app.registry.shadowed.items()} == {"Email": "email"}
    assert app.registry.models["Email"].send == "mail"


def test_whatever_is_attached_to_a_mail_data_source_sends(tmp_path: Path) -> None:
    config = {"Note": MAIL, "my-mail": {"dataSource": "Mail"}, "Email": DB}
    app = view(
        tmp_path, config, {"name": "Note", "base": "Model"}, {"name": "my-mail", "base": "Email"}
    )
    assert [model.name for model in app.registry.mail_models] == ["Note", "my-mail"]
    assert app.registry.bound_to("myMail") == "mail"
    assert app.registry.models["my-mail"].is_email
    assert not app.registry.models["Note"].is_email


def test_the_layer_that_decides_a_binding_is_known(tmp_path: Path) -> None:
    app = view(tmp_path, {"Email": DB}, model_config_local={"Email": MAIL})
    local = AppView(app.snapshot, "production", Variables(environment={}), LOOPBACK_3)
    assert local.registry.models["Email"].entry == ("model-config.local.json", "/Email/dataSource")
    assert app.registry.models["Email"].entry == ("model-config.json", "/Email/dataSource")


def test_scripts_that_may_change_a_model_are_named(tmp_path: Path) -> None:
    (tmp_path / "server" / "models").mkdir(parents=True)
    (tmp_path / "server" / "models" / "0.js").write_text("throw new Error('never run');")
    app = view(tmp_path, {"Note": MAIL}, {"name": "Note", "mixins": {"Stamp": True, "Soft": {}}})
    assert app.registry.models["Note"].scripts == ("0.js", "the mixin Stamp", "the mixin Soft")


def test_every_error_is_named_and_the_first_stops_the_start(tmp_path: Path) -> None:
    config = {"A": {"dataSource": "mial"}, "B": DB, "C": {"dataSource": "x"}, "Email": MAIL}
    app = view(tmp_path, config, {"name": "A"}, {"name": "C", "base": "Nope"})
    assert [(error.model, error.kind) for error in app.registry.errors] == [
        ("B", "model"),
        ("C", "model"),
        ("A", "datasource"),
    ]
    assert app.boot_error == BootError("Model not found: B")
    assert app.registry.bound_to("Email") == "mail"


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        ('{"name": "A",}', "0.json: is not valid JSON (line 1, column 14)"),
        ({"name": "Email", "base": "Email"}, 'Cyclic dependency, node was:"Email"'),
        ("null", "Cannot read properties of null (reading 'name')"),
    ],
)
def test_definitions_that_stop_the_start_come_before_data_sources(
    tmp_path: Path, definition: Any, text: str
) -> None:
    app = view(
        tmp_path, {"Email": MAIL}, definition, datasources={**SOURCES, "bad": {"connector": "Mail"}}
    )
    assert app.boot_error is not None
    assert app.boot_error.text.endswith(text)
    assert app.boot_error.datasource == ""


def test_a_model_that_a_script_names_is_not_called_missing(tmp_path: Path) -> None:
    app = view(tmp_path, {"Made": DB, "Email": MAIL}, {"name": "Other"})
    assert app.boot_error == BootError("Model not found: Made")
    (tmp_path / "server" / "server.js").write_text("loopback.createModel('Made', {});")
    assert view(tmp_path, {"Made": DB, "Email": MAIL}, {"name": "Other"}).boot_error is None


@pytest.mark.parametrize(
    ("config", "definitions"),
    [
        (
            {"_meta": {"sources": ["passport/lib/models", "./models"]}, "Passport": DB},
            ({"name": "A"},),
        ),
        ({"Table": DB}, ()),
        ({"Table": DB}, ("[" * 5_000 + "]" * 5_000,)),
    ],
    ids=["package-not-installed", "copy-without-models", "unreadable"],
)
def test_a_model_that_may_be_in_what_was_not_read_is_not_called_missing(
    tmp_path: Path, config: dict[str, Any], definitions: tuple[Any, ...]
) -> None:
    app = view(tmp_path, config, *definitions)
    assert app.registry.unknown
    assert app.registry.boot_error is not None
    assert app.boot_error is None


def test_loopback_2_attaches_email_by_itself_where_a_script_asks_for_it(tmp_path: Path) -> None:
    sources = {
        "mail": {**SOURCES["mail"], "defaultForType": "mail"},
        "db": {"connector": "memory", "defaultForType": "db"},
    }
    app = view(tmp_path, {"User": DB}, versions=LOOPBACK_2, datasources=sources)
    assert app.registry.defined["Email"].datasource is None
    (tmp_path / "server" / "server.js").write_text("boot(app); loopback.autoAttach();")
    app = view(tmp_path, {"User": DB}, versions=LOOPBACK_2, datasources=sources)
    assert app.registry.defined["Email"].datasource == "mail"
    assert app.registry.defined["Email"].send == "mail"
    assert app.registry.lookup("Email") is None


def test_the_data_source_to_test_is_the_one_that_a_model_sends_through(tmp_path: Path) -> None:
    news = {"dataSource": "news"}
    assert view(tmp_path, {"Note": news}, {"name": "Note"}).default_datasource() == "news"
    assert view(tmp_path, {"Note": news, "Email": MAIL}).default_datasource() == "mail"
    assert view(tmp_path, {"Note": DB}).default_datasource() == "mail"


@pytest.mark.parametrize(
    ("connector", "silent"),
    [
        ("memory", True),
        ("loopback-connector-mysql", True),
        ("loopback-connector-mandrill", False),
        (None, False),
    ],
)
def test_a_foreign_connector_may_bring_a_send_of_its_own(
    connector: str | None, *, silent: bool
) -> None:
    assert sends_nothing(connector) is silent
