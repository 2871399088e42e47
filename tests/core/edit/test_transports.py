"""Adding and removing transports without breaking LoopBack's merge."""

from pathlib import Path

import pytest

from app_builder import applied, mail, make_app, transport
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.datasources import add_transport, remove_transport
from loopmail.core.errors import EditError
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.variables import Variables

BASE = "datasources.json"


def open_app(folder: Path, **files: object) -> Workspace:
    return Workspace.open(make_app(folder, **files))


def boots(workspace: Workspace, env: str) -> bool:
    snapshot = workspace.snapshot()
    return effective(snapshot, env, Variables(), snapshot.app.versions).error is None


def test_a_transport_is_appended(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": mail(transport(host="a"))})
    values = applied(workspace, add_transport(workspace, BASE, "mail"))
    assert values[BASE]["mail"]["transports"] == [transport(host="a"), {"type": "smtp"}]


def test_a_single_transport_becomes_the_first_of_a_list_as_it_was_written(tmp_path: Path) -> None:
    text = '{"mail": {"connector": "mail", "transport": {"host":"a",  "port": 2.50e1}}}'
    workspace = open_app(tmp_path, datasources=text)
    values = applied(workspace, add_transport(workspace, BASE, "mail"))
    assert values[BASE]["mail"]["transports"] == [{"host": "a", "port": 25}, {"type": "smtp"}]
    assert "transport" not in values[BASE]["mail"]
    assert '{"host":"a",  "port": 2.50e1}' in workspace.documents[BASE].text


def test_a_list_called_transport_is_mended_on_the_way(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path, datasources={"mail": {"connector": "mail", "transport": [{"host": "a"}]}}
    )
    values = applied(workspace, add_transport(workspace, BASE, "mail"))
    assert values[BASE]["mail"]["transports"] == [{"host": "a"}, {"type": "smtp"}]


def test_layers_stay_of_the_same_length_so_that_loopback_starts(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"mail": mail(transport(host="a"))},
        datasources_local={"mail": {"transports": [{"port": 1}]}},
        datasources_production={"mail": {"transports": [{"port": 2}]}},
        datasources_staging={"mail": {"debug": True}},
    )
    for file in (BASE, "datasources.production.json"):
        values = applied(workspace, add_transport(workspace, file, "mail"))
        assert boots(workspace, "production")
        assert boots(workspace, "staging")
    assert values["datasources.production.json"]["mail"]["transports"] == [{"port": 2}, {}, {}]
    assert values["datasources.staging.json"] == {"mail": {"debug": True}}
    pointer = "/mail/transports/1"
    values = applied(workspace, remove_transport(workspace, "datasources.local.json", pointer))
    assert boots(workspace, "production")
    assert values["datasources.local.json"]["mail"]["transports"] == [{"port": 1}, {}]


def test_environments_that_list_their_own_transports_are_independent(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"mail": {"connector": "mail"}},
        datasources_production={"mail": {"transports": [{"host": "a"}, {"host": "b"}]}},
        datasources_staging={"mail": {"transports": [{"host": "c"}]}},
    )
    values = applied(workspace, add_transport(workspace, "datasources.staging.json", "mail"))
    assert len(values["datasources.staging.json"]["mail"]["transports"]) == 2
    assert len(values["datasources.production.json"]["mail"]["transports"]) == 2


def test_a_first_transport_in_the_base_that_would_break_an_environment_is_refused(
    tmp_path: Path,
) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"mail": {"connector": "mail"}},
        datasources_production={"mail": {"transports": [{"host": "a"}, {"host": "b"}]}},
    )
    with pytest.raises(EditError, match=r"datasources\.production\.json lists 2 transports"):
        add_transport(workspace, BASE, "mail")


def test_a_first_transport_in_the_base_fits_environments_with_one(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"mail": {"connector": "mail"}},
        datasources_production={"mail": {"transports": [{"host": "a"}]}},
    )
    applied(workspace, add_transport(workspace, BASE, "mail"))
    assert boots(workspace, "production")


def test_the_last_transport_may_go(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": mail(transport(host="a"))})
    values = applied(workspace, remove_transport(workspace, BASE, "/mail/transports/0"))
    assert values[BASE]["mail"]["transports"] == []


def test_a_single_transport_may_go(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": {"transport": {"host": "a"}}})
    values = applied(workspace, remove_transport(workspace, BASE, "/mail/transport"))
    assert values[BASE] == {"mail": {}}


def test_a_transport_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": mail()})
    with pytest.raises(EditError, match="no transport at /mail/transports/3"):
        remove_transport(workspace, BASE, "/mail/transports/3")
