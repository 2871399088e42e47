"""Moving a secret between its homes, as one step that can be taken back."""

from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import (
    EditError,
    KeyringMissing,
    KeyringRefused,
    KeyringShared,
)
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.placeholders import placeholders_used
from loopmail.core.plain_secrets import find_plain_secrets, texts_to_mask
from loopmail.core.secret_names import masked
from loopmail.core.secrets.entries import claim, ownership
from loopmail.core.secrets.homes import (
    Home,
    SecretPlace,
    home_of,
    place_of,
    plan_move,
    plan_removal,
)
from loopmail.core.secrets.move import Move, SecretTransaction
from loopmail.core.secrets.resolution import resolve
from memory_store import MemoryStore

PASS = "/mail/transports/0/auth/pass"
SECRET = "recognisable-hunter22"


def open_shop(tmp_path: Path, **files: Any) -> Workspace:
    return Workspace.open(make_app(tmp_path / "shop", **files))


def shop(tmp_path: Path, password: str = SECRET) -> Workspace:
    auth = {"user": "a@example.com", "pass": password}
    return open_shop(tmp_path, datasources={"mail": mail(transport(auth=auth))})


def place(workspace: Workspace, pointer: str = PASS, file: str = "datasources.json") -> SecretPlace:
    return place_of(workspace.snapshot(), file, pointer)


def carry_out(move: Move, workspace: Workspace, store: MemoryStore, *, save: bool = False) -> None:
    """Do a move; the tests' apps all have one name, so they share the entries."""
    workspace.apply(move.changes)
    saving = workspace.saving() if save else None
    try:
        SecretTransaction(move.writes, store, workspace.snapshot(), share=True).run(saving)
    finally:
        if saving is not None:
            saving.finish()


