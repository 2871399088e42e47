"""An open app: its documents and the changes made to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loopmail.core.app_folder import AppFolder, open_app
from loopmail.core.document import Document
from loopmail.core.errors import FileUnreadable
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import Edit, find, remove_value, set_value


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of one file (by its name in the server folder, e.g. `datasources.json`)."""

    file: str
    edit: Edit


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


class Workspace:
    """The app's documents by file name; every change of the program goes through `apply`."""

    def __init__(self, app: AppFolder) -> None:
        self.app = app
        self._documents: dict[str, Document] = {}
        self._unreadable: dict[str, str] = {}
        self._listeners: list[Callable[[], None]] = []
        self._snapshot: Snapshot | None = None
        for layer in app.files:
            if layer.script:
                continue
            try:
                self._documents[layer.name] = Document.load(layer.path)
            except FileUnreadable as error:
                self._unreadable[layer.name] = str(error)

    @classmethod
    def open(cls, path: Path) -> "Workspace":
        """Open an app; raise AppError. Files that cannot be read are in `unreadable`."""
        return cls(open_app(path))

    @property
    def documents(self) -> Mapping[str, Document]:
        """The JSON files that exist (or were created here), in LoopBack's reading order."""
        return {n: self._documents[n] for n in sorted(self._documents, key=_reading_order)}

    @property
    def unreadable(self) -> Mapping[str, str]:
        """File name to sentence, for files that exist and cannot be read."""
        return self._unreadable

    def document(self, name: str, *, create: bool = False) -> Document:
        """Return a document; raise FileUnreadable if it is missing (unless `create`)."""
        if name in self._documents:
            return self._documents[name]
        path = self.app.server / name
        if name in self._unreadable:
            raise FileUnreadable(path, self._unreadable[name])
        if not create:
            raise FileUnreadable(path, f"The app has no file {name}.")
        self._documents[name] = Document.new(path)
        self._snapshot = None
        return self._documents[name]

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Apply changes in order and return those that undo them, in the order to apply."""
        undo = [Change(c.file, self.document(c.file, create=True).apply(c.edit)) for c in changes]
        if undo:
            self._snapshot = None
            for listener in tuple(self._listeners):
                listener()
        return undo[::-1]

    def edit_value(self, file: str, pointer: str, value: Json) -> Change:
        """Make the change that sets a value (UNDEFINED removes it); nothing is applied."""
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
        names = self.modified()
        for name in names:
            self._documents[name].save(overwrite=name in overwrite)
        return names

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every applied change."""
        self._listeners.append(listener)

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


_KINDS = ("datasources", "model-config", "config")


def _reading_order(name: str) -> tuple[int, int, str]:
    kind, _, rest = name.partition(".")
    slot = {"json": 0, "local.json": 1}.get(rest, 2)
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS), slot, name)
