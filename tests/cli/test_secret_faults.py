"""`loopmail secret adopt`, `set` and `delete` with a keyring that fails: all or nothing."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from app_builder import mail, make_app, transport
from keyring_faults import FaultyStore, files_of, secrets_at_hand
from loopmail import cli
from loopmail.core.secrets.entries import claim

SERVICE = "loopmail:shop"


class Backend(KeyringBackend):
    """What `keyring` hands to the program."""

    priority = 5

    def __init__(self, store: FaultyStore) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.store = store

    def get_password(self, service: str, username: str) -> str | None:
        return self.store.get(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.store.set(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self.store.delete(service, username)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyStore]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = keyring.get_keyring()
    made = FaultyStore()
    keyring.set_keyring(Backend(made))
    yield made
    keyring.set_keyring(before)


def shop(folder: Path, password: str, other: str = "db-s3cret") -> Path:
    datasources = {
        "mail": mail(transport(auth={"user": "me", "pass": password})),
        "db": {"connector": "memory", "password": other},
    }
    return make_app(folder, datasources=datasources)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("action", "password"),
    [(["adopt"], "mail-s3cret"), (["set", "MAIL_PASS"], "${MAIL_PASS}"), (["delete", "X"], "y")],
)
def test_whichever_call_fails_the_command_did_all_or_nothing(
    tmp_path: Path,
    store: FaultyStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    action: list[str],
    password: str,
    late: bool,
) -> None:
    verb, *variable = action
    for number in range(1, 50):
        app = shop(tmp_path / "shop", password)
        store.arm(0)
        for user, secret in (("MAIL_PASS", "older-s3cret"), ("X", "kept-s3cret")):
            store.set(SERVICE, user, secret)
        store.delete(SERVICE, "DB_PASS")
        before = files_of(app / "server"), store.entries()
        monkeypatch.setattr(sys, "stdin", io.StringIO("new-s3cret\n"))
        store.arm(number, late=late)
        code = cli.main(["secret", verb, str(app), *variable, "--yes"])
        output = "".join(capsys.readouterr())
        assert "s3cret" not in output
        if code == 0:
            assert not store.failed
            assert (files_of(app / "server"), store.entries()) != before
            assert number > 2
            return
        assert "failed while" in output
        assert (files_of(app / "server"), store.entries()) == before
    pytest.fail("the command never came to its end")


def test_adopting_over_another_apps_entries_asks_and_then_shares(
    tmp_path: Path,
    store: FaultyStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other, app = make_app(tmp_path / "other"), shop(tmp_path / "shop", "mail-s3cret")
    claim(SERVICE, other)
    store.set(SERVICE, "MAIL_PASS", "older-s3cret")
    before = files_of(app / "server"), store.entries()
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert cli.main(["secret", "adopt", str(app)]) == 64
    assert (files_of(app / "server"), store.entries()) == before
    assert cli.main(["secret", "adopt", str(app), "--yes"]) == 0
    assert str(other) in capsys.readouterr().err
    assert secrets_at_hand(app / "server", store) == {"mail-s3cret", "db-s3cret"}


def test_deleting_what_the_keyring_does_not_have_says_so(
    tmp_path: Path, store: FaultyStore, capsys: pytest.CaptureFixture[str]
) -> None:
    app = shop(tmp_path / "shop", "${MAIL_PASS}")
    assert cli.main(["secret", "delete", str(app), "MAIL_PASS", "--yes"]) == 1
    assert "The keyring has no MAIL_PASS for shop." in capsys.readouterr().err
    assert store.entries() == {}


def test_deleting_what_the_files_still_need_names_them_and_asks(
    tmp_path: Path,
    store: FaultyStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = str(shop(tmp_path / "shop", "${MAIL_PASS}", "${MAIL_PASS}"))
    for user in ("MAIL_PASS", "MAIL_PASS@test", "UNUSED"):
        store.set(SERVICE, user, "kept-s3cret")
    before = store.entries()
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    for words in (["MAIL_PASS"], ["MAIL_PASS", "--env", "test"]):
        assert cli.main(["secret", "delete", app, *words]) == 64
        told = capsys.readouterr().err
        assert "datasources.json (mail), datasources.json (db) still need MAIL_PASS" in told
        assert "--yes" in told
        assert told.count("\n") == 1
    assert store.entries() == before
    assert cli.main(["secret", "delete", app, "UNUSED"]) == 0
    assert cli.main(["secret", "delete", app, "MAIL_PASS", "--yes"]) == 0
    assert list(store.entries()) == [(SERVICE, "MAIL_PASS@test")]


def test_the_entry_of_one_environment_is_not_needed_by_anothers_file(
    tmp_path: Path, store: FaultyStore
) -> None:
    there = {"mail": {"transports": [{"auth": {"pass": "${MAIL_PASS}"}}]}}
    app = make_app(
        tmp_path / "shop", datasources={"mail": mail(transport())}, datasources_production=there
    )
    store.set(SERVICE, "MAIL_PASS@test", "kept-s3cret")
    assert cli.main(["secret", "delete", str(app), "MAIL_PASS", "--env", "test"]) == 0
    assert store.entries() == {}
