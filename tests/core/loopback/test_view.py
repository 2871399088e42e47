"""What LoopBack makes of an app as a whole: whether it starts, and what a message takes."""

import json
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import UsageError
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView, BootError

SMTP = transport(host="smtp.example.com")
GOOD = {"emailDs": mail(SMTP, name="emailDs")}
NO_MODULE = "Cannot find module 'nodemailer-ses-transport'"


def view(folder: Path, versions: Versions = LOOPBACK_3, **files: Any) -> AppView:
    snapshot = Workspace.open(make_app(folder, **files)).snapshot()
    return AppView(snapshot, "development", Variables(), versions)


def failed(folder: Path, sources: dict[str, Any], versions: Versions = LOOPBACK_3) -> str | None:
    error = view(folder, versions, datasources={**GOOD, **sources}).boot_error
    return None if error is None else error.text.partition("\n\n")[0]


@pytest.mark.parametrize(
    ("connector", "versions", "named"),
    [
        ("mail", LOOPBACK_3, "spare"),
        ("mail", LOOPBACK_2, "MailConnector"),
        ("loopback/lib/connectors/mail", LOOPBACK_3, "loopback/lib/connectors/mail"),
        ("loopback/lib/connectors/mail", LOOPBACK_2, "MailConnector"),
    ],
)
def test_a_connector_that_throws_is_named_as_that_loopback_names_it(
    tmp_path: Path, connector: str, versions: Versions, named: str
) -> None:
    sources = {**GOOD, "spare": {"connector": connector, "transports": [{"type": "ses"}]}}
    text = f'Cannot create data source "spare": Cannot initialize connector "{named}": {NO_MODULE}'
    found = view(tmp_path, versions, datasources=sources).boot_error
    assert found == BootError(text, "MODULE_NOT_FOUND", "spare")


def test_the_first_data_source_that_fails_decides(tmp_path: Path) -> None:
    sources = {
        "b": {"connector": "Mail"},
        "a": mail({"type": "ses"}),
        "c": {"connector": "memory", "defaultForType": "db"},
    }
    found = view(tmp_path, datasources=sources).boot_error
    assert found is not None
    assert found.datasource == "b"
    assert 'LoopBack connector "Mail" is not installed' in found.text


@pytest.mark.parametrize(
    "settings",
    [
        {"connector": "memory"},
        {"connector": "Memory"},
        {"connector": "transient"},
        {"connector": "kv-memory"},
        {"connector": "remote"},
        {"connector": "fs"},
        {"connector": 5},
        {"connector": ["mail"]},
        {"connector": True},
        {"adapter": "memory"},
        {"initialize": True},
        {"connector": "mail", "url": "smtp://x"},
        {"connector": "./mail"},
    ],
)
@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3], ids=("2", "3"))
def test_these_connectors_stop_no_start(
    tmp_path: Path, settings: dict[str, Any], versions: Versions
) -> None:
    assert failed(tmp_path, {"db": settings}, versions) is None


@pytest.mark.parametrize("settings", [{}, {"connector": None}, {"connector": ""}, {"url": "x"}])
def test_without_connector_only_loopback_2_starts(tmp_path: Path, settings: dict[str, Any]) -> None:
    assert failed(tmp_path / "2", {"db": settings}, LOOPBACK_2) is None
    assert 'connector "db" is not installed' in str(failed(tmp_path / "3", {"db": settings}))
    assert failed(tmp_path / "memory", {"memory": settings}) is None
    assert failed(tmp_path / "mail", {"mail": settings}) is not None


def test_a_connector_of_others_is_missed_only_where_the_packages_are_installed(
    tmp_path: Path,
) -> None:
    sources = {"db": {"connector": "mysql"}, "shop": {"connector": "@tea/shop/lib/connector"}}
    assert failed(tmp_path, sources) is None
    modules = tmp_path / "node_modules"
    juggler = modules / "loopback-datasource-juggler" / "lib"
    juggler.mkdir(parents=True)
    (juggler / "datasource.js").write_text("")
    assert 'connector "mysql" is not installed' in str(failed(tmp_path, sources))
    (modules / "loopback-connector-mysql").mkdir()
    assert 'connector "@tea/shop/lib/connector" is not' in str(failed(tmp_path, sources))
    sources = {**GOOD, **sources}
    make_app(tmp_path, datasources=sources)
    package = {"name": "shop", "devDependencies": {"@tea/shop": "1"}}
    (tmp_path / "package.json").write_text(json.dumps(package))
    snapshot = Workspace.open(tmp_path).snapshot()
    assert AppView(snapshot, None, Variables(), LOOPBACK_3).boot_error is None


def test_hoisted_packages_are_found(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "loopback-connector-tea").mkdir(parents=True)
    assert failed(tmp_path / "packages" / "api", {"tea": {"url": "x"}}) is None


