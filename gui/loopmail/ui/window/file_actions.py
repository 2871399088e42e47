"""The menu File: opening, saving and leaving an app, off the GUI thread; asks before loss."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import (
    AppError,
    FileError,
    KeyringShared,
    LeavesApp,
    LoopmailError,
    SaveConflict,
    SecretError,
    SeveralApps,
)
from loopmail.log import never_log
from loopmail.ui.session.messages import Choice, Dialogs, MessageBar
from loopmail.ui.session.settings import AppNote, Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Abandoned, Job, work_through
from loopmail.ui.widgets.building_blocks import single_shot

_log = logging.getLogger(__name__)
_PATIENCE_MS = 700  # a save takes milliseconds
# What the window imports anyway as soon as it shows an app. The worker that reads the app imports
# these first, by name: an import statement at the top would delay the empty window, and one in a
# function of the window would hold up the GUI thread.
_NEEDED_FOR_AN_APP = (
    "loopmail.core.app.journal",
    "loopmail.core.loopback.effective",
    "loopmail.ui.page.mail",
    "loopmail.ui.sending.panel",
)


class FileActions(QObject):
    """What the menu File does."""

    opening = Signal(bool)  # an app is being read
    imported = Signal()  # what shows an app can be made, while the worker reads on
    draft_wanted = Signal(str)  # show the text that was typed for this file, and is no JSON
    said = Signal(str)  # a short message for the status bar
    _given_up = Signal()  # the keyring is not waited for any longer

    def __init__(
        self,
        state: AppState,
        messages: MessageBar,
        dialogs: Dialogs,
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._state = state
        self._messages = messages
        self._dialogs = dialogs
        self._settings = settings
        self._window = window
        self._job: Job | None = None
        self._overwrite: tuple[str, ...] = ()  # files whose state on disk may be lost
        self._saving = False
        self._abandon: Callable[[], bool] = lambda: False  # gives the save up
        self._slow = single_shot(self, _PATIENCE_MS, self._tell_slow)
        state.selection_changed.connect(self._hush)
        state.saved.connect(self.take_note)

    def _hush(self) -> None:
        """A broken file's page says what is wrong itself."""
        kind, name = self._state.selection
        if kind == "file":
            self._messages.close_message(f"broken-{name}")

    def ask(self) -> None:
        """Let the user choose a folder and open it."""
        workspace = self._state.workspace
        recent = self._settings.recent()
        start = workspace.app.root if workspace is not None else (recent[0] if recent else None)
        path = self._dialogs.folder(self._window, start)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open an app unless the user keeps the one with unsaved changes."""
        if self.may_lose():
            self.load(path)

    def reload(self) -> None:
        """Go back to the files on disk; asks first when that loses changes."""
        workspace = self._state.workspace
        if workspace is None:
            return
        if self._state.modified and not self._dialogs.confirm(
            self._window,
            self.tr("Revert"),
            self._throw_away(),
            self.tr("Revert"),
        ):
            return
        self.load(workspace.app.server, keep=True)

    def _throw_away(self) -> str:
        """Ask, and name what would be lost in a paragraph of its own."""
        question = self.tr("Throw away all changes since the last save?")
        return "\n\n".join((question, "; ".join(self._state.unsaved())))

    def load(self, path: Path, *, keep: bool = False, remember: bool = True) -> None:
        """Read an app and show it, whatever happens to the one that is open.

        `keep` stays on the page; `remember` puts it into the recent apps.
        """
        if self._job is not None:
            self._job.cancel()
        job = Job(lambda: _read(path, job.report))
        job.progress.connect(self.imported)
        job.done.connect(lambda workspace: self._show(workspace, keep, remember))
        job.failed.connect(lambda error: self._explain(error, path))
        job.finished.connect(lambda: self.opening.emit(False))
        self._job = job
        self.opening.emit(True)
        job.start()

    def _show(self, workspace: Workspace, keep: bool, remember: bool) -> None:
        state = self._state
        if not keep:
            self.take_note()
        self._messages.close_all()
        self._overwrite = ()
        env, layer, major = state.env, state.layer, state.chosen_major
        known = self._settings.note(workspace.app.root)
        page = state.selection if keep else first_page(workspace, known.datasource)
        if remember:
            self._settings.add_recent(workspace.app.root)
        state.set_workspace(workspace, select=page)
        if not keep and known.env in ("", *workspace.app.environments):
            state.set_environment(known.env or None)
        if keep:
            state.set_environment(env)
            state.set_layer(layer)
            state.choose_loopback(major)
        for number, note in enumerate(workspace.app.notes):
            self._messages.show_message(f"note-{number}", "warn", "", note)
        if workspace.app.built_note is not None:
            self._messages.show_message("built", "info", "", workspace.app.built_note)
        for name, sentence in state.snapshot().errors.items():
            if state.selection != ("file", name):  # whose page says so itself
                choices = [(self.tr("Show"), partial(state.select, "file", name))]
                self._messages.show_message(f"broken-{name}", "error", "", sentence, choices)
        self.take_note()

    def take_note(self) -> None:
        """Remember of the open app what its row among the recent ones says, and where one was."""
        state, workspace = self._state, self._state.workspace
        if workspace is None or workspace.app.root not in self._settings.recent():
            return
        kind, name = state.selection
        before = self._settings.note(workspace.app.root)
        mail, server = before.mail, before.server
        if not state.modified:  # what is not saved may never be
            mail, server = state.mail_summary()
        datasource = name if kind in ("datasource", "setup") else before.datasource
        note = AppNote(state.env or "", datasource, mail, server)
        self._settings.set_note(workspace.app.root, note)

    def _explain(self, error: LoopmailError, path: Path) -> None:
        if isinstance(error, SeveralApps):
            self._choose(error)
            return
        if isinstance(error, AppError) and error.gone:
            self._settings.forget_recent(path)
        _log.info("not opened %s: %s", path, type(error).__name__)
        self._messages.show_message("open", "error", self.tr("Not opened."), str(error))

    def _choose(self, error: SeveralApps) -> None:
        """Let the user choose between the apps of a folder; the dialog does not wait for it."""
        from loopmail.ui.dialogs.choose_app import ChooseAppDialog

        dialog = ChooseAppDialog(error.path, error.places, self._window)
        dialog.chosen.connect(self.load)
        dialog.open()

    # -- saving and leaving -------------------------------------------------------------------

    def save(self, *, share: bool = False) -> bool:
        """Save all changes; tell whether nothing is left to save. A worker writes.

        `share`: also entries of the keyring that another app of the same name has.
        """
        if self._saving:
            return False
        if self._state.drafts:
            self._tell_drafts()
            return False
        self._saving = True
        self._slow.start()
        try:
            names = self._state.save(
                overwrite=self._overwrite, share=share, through=self._work_through
            )
        except SaveConflict as error:
            self._offer_overwrite(error)
            return False
        except Abandoned:
            return False
        except LeavesApp as error:
            self._ask_to_leave(error)
            return False
        except SecretError as error:
            self._explain_keyring(error)
            return False
        except LoopmailError as error:
            self._messages.show_message("save", "error", self.tr("Not saved."), str(error))
            return False
        finally:
            self._saving = False
            self._slow.stop()
            self._messages.close_message("saving")
        self._overwrite = ()
        self._messages.close_message("save")
        self._messages.close_message("disk")
        workspace = self._state.workspace
        if workspace is not None and workspace.said:
            self._messages.show_message(
                "saved", "info", self.tr("Saved."), " ".join(workspace.said)
            )
        if names:
            self.said.emit(self.tr("Saved {0}").format(", ".join(names)))
        return not self._state.modified

    def review(self) -> None:
        """Show all that a save would write."""
        from loopmail.ui.dialogs.review import ReviewDialog

        open_one = self._window.findChild(ReviewDialog)
        if open_one is not None:
            open_one.raise_()
            open_one.activateWindow()
            return
        dialog = ReviewDialog(self._state, self._window)

        def save() -> None:
            if self.save():
                dialog.close()

        dialog.save_wanted.connect(save)
        dialog.show()

    def _tell_drafts(self) -> None:
        """Nothing is saved while a text that was typed is no JSON: mend it, or drop it."""
        file, error = next(iter(self._state.drafts.errors().items()))
        text = self.tr("{0}, line {1}, column {2}: {3}. Mend the text in JSON first, or drop it.")
        choices: list[Choice] = [
            (self.tr("Go There"), lambda: self.draft_wanted.emit(file)),
            (self.tr("Drop the Text"), lambda: self._state.drafts.drop(file)),
        ]
        said = text.format(file, error.line, error.column, error.reason)
        self._messages.show_message("save", "error", self.tr("Not saved."), said, choices)

    def _work_through(self, work: Callable[[], None], abandon: Callable[[], bool]) -> None:
        self._abandon = abandon
        work_through(work, self._given_up)

    def _explain_keyring(self, error: SecretError) -> None:
        """Nothing was saved, since the keyring failed."""
        shared = isinstance(error, KeyringShared)
        label = self.tr("Use the Entries Together") if shared else self.tr("Try Again")
        choices: list[Choice] = [(label, lambda: self._save_again(share=shared))]
        title = self.tr("Not saved.")
        self._messages.show_message("save", "error", title, str(error), choices)

    def _save_again(self, *, share: bool) -> None:
        self.save(share=share)

    def _tell_slow(self) -> None:
        if not self._state.entries.values():
            text = self.tr("The disk has not answered yet. You can go on working.")
            self._messages.show_message("saving", "info", self.tr("Saving…"), text)
            return
        text = self.tr(
            "Waiting for the keyring. It may be asking you something in a window of its own. "
            "You can go on working."
        )
        choices = [(self.tr("Stop Saving"), self._give_up)]
        self._messages.show_message("saving", "info", self.tr("Saving…"), text, choices)

    def _give_up(self) -> None:
        """Do not wait for the keyring any longer; nothing was saved."""
        if self._abandon():
            self._given_up.emit()
            self.said.emit(self.tr("Not saved"))

    def _ask_to_leave(self, error: FileError) -> None:
        def write_there() -> None:
            if self._state.workspace is not None:
                self._state.workspace.may_leave = True
                self.save()

        choices = [(self.tr("Write There"), write_there)]
        self._messages.show_message("save", "warn", self.tr("Not saved."), str(error), choices)

    def _offer_overwrite(self, error: FileError) -> None:
        def save_over() -> None:
            self.keep_mine([*self._overwrite, error.path.name])
            self.save()

        choices = [(self.tr("Keep Mine"), save_over), (self.tr("Load Theirs"), self.load_theirs)]
        self._messages.show_message("save", "warn", self.tr("Not saved."), str(error), choices)

    def keep_mine(self, names: Sequence[str]) -> None:
        """Overwrite these files with what is here at the next save."""
        self._overwrite = tuple(names)

    def load_theirs(self) -> None:
        """Throw away what is here and read the disk; asks first when that loses passwords."""
        workspace = self._state.workspace
        if workspace is None:
            return
        if not self._state.entries or self._dialogs.confirm(
            self._window,
            self.tr("Load Theirs"),
            self._throw_away(),
            self.tr("Load Theirs"),
        ):
            self.load(workspace.app.server, keep=True)

    def may_lose(self) -> bool:
        """Ask about unsaved changes; tell whether the open app may be left."""
        workspace = self._state.workspace
        if self._saving:
            return self._dialogs.confirm(
                self._window,
                self.tr("Saving…"),
                self.tr("Saving is not done yet. Leave without knowing what was saved?"),
                self.tr("Leave"),
            )
        if workspace is None or not self._state.modified:
            return True
        answer = self._dialogs.unsaved(self._window, self._state.app_name, self._state.unsaved())
        if answer == "save":
            return self.save()
        return answer == "discard"


def _read(path: Path, report: Callable[[object], None]) -> Workspace:
    """Read an app; called on a worker thread, as are the first imports for it."""
    for name in _NEEDED_FOR_AN_APP:
        import_module(name)
    from loopmail.core.loopback.registry import preload_definitions
    from loopmail.core.secrets.adopt import find_secrets

    report("imported")
    try:
        workspace = Workspace.open(path)
    except AppError as error:
        error.gone = not path.exists()
        raise
    preload_definitions(workspace.snapshot())  # which parses the files, and keeps them
    never_log(secret.value for secret in find_secrets(workspace.snapshot()))
    return workspace


def first_page(workspace: Workspace, wanted: str = "") -> tuple[str, str]:
    """Return what to show of an app first: its mail, else what is broken, else a way to mail.

    `wanted` is the data source that was looked at last, if there is one.
    """
    from loopmail.core.loopback.datasources import list_datasources
    from loopmail.core.loopback.variables import Variables
    from loopmail.core.loopback.view import AppView

    snapshot = workspace.snapshot()
    sources = list_datasources(snapshot)
    if any(one.name == wanted for one in sources):
        return ("datasource", wanted)
    if sources and sources[0].is_mail:  # mail ones come first
        return ("datasource", sources[0].name)
    broken = next(iter(snapshot.errors), None)
    if broken is not None:
        return ("file", broken)
    view = AppView(snapshot, "development", Variables(), workspace.app.versions)
    return ("add", "") if view.lacks_mail_everywhere else ("bindings", "")
