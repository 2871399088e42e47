"""The lines in which two texts of a file differ, secrets masked; what a save would change."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from loopmail.core.app.workspace import Workspace
from loopmail.core.json_masking import mask_json_text

Sign = Literal["-", "+", " "]
LARGEST = 1_000_000  # characters of a text beyond which no lines are compared
_GAP = "…"


@dataclass(frozen=True, slots=True)
class DifferingLine:
    """A line that goes ("-"), comes ("+") or stays (" "); secrets are masked.

    `number` is the line's in the text it stands in, the new one if it stays; 0 for what stands
    for lines that were left out.
    """

    sign: Sign
    text: str
    number: int = field(default=0, compare=False)


def difference(old: str, new: str, around: int = 1) -> Iterator[DifferingLine]:
    """Yield the lines that differ, and so many around them."""
    # Each is masked knowing the other's secrets, else a moved one would show itself.
    before = mask_json_text(old, new).splitlines()
    after = mask_json_text(new, old).splitlines()
    lines = difflib.unified_diff(before, after, lineterm="", n=around)
    at_old = at_new = 0
    # The first two lines are the names of the files.
    for number, line in enumerate(islice(lines, 2, None)):
        if line.startswith("@@"):
            at_old, at_new = _beginnings(line)
            if number:
                yield DifferingLine(" ", _GAP)
            continue
        sign: Sign = "-" if line[0] == "-" else "+" if line[0] == "+" else " "
        yield DifferingLine(sign, line[1:], at_old if sign == "-" else at_new)
        at_old += sign != "+"
        at_new += sign != "-"


def _beginnings(line: str) -> tuple[int, int]:
    """Return the first line numbers of `@@ -3,4 +3,5 @@`."""
    old, new = line.split()[1:3]
    return int(old[1:].partition(",")[0]), int(new[1:].partition(",")[0])


# --- What a save would write ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnsavedFile:
    """A modified file: its text on disk (None: it is not there yet) and here."""

    name: str
    old: str | None
    new: str

    def lines(self) -> list[DifferingLine]:
        """Return what differs, with two lines around it; slow, and nothing for a large file."""
        if max(len(self.old or ""), len(self.new)) > LARGEST:
            return []
        return list(difference(self.old or "", self.new, around=2))


def unsaved_files(workspace: Workspace) -> list[UnsavedFile]:
    """Return what a save would write, as plain data for a worker."""
    found = ((name, workspace.documents[name]) for name in workspace.modified())
    return [UnsavedFile(name, one.saved_text, one.text) for name, one in found]
