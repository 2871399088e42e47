"""An open app: its documents and the changes made to them. STUB: bodies are being written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loopmail.core.app_folder import AppFolder
from loopmail.core.document import Document
from loopmail.core.js import Json
from loopmail.core.jsontext import Edit


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

    app: AppFolder

    def __init__(self, app: AppFolder) -> None:
        raise NotImplementedError

    @classmethod
    def open(cls, path: Path) -> "Workspace":
        """Open an app; raise AppError. Files that cannot be read are in `unreadable`."""
        raise NotImplementedError

    @property
    def documents(self) -> Mapping[str, Document]:
        """The JSON files that exist (or were created here), in LoopBack's reading order."""
        raise NotImplementedError

    @property
    def unreadable(self) -> Mapping[str, str]:
        """File name to sentence, for files that exist and cannot be read."""
        raise NotImplementedError

    def document(self, name: str, *, create: bool = False) -> Document:
        """Return a document; raise FileUnreadable if it is missing (unless `create`)."""
        raise NotImplementedError

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Apply changes in order and return those that undo them, in the order to apply."""
        raise NotImplementedError

    def edit_value(self, file: str, pointer: str, value: Json) -> Change:
        """Make the change that sets a value (UNDEFINED removes it); nothing is applied."""
        raise NotImplementedError

    def modified(self) -> list[str]:
        """The names of the files that saving would write."""
        raise NotImplementedError

    def changed_on_disk(self) -> list[str]:
        """The names of the files that changed on disk since they were read."""
        raise NotImplementedError

    def save(self, *, overwrite: Sequence[str] = ()) -> list[str]:
        """Save all modified files, all or none where the system allows; return their names.

        Raise SaveConflict or FileUnwritable; the error's text says which files were written.
        """
        raise NotImplementedError

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every applied change."""
        raise NotImplementedError

    def snapshot(self) -> Snapshot:
        """Return plain data for workers and rules."""
        raise NotImplementedError
