from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import KeyringMissing, KeyringShared
from loopmail.core.secrets.entries import claim, entries, ownership
from loopmail.core.secrets.store import KeyringStore, choose_backend, chosen_backend
from memory_store import MemoryStore


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_the_choice_is_remembered_and_forgotten(tmp_path: Path) -> None:
    assert chosen_backend() is None
    choose_backend("keyring.backends.null.Keyring")
    assert chosen_backend() == "keyring.backends.null.Keyring"
    choose_backend(None)
    assert chosen_backend() is None
    (tmp_path / "config" / "loopmail").mkdir(parents=True, exist_ok=True)
    (tmp_path / "config" / "loopmail" / "keyring.json").write_text("[not json")
    assert chosen_backend() is None


def test_a_store_takes_the_choice_unless_the_environment_names_a_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_backend("no.such.Keyring")
    assert KeyringStore().describe() == "no keyring"
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    from loopmail.core.secrets import store as secrets

    seen: list[str | None] = []

    def find(chosen: str | None) -> object:
        seen.append(chosen)
        raise KeyringMissing("none")

    monkeypatch.setattr(secrets, "_find_backend", find)
    KeyringStore().describe()
    store = KeyringStore("my.own.Keyring")
    store.describe()
    store.choose(None)
    store.describe()
    assert seen == ["no.such.Keyring", "my.own.Keyring", "no.such.Keyring"]


def test_another_app_of_the_same_name_is_refused_until_the_user_agrees(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        make_app(folder)
    claim("loopmail:shop", one)
    with pytest.raises(KeyringShared, match="use the entries together") as caught:
        claim("loopmail:shop", two)
    assert str(one) in str(caught.value)
    assert ownership("loopmail:shop", two).status == "foreign"
    claim("loopmail:shop", two, share=True)
    claim("loopmail:shop", two)


def test_a_moved_app_finds_its_entries_again(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    make_app(old)
    claim("loopmail:shop", old)
    old.rename(new)
    claim("loopmail:shop", new)
    assert ownership("loopmail:shop", new).status == "own"


def test_variables_without_an_entry_are_listed_too(tmp_path: Path) -> None:
    auth = {"user": "me", "pass": "${A_PASS}"}
    app = make_app(
        tmp_path,
        datasources={"mail": mail(transport(auth=auth))},
        datasources_production={"mail": {"transports": [{"auth": {"pass": "${B_PASS}"}}]}},
    )
    store = MemoryStore()
    store.set("loopmail:shop", "A_PASS@production", "a")
    store.set("loopmail:shop", "B_PASS@production", "b")
    store.set("loopmail:shop", "OLD", "o")
    found = [
        (e.user, e.stored, len(e.uses)) for e in entries(store, Workspace.open(app).snapshot())
    ]
    assert found == [
        ("A_PASS@production", True, 1),
        ("B_PASS@production", True, 1),
        ("OLD", True, 0),
        ("A_PASS", False, 1),
    ]
