"""What a fix would change, as a few lines before and after, without secrets."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from loopmail.core.checks.problem import Fix
from loopmail.core.errors import LoopmailError
from loopmail.core.json_masking import mask_json_text
from loopmail.core.jsontext import apply_edit
from loopmail.core.workspace import Change, Workspace

Sign = Literal["-", "+", " "]
NEW_FILE = "{}\n"  # what Document.new begins with
_MAX_LINES = 14
_MAX_TEXT = 1_000_000  # characters of a file beyond which no preview is made


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line that goes ("-"), comes ("+") or stays (" "); secrets are masked."""

    sign: Sign
    text: str


def preview(workspace: Workspace, fix: Fix) -> list[PreviewLine]:
    """Return the lines that a fix would change; empty where it does not fit (any more)."""
    try:
        return preview_changes(workspace, fix.changes(workspace))
    except LoopmailError:
        return []


def preview_changes(workspace: Workspace, changes: Sequence[Change]) -> list[PreviewLine]:
    """Return the lines that the changes would touch, with one line around them."""
    texts: dict[str, tuple[str, str]] = {}
    for change in changes:
        there = workspace.documents.get(change.file)
        unchanged = (there.text, there.text) if there else ("", NEW_FILE)
        old, now = texts.get(change.file, unchanged)
        texts[change.file] = (old, apply_edit(now, change.edit))
    found: list[PreviewLine] = []
    for file, (old, new) in texts.items():
        if max(len(old), len(new)) > _MAX_TEXT:
            continue
        lines = list(_difference(old, new))
        if len(texts) > 1 and lines:
            found.append(PreviewLine(" ", f"{file}:"))
        found += lines
    if len(found) > _MAX_LINES:
        return [*found[:_MAX_LINES], PreviewLine(" ", "…")]
    return found


def _difference(old: str, new: str) -> Iterator[PreviewLine]:
    before = mask_json_text(old, new).splitlines()
    after = mask_json_text(new, old).splitlines()
    hunks = 0
    for number, line in enumerate(difflib.unified_diff(before, after, lineterm="", n=1)):
        if number < 2:
            continue  # the names of the files
        if line.startswith("@@"):
            hunks += 1
            if hunks > 1:
                yield PreviewLine(" ", "…")
            continue
        sign: Sign = "-" if line[0] == "-" else "+" if line[0] == "+" else " "
        yield PreviewLine(sign, line[1:])
