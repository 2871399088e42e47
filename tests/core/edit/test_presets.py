"""Providers: the data, and what applying one writes."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app_builder import applied, mail, make_app, transport
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.presets import (
    Preset,
    apply_preset,
    find_preset,
    load_presets,
    preset_of,
)
from loopmail.core.errors import EditError, UsageError
from loopmail.core.js import Json
from loopmail.core.loopback.datasources import list_datasources
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.variables import Variables
from loopmail.core.nodemailer import plan_datasource

BASE = "datasources.json"
GMAIL = {
    "type": "smtp",
    "host": "smtp.gmail.com",
    "port": 465,
    "secure": True,
    "auth": {"user": "me@gmail.com", "pass": ""},
}


def open_app(folder: Path, **files: object) -> Workspace:
    return Workspace.open(make_app(folder, **files))


def use(workspace: Workspace, preset: str, file: str = BASE, **keys: Any) -> dict[str, Any]:
    return applied(workspace, apply_preset(workspace, file, "mail", find_preset(preset), **keys))


def first(values: dict[str, Any], file: str = BASE) -> Json:
    return values[file]["mail"]["transports"][0]


def test_gmail_comes_first_and_at_least_twenty_others_follow_by_name() -> None:
    presets = load_presets()
    assert presets[0].id == "gmail"
    assert len(presets) > 20
    names = [preset.name.casefold() for preset in presets[1:]]
    assert names == sorted(names)


def test_ids_aliases_and_hosts_are_unique() -> None:
    presets = load_presets()
    ids = [name for preset in presets for name in (preset.id, *preset.aliases)]
    hosts = [host for preset in presets for host in (preset.host, *preset.hosts)]
    domains = [domain for preset in presets for domain in preset.domains]
    for words in (ids, hosts, domains):
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.id)
def test_each_preset_is_complete_and_consistent(preset: Preset) -> None:
    assert date.fromisoformat(preset.advice_date) >= date(2026, 1, 1)
    assert preset.advice.endswith(".")
    assert preset.help_url.startswith("https://")
    assert re.fullmatch(r"[a-z0-9.-]+", preset.id)
    assert preset.secure == (preset.port == 465)
    assert preset.secure or preset.require_tls or not preset.auth
    assert not (preset.secure and preset.require_tls)


@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3], ids=["LoopBack 2", "LoopBack 3"])
@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.id)
def test_each_preset_leads_loopback_to_an_encrypted_session(
    tmp_path: Path, preset: Preset, versions: Versions
) -> None:
    workspace = open_app(tmp_path, datasources={})
    workspace.apply(apply_preset(workspace, BASE, "mail", preset, user="me"))
    loaded = effective(workspace.snapshot(), None, Variables(), versions)
    (plan,) = plan_datasource(loaded.datasources["mail"].settings, versions).transports
    assert (plan.outcome, plan.host, plan.port) == ("smtp", preset.host, preset.port)
    secure = "implicit" if preset.secure else "starttls-required"
    assert plan.tls == (secure if preset.auth else "starttls-if-offered")


def test_gmail_writes_exactly_what_the_contract_says_into_a_new_data_source(
    tmp_path: Path,
) -> None:
    workspace = open_app(tmp_path, datasources={"db": {"connector": "memory"}})
    values = use(workspace, "gmail", user="me@gmail.com")
    assert values[BASE]["mail"] == mail(GMAIL)
    assert list(first(values)) == list(GMAIL)
    assert list(values[BASE]) == ["db", "mail"]


def test_other_keys_user_and_password_stay(tmp_path: Path) -> None:
    before = transport(
        host="old",
        port="25",
        tls={"rejectUnauthorized": False},
        auth={"user": "me", "pass": "${P}", "x": 1},
        ignoreTLS=True,
        pool=True,
    )
    workspace = open_app(tmp_path, datasources={"mail": {**mail(before), "debug": True}})
    values = use(workspace, "gmail")
    assert first(values) == {
        **before,
        "host": "smtp.gmail.com",
        "port": 465,
        "secure": True,
    }
    assert values[BASE]["mail"]["debug"] is True
    assert first(use(workspace, "gmail", user="you"))["auth"]["user"] == "you"


def test_applying_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={})
    use(workspace, "gmail", user="me@gmail.com")
    assert apply_preset(workspace, BASE, "mail", find_preset("gmail")) == []


def test_only_the_values_change_in_the_text(tmp_path: Path) -> None:
    text = (
        '{"mail":{"connector":"mail","transports":[{\n\t"type":"SMTP", "host" :"old",\n'
        '\t"port":25,"secure":false,"auth":{"user":"u","pass":"p"}, "n":1.50}]}}'
    )
    workspace = open_app(tmp_path, datasources=text)
    use(workspace, "gmail")
    expected = text.replace('"SMTP"', '"smtp"').replace('"old"', '"smtp.gmail.com"')
    expected = expected.replace("25,", "465,").replace("false", "true")
    assert workspace.documents[BASE].text == expected


def test_what_would_overrule_the_preset_goes(tmp_path: Path) -> None:
    before = transport(
        service="Yahoo", url="smtp://x", ignoreTLS=True, opportunisticTLS=True, requireTLS=False
    )
    workspace = open_app(tmp_path, datasources={"mail": mail(before)})
    values = use(workspace, "outlook", user="me@outlook.com")
    assert set(first(values)) == {"type", "host", "port", "secure", "requireTLS", "auth"}
    assert first(values)["requireTLS"] is True


def test_a_local_catcher_needs_neither_sign_in_nor_tls(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={})
    use(workspace, "office365", user="me@example.com")
    values = use(workspace, "MailHog")
    assert first(values) == {
        "type": "smtp",
        "host": "127.0.0.1",
        "port": 1025,
        "secure": False,
    }


def test_a_user_name_that_everybody_has_is_filled_in(tmp_path: Path) -> None:
    values = use(open_app(tmp_path, datasources={}), "sendgrid")
    assert first(values)["auth"] == {"user": "apikey", "pass": ""}


def test_a_layer_overrules_what_the_base_says_and_inherits_the_sign_in(tmp_path: Path) -> None:
    production = "datasources.production.json"
    workspace = open_app(
        tmp_path,
        datasources={
            "mail": mail(
                transport(service="Yahoo", requireTLS=True, auth={"user": "u", "pass": "p"}),
                transport(host="second"),
            )
        },
    )
    values = use(workspace, "gmail", production)
    assert values[production] == {
        "mail": {
            "transports": [
                transport(host="smtp.gmail.com", port=465, secure=True, service=""),
                {},
            ]
        }
    }
    assert apply_preset(workspace, production, "mail", find_preset("gmail")) == []
    values = use(workspace, "mailpit", production)
    assert first(values, production)["auth"] is None
    assert first(values, production)["requireTLS"] is False
    snapshot = workspace.snapshot()
    loaded = effective(snapshot, "production", Variables(), LOOPBACK_3)
    assert loaded.error is None
    plan = plan_datasource(loaded.datasources["mail"].settings, LOOPBACK_3).transports[0]
    assert (plan.host, plan.port, plan.auth.kind) == ("127.0.0.1", 1025, "none")


def test_a_list_called_transport_is_mended(tmp_path: Path) -> None:
    workspace = open_app(
        tmp_path, datasources={"mail": {"connector": "mail", "transport": [{"x": 1}]}}
    )
    values = use(workspace, "gmail")
    assert first(values)["x"] == 1
    assert "transport" not in values[BASE]["mail"]


def test_a_single_transport_is_filled_in_where_it_stands(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": {"connector": "mail", "transport": {}}})
    values = use(workspace, "gmail", user="me@gmail.com")
    assert values[BASE]["mail"]["transport"] == GMAIL


@pytest.mark.parametrize("item", [None, "smtp", 3, []])
def test_a_transport_that_is_no_object_is_replaced(tmp_path: Path, item: Json) -> None:
    datasources = {"mail": {"connector": "mail", "transports": [item]}}
    workspace = open_app(tmp_path, datasources=datasources)
    assert first(use(workspace, "gmail", user="me@gmail.com")) == GMAIL


def test_a_second_transport_can_be_filled_in_and_appended(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={"mail": mail(transport(host="a"))})
    values = use(workspace, "gmail", transport=1, user="me@gmail.com")
    assert values[BASE]["mail"]["transports"] == [transport(host="a"), GMAIL]
    with pytest.raises(EditError, match="no transport number 4"):
        use(workspace, "gmail", transport=3)


@pytest.mark.parametrize(
    ("datasource", "reason"),
    [
        ({"connector": "memory"}, "connector “memory”"),
        ("smtp", "not an object"),
        ({"connector": "mail", "transports": "x"}, "is not a list"),
    ],
)
def test_what_cannot_be_a_mail_data_source_gets_a_sentence(
    tmp_path: Path, datasource: Json, reason: str
) -> None:
    workspace = open_app(tmp_path, datasources={"mail": datasource})
    with pytest.raises(EditError, match=reason):
        use(workspace, "gmail")


def test_a_hostile_name_is_refused(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources={})
    with pytest.raises(EditError, match="cannot hold “/”"):
        apply_preset(workspace, BASE, "a/mail", find_preset("gmail"))


def test_presets_are_found_by_id_alias_name_host_and_address() -> None:
    assert find_preset(" GMAIL ").id == "gmail"
    assert find_preset("hotmail").id == "outlook"
    assert find_preset("Fastmail").id == "fastmail"
    with pytest.raises(UsageError, match=r"no preset “nope”; the presets are gmail, "):
        find_preset("nope")
    assert preset_of("SMTP.gmail.com.") == find_preset("gmail")
    assert preset_of("mail.messagingengine.com") == find_preset("fastmail")
    assert preset_of("127.0.0.1") is None
    assert preset_of("localhost", 1025) == find_preset("mailpit")
    assert preset_of("example.com") is None


def test_gmail_can_be_applied_to_every_mail_data_source_of_the_corpus(corpus: Path) -> None:
    done = 0
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        workspace = Workspace.open(folder)
        for info in list_datasources(workspace.snapshot()):
            if info.is_mail and info.broken is None and BASE in info.files:
                changes = apply_preset(workspace, BASE, info.name, find_preset("gmail"))
                part = applied(workspace, changes)[BASE][info.name]
                got = part["transports"][0] if "transports" in part else part["transport"]
                assert {**got, **GMAIL, "auth": got["auth"]} == got
                done += 1
    assert done > 30
