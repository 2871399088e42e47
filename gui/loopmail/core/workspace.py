"""An open app: its documents and the changes made to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loopmail.core.app_folder import AppFolder, open_app, reading_place
from loopmail.core.atomic_save import tidy_folder
from loopmail.core.document import Document, decode, replacing_edit
from loopmail.core.errors import FileUnreadable, LoopmailError
from loopmail.core.file_reading import FileState
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import Edit, find, remove_value, set_value
from loopmail.core.merge import Conflict, Side, merge_texts
from loopmail.core.saving import Saving


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
        self._unreadable: Mapping[str, str] = {}
        self._snapshot: Snapshot | None = None
        tidy_folder(app.server)
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
        self._unreadable = unreadable
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
        return cls(open_app(path))

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
        made._unreadable = {n: e for n, e in snapshot.errors.items() if n not in snapshot.texts}
        made._snapshot = None
        return made

    def _sort(self) -> None:
        names = sorted(self._documents, key=reading_place)
        self._documents = {name: self._documents[name] for name in names}

    @property
    def documents(self) -> Mapping[str, Document]:
        """The JSON files that exist (or were created here), in LoopBack's reading order."""
        return self._documents

    @property
    def unreadable(self) -> Mapping[str, str]:
        """File name to sentence, for files that exist and cannot be read."""
        return self._unreadable

    def document(self, name: str, *, create: bool = False) -> Document:
        """Return a document; raise FileUnreadable if it is missing (unless `create`).

        A created document becomes one of `documents` when the first change is applied to it.
        """
        if name in self._documents:
            return self._documents[name]
        path = self.app.server / name
        if name in self._unreadable:
            raise FileUnreadable(path, self._unreadable[name])
        if not create:
            raise FileUnreadable(path, f"The app has no file {name}.")
        if Path(name).name != name or name in ("", ".", ".."):
            raise FileUnreadable(path, f"“{name}” is no name for a file in {self.app.server}.")
        return self._unborn.setdefault(name, Document.new(path))

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Apply changes in order and return those that undo them, in the order to apply.

        If one does not fit (EditError, FileUnreadable), those before it are taken back.
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
        inverse = Change(change.file, document.apply(change.edit), uncreate=born)
        if born:
            self._documents[change.file] = self._unborn.pop(change.file)
            self._sort()
        elif change.uncreate and document.saved_text is None:
            del self._documents[change.file]
            self._unborn.pop(change.file, None)
        self._snapshot = None
        return inverse

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

    def changed_on_disk(self) -> list[str]:
        """The names of the files that changed on disk since they were read."""
        return [name for name, document in self.documents.items() if document.changed_on_disk()]

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
        return Saving(
            [
                (
                    name,
                    self._documents[name],
                    self._documents[name].pending_save(overwrite=name in overwrite),
                )
                for name in self.modified()
            ]
        )

    def merge_external(
        self,
        name: str,
        prefer: Mapping[str, Side] | None = None,
        state: FileState | None = None,
    ) -> Merge:
        """Merge what is on disk now with the own unsaved edits; nothing is applied.

        `change` of the result makes the text the merged one; applying it makes the file on
        disk count as the saved one, so that saving is no conflict any more. While `conflicts`
        is not empty there is no change: call again with `prefer`, a side for each pointer of
        a conflict. `state` is the file as a worker has just read it; without it the file is read
        here. Raise FileUnreadable if the file cannot be read.
        """
        document = self.document(name)
        state = state or document.disk_state()
        if state is None:
            raise FileUnreadable(document.path, f"{document.path} has been deleted.")
        base, (_, theirs) = document.saved_text, decode(state.data)
        merged = merge_texts("" if base is None else base, document.text, theirs, prefer or {})
        if merged.text is None:
            return Merge(None, merged.conflicts)
        edit = document.adopt_by(replacing_edit(document.text, merged.text), state)
        return Merge(None if edit is None else Change(name, edit), ())

    def load_external(self, name: str, state: FileState) -> Change | None:
        """Return the change that makes the text what a worker has just read from disk.

        Applying it makes that count as saved; None: the texts are equal, and it counts at once.
        """
        document = self.document(name)
        edit = document.adopt_by(replacing_edit(document.text, decode(state.data)[1]), state)
        return None if edit is None else Change(name, edit)

    def snapshot(self) -> Snapshot:
        """Return plain data for workers and rules."""
        if self._snapshot is None:
            values, errors, texts = {}, dict(self._unreadable), {}
            for name, document in self.documents.items():
                texts[name] = document.text
                if document.error is None:
                    values[name] = document.value()
                else:
                    errors[name] = str(document.error)
            self._snapshot = Snapshot(self.app, values, errors, texts)
        return self._snapshot