def test_what_a_script_may_change_is_not_held_against_the_app(tmp_path: Path) -> None:
    models = {"Email": {"dataSource": "elsewhere"}}
    folder = make_app(tmp_path, datasources={**GOOD, "loose": {}}, model_config=models)
    (folder / "server" / "datasources.development.js").write_text("module.exports = {};")
    snapshot = Workspace.open(folder).snapshot()
    assert AppView(snapshot, "development", Variables(), LOOPBACK_3).boot_error is None
    assert AppView(snapshot, None, Variables(), LOOPBACK_3).boot_error is not None


@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3], ids=("2", "3"))
def test_a_binding_is_looked_up_by_the_names_loopback_registers(
    tmp_path: Path, versions: Versions
) -> None:
    sources = {"my-mail": mail(SMTP)}
    for number, name in enumerate(("my-mail", "myMail", "MyMail", "")):
        models = {"Email": {"dataSource": name}}
        seen = view(tmp_path / str(number), versions, datasources=sources, model_config=models)
        assert seen.boot_error is None
        assert seen.default_datasource() == "my-mail"
    models = {"Email": {"dataSource": "mymail"}}
    text = 'Email is referencing a dataSource that does not exist: "mymail"'
    seen = view(tmp_path / "other", versions, datasources=sources, model_config=models)
    assert seen.boot_error == BootError(text, "ERR_ASSERTION")


def test_the_layers_error_is_the_apps(tmp_path: Path) -> None:
    local = {"emailDs": {"transports": [SMTP, SMTP]}}
    seen = view(tmp_path, datasources=GOOD, datasources_local=local)
    assert seen.boot_error == BootError(seen.effective.error or "")


def test_only_what_gets_the_mail_connector_can_be_tested(tmp_path: Path) -> None:
    sources = {"loose": {"transports": [SMTP]}, **GOOD, "db": {"connector": "memory"}}
    seen = view(tmp_path, LOOPBACK_2, datasources=sources)
    assert list(seen.mail) == list(seen.plans) == ["emailDs"]
    assert seen.default_datasource() == "emailDs"
    for name in ("loose", "db", "gone"):
        with pytest.raises(UsageError, match="those for mail are: emailDs"):
            seen.default_datasource(name)


def test_transports_are_chosen_by_the_names_that_send_knows(tmp_path: Path) -> None:
    several = mail(
        transport(alias="a", auth={"user": "a@example.com"}),
        transport(url="smtps://b%40example.com:x@smtp.example.com"),
        {"host": "localhost"},
        transport(alias=5, auth={"user": "nobody"}),
    )
    seen = view(tmp_path, datasources={"mail": several, "one": mail(SMTP)})
    assert seen.transport_names("mail") == ["a", "smtp", None, "5"]
    assert seen.aliases("mail") == ["a", "smtp", "5"]
    assert seen.aliases("one") == seen.aliases("gone") == []
    users = [seen.mail_user("mail", name) for name in ("a", "smtp", "5", None)]
    assert users == ["a@example.com", "b@example.com", "", ""]


def test_a_fresh_look_sees_what_was_installed_meanwhile(tmp_path: Path) -> None:
    seen = view(tmp_path, datasources={"mail": mail({"type": "ses"})})
    assert seen.boot_error is not None
    (tmp_path / "node_modules" / "nodemailer-ses-transport").mkdir(parents=True)
    fresh = seen.again()
    assert fresh.boot_error is None
    assert fresh.effective is seen.effective


# --- What Node's own variables change -------------------------------------------------


def in_environment(folder: Path, **environment: str) -> AppView:
    snapshot = Workspace.open(make_app(folder, datasources=GOOD)).snapshot()
    return AppView(snapshot, "development", Variables(environment=environment), LOOPBACK_3)


def test_a_plan_is_kept_for_each_environment_of_node(tmp_path: Path) -> None:
    off = in_environment(tmp_path, NODE_TLS_REJECT_UNAUTHORIZED="0")
    on = in_environment(tmp_path)
    assert [one.plans["emailDs"].transports[0].verify for one in (off, on, off)] == [
        False,
        True,
        False,
    ]


def test_a_relative_file_of_authorities_is_in_the_current_folder_or_the_apps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, app = tmp_path / "here", tmp_path / "app"
    here.mkdir()
    monkeypatch.chdir(here)

    def found() -> str:
        return in_environment(app, NODE_EXTRA_CA_CERTS="ca.pem").node.extra_ca

    assert found() == str(here / "ca.pem")
    (app / "ca.pem").write_text("")
    assert found() == str(app / "ca.pem")
    (here / "ca.pem").write_text("")
    assert found() == str(here / "ca.pem")


def test_options_that_node_refuses_stop_the_start(tmp_path: Path) -> None:
    found = in_environment(tmp_path, NODE_OPTIONS="--tls-min-v1.3 --tls-max-v1.2").boot_error
    says = "node: either --tls-min-v1.3 or --tls-max-v1.2 can be used, not both"
    assert found == BootError(says)
