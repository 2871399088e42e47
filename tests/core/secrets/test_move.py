"""Files and keyring together or not at all, whichever call of either fails."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from keyring_faults import FaultyStore, files_of, secrets_at_hand
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.errors import EditError, KeyringShared, LoopmailError
from loopmail.core.jsontext import Edit
from loopmail.core.secrets.adopt import find_secrets, plan_adoption
from loopmail.core.secrets.entries import claim, ownership
from loopmail.core.secrets.homes import Home, place_of, plan_move
from loopmail.core.secrets.move import KeyringWrite, Move, SecretTransaction
from save_faults import fault_at, raising

SERVICE = "loopmail:shop"
PASS = "/mail/transports/0/auth/pass"
BASE, PRODUCTION = "datasources.json", "datasources.production.json"
WAYS = ("adopt", "to the file", "both ways")


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@dataclass
class Shop:
    """An app of two files, each with a secret, in the file or in the keyring."""

    workspace: Workspace
    store: FaultyStore
    plan: Callable[[], Move]
    transaction: SecretTransaction
    secrets: set[str]

    @property
    def server(self) -> Path:
        return self.workspace.app.server

    def everything(self) -> tuple[Any, ...]:
        """Return files, documents, keyring."""
        texts = {name: document.text for name, document in self.workspace.documents.items()}
        return files_of(self.server), texts, self.workspace.modified(), self.store.entries()

    def nothing_is_lost(self) -> None:
        assert self.secrets <= secrets_at_hand(self.server, self.store)


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
        return Move("Both", (*first.changes, *second.changes), (*first.writes, *second.writes))

    transaction = SecretTransaction(plan, store, app)
    shop = Shop(workspace, store, plan, transaction, {plain, kept})
    shop.nothing_is_lost()
    store.watch = shop.nothing_is_lost
    return shop


def do(shop: Shop) -> None:
    shop.transaction.do(shop.workspace, save=True)


def undo(shop: Shop) -> None:
    shop.transaction.undo(shop.workspace, save=True)


ACTS = [(do, 0), (undo, 1), (do, 2)]  # what, and how many acts come before it


def before_act(folder: Path, way: str, earlier: int) -> Shop:
    shop = opened(folder, way)
    for act, number in ACTS:
        if number < earlier:
            act(shop)
    return shop


def error_of(act: Callable[[Shop], None], shop: Shop) -> LoopmailError | None:
    try:
        act(shop)
    except LoopmailError as error:
        return error
    return None


@pytest.mark.parametrize("way", WAYS)
def test_all_is_done_and_undone_and_done_again(tmp_path: Path, way: str) -> None:
    shop = opened(tmp_path / "shop", way)
    before = shop.everything()
    do(shop)
    done = shop.everything()
    assert done[0] != before[0]
    assert done[3] != before[3]
    assert done[2] == []
    undo(shop)
    assert shop.everything() == before
    do(shop)
    assert shop.everything() == done


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("act", "earlier"), ACTS)
@pytest.mark.parametrize("way", WAYS)
def test_whichever_call_of_the_keyring_fails_nothing_is_changed(
    tmp_path: Path, way: str, act: Callable[[Shop], None], earlier: int, late: bool
) -> None:
    shop = before_act(tmp_path / "shop", way, earlier)
    act(shop)
    done = shop.everything()
    for number in range(1, 100):
        shop = before_act(tmp_path / "shop", way, earlier)
        before = shop.everything()
        shop.store.arm(number, late=late)
        error = error_of(act, shop)
        if error is not None:
            assert "out of order" in str(error)
            assert shop.everything() == before
            assert not hasattr(error, "__notes__")
            act(shop)  # the keyring is well again
        assert shop.everything() == done
        if not shop.store.failed:
            assert number > 4
            return
    pytest.fail("the act never came to its end")


@pytest.mark.parametrize(("act", "earlier"), ACTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_keyring_that_fails_for_good_loses_no_secret(
    tmp_path: Path, way: str, act: Callable[[Shop], None], earlier: int
) -> None:
    for number in range(1, 100):
        shop = before_act(tmp_path / "shop", way, earlier)
        shop.store.arm(number, lasting=True)
        error_of(act, shop)
        shop.nothing_is_lost()
        if not shop.store.failed:
            return
    pytest.fail("the act never came to its end")


@pytest.mark.parametrize(("act", "earlier"), ACTS)
@pytest.mark.parametrize("way", WAYS)
def test_whichever_call_of_a_save_fails_nothing_is_changed(
    tmp_path: Path, way: str, act: Callable[[Shop], None], earlier: int
) -> None:
    failed = 0
    for number in range(1, 200):
        shop = before_act(tmp_path / "shop", way, earlier)
        claim(SERVICE, shop.workspace.app.root, share=True)
        before = shop.everything()
        with fault_at(number, raising(errno.ENOSPC)) as calls:
            error = error_of(act, shop)
        if error is not None:
            assert shop.everything() == before
            failed += 1
        shop.nothing_is_lost()
        if len(calls) < number:
            assert failed > 4
            return
    pytest.fail("the act never came to its end")


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_was_changed_by_others_takes_the_keyring_back(tmp_path: Path, way: str) -> None:
    shop = opened(tmp_path / "shop", way)
    (shop.server / BASE).write_text('{"mail": {"transports": [{"auth": {"pass": "s3cret-base"}}]}}')
    before = shop.everything()
    with pytest.raises(LoopmailError):
        do(shop)
    assert shop.everything() == before


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("way", WAYS)
def test_a_change_that_does_not_fit_takes_all_back(tmp_path: Path, way: str, at: int) -> None:
    shop = opened(tmp_path / "shop", way)
    before = shop.everything()
    unfit = Change(BASE, Edit(10**6, 1, ""))

    def plan() -> Move:
        move = shop.plan()
        return replace(move, changes=(*move.changes[:at], unfit, *move.changes[at:]))

    transaction = SecretTransaction(plan, shop.store, shop.workspace.app.root)
    with pytest.raises(EditError):
        transaction.do(shop.workspace, save=True)
    assert shop.everything() == before
    transaction.write()
    with pytest.raises(EditError):
        transaction.change(lambda move: shop.workspace.apply(move.changes))
    assert transaction.unneeded(shop.workspace.snapshot()) == []
    transaction.roll_back()
    assert shop.everything() == before


@pytest.mark.parametrize("other", ["${MAIL_PASS}", "an0ther-secret"])
def test_a_plan_that_is_another_one_when_the_keyring_has_answered_is_not_done(
    tmp_path: Path, other: str
) -> None:
    """The variable's name is given away meanwhile, or there is one more secret to move."""
    shop = opened(tmp_path / "shop", "adopt")
    before = shop.store.entries()
    shop.transaction.write()
    shop.workspace.apply([shop.workspace.edit_value(BASE, "/other", {"password": other})])
    with pytest.raises(LoopmailError, match="changed meanwhile"):
        shop.transaction.change(lambda move: pytest.fail(move.text))
    shop.transaction.roll_back()
    assert shop.store.entries() == before


