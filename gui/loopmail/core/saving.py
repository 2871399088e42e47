"""A save in three parts, so that the slow one can run on a worker thread.

Made on the thread that owns the documents; `run` touches plain data only and may block; `finish`
tells the documents, on their own thread again, what was written. Edits made meanwhile stay
unsaved edits.
"""

from collections.abc import Sequence

from loopmail.core.atomic_save import PendingSave, SaveTransaction
from loopmail.core.document import Document


class Saving:
    """Saves several files, all or none where the system allows."""

    def __init__(self, files: Sequence[tuple[str, Document, PendingSave]]) -> None:
        self._files = files
        self._transaction = SaveTransaction([pending for _, _, pending in files])

    @property
    def names(self) -> list[str]:
        """The names of the files it saves."""
        return [name for name, _, _ in self._files]

    def run(self) -> None:
        """Write; raise SaveConflict or FileUnwritable, whose text says what was written."""
        self._transaction.run()

    def finish(self) -> list[str]:
        """Note in the documents what was written, and return its names."""
        written = [entry for entry in self._files if entry[2] in self._transaction.written]
        for _, document, pending in written:
            document.mark_saved(pending)
        return [name for name, _, _ in written]
