"""The secret stores: one contract for all of them; the real keyring's part runs as a process."""

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from keyring import backend, core
from keyring.backends import chainer
from keyring.errors import KeyringLocked as ForeignLocked
from keyring.errors import NoKeyringError, PasswordSetError

from loopmail.core.errors import KeyringLocked, KeyringMissing, KeyringRefused, SecretError
from loopmail.core.secrets.homes import variable_name
from loopmail.core.secrets.store import (
    KeyringStore,
    SecretStore,
    available_backends,
    lookup,
    service_name,
)
from memory_store import MemoryStore
from private_keyring import private_keyring

IN_KEYRING_SESSION = "LOOPMAIL_TEST_KEYRING"
SECRET = "geheim Wört \\ \" ' ${x} 🔑"


class StoreContract:
    """What every store keeps to."""

    @pytest.fixture
    def store(self) -> SecretStore:
        raise NotImplementedError

    def test_an_unknown_entry_is_none(self, store: SecretStore) -> None:
        assert store.get("loopmail:contract", "NEVER_SET") is None

    def test_what_is_set_can_be_got_character_for_character(self, store: SecretStore) -> None:
        store.set("loopmail:contract", "A_PASS", SECRET)
        assert store.get("loopmail:contract", "A_PASS") == SECRET

    def test_setting_again_replaces(self, store: SecretStore) -> None:
        store.set("loopmail:contract", "A_PASS", "first")
        store.set("loopmail:contract", "A_PASS", "second")
        assert store.get("loopmail:contract", "A_PASS") == "second"

    def test_entries_of_services_and_users_are_apart(self, store: SecretStore) -> None:
        store.set("loopmail:one", "A_PASS", "1")
        store.set("loopmail:two", "A_PASS", "2")
        store.set("loopmail:one", "A_PASS@production", "3")
        assert store.get("loopmail:one", "A_PASS") == "1"
        assert store.get("loopmail:two", "A_PASS") == "2"
        assert store.get("loopmail:one", "A_PASS@production") == "3"

    def test_deleting_tells_whether_there_was_one(self, store: SecretStore) -> None:
        store.set("loopmail:contract", "GONE", "x")
        assert store.delete("loopmail:contract", "GONE") is True
        assert store.get("loopmail:contract", "GONE") is None
        assert store.delete("loopmail:contract", "GONE") is False

    def test_the_entries_of_a_service_are_listed_sorted(self, store: SecretStore) -> None:
        store.set("loopmail:listed", "B_PASS", "x")
        store.set("loopmail:listed", "A_PASS@test", "x")
        store.set("loopmail:unlisted", "C_PASS", "x")
        assert store.users("loopmail:listed") == ["A_PASS@test", "B_PASS"]

    def test_a_nul_character_is_refused(self, store: SecretStore) -> None:
        with pytest.raises(KeyringRefused):
            store.set("loopmail:contract", "A_PASS", "a\0b")

    def test_a_long_key_is_kept(self, store: SecretStore) -> None:
        key = "-----BEGIN PRIVATE KEY-----\n" + "QUJD" * 500 + "\n-----END PRIVATE KEY-----\n"
        store.set("loopmail:contract", "A_PRIVATE_KEY", key)
        assert store.get("loopmail:contract", "A_PRIVATE_KEY") == key

    def test_its_repr_shows_no_secret(self, store: SecretStore) -> None:
        store.set("loopmail:contract", "A_PASS", "recognisable-secret")
        assert "recognisable" not in repr(store)

    def test_it_has_a_name_for_the_status_bar(self, store: SecretStore) -> None:
        assert store.describe()


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> SecretStore:
        return MemoryStore()


@pytest.mark.skipif(IN_KEYRING_SESSION not in os.environ, reason="runs in a keyring session")
class TestKeyringStore(StoreContract):
    @pytest.fixture
    def store(self) -> SecretStore:
        return KeyringStore("keyring.backends.SecretService.Keyring")

    def test_it_is_the_secret_service(self, store: SecretStore) -> None:
        assert store.describe() == "Secret Service"


@pytest.mark.desktop
def test_a_real_gnome_keyring_keeps_to_the_contract() -> None:
    with private_keyring() as environment:
        environment[IN_KEYRING_SESSION] = "1"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
            + [f"{Path(__file__)}::TestKeyringStore"],
            cwd=Path(__file__).parents[3],
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 passed" in done.stdout


@pytest.mark.desktop
def test_a_locked_gnome_keyring_is_told_from_a_missing_one() -> None:
    code = (
        "from loopmail.core.secrets.store import KeyringStore\n"
        "from loopmail.core.errors import KeyringLocked\n"
        "try: KeyringStore().set('loopmail:x', 'A_PASS', 'recognisable')\n"
        "except KeyringLocked as error: print('LOCKED', error)\n"
    )
    with private_keyring(unlocked=False) as environment:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.stdout.startswith("LOCKED The keyring (Secret Service) is locked"), done.stderr
    assert "recognisable" not in done.stdout + done.stderr


