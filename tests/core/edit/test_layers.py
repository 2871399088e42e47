"""Making, emptying and copying between the layers of the data sources."""

from pathlib import Path

import pytest

from app_builder import applied, make_app
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.layers import (
    all_layers,
    copy_values,
    create_layer,
    empty_layer,
    layer_refused,
)
from loopmail.core.errors import EditError
from loopmail.core.js import Json
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.transport import Transport
from loopmail.core.loopback.variables import Variables

BASE, LOCAL, PROD = (f"datasources{part}.json" for part in ("", ".local", ".production"))


def open_app(folder: Path, base: Json, production: Json | None = None) -> Workspace:
    files = {"datasources": {"mail": {"connector": "mail", "transports": [base]}}}
    if production is not None:
        files["datasources_production"] = {"mail": {"transports": [production]}}
    return Workspace.open(make_app(folder, **files))


def seen(workspace: Workspace, file: str, variables: Variables | None = None) -> Transport:
    snapshot = workspace.snapshot()
    versions = workspace.app.versions
    loaded = effective(snapshot, "production", variables or Variables(), versions)
    return Transport(snapshot, file, "mail", 0, loaded=loaded.datasources["mail"])


def test_a_value_in_use_goes_to_another_layer(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, {"type": "smtp", "host": "a"}, {"host": "b", "port": 25})
    changes = copy_values(workspace, seen(workspace, BASE), ["/host", "/port"], LOCAL)
    written = applied(workspace, changes)[LOCAL]["mail"]
    assert written == {"transports": [{"host": "b", "port": 25}]}


def test_a_variable_goes_by_its_name(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, {"type": "smtp", "host": "${HOST}"})
    source = seen(workspace, BASE, Variables(environment={"HOST": "smtp.example.com"}))
    changes = copy_values(workspace, source, ["/host"], PROD)
    assert applied(workspace, changes)[PROD]["mail"] == {"transports": [{"host": "${HOST}"}]}


def test_what_is_not_given_here_is_taken_away_there(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, {"type": "smtp", "host": "a"}, {"port": 25, "secure": True})
    snapshot = workspace.snapshot()
    source = Transport(snapshot, BASE, "mail", 0)
    changes = copy_values(workspace, source, ["/host", "/secure"], PROD)
    written = applied(workspace, changes)[PROD]["mail"]["transports"]
    assert written == [{"port": 25, "host": "a"}]


def test_the_layers_of_all_environments_are_offered(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, {"type": "smtp"}, {})
    assert all_layers(workspace.snapshot(), "test") == (
        *(BASE, LOCAL, "datasources.test.json"),
        *("datasources.development.json", PROD),
    )


@pytest.mark.parametrize("env", ["production", "local", "a b", "", "../x", "bak"])
def test_a_layer_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, env: str) -> None:
    workspace = open_app(tmp_path, {"type": "smtp"}, {})
    sentence = layer_refused(workspace.snapshot(), env)
    assert sentence
    assert sentence.endswith(".")
    with pytest.raises(EditError):
        create_layer(workspace, env)


def test_a_layer_is_made_at_save_and_gone_by_undo(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, {"type": "smtp"})
    undo = workspace.apply(create_layer(workspace, "staging"))
    path = workspace.app.server / "datasources.staging.json"
    assert not path.exists()
    assert workspace.snapshot().values["datasources.staging.json"] == {}
    workspace.save()
    assert path.read_text(encoding="utf-8").strip() == "{}"
    again = open_app(tmp_path / "other", {"type": "smtp"})
    again.apply(again.apply(create_layer(again, "staging")))
    assert "datasources.staging.json" not in again.documents
    assert undo


def test_an_emptied_layer_says_nothing_and_undo_brings_its_bytes_back(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, {"type": "smtp", "host": "a"}, {"host": "b"})
    before = workspace.document(PROD).text
    undo = workspace.apply(empty_layer(workspace, PROD))
    assert workspace.snapshot().values[PROD] == {}
    assert seen(workspace, BASE).effective("/host") == "a"
    workspace.apply(undo)
    assert workspace.document(PROD).text == before
    with pytest.raises(EditError):
        empty_layer(workspace, BASE)