def test_an_entry_is_deleted_once_and_only_while_the_files_do_without_it(tmp_path: Path) -> None:
    shop = opened(tmp_path / "shop", "to the file")
    entries = shop.store.entries()
    transaction, workspace = shop.transaction, shop.workspace
    assert not transaction.writes_first
    transaction.write()
    transaction.change(lambda move: workspace.apply(move.changes))
    unneeded = transaction.unneeded(workspace.snapshot())
    assert [write.user for write in unneeded] == ["B@production", "A"]
    workspace.apply([workspace.edit_value(BASE, "/other", {"password": "${A}"})])
    left = transaction.unneeded(workspace.snapshot())
    assert [write.user for write in left] == ["B@production"]
    workspace.save()
    transaction.forget(left)
    transaction.forget(left)  # saved once more
    assert set(shop.store.entries()) == {(SERVICE, "A")}
    transaction.roll_back()
    assert shop.store.entries() == entries
    transaction.forget(left)  # asked before, run after the step was undone
    assert shop.store.entries() == entries


def test_the_keyring_belongs_to_the_app_that_writes_to_it_not_to_the_one_that_asks(
    tmp_path: Path,
) -> None:
    shop = opened(tmp_path / "shop", "adopt")
    other = make_app(tmp_path / "other")
    assert shop.transaction.overwritten() == ["MAIL_PASS"]
    assert ownership(SERVICE, shop.workspace.app.root).status == "new"
    claim(SERVICE, other)
    before = shop.everything()
    with pytest.raises(KeyringShared):
        do(shop)
    assert shop.everything() == before
    shop.transaction.share = True
    do(shop)
    assert ownership(SERVICE, shop.workspace.app.root).status == "own"
    assert shop.transaction.overwritten() == []


def test_without_a_file_an_entry_is_written_and_deleted_at_once(tmp_path: Path) -> None:
    shop = opened(tmp_path / "shop", "both ways")
    shop.store.watch = lambda: None
    before = shop.everything()
    delete = Move("Delete", (), (KeyringWrite(SERVICE, "B@production", None),))
    transaction = SecretTransaction(lambda: delete, shop.store, shop.workspace.app.root)
    assert transaction.writes_first
    assert transaction.overwritten() == ["B@production"]
    transaction.do(shop.workspace)
    assert shop.store.entries() == {}
    transaction.undo(shop.workspace)
    assert shop.everything() == before
