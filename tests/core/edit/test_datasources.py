"""Data sources over all layers: listing, adding, copying, renaming, removing."""

from pathlib import Path

import pytest

from app_builder import applied, mail, make_app, transport
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.datasources import (
    add_mail_datasource,
    duplicate_datasource,
    remove_datasource,
    rename_datasource,
    valid_name,
)
from loopmail.core.errors import EditError
from loopmail.core.loopback.datasources import (
    camelize,
    classify,
    list_datasources,
    registered_key,
    registered_names,
    transports,
)

DB = {"name": "db", "connector": "memory"}


def open_app(folder: Path, **files: object) -> Workspace:
    return Workspace.open(make_app(folder, **files))


def test_mail_data_sources_are_listed_first_with_their_host(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"db": DB, "mail": mail(transport(host="smtp.example.com"))},
        datasources_production={"mail": {"transports": [{"port": 25}]}},
    )
    first, second = list_datasources(workspace.snapshot())
    assert (first.name, first.detail, first.is_mail) == ("mail", "smtp.example.com", True)
    assert first.files == ("datasources.json", "datasources.production.json")
    assert (second.name, second.detail, second.is_mail) == ("db", "memory", False)


def test_a_data_source_is_for_mail_when_any_layer_says_so(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"mail": {"connector": "memory"}},
        datasources_local={"mail": {"connector": "mail"}},
    )
    (info,) = list_datasources(workspace.snapshot())
    assert info.is_mail
    assert info.connector == "mail"


@pytest.mark.parametrize(
    ("part", "detail"),
    [
        ({"connector": "mail", "transports": []}, "no transport"),
        ({"connector": "mail", "transports": [{"type": "smtp"}]}, "no host"),
        ({"connector": "mail", "transports": [{"type": "STUB"}]}, "STUB"),
        ({"connector": "mail", "transport": {"host": "a.example"}}, "a.example"),
        ({"connector": "mail", "transports": [{"service": "Gmail", "host": "x"}]}, "Gmail"),
        (
            {"connector": "mail", "transports": [{"url": "smtps://u:secret@h.example:465"}]},
            "h.example",
        ),
        ({"connector": "mail", "transports": [{"url": "http://["}]}, "a URL"),
        ({"connector": "mail", "transports": [{"host": "a"}, {"host": "b"}]}, "a and 1 more"),
        ({"connector": "mail", "transports": "nonsense"}, "no transport"),
        ({"connector": "mail", "transports": [None]}, "no host"),
    ],
)
def test_the_second_line_says_where_mail_goes(
    tmp_path: Path, part: dict[str, object], detail: str
) -> None:
    (info,) = list_datasources(open_app(tmp_path, datasources={"m": part}).snapshot())
    assert info.detail == detail


def test_without_a_connector_the_name_mail_and_transports_count_as_mail(tmp_path: Path) -> None:
    snapshot = open_app(
        tmp_path, datasources={"mail": {}, "other": {}, "x": {"transports": []}}
    ).snapshot()
    assert [info.name for info in list_datasources(snapshot) if info.is_mail] == ["mail", "x"]


def test_a_data_source_that_is_no_object_is_listed_as_broken(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": "smtp.example.com"})
    (info,) = list_datasources(workspace.snapshot())
    assert info.broken is not None
    assert "not an object" in info.broken


@pytest.mark.parametrize("text", ["[]", "null", "3", '"x"'])
def test_a_root_that_is_no_object_lists_nothing(tmp_path: Path, text: str) -> None:
    assert list_datasources(open_app(tmp_path, datasources=text).snapshot()) == []


def test_transports_carry_pointer_and_label() -> None:
    value = {"a/b": {"transports": [{"alias": "x", "host": "h"}, {"host": "h"}, {}, None]}}
    found = transports(value, "a/b")
    assert [info.label for info in found] == ["x", "h", "Transport 3", "Transport 4"]
    assert found[1].pointer == "/a~1b/transports/1"
    (single,) = transports({"m": {"transport": {"host": "h"}}}, "m")
    assert single.pointer == "/m/transport"
    assert transports([], "m") == []
    assert transports({"m": 3}, "m") == []


def test_a_new_mail_data_source_has_one_empty_smtp_transport(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"db": DB})
    values = applied(workspace, add_mail_datasource(workspace, "datasources.json", "mail"))
    assert values["datasources.json"] == {"db": DB, "mail": mail({"type": "smtp"})}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "needs a name"),
        ("a/b", "“/”"),
        ("a b", "blanks"),
        ("a\x00b", "control characters"),
        ("a\nb", "control characters"),
        ("a\ud800b", "control characters"),
        ("a.b", "“.”"),
        ('a"b', '“"”'),
        ("x" * 300, "200 characters"),
        ("__proto__", "JavaScript"),
        ("constructor", "JavaScript"),
        ("db", "already"),
        ("my_mail", "could not tell"),
        ("MyMail", "could not tell"),
    ],
)
def test_names_that_cannot_be_used_get_a_sentence(tmp_path: Path, name: str, reason: str) -> None:
    workspace = open_app(tmp_path, datasources={"db": DB, "my-mail": {}})
    sentence = valid_name(workspace.snapshot(), name)
    assert sentence is not None
    assert reason in sentence
    with pytest.raises(EditError, match="."):
        add_mail_datasource(workspace, "datasources.json", name)


