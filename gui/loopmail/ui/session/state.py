"""What the window is looking at: workspace, environment, layer, selection, undo; and its signals.

All pages get this one object, read from it, change through `push`, and refresh on its signals.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from loopmail.core.app.folder import BASE_FILE
from loopmail.core.app.versions import LOOPBACK_3, Versions, choose
from loopmail.core.errors import LoopmailError
from loopmail.core.loopback.layers import editable_layers
from loopmail.core.loopback.variables import Variables
from loopmail.core.secret_names import mask_host
from loopmail.core.secrets.pending import Overlay, PendingEntries, wanted_by
from loopmail.core.secrets.store import KeyringStore, SecretStore
from loopmail.log import never_log
from loopmail.ui.session.commands import EditCommand, Selection, UndoStep
from loopmail.ui.session.drafts import Drafts
from loopmail.ui.session.keyring import KeyringReader
from loopmail.ui.session.problems import ProblemFinder, Question
from loopmail.ui.widgets.building_blocks import single_shot

if TYPE_CHECKING:
    from loopmail.core.app.folder import AppFolder
    from loopmail.core.app.workspace import Change, Snapshot, Workspace
    from loopmail.core.checks.problem import Problem
    from loopmail.core.loopback.datasources import DatasourceInfo
    from loopmail.core.loopback.effective import Effective
    from loopmail.core.loopback.memo import DatasourceMemo, EffectiveMemo
    from loopmail.core.loopback.view import AppView
    from loopmail.core.secrets.move import KeyringWrite, Move
    from loopmail.core.secrets.pending import EntryKey, Wanted


# Pages are notified at once, or, in a large app, when the typing pauses.
LARGE = 60_000  # characters of all files; beyond, notifying takes longer than a frame of the screen
_PAUSE_MS = 120


class AppState(QObject):
    """The open app and everything chosen in the tool bar; lives on the GUI thread."""

    opened = Signal()  # another app (or none) is open; pages rebuild themselves
    changed = Signal()  # a document's text, or what is computed from it, changed; pages refresh
    environment_changed = Signal()  # `changed` follows
    layer_changed = Signal()  # "Edit in"
    selection_changed = Signal()
    variables_changed = Signal()  # keyring values arrived; `changed` follows
    problems_changed = Signal()
    # There are other steps to undo or redo, or to save. Connect to this and not to the stack: its
    # destructor empties it, and would tell slots that look at a stack already gone.
    undo_changed = Signal()
    adopt_wanted = Signal(str, str)  # move the secret of this file and pointer to the keyring
    deletion_wanted = Signal(str)  # of this entry of the keyring (user name)
    closing = Signal()  # the window closes for good
    saved = Signal(list)  # the names of the files that were written
    testing = Signal()  # a test begins: what the checks say of the settings is held back no longer

    def __init__(self, store: SecretStore | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store: SecretStore = store if store is not None else KeyringStore()
        self.undo = QUndoStack(self)
        for signal in (self.undo.indexChanged, self.undo.cleanChanged):
            signal.connect(self.undo_changed)
        self.variables = Variables(environment=dict(os.environ))
        self._pause = single_shot(self, _PAUSE_MS, self._tell)
        self.keyring = KeyringReader(self)
        self.keyring.arrived.connect(self._take_keyring)
        self.everywhere = True  # whether `problems` are those of all environments
        self.finder = ProblemFinder(self)
        self.finder.found.connect(self.problems_changed)
        self.drafts = Drafts(self)
        self.drafts.changed.connect(self.undo_changed)
        self._forget()

    def _forget(self) -> None:
        self.workspace: Workspace | None = None
        self._pause.stop()  # what waits belongs to an app that is no longer open
        self.drafts.drop()
        self.entries = PendingEntries()  # of the keyring, not saved yet
        self.env: str | None = "development"  # None: base file only
        self.layer = BASE_FILE  # the datasources file that the next change goes to
        # ("welcome"|"datasource"|"bindings"|"file", name)
        self.selection: tuple[str, str] = ("welcome", "")
        # File and JSON Pointer of what a preset left for the user to type: nothing is said of it
        # before the user has been there.
        self.untouched: set[tuple[str, str]] = set()
        self.versions: Versions = LOOPBACK_3
        self.chosen_major: int | None = None  # None: as found
        self.variables = replace(self.variables, keyring={}, config={})
        # What was computed last, so that a letter costs little in a large app.
        self._listed: DatasourceMemo | None = None
        self._loaded: EffectiveMemo | None = None
        self._snapshot: Snapshot | None = None
        self._view: AppView | None = None
        self._datasources: Sequence[DatasourceInfo] | None = None

    # -- the open app -----------------------------------------------------------------------

    def set_workspace(
        self, workspace: Workspace | None, *, select: tuple[str, str] = ("bindings", "")
    ) -> None:
        """Show another app, or none, at this page.

        Unsaved changes must have been asked about before.
        """
        self.undo.clear()
        self.keyring.forget()
        self.finder.forget()
        self._forget()
        self.workspace = workspace
        if workspace is not None:
            self.versions = workspace.app.versions
            self.selection = select
        self.opened.emit()
        self._tell()

    @property
    def app_name(self) -> str:
        """The open app's name, or an empty text."""
        return self.workspace.app.name if self.workspace is not None else ""

    @property
    def modified(self) -> bool:
        """Whether there are unsaved changes: of files, of the keyring's entries, drafts.

        The undo stack is not clean: each of them is a step, but for a text that is no JSON yet.
        """
        return not self.undo.isClean() or bool(self.drafts)

    def unsaved(self) -> list[str]:
        """Name what would be lost without a save: `the new password of emailDs`, the files."""
        if self.workspace is None:
            return []
        from loopmail.core.app.journal import new_secrets, unsaved_texts
        from loopmail.core.secrets.pending import secret_of

        typed = [
            f"the new {secret_of(p)}" for p in new_secrets(unsaved_texts(self.workspace), LARGE)
        ]
        typed += [f"the text of {file}, which is not JSON yet" for file in self.drafts]
        secrets = dict.fromkeys([*self.entries.described(self.snapshot()), *typed])
        return [*secrets, *self.workspace.modified()]

    # -- what is chosen ---------------------------------------------------------------------

    def environments(self) -> tuple[str, ...]:
        """The environments to choose from, `development` first."""
        return self.workspace.app.environments if self.workspace is not None else ()

    def layers(self) -> tuple[str, ...]:
        """The datasources files that a change may go to, in LoopBack's reading order.

        Includes those that do not exist yet and would be made: `.local` and the environment's.
        """
        if self.workspace is None:
            return ()
        return editable_layers(self.env, {file.name for file in self.workspace.app.files})

    def set_environment(self, env: str | None) -> None:
        """Look at another environment; None means the base file only."""
        if env == self.env:
            return
        self.env = env
        self.variables = self.variables_for(env)
        self._view = None
        if self.layer not in self.layers():
            self.set_layer(BASE_FILE)
        self.environment_changed.emit()
        self._tell()

    def set_layer(self, layer: str) -> None:
        """Choose the file that the next change goes to."""
        if layer != self.layer:
            self.layer = layer
            self.layer_changed.emit()

    def choose_loopback(self, major: int | None) -> None:
        """Apply the rules of LoopBack 2 or 3; None: as found in the app."""
        if self.workspace is None:
            return
        found = self.workspace.app.versions
        self.chosen_major = major
        self.versions = choose(major, found)
        self._view = None
        self._tell()

    def select(self, kind: str, name: str = "") -> None:
        """Show another page."""
        if (kind, name) != self.selection:
            self.selection = (kind, name)
            self.selection_changed.emit()

    # -- changes ----------------------------------------------------------------------------

    def change(
        self,
        text: str,
        build: Callable[[Workspace], Sequence[Change]],
        say: Callable[[str], object],
        *,
        merge_key: str | None = None,
        select: tuple[str, str] | None = None,
    ) -> bool:
        """Do what `build` works out for the open app as one undo step; tell whether it was done.

        `say` gets a sentence if that is not possible (`build` may raise any LoopmailError);
        nothing is done then, and nothing happens while no app is open. See `push` for the rest.
        """
        if self.workspace is None:
            return False
        try:
            self.push(text, build(self.workspace), merge_key=merge_key, select=select)
        except LoopmailError as error:
            say(str(error))
            return False
        return True

    def move_secret(self, move: Move, *, merge_key: str | None = None) -> None:
        """Do a plan as one undo step; its entries reach the keyring with the next save.

        Raise EditError if a change does not fit; nothing is done then.
        """
        self.push(move.text, move.changes, merge_key=merge_key, entries=wanted_by(move))

    def begin_test(self) -> None:
        """Say that a test begins, which shows all that the checks know."""
        self.untouched.clear()
        self.testing.emit()

    def push(
        self,
        text: str,
        changes: Sequence[Change],
        *,
        merge_key: str | None = None,
        entries: Mapping[EntryKey, Wanted] | None = None,
        select: tuple[str, str] | None = None,
    ) -> None:
        """Do changes as one undo step called `text` (never holding a secret).

        Steps with the same `merge_key` that follow each other become one (typing in a field).
        `entries` of the keyring go with the step; they are pending until the next save. `select`
        is the page to show after it (undo leads back). Without changes and entries nothing
        happens. Raise EditError if a change does not fit; nothing is done then.
        """
        if self.workspace is None or not (changes or entries):
            return
        before = Selection(*self.selection, self.layer)
        after = Selection(*(select or self.selection), self.layer)
        inverses = list(self.workspace.apply(changes))
        self._drop_caches()
        step = UndoStep(list(changes), inverses, before, after, merge_key)
        if entries:
            step.redo = partial(self._stage, dict(entries))
            step.undo = partial(self._stage, self._stage(entries))
        self.undo.push(EditCommand(text, step, self._apply))
        size = sum(len(one.text) for one in self.workspace.documents.values())
        if merge_key is not None and size > LARGE:
            self._pause.start()
        else:
            self._settle(after)

    def rescan(self, app: AppFolder) -> None:
        """Take over a fresh look at the app's folder: files that appeared or went, other versions."""
        if self.workspace is not None:
            self.workspace.rescan(app)
            self.versions = choose(self.chosen_major, app.versions)
            self._drop_caches()
            self._tell()

    def _stage(self, wanted: Mapping[EntryKey, Wanted]) -> dict[EntryKey, Wanted]:
        """Want this of the keyring's entries; return what undoes it."""
        inverse = self.entries.stage(wanted)
        self.variables = self.variables_for(self.env)
        self._view = None
        return inverse

    def save(
        self,
        *,
        overwrite: Sequence[str] = (),
        share: bool = False,
        through: Callable[[Callable[[], None], Callable[[], bool]], object] = lambda work, _: (
            work()
        ),
    ) -> list[str]:
        """Write the modified files and the pending entries of the keyring, all or none.

        Raise SaveConflict, FileUnwritable or SecretError. `share`: the user agreed to use the
        entries together with another app of the same name. `through` runs what may block (see
        `work_through`) and gets what gives it up; edits made meanwhile stay unsaved.
        """
        workspace, entries = self.workspace, self.entries
        if workspace is None:
            return []
        from loopmail.core.secrets.move import SecretTransaction

        saving = workspace.saving(overwrite=overwrite)
        writes, snapshot = entries.writes(), self.snapshot()
        never_log(write.secret for write in writes if write.secret is not None)
        transaction = SecretTransaction(writes, self.store, snapshot, share=share)
        try:
            through(partial(transaction.run, saving), transaction.abandon)
        finally:
            saving.finish()
            self._note_entries(entries, transaction.done)
        if self.workspace is workspace:
            entries.note_saved(())
            self.settle_clean()
            self.saved.emit(saving.names)
            self.changed.emit()
        return saving.names

    def _note_entries(
        self, entries: PendingEntries, done: Sequence[tuple[KeyringWrite, KeyringWrite]]
    ) -> None:
        """The keyring has these now."""
        entries.note_saved(done)
        if entries is self.entries:
            self.keyring.know({write.user: write.secret for write, _ in done})
            self._ask()

    def settle_clean(self) -> None:
        """Count the present step as saved if nothing waits to be saved, no step if it does."""
        if self.workspace is None or not (self.workspace.modified() or self.entries):
            self.undo.setClean()
        else:
            self.undo.resetClean()

    def _apply(self, changes: Sequence[Change], place: Selection) -> None:
        """Undo or redo: apply without a new step and go where it was done."""
        if self.workspace is None:
            return
        self.workspace.apply(changes)
        self._drop_caches()
        self._settle(place)

    def _settle(self, place: Selection) -> None:
        self._tell()
        self.set_layer(place.layer)
        self.select(place.kind, place.name)

    # -- what is computed from it -----------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return the current snapshot (cached until the next change); needs an open app."""
        if self._snapshot is None:
            assert self.workspace is not None, "no app is open"
            self._snapshot = self.workspace.snapshot()
        return self._snapshot

    def datasources(self) -> Sequence[DatasourceInfo]:
        """Return the app's data sources, mail first (cached until the next change)."""
        if self._datasources is None:
            if self._listed is None:
                from loopmail.core.loopback.memo import DatasourceMemo

                self._listed = DatasourceMemo()
            self._datasources = self._listed.list_datasources(self.snapshot())
        return self._datasources

    def view(self) -> AppView:
        """Return what LoopBack makes of the app in the chosen environment (cached)."""
        if self._view is None:
            from loopmail.core.loopback.memo import EffectiveMemo
            from loopmail.core.loopback.view import AppView

            if self._loaded is None:
                self._loaded = EffectiveMemo()
            now = (self.snapshot(), self.env, self.variables, self.versions)
            self._view = AppView(*now, load=self._loaded.effective)
        return self._view

    def lacks_mail(self) -> bool:
        """Tell whether the open app has nothing to send mail with, in any of its files."""
        if self.workspace is None or any(one.is_mail for one in self.datasources()):
            return False
        return self.view().lacks_mail_everywhere

    def mail_summary(self) -> tuple[str, str]:
        """Return the data source that the app sends through and where that leads, or empty texts."""
        if self.workspace is None or not self.view().mail:
            return "", ""
        from loopmail.core.loopback.datasources import mail_detail

        name = self.view().default_datasource()
        return name, mask_host(mail_detail([dict(self.view().mail[name].settings)]))

    def effective(self) -> Effective:
        """Return the effective configuration for the chosen environment (cached)."""
        return self.view().effective

    @property
    def problems(self) -> Sequence[Problem]:
        """What the checks found last: in the chosen environment, or in all (`everywhere`)."""
        if self.everywhere:
            return self.finder.everywhere(self.env)
        return self.finder.found_in.get(self.env, ())

    def problems_here(self) -> list[Problem]:
        """Return what the checks found in the chosen environment."""
        return [problem for problem in self.problems if problem.env == (self.env or "")]

    def show_everywhere(self, everywhere: bool) -> None:
        """Let `problems` be those of all environments, or of the chosen one only."""
        if everywhere != self.everywhere:
            self.everywhere = everywhere
            self.problems_changed.emit()

    def secrets(self) -> Overlay:
        """Return the keyring as it will be after a save, for a worker to read."""
        return Overlay(self.store, self.entries.values())

    def refresh_variables(self) -> None:
        """Read the keyring again (it was unlocked, or another one was chosen)."""
        self.keyring.forget()
        self._ask()

    def _drop_caches(self) -> None:
        self.finder.drop()
        self._snapshot = None
        self._datasources = None
        self._view = None

    def _tell(self) -> None:
        """Let the pages show what is new, at once; then ask keyring and checks about it."""
        self._pause.stop()
        self.changed.emit()
        self._ask()

    def _ask(self) -> None:
        if self.workspace is None:
            self.finder.forget()
            return
        everywhere = tuple(dict.fromkeys((self.env, *self.environments())))
        self.keyring.read(self.store, everywhere, self.snapshot())
        variables = {env: self.variables_for(env) for env in everywhere}
        known = self._view is not None and variables[self.env] == self.variables
        loaded = self.effective() if known else None
        self.finder.look(Question(self.snapshot(), self.versions, variables, loaded))

    def variables_for(self, env: str | None) -> Variables:
        """Return the variables of an environment, with the passwords that wait for a save."""
        if self.workspace is None:
            return replace(self.variables, keyring={})
        known = self.keyring.values(self.app_name, env, self.entries.values())
        return replace(self.variables, keyring=known)

    def _take_keyring(self) -> None:
        self.variables = self.variables_for(self.env)
        self._view = None
        self.variables_changed.emit()
        self._tell()
