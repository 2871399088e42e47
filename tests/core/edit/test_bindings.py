"""model-config.json: changing which model uses which data source."""

from pathlib import Path

import pytest

from app_builder import applied, mail, make_app, transport
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.bindings import (
    bind,
    set_public,
    unbind,
    users_of,
)
from loopmail.core.errors import EditError

FILE = "model-config.json"
DATASOURCES = {"my-mail": mail(transport(host="a"), name="my-mail"), "db": {"connector": "memory"}}


def open_app(folder: Path, **files: object) -> Workspace:
    return Workspace.open(make_app(folder, **files))


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
