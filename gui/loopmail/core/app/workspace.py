"""An open app: its documents, the changes made to them, and saving them."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from loopmail.core.app.document import Document, decode
from loopmail.core.app.folder import (
    AppFolder,
    layer_name,
    open_app,
    parse_layer_name,
    reading_place,
)
from loopmail.core.app.merge import Conflict, Side, merge_texts
from loopmail.core.disk.reading import FileState, is_missing, read_file
from loopmail.core.disk.saving import PendingSave, SaveTransaction, tidy
from loopmail.core.errors import FileUnreadable, FileUnwritable, LoopmailError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import Edit, find, remove_value, set_value

_log = logging.getLogger(__name__)

# --- A save in three parts ------------------------------------------------------------
# The slow part can run on a worker thread: a save is made on the thread that owns the documents;
# `run` touches plain data only and may block; `finish`, on the documents' thread again, notifies them
# of what was written. Edits made meanwhile stay unsaved edits.


class Saving:
    """Saves several files, all or none where the system allows."""

    def __init__(self, files: Sequence[tuple[str, Document, PendingSave]], said: list[str]) -> None:
        self._files = files
        self._said = said
        self._transaction = SaveTransaction([pending for _, _, pending in files])
        self.names = [name for name, _, _ in files]

    def run(self, then: Callable[[], None] | None = None) -> None:
        """Write; raise SaveConflict or FileUnwritable, whose text says what was written.

        `then` belongs to the save: if it raises, the files are taken back.
        """
        try:
            self._transaction.run(then)
        except BaseException as error:
            _log.info("saving %s failed: %s", self.names, type(error).__name__)
            raise
        _log.info("saved %s", self.names)

    @property
    def wrote(self) -> bool:
        """Whether a file was written, also if the save failed after that."""
        return bool(self._transaction.written)

    def finish(self) -> list[str]:
        """Note in the documents what was written, and return its names."""
        written = [entry for entry in self._files if entry[2] in self._transaction.written]
        for _, document, pending in written:
            document.mark_saved(pending)
        self._said[:] = self._transaction.notes
        return [name for name, _, _ in written]


# --- The open app ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of one file (by its name in the server folder, e.g. `datasources.json`).

    Applying a change to a file that does not exist yet creates it (an empty edit, too); the
    change that undoes it has `uncreate`: it forgets the file again unless it has been saved.
    """

    file: str
    edit: Edit
    uncreate: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Plain data of all layers at one moment, for worker threads and for the rules.

    `values` holds the parsed JSON files; `errors` one sentence for each file that is broken
    or unreadable; `texts` the text of each file.
    """

    app: AppFolder
    values: Mapping[str, Json]
    errors: Mapping[str, str]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Merge:
    """How a change from outside and the own edits go together: a change, or conflicts."""

    change: Change | None  # None without conflicts: nothing is left to change
    conflicts: tuple[Conflict, ...]


class Workspace:
    """The app's documents by file name; every change of the program goes through `apply`."""

    def __init__(self, app: AppFolder) -> None:
        self.app = app
        self._documents: dict[str, Document] = {}
        self._unborn: dict[str, Document] = {}  # asked for, but nothing was written into them yet
        self.unreadable: Mapping[str, str] = {}  # file name to sentence, for files that exist
        self._snapshot: Snapshot | None = None
        self.may_leave = False  # the user agreed to write where links lead out of the app's folder
        self.said: list[str] = []  # what there is to say of the last save, as sentences
        # What became of a save that was interrupted, as sentences.
        self.settled = tuple(tidy(app.server, [file.path for file in app.files]))
        if self.settled:  # files may have come or changed
            app = open_app(app.server)
            self.app = replace(app, notes=(*self.settled, *app.notes))
        self._load_missing()

    def _load_missing(self) -> list[str]:
        """Read the files of the app that are no documents yet; return their names."""
        unreadable: dict[str, str] = {}
        found = []
        for layer in self.app.files:
            if layer.script or layer.name in self._documents:
                continue
            try:
                self._documents[layer.name] = Document.load(layer.path)
                found.append(layer.name)
            except FileUnreadable as error:
                unreadable[layer.name] = str(error)
        self.unreadable = unreadable
        self._sort()
        return found

    def rescan(self, app: AppFolder) -> list[str]:
        """Take a fresh look at the app's folder; return the names of the files that appeared.

        Documents stay as they are, edits included; one whose file is gone stays until it is
        unmodified and the folder does not list it any more.
        """
        listed = {layer.name for layer in app.files}
        for name, document in list(self._documents.items()):
            if name not in listed and document.saved_text is not None and not document.modified:
                del self._documents[name]
        self.app = app
        found = self._load_missing()
        self._snapshot = None
        return found

    @classmethod
    def open(cls, path: Path) -> "Workspace":
        """Open an app; raise AppError. Files that cannot be read are in `unreadable`."""
        opened = cls(open_app(path))
        versions, count = opened.app.versions, len(opened.documents)
        _log.info(
            "opened %s: LoopBack %s, Nodemailer %s, %d files, %d unreadable",
            opened.app.root,
            versions.loopback,
            versions.nodemailer,
            count,
            len(opened.unreadable),
        )
        return opened

    @classmethod
    def detached(cls, snapshot: Snapshot) -> "Workspace":
        """Return a copy in memory, for trying changes out on a worker thread; never to be saved."""
        made = cls.__new__(cls)
        made.app = snapshot.app
        server = snapshot.app.server
        made._documents = {
            name: Document.new(server / name, text) for name, text in snapshot.texts.items()
        }
        made._unborn = {}
        made.settled, made.said, made.may_leave = (), [], False
        made.unreadable = {n: e for n, e in snapshot.errors.items() if n not in snapshot.texts}
        made._snapshot = None
        return made

    def _sort(self) -> None:
        names = sorted(self._documents, key=reading_place)
        self._documents = {name: self._documents[name] for name in names}

    @property
    def documents(self) -> Mapping[str, Document]:
        """The JSON files that exist (or were created here), in LoopBack's reading order."""
        return self._documents

    def document(self, name: str, *, create: bool = False) -> Document:
        """Return a document; raise FileUnreadable if it is missing (unless `create`).

        A created document becomes one of `documents` when the first change is applied to it.
        """
        if name in self._documents:
            return self._documents[name]
        path = self.app.server / name
        if name in self.unreadable:
            raise FileUnreadable(path, self.unreadable[name])
        if not create:
            raise FileUnreadable(path, f"The app has no file {name}.")
        if Path(name).name != name or name in ("", ".", ".."):
            raise FileUnreadable(path, f"“{name}” is no name for a file in {self.app.server}.")
        return self._unborn.setdefault(name, Document.new(path))

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Apply changes in order and return those that undo them, in the order to apply.

        If one does not fit (EditError, FileUnreadable) or would make a file that LoopBack does not
        read (FileUnwritable), those before it are taken back.
        """
        undo: list[Change] = []
        try:
            for change in changes:
                undo.insert(0, self._apply(change))
        except LoopmailError:
            for change in undo:
                self._apply(change)
            raise
        if undo:
            self._snapshot = None
        return undo

    def _apply(self, change: Change) -> Change:
        document = self.document(change.file, create=True)
        born = change.file not in self._documents
        if born:
            self._refuse_unread(change.file)
        inverse = Change(change.file, document.apply(change.edit), uncreate=born)
        if born:
            self._documents[change.file] = self._unborn.pop(change.file)
            self._sort()
        elif change.uncreate and document.saved_text is None:
            del self._documents[change.file]
            self._unborn.pop(change.file, None)
        self._snapshot = None
        return inverse

    def _refuse_unread(self, name: str) -> None:
        """Raise FileUnwritable if LoopBack would not read a file of this name once it is made.

        Source: findConfigFiles() of loopback-boot 2.28 `lib/config-loader.js` and 3.3
        `lib/plugin-base.js`.
        """
        found = parse_layer_name(name)
        if found is None:
            return
        base, script = layer_name(found.kind), name.removesuffix(".json") + ".js"
        why = ""
        if found.kind == "datasources" and self.app.handed and base not in self._documents:
            why = (
                f"LoopBack would not read it, since {self.app.handed} hands the data sources to "
                "loopback-boot in code. Change them there."
            )
        elif found.layer.slot == "base":
            return
        elif self.app.file(script) is not None:
            why = f"LoopBack would not read it, since {script} stands beside it. Change {script}."
        elif base not in self._documents and self.app.file(base) is None:
            why = f"LoopBack would not read it without a {base}. Make that first."
        if why:
            raise FileUnwritable(self.app.server / name, f"{name} was not made: {why}")

    def edit_value(self, file: str, pointer: str, value: Json) -> Change:
        """Make the change that sets a value (UNDEFINED removes it); nothing is applied.

        Raise EditError if it does not fit, InvalidJson if the file is broken.
        """
        document = self.document(file, create=True)
        if value is not UNDEFINED:
            return Change(file, set_value(document.text, pointer, value, document.root))
        if find(document.root, pointer) is None:
            return Change(file, Edit(0, 0, ""))
        return Change(file, remove_value(document.text, pointer, document.root))

    def modified(self) -> list[str]:
        """The names of the files that saving would write."""
        return [name for name, document in self.documents.items() if document.modified]

    def save(self, *, overwrite: Sequence[str] = ()) -> list[str]:
        """Save all modified files, all or none where the system allows; return their names.

        Raise SaveConflict or FileUnwritable; the error's text says which files were written.
        """
        saving = self.saving(overwrite=overwrite)
        try:
            saving.run()
        finally:
            saving.finish()
        return saving.names

    def saving(self, *, overwrite: Sequence[str] = ()) -> Saving:
        """Return the save of what is modified now, for a worker to run (see Saving)."""
        modified = [(name, self._documents[name]) for name in self.modified()]
        home = None if self.may_leave else self.app.root
        files = [
            (name, one, replace(one.pending_save(overwrite=name in overwrite), home=home))
            for name, one in modified
        ]
        return Saving(files, self.said)

    def merge_external(
        self, name: str, prefer: Mapping[str, Side] | None, state: FileState | None
    ) -> Merge:
        """Merge what a worker has just read from disk with the own unsaved edits; apply nothing.

        `change` of the result makes the text the merged one; applying it makes the file on
        disk count as the saved one, so that saving is no conflict any more. While `conflicts`
        is not empty there is no change: call again with `prefer`, a side for each pointer of
        a conflict. Raise FileUnreadable if there is no file any more (`state` None).
        """
        document = self.document(name)
        if state is None:
            raise FileUnreadable(document.path, f"{document.path} has been deleted.")
        base, (_, theirs) = document.saved_text, decode(state.data)
        merged = merge_texts(base or "", document.text, theirs, prefer or {})
        if merged.text is None:
            return Merge(None, merged.conflicts)
        edit = document.adopt_by(merged.text, state)
        return Merge(None if edit is None else Change(name, edit), ())

    def load_external(self, name: str, state: FileState) -> Change | None:
        """Return the change that makes the text what a worker has just read from disk.

        Applying it makes that count as saved; None: the texts are equal, and it counts at once.
        """
        edit = self.document(name).adopt_by(decode(state.data)[1], state)
        return None if edit is None else Change(name, edit)

    def snapshot(self) -> Snapshot:
        """Return plain data for workers and rules."""
        if self._snapshot is None:
            values, errors, texts = {}, dict(self.unreadable), {}
            for name, document in self.documents.items():
                texts[name] = document.text
                if document.error is None:
                    values[name] = document.value()
                else:
                    errors[name] = str(document.error)
            self._snapshot = Snapshot(self.app, values, errors, texts)
        return self._snapshot


# --- Comparing the open files with the disk on a worker thread: plain data in, plain data out ---

KnownFile: TypeAlias = tuple[str, Path, FileState | None]


@dataclass(frozen=True, slots=True)
class Look:
    """What the disk said of the open files and of their folder at one moment."""

    listing: frozenset[str]  # names of the files that could be configuration
    same: tuple[tuple[str, FileState | None, FileState], ...]  # name, as known, as read again
    other: tuple["ChangedFile", ...]


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is not what was read or written last; `state` is None if it is gone or unreadable."""

    name: str
    known: FileState | None
    state: FileState | None
    error: str | None = None
    gone: bool = False  # for certain; else it may be there, and cannot be read


def known_files(workspace: Workspace) -> list[KnownFile]:
    """Return what `look` needs to know, taken on the thread that owns the workspace."""
    return [(name, one.path, one.disk) for name, one in workspace.documents.items()]


def look(folder: Path, files: Iterable[KnownFile]) -> Look:
    """Compare the files with the disk; may block, never raises for what is on the disk."""
    same: list[tuple[str, FileState | None, FileState]] = []
    other: list[ChangedFile] = []
    for name, path, known in files:
        if known is None and is_missing(path):
            continue
        if known is not None and known.surely_unchanged(path):
            continue
        try:
            now = read_file(path)
        except FileUnreadable as error:
            other.append(ChangedFile(name, known, None, str(error), is_missing(path)))
            continue
        if known is not None and now.data == known.data:
            same.append((name, known, now))
        else:
            other.append(ChangedFile(name, known, now))
    return Look(listing(folder), tuple(same), tuple(other))


def listing(folder: Path) -> frozenset[str]:
    """Return the names of the files that could be configuration; none if the folder is gone."""
    try:
        names = os.listdir(folder)
    except OSError:
        return frozenset()
    return frozenset(name for name in names if name.endswith((".json", ".js")))