@pytest.mark.parametrize("name", ["mail", "my-mail2", "E_Mail", "почта", "1"])
def test_names_that_loopback_accepts_are_accepted(tmp_path: Path, name: str) -> None:
    assert valid_name(open_app(tmp_path, datasources={"db": DB}).snapshot(), name) is None


def test_loopback_knows_a_data_source_under_three_names() -> None:
    assert registered_names("my-mail") == ("my-mail", "MyMail", "myMail")
    assert camelize(" a-b_c d ") == "aBCD"
    assert classify("e-mail.v2") == "EMailV2"
    assert registered_key(["my-mail", "db"], "MyMail") == "my-mail"
    assert registered_key(["my-mail", "db"], "mymail") is None


def test_a_copy_has_its_own_name_and_the_same_text(tmp_path: Path) -> None:
    text = '{"mail": {"name": "mail",  "connector": "mail", "x": 1.50}}\n'
    workspace = open_app(
        tmp_path, datasources=text, datasources_local={"mail": {"debug": True}}, config="{}"
    )
    values = applied(workspace, duplicate_datasource(workspace, "mail", "mail2"))
    assert values["datasources.json"]["mail2"]["name"] == "mail2"
    assert values["datasources.json"]["mail"]["name"] == "mail"
    assert values["datasources.local.json"] == {"mail": {"debug": True}, "mail2": {"debug": True}}
    assert workspace.documents["datasources.json"].text.count("1.50") == 2


def test_renaming_takes_layers_inner_name_and_bindings_along(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"my-mail": mail(name="my-mail"), "db": DB},
        datasources_production={"my-mail": {"name": "other"}},
        model_config={
            "_meta": {"sources": []},
            "Email": {"dataSource": "my-mail", "public": False},
            "News": {"dataSource": "MyMail"},
            "User": {"dataSource": "db"},
        },
        model_config_production={"Email": {"dataSource": "my-mail"}},
    )
    values = applied(workspace, rename_datasource(workspace, "my-mail", "post"))
    assert list(values["datasources.json"]) == ["post", "db"]
    assert values["datasources.json"]["post"]["name"] == "post"
    assert values["datasources.production.json"] == {"post": {"name": "other"}}
    assert values["model-config.json"]["Email"] == {"dataSource": "post", "public": False}
    assert values["model-config.json"]["News"] == {"dataSource": "post"}
    assert values["model-config.json"]["User"] == {"dataSource": "db"}
    assert values["model-config.production.json"] == {"Email": {"dataSource": "post"}}


def test_renaming_may_change_only_the_case(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"Mail": mail(name="Mail")})
    values = applied(workspace, rename_datasource(workspace, "Mail", "mail"))
    assert list(values["datasources.json"]) == ["mail"]
    assert rename_datasource(workspace, "mail", "mail") == []


def test_an_old_hostile_name_can_be_renamed_away(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"a/b~c d": mail(name="a/b~c d")})
    values = applied(workspace, rename_datasource(workspace, "a/b~c d", "mail"))
    assert values["datasources.json"] == {"mail": mail()}


def test_removing_leaves_no_binding_behind(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path,
        datasources={"mail": mail(), "db": DB},
        datasources_local={"mail": {}},
        model_config={"Email": {"dataSource": "mail", "public": True}},
    )
    values = applied(workspace, remove_datasource(workspace, "mail"))
    assert values["datasources.json"] == {"db": DB}
    assert values["datasources.local.json"] == {}
    assert values["model-config.json"] == {"Email": {"dataSource": None, "public": True}}


def test_nothing_is_half_renamed_while_a_layer_is_broken(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": mail()}, datasources_production="{,}")
    with pytest.raises(EditError, match=r"datasources\.production\.json"):
        rename_datasource(workspace, "mail", "post")
    with pytest.raises(EditError, match=r"datasources\.production\.json"):
        remove_datasource(workspace, "mail")
    with pytest.raises(EditError, match=r"datasources\.production\.json"):
        duplicate_datasource(workspace, "mail", "post")


def test_an_unknown_data_source_gets_a_sentence(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": mail()})
    with pytest.raises(EditError, match="no data source “post”"):
        rename_datasource(workspace, "post", "x")


def test_every_app_of_the_corpus_can_be_listed_and_renamed(corpus: Path) -> None:
    renamed = 0
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        workspace = Workspace.open(folder)
        if workspace.snapshot().errors:
            continue
        for info in list_datasources(workspace.snapshot()):
            if info.is_mail:
                applied(workspace, rename_datasource(workspace, info.name, "renamedMail"))
                names = [i.name for i in list_datasources(workspace.snapshot())]
                assert "renamedMail" in names
                assert info.name not in names
                renamed += 1
                break
    assert renamed > 30