class FakeKeyring(backend.KeyringBackend):
    """A keyring that fails in a given way."""

    priority = 9.0
    failure: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.failure:
            raise self.failure
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.failure:
            raise self.failure

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture
def fake_keyring(monkeypatch: pytest.MonkeyPatch) -> FakeKeyring:
    fake = FakeKeyring()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(core, "_keyring_backend", fake)
    return fake


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ForeignLocked("Failed to unlock the item!"), KeyringLocked),
        (PasswordSetError("Can't store"), KeyringRefused),
        (OSError("pipe broke"), KeyringRefused),
        (NoKeyringError("gone"), KeyringMissing),
    ],
)
def test_foreign_errors_become_ours_and_keep_their_cause(
    fake_keyring: FakeKeyring, failure: Exception, expected: type[SecretError]
) -> None:
    fake_keyring.failure = failure
    calls: list[Callable[[], object]] = [
        lambda: KeyringStore().get("loopmail:x", "A_PASS"),
        lambda: KeyringStore().set("loopmail:x", "A_PASS", "s"),
    ]
    for call in calls:
        with pytest.raises(expected) as caught:
            call()
        assert caught.value.__cause__ is failure
        assert "environment variable" in str(caught.value)


def test_no_error_of_the_keyring_shows_the_secret(
    fake_keyring: FakeKeyring, caplog: pytest.LogCaptureFixture
) -> None:
    fake_keyring.failure = PasswordSetError("refused")
    caplog.set_level(logging.DEBUG)
    secret = "".join(["recog", "nisable"])  # the traceback quotes this file's lines, too
    with pytest.raises(KeyringRefused) as caught:
        KeyringStore().set("loopmail:x", "A_PASS", secret)
    texts = [str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)]
    assert not any("recognisable" in text for text in [*texts, caplog.text])


@pytest.mark.parametrize("name", ["fail", "null"])
def test_a_keyring_that_keeps_nothing_counts_as_missing(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(core, "_keyring_backend", None)
    store = KeyringStore(f"keyring.backends.{name}.Keyring")
    with pytest.raises(KeyringMissing, match=r"datasources\.local\.json"):
        store.get("loopmail:x", "A_PASS")
    assert store.describe() == "no keyring"


def test_a_keyring_that_cannot_be_loaded_counts_as_missing() -> None:
    with pytest.raises(KeyringMissing, match="cannot be loaded"):
        KeyringStore("no.such.Keyring").get("loopmail:x", "A_PASS")


def test_a_keyring_that_keyring_does_not_recommend_counts_as_missing(
    fake_keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeKeyring, "priority", 0.5)
    with pytest.raises(KeyringMissing):
        KeyringStore().get("loopmail:x", "A_PASS")


def test_keyring_is_not_imported_before_the_first_call() -> None:
    code = (
        "import sys; from loopmail.core.secrets.store import KeyringStore; KeyringStore(); "
        "print('keyring' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("datasource", "transport", "expected"),
    [
        ("emailDs", None, "EMAIL_DS_PASS"),
        ("emailDs", "backup", "EMAIL_DS_BACKUP_PASS"),
        ("emailDs", 2, "EMAIL_DS_2_PASS"),
        ("Email", None, "EMAIL_PASS"),
        ("mail2", None, "MAIL2_PASS"),
        ("SMTPServer", None, "SMTP_SERVER_PASS"),
        ("my-mail.server", None, "MY_MAIL_SERVER_PASS"),
        ("my mail", "night batch", "MY_MAIL_NIGHT_BATCH_PASS"),
        ("Grüße", None, "GRUSSE_PASS"),
        ("почта", None, "MAIL_PASS"),
        ("2fast", None, "_2FAST_PASS"),
        ("EMAIL_DS", None, "EMAIL_DS_PASS"),
    ],
)
def test_variables_are_upper_snake_case_of_the_data_source(
    datasource: str, transport: str | int | None, expected: str
) -> None:
    assert variable_name(datasource, transport) == expected


def test_the_entry_of_the_environment_comes_first() -> None:
    store = MemoryStore()
    service = service_name("shop")
    store.set(service, "A_PASS", "for all")
    store.set(service, "A_PASS@production", "for production")
    assert lookup(store, "shop", "A_PASS", "production") == "for production"
    assert lookup(store, "shop", "A_PASS", "development") == "for all"
    assert lookup(store, "shop", "A_PASS", None) == "for all"
    assert lookup(store, "shop", "B_PASS", "production") is None


def test_of_several_keyrings_the_best_usable_one_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    best, other = FakeKeyring(), FakeKeyring()  # type: ignore[no-untyped-call]
    best.failure = ForeignLocked("the best one was asked")
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [best, other])
    monkeypatch.setattr(core, "_keyring_backend", chainer.ChainerBackend())  # type: ignore[no-untyped-call]
    with pytest.raises(KeyringLocked):
        KeyringStore().get("loopmail:x", "A_PASS")


def test_the_keyrings_to_choose_from_leave_out_those_that_keep_nothing() -> None:
    names = [name for name, _ in available_backends()]
    assert not [name for name in names if ".fail." in name or ".null." in name or "chainer" in name]


def test_a_keyring_that_failed_is_looked_for_anew(
    fake_keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = KeyringStore()
    fake_keyring.failure = OSError("removed while running")
    with pytest.raises(KeyringRefused):
        store.get("loopmail:x", "A_PASS")
    monkeypatch.setattr(core, "_keyring_backend", FakeKeyring())  # type: ignore[no-untyped-call]
    assert store.get("loopmail:x", "A_PASS") is None
