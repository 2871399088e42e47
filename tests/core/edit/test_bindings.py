"""model-config.json: states of bindings, and changing them."""

from pathlib import Path

import pytest

from app_builder import applied, mail, make_app, transport
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.bindings import (
    bind,
    bindable_models,
    list_bindings,
    set_public,
    unbind,
    users_of,
)
from loopmail.core.errors import EditError

FILE = "model-config.json"
DATASOURCES = {"my-mail": mail(transport(host="a"), name="my-mail"), "db": {"connector": "memory"}}


def open_app(folder: Path, **files: object) -> Workspace:
    return Workspace.open(make_app(folder, **files))


def add_model(folder: Path, name: str, base: str) -> None:
    models = folder / "common" / "models"
    models.mkdir(parents=True, exist_ok=True)
    text = f'{{"name": "{name}", "base": "{base}"}}'
    (models / f"{name.lower()}.json").write_text(text)


def states(workspace: Workspace, env: str | None = "development") -> dict[str, tuple[str, bool]]:
    return {b.model: (b.state, b.ok) for b in list_bindings(workspace.snapshot(), env)}


def test_each_binding_has_a_state(tmp_path: Path) -> None:
    add_model(tmp_path, "Product", "PersistedModel")
    add_model(tmp_path, "News", "Letter")
    add_model(tmp_path, "Letter", "Email")
    add_model(tmp_path, "Loop", "Loop")
    workspace = open_app(
        tmp_path,
        datasources=DATASOURCES,
        model_config={
            "_meta": {"sources": ["../common/models"]},
            "Email": {"dataSource": "MyMail", "public": False},
            "User": {"dataSource": "db", "public": "false"},
            "Role": {"dataSource": "gone"},
            "ACL": {},
            "Product": {"dataSource": None},
            "News": {"dataSource": "db"},
            "Letter": {"dataSource": None},
            "Loop": {"dataSource": "my-mail"},
            "Ghost": {"dataSource": "db"},
            "Odd": "db",
        },
    )
    assert states(workspace) == {
        "Email": ("Sends mail", True),
        "User": ("Bound", True),
        "Role": ("Data source missing", False),
        "ACL": ("Not bound", True),
        "Product": ("Not bound", True),
        "News": ("Not a mail data source", False),
        "Letter": ("Not bound", False),
        "Loop": ("Sends mail", True),
        "Ghost": ("Model not found", False),
        "Odd": ("Not an object", False),
    }
    first, second = list_bindings(workspace.snapshot(), None)[:2]
    assert (first.datasource, first.public, first.file) == ("MyMail", False, FILE)
    assert second.public is None


def test_the_layer_that_loopback_reads_last_decides(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources=DATASOURCES,
        model_config={"Email": {"dataSource": "db", "public": True}},
        model_config_local={"Email": {"public": False}},
        model_config_production={"Email": {"dataSource": "my-mail"}, "User": {}},
    )
    assert states(workspace, None) == {"Email": ("Not a mail data source", False)}
    (development,) = list_bindings(workspace.snapshot(), "development")
    assert (development.file, development.public) == (FILE, False)
    production, user = list_bindings(workspace.snapshot(), "production")
    assert (production.state, production.file) == ("Sends mail", "model-config.production.json")
    assert user.model == "User"


def test_a_layer_that_a_script_hides_does_not_count(tmp_path: Path) -> None:
    make_app(tmp_path, datasources=DATASOURCES, model_config={"Email": {"dataSource": "db"}})
    make_app(tmp_path, model_config_local={"Email": {"dataSource": "my-mail"}})
    (tmp_path / "server" / "model-config.local.js").write_text("module.exports = {}")
    assert states(Workspace.open(tmp_path)) == {"Email": ("Not a mail data source", False)}


def test_a_data_source_that_a_script_may_add_is_not_called_missing(tmp_path: Path) -> None:
    make_app(tmp_path, datasources=DATASOURCES, model_config={"User": {"dataSource": "gone"}})
    (tmp_path / "server" / "datasources.production.js").write_text("module.exports = {}")
    assert states(Workspace.open(tmp_path)) == {"User": ("Perhaps set by a script", True)}


def test_models_to_bind_are_built_in_ones_and_those_of_the_folders(tmp_path: Path) -> None:
    add_model(tmp_path, "Product", "PersistedModel")
    workspace = open_app(tmp_path, datasources={}, model_config={"User": {}})
    models = bindable_models(workspace.snapshot())
    assert models[0] == "Email"
    assert models[-1] == "Product"
    assert "User" not in models


def test_users_of_a_data_source_are_found_under_all_its_names(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources=DATASOURCES,
        model_config={"Email": {"dataSource": "myMail"}, "User": {"dataSource": "db"}, "Odd": 1},
        model_config_production={"News": {"dataSource": "my-mail"}},
    )
    assert users_of(workspace.snapshot(), "my-mail") == ["Email", "News"]


def test_binding_changes_the_data_source_and_nothing_else(tmp_path: Path) -> None:
    text = '{ "_meta": {"x": 1},\n\t"Email": {"public" : false, "dataSource":"db", "y": [1]}}'
    workspace = open_app(tmp_path, datasources=DATASOURCES, model_config=text)
    applied(workspace, bind(workspace, "Email", "my-mail"))
    assert workspace.documents[FILE].text == text.replace('"db"', '"my-mail"')


def test_binding_a_new_model_adds_it_and_creates_the_file(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources=DATASOURCES)
    workspace.apply(bind(workspace, "Email", "my-mail"))
    assert workspace.documents[FILE].value() == {"Email": {"dataSource": "my-mail"}}
    assert states(workspace) == {"Email": ("Sends mail", True)}
    assert workspace.save() == [FILE]
    assert (tmp_path / "server" / FILE).is_file()


def test_binding_to_nothing_writes_null(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={}, model_config={"Email": "odd"})
    values = applied(workspace, bind(workspace, "Email", None))
    assert values[FILE] == {"Email": {"dataSource": None}}


def test_public_can_be_written_and_taken_away(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={}, model_config={"Email": {"dataSource": "x"}})
    values = applied(workspace, set_public(workspace, "Email", False))
    assert values[FILE]["Email"] == {"dataSource": "x", "public": False}
    values = applied(workspace, set_public(workspace, "Email", None))
    assert values[FILE]["Email"] == {"dataSource": "x"}
    assert set_public(workspace, "Email", None) == []


def test_unbinding_removes_the_entry(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={}, model_config={"Email": {}, "User": {}})
    assert applied(workspace, unbind(workspace, "Email"))[FILE] == {"User": {}}
    assert unbind(workspace, "Email") == []


@pytest.mark.parametrize("model", ["", "_meta", "a\nb"])
def test_what_is_no_model_gets_a_sentence(tmp_path: Path, model: str) -> None:
    workspace = open_app(tmp_path, datasources={}, model_config={"_meta": {}})
    with pytest.raises(EditError, match=r"\.$"):
        bind(workspace, model, "mail")


def test_every_binding_of_the_corpus_has_a_state(corpus: Path) -> None:
    seen: set[str] = set()
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        for binding in list_bindings(Workspace.open(folder).snapshot(), "development"):
            seen.add(binding.state)
    assert {"Sends mail", "Not a mail data source", "Model not found"} <= seen