class FullStore(MemoryStore):
    """Takes so many entries and refuses the next."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def set(self, service: str, user: str, secret: str) -> None:
        if self.room <= 0:
            raise KeyringRefused("The keyring is read-only.")
        self.room -= 1
        super().set(service, user, secret)


class ForgetfulStore(MemoryStore):
    """Takes entries and loses them."""

    def set(self, service: str, user: str, secret: str) -> None:
        return


def test_the_home_is_told_by_the_value_and_the_keyring() -> None:
    assert home_of("plain") == "file"
    assert home_of("${A_PASS}") == "environment"
    assert home_of("${A_PASS}", {"A_PASS"}) == "keyring"
    assert home_of("prefix${A_PASS}", {"A_PASS"}) == "keyring"  # LoopBack drops the prefix
    assert home_of("${A_PASS} ") == "file"
    assert home_of(UNDEFINED) is None
    assert home_of("") is None


@pytest.mark.parametrize("store", [FullStore(0), ForgetfulStore()])
def test_a_keyring_that_fails_leaves_the_file_alone(tmp_path: Path, store: MemoryStore) -> None:
    workspace = shop(tmp_path)
    with pytest.raises(KeyringRefused):
        carry_out(plan_move(workspace, place(workspace), "keyring"), workspace, store, save=True)
    on_disk = Workspace.open(workspace.app.server).document("datasources.json")
    assert on_disk.get(PASS) == SECRET


def test_if_the_second_write_fails_the_first_is_taken_back(tmp_path: Path) -> None:
    workspace, store = shop(tmp_path), FullStore(1)
    one = plan_move(workspace, place(workspace), "keyring")
    other = SecretPlace("datasources.json", PASS, "OTHER", "loopmail:shop", None, "x")
    both = Move("Both", (), (*one.writes, *plan_move(workspace, other, "keyring").writes))
    with pytest.raises(KeyringRefused):
        carry_out(both, workspace, store)
    assert store.users("loopmail:shop") == []


def test_no_step_shows_the_secret(tmp_path: Path) -> None:
    workspace, store = shop(tmp_path), MemoryStore()
    move = plan_move(workspace, place(workspace), "keyring")
    carry_out(move, workspace, store)
    shown = [repr(move), move.text, *move.notes, repr(place(workspace)), repr(store)]
    assert not any("recognisable" in text for text in shown)


@pytest.mark.parametrize("target", ["file", "environment"])
def test_choosing_another_home_leaves_what_the_keyring_holds(tmp_path: Path, target: Home) -> None:
    workspace, store = shop(tmp_path, "${MAIL_PASS}"), MemoryStore()
    store.set("loopmail:shop", "MAIL_PASS", SECRET)
    move = plan_move(workspace, place(workspace), target, SECRET)
    carry_out(move, workspace, store, save=True)
    expected = SECRET if target == "file" else "${MAIL_PASS}"
    assert workspace.document("datasources.json").get(PASS) == expected
    assert store.get("loopmail:shop", "MAIL_PASS") == SECRET
    assert move.left + move.outside == (("loopmail:shop", "MAIL_PASS"),)


def test_an_entry_that_another_place_uses_is_not_left(tmp_path: Path) -> None:
    two = [transport(auth={"pass": "${P}"}), transport(auth={"pass": "${P}"})]
    shared = open_shop(tmp_path / "two", datasources={"mail": mail(*two)})
    assert plan_move(shared, place(shared), "file", SECRET).left == ()
    removal = plan_removal(shared.snapshot(), place(shared), ())
    assert (removal.left, removal.writes) == ((), ())


def test_the_environment_as_home_says_what_is_to_be_set(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    move = plan_move(workspace, place(workspace), "environment")
    carry_out(move, workspace, MemoryStore())
    assert workspace.document("datasources.json").get(PASS) == "${MAIL_PASS}"
    assert move.writes == ()
    assert "MAIL_PASS" in move.notes[0]


def test_a_missing_secret_is_a_clear_sentence(tmp_path: Path) -> None:
    workspace = shop(tmp_path, "${MAIL_PASS}")
    with pytest.raises(EditError, match="MAIL_PASS has no value"):
        plan_move(workspace, place(workspace), "file")


def test_names_follow_transport_layer_and_what_is_taken(tmp_path: Path) -> None:
    transports = [transport(), transport(alias="night batch"), transport()]
    workspace = open_shop(
        tmp_path,
        datasources={"mail": mail(*transports), "other": {"password": "${MAIL_PASS}"}},
        datasources_production={"mail": {"transports": [{"auth": {"pass": "x"}}, {}, {}]}},
    )
    assert place(workspace).variable == "MAIL_PASS_2"  # the plain name is used elsewhere
    second = place(workspace, "/mail/transports/1/auth/clientSecret")
    assert second.variable == "MAIL_NIGHT_BATCH_CLIENT_SECRET"
    assert place(workspace, "/mail/transports/2/auth/pass").variable == "MAIL_3_PASS"
    production = place(workspace, PASS, "datasources.production.json")
    assert production.user == "MAIL_PASS_2@production"


def test_every_kind_of_secret_is_found_and_no_other_value() -> None:
    value = {
        "mail": {
            "transports": [
                {
                    "host": "h",
                    "url": "smtps://me:p%40ss@h:465/",
                    "proxy": "http://me:pw@proxy:3128",
                    "auth": {
                        "user": "me",
                        "pass": 12345,
                        "clientId": "id",
                        "clientSecret": "c",
                        "refreshToken": "r",
                        "accessToken": "a",
                        "privateKey": "k",
                    },
                    "dkim": {"privateKey": "d", "domainName": "example.com"},
                    "tls": {"rejectUnauthorized": False, "key": "PEM"},
                }
            ]
        },
        "db": {"password": "dbpw", "url": "mongodb://u:p@h/db", "user": "u"},
        "done": {"password": "${DB_PASS}", "passive": "no", "pass": ""},
    }
    found = {"/".join(s.tokens): s.ending for s in find_plain_secrets(value)}
    auth = "mail/transports/0/auth"
    assert found == {
        "mail/transports/0/url": "URL",
        "mail/transports/0/proxy": "PROXY",
        f"{auth}/pass": "PASS",
        f"{auth}/clientSecret": "CLIENT_SECRET",
        f"{auth}/refreshToken": "REFRESH_TOKEN",
        f"{auth}/accessToken": "ACCESS_TOKEN",
        f"{auth}/privateKey": "PRIVATE_KEY",
        "mail/transports/0/dkim/privateKey": "PRIVATE_KEY",
        "mail/transports/0/tls/key": "TLS_KEY",
        "db/password": "PASS",
        "db/url": "URL",
    }


def test_previews_show_no_secret_and_a_urls_password_is_masked_on_its_own() -> None:
    assert masked("hunter22") == "******** (8 characters)"
    assert masked("smtps://me:p%40ss@h:465/") == "smtps://me:********@h:465/"
    assert "p@ss" in texts_to_mask({}, ["smtps://me:p%40ss@h:465/"])


def test_only_the_environments_own_placeholders_are_resolved(tmp_path: Path) -> None:
    workspace = open_shop(
        tmp_path,
        datasources={"mail": mail(transport(host="${HOST}", auth={"pass": "${A}"}))},
        datasources_production={"mail": {"transports": [{"auth": {"pass": "${B}"}}]}},
    )
    snapshot, store = workspace.snapshot(), MemoryStore()
    assert set(placeholders_used(snapshot, None)) == {"HOST", "A"}
    assert set(placeholders_used(snapshot, "production")) == {"HOST", "B"}
    for user in ("A", "A@production", "B", "B@production", "UNUSED"):
        store.set("loopmail:shop", user, f"secret of {user}")
    found = resolve(snapshot, "production", store, {"PATH": "/bin", "HOST": "h"})
    assert found.child_environment({"PATH": "/bin"}) == {
        "PATH": "/bin",
        "NODE_ENV": "production",
        "B": "secret of B@production",
    }
    assert found.missing == ()
    assert found.secrets == ("secret of B@production",)
    assert "secret of" not in repr(found)


def test_the_environment_beats_the_keyring_and_what_nothing_resolves_is_missing(
    tmp_path: Path,
) -> None:
    workspace, store = shop(tmp_path, "${MAIL_PASS}"), MemoryStore()
    snapshot = workspace.snapshot()
    assert [p.variable for p in resolve(snapshot, None, store, {}).missing] == ["MAIL_PASS"]
    store.set("loopmail:shop", "MAIL_PASS", "from the keyring")
    assert resolve(snapshot, None, store, {}).placeholders[0].source == "keyring"
    outside = resolve(snapshot, None, store, {"MAIL_PASS": "from outside"})
    assert outside.placeholders[0].source == "environment"
    assert outside.child_environment({"MAIL_PASS": "from outside"})["MAIL_PASS"] == "from outside"
    assert outside.secrets == ("from outside",)


def test_a_missing_keyring_is_told_and_the_rest_still_resolved(tmp_path: Path) -> None:
    class Missing(MemoryStore):
        def get(self, service: str, user: str) -> str | None:
            raise KeyringMissing("No keyring.")

    workspace = shop(tmp_path, "${MAIL_PASS}")
    found = resolve(workspace.snapshot(), None, Missing(), {})
    assert isinstance(found.keyring_error, KeyringMissing)
    assert [item.variable for item in found.missing] == ["MAIL_PASS"]
    outside = resolve(workspace.snapshot(), None, Missing(), {"MAIL_PASS": "x"})
    assert outside.keyring_error is None  # it was not even asked


def test_config_json_resolves_what_nothing_else_does(tmp_path: Path) -> None:
    auth = {"pass": "${MAIL_PASS}"}
    files = {"datasources": {"mail": mail(transport(auth=auth))}, "config": {"MAIL_PASS": "c"}}
    found = resolve(open_shop(tmp_path, **files).snapshot(), None, MemoryStore(), {})
    assert [item.source for item in found.placeholders] == ["config"]
    assert "MAIL_PASS" not in found.child_environment({})


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.usefixtures("state")
def test_two_apps_of_one_name_notice_each_other(tmp_path: Path) -> None:
    first, second = make_app(tmp_path / "one"), make_app(tmp_path / "two")
    assert ownership("loopmail:shop", first).status == "new"
    claim("loopmail:shop", first)
    assert ownership("loopmail:shop", first).status == "own"
    foreign = ownership("loopmail:shop", second)
    assert foreign.status == "foreign"
    assert foreign.others == (first,)
    assert str(first) in (foreign.sentence or "")
    with pytest.raises(KeyringShared):
        claim("loopmail:shop", second)
    assert ownership("loopmail:shop", second).status == "foreign"  # asking is not claiming
    claim("loopmail:shop", second, share=True)
    assert ownership("loopmail:shop", second).status == "own"
    assert ownership("loopmail:shop", first).status == "own"


@pytest.mark.usefixtures("state")
def test_a_moved_app_finds_its_entries_again(tmp_path: Path) -> None:
    old = make_app(tmp_path / "old")
    claim("loopmail:shop", old)
    new = old.rename(tmp_path / "new")
    assert ownership("loopmail:shop", new).status == "moved"
    claim("loopmail:shop", new)
    assert ownership("loopmail:shop", new).status == "own"


def test_the_register_survives_damage_and_is_private(state: Path, tmp_path: Path) -> None:
    register = state / "loopmail" / "entries.json"
    claim("loopmail:shop", make_app(tmp_path / "one"))
    assert register.stat().st_mode & 0o077 == 0
    register.write_text("[broken")
    assert ownership("loopmail:shop", tmp_path / "one").status == "new"
