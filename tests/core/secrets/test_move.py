"""Files and keyring together or not at all, whichever call of either fails."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from keyring_faults import FaultyStore, files_of, secrets_at_hand
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import KeyringShared, LoopmailError, SaveConflict, SecretError
from loopmail.core.secrets.adopt import find_secrets, plan_adoption
from loopmail.core.secrets.entries import claim, ownership
from loopmail.core.secrets.homes import Home, place_of, plan_deletion, plan_move
from loopmail.core.secrets.move import KeyringWrite, Move, SecretTransaction, overwritten
from loopmail.core.secrets.pending import PendingEntries, wanted_by
from save_faults import fault_at, raising

SERVICE = "loopmail:shop"
PASS = "/mail/transports/0/auth/pass"
BASE, PRODUCTION = "datasources.json", "datasources.production.json"
WAYS = ("adopt", "to the file", "both ways")


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


class Shop:
    """An app of two files, each with a secret, in the file or in the keyring."""

    def __init__(self, workspace: Workspace, store: FaultyStore, plan: Callable[[], Move]) -> None:
        self.workspace = workspace
        self.store = store
        self.plan = plan
        self.pending = PendingEntries()
        self.secrets: set[str] = set()
        self.share = False
        self.step: tuple[list[Change], dict[Any, Any]] | None = None  # what undoes the change

    @property
    def server(self) -> Path:
        return self.workspace.app.server

    def everything(self) -> tuple[Any, ...]:
        """Return files and keyring."""
        return files_of(self.server), self.store.entries()

    def nothing_is_lost(self) -> None:
        assert self.secrets <= secrets_at_hand(self.server, self.store)

    def change(self) -> None:
        """Change the documents and what is wanted of the keyring; undo that the next time."""
        if self.step is None:
            move = self.plan()
            inverse = self.workspace.apply(move.changes)
            self.step = (inverse, self.pending.stage(wanted_by(move)))
        else:
            self.workspace.apply(self.step[0])
            self.pending.stage(self.step[1])
            self.step = None

    def transaction(self) -> SecretTransaction:
        snapshot = self.workspace.snapshot()
        return SecretTransaction(self.pending.writes(), self.store, snapshot, share=self.share)

    def save(self) -> None:
        transaction, saving = self.transaction(), self.workspace.saving()
        try:
            transaction.run(saving)
        finally:
            saving.finish()
            self.pending.note_saved(transaction.done)


def opened(folder: Path, way: str) -> Shop:
    store = FaultyStore()

    def files(base: str, production: str) -> dict[str, Any]:
        there = {"mail": {"transports": [{"auth": {"pass": production}}]}}
        here = {"mail": mail(transport(auth={"user": "me", "pass": base}))}
        return {"datasources": here, "datasources_production": there}

    plain, kept = "s3cret-base", "s3cret-production"
    if way == "to the file":
        app = make_app(folder, **files("${A}", "${B}"))
        store.set(SERVICE, "A", plain)
        store.set(SERVICE, "B@production", kept)
    elif way == "both ways":
        app = make_app(folder, **files(plain, "${B}"))
        store.set(SERVICE, "B@production", kept)
    else:
        app = make_app(folder, **files(plain, kept))
        store.set(SERVICE, "MAIL_PASS", "older")
    workspace = Workspace.open(app)

    def plan() -> Move:
        if way == "adopt":
            return plan_adoption(workspace, find_secrets(workspace.snapshot()))
        there = place_of(workspace.snapshot(), PRODUCTION, PASS)
        here = place_of(workspace.snapshot(), BASE, PASS)
        first = plan_move(workspace, there, "file", kept)
        target: Home = "keyring" if way == "both ways" else "file"
        second = plan_move(workspace, here, target, plain)
        writes = [*second.writes, *plan_deletion(there.entry).writes]
        if way == "to the file":
            writes += plan_deletion(here.entry).writes
        return Move("Both", (*first.changes, *second.changes), tuple(writes))

    shop = Shop(workspace, store, plan)
    shop.secrets = {plain, kept}
    shop.nothing_is_lost()
    store.watch = shop.nothing_is_lost
    return shop


ACTS = (0, 1, 2)  # do, undo, redo: how many acts come before it


def before_save(folder: Path, way: str, earlier: int) -> Shop:
    """Return a shop with this many changes saved and one more made."""
    shop = opened(folder, way)
    for _ in range(earlier):
        shop.change()
        shop.save()
    shop.change()
    return shop


def error_of(shop: Shop) -> LoopmailError | None:
    try:
        shop.save()
    except LoopmailError as error:
        return error
    return None


@pytest.mark.parametrize("way", WAYS)
def test_all_is_done_and_undone_and_done_again(tmp_path: Path, way: str) -> None:
    shop = opened(tmp_path / "shop", way)
    before = shop.everything()
    shop.change()
    assert shop.everything() == before
    shop.save()
    done = shop.everything()
    assert done[0] != before[0]
    assert done[1] != before[1]
    for expected in (before, done):
        shop.change()
        assert shop.pending.values()
        shop.save()
        assert shop.everything() == expected
        assert not shop.pending.values()
        assert shop.workspace.modified() == []


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("earlier", ACTS)
@pytest.mark.parametrize("way", WAYS)
def test_whichever_call_of_the_keyring_fails_nothing_is_changed(
    tmp_path: Path, way: str, earlier: int, late: bool
) -> None:
    shop = before_save(tmp_path / "shop", way, earlier)
    shop.save()
    done = shop.everything()
    for number in range(1, 100):
        shop = before_save(tmp_path / "shop", way, earlier)
        before, pending = shop.everything(), shop.pending.values()
        shop.store.arm(number, late=late)
        error = error_of(shop)
        if error is not None:
            assert "out of order" in str(error)
            assert shop.everything() == before
            assert shop.pending.values() == pending
            assert not hasattr(error, "__notes__")
            shop.save()  # the keyring is well again
        assert shop.everything() == done
        if not shop.store.failed:
            assert number > 4
            return
    pytest.fail("the save never came to its end")


@pytest.mark.parametrize("earlier", ACTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_keyring_that_fails_for_good_loses_no_secret(
    tmp_path: Path, way: str, earlier: int
) -> None:
    for number in range(1, 100):
        shop = before_save(tmp_path / "shop", way, earlier)
        shop.store.arm(number, lasting=True)
        error_of(shop)
        shop.nothing_is_lost()
        if not shop.store.failed:
            return
    pytest.fail("the save never came to its end")


@pytest.mark.parametrize("earlier", ACTS)
@pytest.mark.parametrize("way", WAYS)
def test_whichever_call_of_a_save_fails_nothing_is_changed(
    tmp_path: Path, way: str, earlier: int
) -> None:
    failed = 0
    for number in range(1, 200):
        shop = before_save(tmp_path / "shop", way, earlier)
        claim(SERVICE, shop.workspace.app.root, share=True)
        before, pending = shop.everything(), shop.pending.values()
        with fault_at(number, raising(errno.ENOSPC)) as calls:
            error = error_of(shop)
        if error is not None and "the disk reported an error" not in str(error):
            assert shop.everything() == before
            assert shop.pending.values() == pending
            failed += 1
        shop.nothing_is_lost()
        if len(calls) < number:
            assert failed > 4
            return
    pytest.fail("the save never came to its end")


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_was_changed_by_others_takes_the_keyring_back(tmp_path: Path, way: str) -> None:
    shop = before_save(tmp_path / "shop", way, 0)
    (shop.server / BASE).write_text('{"mail": {"transports": [{"auth": {"pass": "s3cret-base"}}]}}')
    before = shop.everything()
    with pytest.raises(SaveConflict):
        shop.save()
    assert shop.everything() == before


def test_a_save_that_is_given_up_while_the_keyring_asks_changes_nothing(tmp_path: Path) -> None:
    shop = before_save(tmp_path / "shop", "adopt", 0)
    before = shop.everything()
    transaction = shop.transaction()

    def give_up() -> None:
        if shop.store.entries() != before[1]:
            transaction.abandon()

    shop.store.watch = give_up
    with pytest.raises(SecretError, match="given up"):
        transaction.run(shop.workspace.saving())
    assert shop.everything() == before
    assert transaction.done == []
    assert not transaction.abandon()


def test_a_save_is_not_given_up_once_the_files_have_their_turn(tmp_path: Path) -> None:
    shop = before_save(tmp_path / "shop", "adopt", 0)
    transaction = shop.transaction()
    transaction.run(shop.workspace.saving())
    assert not transaction.abandon()


def test_the_keyring_belongs_to_the_app_that_writes_to_it_not_to_the_one_that_asks(
    tmp_path: Path,
) -> None:
    shop = before_save(tmp_path / "shop", "adopt", 0)
    other = make_app(tmp_path / "other")
    assert overwritten(shop.pending.writes(), shop.store) == ["MAIL_PASS"]
    assert ownership(SERVICE, shop.workspace.app.root).status == "new"
    claim(SERVICE, other)
    before = shop.everything()
    with pytest.raises(KeyringShared):
        shop.save()
    assert shop.everything() == before
    shop.share = True
    shop.save()
    assert ownership(SERVICE, shop.workspace.app.root).status == "own"


def test_without_a_file_an_entry_is_deleted_at_once(tmp_path: Path) -> None:
    shop = opened(tmp_path / "shop", "both ways")
    shop.store.watch = lambda: None
    writes = [KeyringWrite(SERVICE, "B@production", None)]
    SecretTransaction(writes, shop.store, shop.workspace.snapshot()).run()
    assert shop.store.entries() == {}
