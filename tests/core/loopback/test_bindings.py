"""The table of bindings: what each entry says, and what LoopBack makes of its model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import AppError
from loopmail.core.loopback.bindings import (
    SENDS_MAIL,
    bindable_models,
    count_bindings,
    list_bindings,
    model_to_bind,
)
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView

FILE = "model-config.json"
DATASOURCES = {"my-mail": mail(transport(host="a"), name="my-mail"), "db": {"connector": "memory"}}
MODELS = {"sources": ["../common/models"]}


def add_model(folder: Path, name: str, base: str = "PersistedModel") -> None:
    models = folder / "common" / "models"
    models.mkdir(parents=True, exist_ok=True)
    text = f'{{"name": "{name}", "base": "{base}"}}'
    (models / f"{name.lower()}.json").write_text(text)


def look(folder: Path, env: str | None = "development", versions: Versions = LOOPBACK_3) -> AppView:
    snapshot = Workspace.open(folder).snapshot()
    return AppView(snapshot, env, Variables(environment={}), versions)


def states(view: AppView) -> dict[str, tuple[str, bool]]:
    return {b.model: (b.state, b.ok) for b in list_bindings(view)}


def test_each_binding_has_a_state(tmp_path: Path) -> None:
    add_model(tmp_path, "Product")
    add_model(tmp_path, "News", "Letter")
    add_model(tmp_path, "Letter", "Email")
    add_model(tmp_path, "Note")
    make_app(
        tmp_path,
        datasources=DATASOURCES,
        model_config={
            "_meta": MODELS,
            "Email": {"dataSource": "MyMail", "public": False},
            "User": {"dataSource": "db", "public": "false"},
            "Role": {"dataSource": "gone"},
            "ACL": {},
            "Product": {"dataSource": None},
            "News": {"dataSource": "db"},
            "Letter": {"dataSource": None},
            "Note": {"dataSource": "my-mail"},
            "Ghost": {"dataSource": "db"},
            "Odd": "db",
        },
    )
    view = look(tmp_path)
    assert states(view) == {
        "Email": ("Sends mail", True),
        "User": ("Bound", True),
        "Role": ("Data source missing", False),
        "ACL": ("Not bound", True),
        "Product": ("Not bound", True),
        "News": ("Not a mail data source", False),
        "Letter": ("Not bound", False),
        "Note": ("Sends mail", True),
        "Ghost": ("Model not found", False),
        "Odd": ("Not an object", False),
    }
    first, second = list_bindings(look(tmp_path, None))[:2]
    assert (first.datasource, first.public, first.file) == ("MyMail", False, FILE)
    assert second.public is None
    assert count_bindings(view.snapshot, view.env) == 10


def test_a_table_that_takes_the_name_of_email_is_said(tmp_path: Path) -> None:
    add_model(tmp_path, "email")
    config = {"_meta": MODELS, "Email": {"dataSource": "my-mail"}, "email": {"dataSource": "db"}}
    make_app(tmp_path, datasources=DATASOURCES, model_config=config)
    view = look(tmp_path)
    assert states(view) == {
        "Email": ("The name leads to the model “email”", False),
        "email": ("Bound", True),
    }
    assert view.registry.mail_models == ()
    assert model_to_bind(view.registry) is None


def test_an_own_table_called_email_is_never_offered(tmp_path: Path) -> None:
    add_model(tmp_path, "Email")
    config = {"_meta": MODELS, "Email": {"dataSource": "db"}}
    make_app(tmp_path, datasources=DATASOURCES, model_config=config)
    view = look(tmp_path)
    assert states(view) == {"Email": ("Bound", True)}
    assert model_to_bind(view.registry) is None


@pytest.mark.parametrize(
    ("config", "offered"),
    [
        ({}, "Email"),
        ({"Email": {"dataSource": None}}, "Email"),
        ({"Email": {"dataSource": "db"}}, "Email"),
        ({"Letter": {"dataSource": "db"}}, "Letter"),
        ({"Letter": {"dataSource": "my-mail"}}, None),
        ({"Email": {"dataSource": "my-mail"}}, None),
    ],
)
def test_the_model_to_bind_is_one_that_sends_then(
    tmp_path: Path, config: dict[str, object], offered: str | None
) -> None:
    add_model(tmp_path, "Letter", "Email")
    make_app(tmp_path, datasources=DATASOURCES, model_config={"_meta": MODELS, **config})
    assert model_to_bind(look(tmp_path).registry) == offered


def test_what_loopback_2_attaches_by_itself_sends(tmp_path: Path) -> None:
    types = {"my-mail": "mail", "db": "db"}
    sources = {key: {**DATASOURCES[key], "defaultForType": types[key]} for key in types}
    make_app(tmp_path, datasources=sources, model_config={"Email": {}})
    (tmp_path / "server" / "server.js").write_text("loopback.autoAttach();")
    assert states(look(tmp_path, versions=LOOPBACK_2)) == {"Email": ("Sends mail", True)}


def test_the_layer_that_loopback_reads_last_decides(tmp_path: Path) -> None:
    make_app(
        tmp_path,
        datasources=DATASOURCES,
        model_config={"Email": {"dataSource": "db", "public": True}},
        model_config_local={"Email": {"public": False}},
        model_config_production={"Email": {"dataSource": "my-mail"}, "User": {}},
    )
    assert states(look(tmp_path, None)) == {"Email": ("Not a mail data source", False)}
    (development,) = list_bindings(look(tmp_path))
    assert (development.file, development.public) == (FILE, False)
    production, user = list_bindings(look(tmp_path, "production"))
    assert (production.state, production.file) == ("Sends mail", "model-config.production.json")
    assert (user.model, user.file) == ("User", "model-config.production.json")


def test_a_layer_that_a_script_hides_does_not_count(tmp_path: Path) -> None:
    make_app(tmp_path, datasources=DATASOURCES, model_config={"Email": {"dataSource": "db"}})
    make_app(tmp_path, model_config_local={"Email": {"dataSource": "my-mail"}})
    (tmp_path / "server" / "model-config.local.js").write_text("module.exports = {}")
    assert states(look(tmp_path)) == {"Email": ("Not a mail data source", False)}


def test_what_a_script_may_bring_is_not_called_missing(tmp_path: Path) -> None:
    add_model(tmp_path, "Product")
    config = {"_meta": MODELS, "User": {"dataSource": "gone"}, "Ghost": {"dataSource": "db"}}
    make_app(tmp_path, datasources=DATASOURCES, model_config=config)
    (tmp_path / "server" / "datasources.production.js").write_text("module.exports = {}")
    (tmp_path / "server" / "server.js").write_text("registry.createModel('Ghost')")
    ghost = ("Not found here", True)
    assert states(look(tmp_path, "production")) == {
        "User": ("Perhaps set by a script", True),
        "Ghost": ghost,
    }
    assert states(look(tmp_path)) == {"User": ("Data source missing", False), "Ghost": ghost}


@pytest.mark.parametrize("broken", ["merge", "circle"])
def test_where_loopback_refuses_the_files_nothing_is_claimed(tmp_path: Path, broken: str) -> None:
    add_model(tmp_path, "Loop", "Loop")
    config = {"_meta": MODELS, "Email": {"dataSource": "my-mail"}}
    if broken == "merge":
        make_app(tmp_path, model_config_local={"Email": 1})
    else:
        config["Loop"] = {"dataSource": "db"}
    make_app(tmp_path, datasources=DATASOURCES, model_config=config)
    view = look(tmp_path)
    found = states(view)
    assert set(found) == config.keys() - {"_meta"}
    assert not any(ok for _, ok in found.values())
    assert "Sends mail" not in {state for state, _ in found.values()}
    assert model_to_bind(view.registry) is None


def test_models_to_bind_are_built_in_ones_and_those_of_the_sources(tmp_path: Path) -> None:
    add_model(tmp_path, "Product")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "other.json").write_text('{"name": "Elsewhere"}')
    make_app(tmp_path, datasources={}, model_config={"_meta": MODELS, "User": {}})
    models = bindable_models(look(tmp_path))
    assert models[0] == "Email"
    assert models[-1] == "Product"
    assert "User" not in models
    assert "Elsewhere" not in models  # LoopBack looks into the sources only


def _views(base: Path) -> Iterator[AppView]:
    manifests = {path.parent for path in base.rglob("package.json")}
    for folder in sorted({*manifests, *filter(Path.is_dir, base.iterdir())}):
        try:
            workspace = Workspace.open(folder)
        except AppError:
            continue
        for env in (None, *workspace.app.environments):
            for versions in (LOOPBACK_2, LOOPBACK_3):
                yield AppView(workspace.snapshot(), env, Variables(environment={}), versions)


@pytest.mark.parametrize("folder", ["corpus", "cases"])
def test_the_table_and_the_registry_agree_on_every_real_app(folder: str, corpus: Path) -> None:
    seen: set[str] = set()
    for view in _views(corpus.parent / folder):
        rows = list_bindings(view)
        senders = {model.name for model in view.registry.mail_models}
        assert {row.model for row in rows if row.state == SENDS_MAIL} == senders
        assert count_bindings(view.snapshot, view.env) == len(rows)
        assert model_to_bind(view.registry) is None or not senders
        seen |= {row.state for row in rows}
    assert {"Sends mail", "Bound"} <= seen
