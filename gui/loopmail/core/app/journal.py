"""Unsaved edits that survive a crash: a small file in the state folder, without secrets.

It holds, for each modified file, the hash of the text it was made on and the steps from that
text's value to the present one. Secrets are left out: one that was in the file is named by its
place there, one newly typed, for the file or for the keyring, must be typed again. A file that is
not JSON is not journalled.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.document import MAX_DEPTH
from loopmail.core.app.workspace import Change, Workspace
from loopmail.core.disk.locks import is_running
from loopmail.core.disk.private_files import write_private
from loopmail.core.js import Json
from loopmail.core.jsontext import JsonSyntaxError, parse
from loopmail.core.jsontext.pointer import at, format_pointer, leaves, parse_pointer
from loopmail.core.secret_names import is_hidden, placeholder

# --- The steps from one JSON value to another, without secrets ------------------------
# A secret that stood somewhere in the old value is named by its place there; a new one is left out.

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueStep:
    """Set, copy (from the old value's place `source`) or remove what stands at a JSON Pointer."""

    kind: Literal["set", "copy", "remove", "omitted"]
    pointer: str
    value: Json = None
    source: str = ""


@dataclass
class _Comparison:
    old_secrets: Mapping[tuple[type, str], str]
    steps: list[ValueStep] = field(default_factory=list)

    def compare(self, tokens: Tokens, old: Json, new: Json) -> None:
        if type(old) is not type(new) or not isinstance(new, dict | list):
            if _key(old) != _key(new):
                self._put(tokens, new)
            return
        before, after = _children(old), _children(new)
        gone = [key for key in before if key not in after]
        for key in reversed(gone):  # a list from its end, so that the indexes stay what they are
            self.steps.append(ValueStep("remove", format_pointer([*tokens, key])))
        for key, value in after.items():
            if key in before:
                self.compare((*tokens, key), before[key], value)
            else:
                self._put((*tokens, key), value)

    def _put(self, tokens: Tokens, value: Json) -> None:
        """Set a value whole, its secrets apart from it."""
        pointer = format_pointer(tokens)
        source = self.old_secrets.get(_key(value))
        if source is not None:  # perhaps under another name now: it must not be written either
            self.steps.append(ValueStep("copy", pointer, source=source))
            return
        if is_hidden(tokens, value, in_file=True):
            self.steps.append(ValueStep("omitted", pointer))
            return
        if not isinstance(value, dict | list):
            self.steps.append(ValueStep("set", pointer, value))
            return
        self.steps.append(ValueStep("set", pointer, type(value)()))
        for key, child in _children(value).items():
            self._put((*tokens, key), child)


def _children(value: dict[str, Json] | list[Json]) -> dict[str, Json]:
    """Return what a container holds, by the tokens of a JSON Pointer."""
    if isinstance(value, dict):
        return value
    return {str(index): item for index, item in enumerate(value)}


def _key(value: Json) -> tuple[type, str]:
    """Return what tells scalars apart: the number 1 is neither true nor the text 1."""
    return type(value), "" if isinstance(value, dict | list) else str(value)


def difference(old: Json, new: Json) -> list[ValueStep]:
    """Return the steps from `old` to `new`; applied in order they give `new` but for new secrets."""
    secrets = {
        _key(value): format_pointer(tokens)
        for tokens, value in leaves(old)
        if not isinstance(value, dict | list) and is_hidden(tokens, value, in_file=True)
    }
    comparison = _Comparison(secrets)
    comparison.compare((), old, new)
    return comparison.steps


# --- The journal: writing it and offering what it has ---------------------------------

_VERSION = 1
_LIMIT = 16 << 20  # bytes; a larger journal is not read
_MOST_OFFERED = 5

UnsavedTexts: TypeAlias = Mapping[str, tuple[str | None, str]]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a journal offers: the steps for each file, and what cannot be brought back."""

    files: Mapping[str, tuple[ValueStep, ...]]
    bases: Mapping[str, str]  # hash of the text the steps start from
    omitted: tuple[str, ...]  # `file pointer` or entry of secrets that must be typed again
    path: Path | None = None  # of the journal
    written: float = 0.0  # seconds since the epoch


def journal_folder() -> Path:
    """The folder of the journals, in the user's state folder."""
    from platformdirs import user_state_path  # lazy: not needed for the first paint

    return user_state_path("loopmail") / "journal"


def journal_path(server: Path, folder: Path | None = None, session: str = "") -> Path:
    """The journal of an app's server folder; `session` is the process that writes it."""
    name = hashlib.sha256(os.fsencode(server.resolve())).hexdigest()[:24]
    return (folder or journal_folder()) / (f"{name}-{session}.json" if session else f"{name}.json")


def unsaved_texts(workspace: Workspace) -> UnsavedTexts:
    """Return the files that saving would write: name to the text on disk and the present one."""
    return {
        name: (document.saved_text, document.text)
        for name, document in workspace.documents.items()
        if document.modified
    }


def journal_of(texts: UnsavedTexts, entries: Sequence[str] = ()) -> Json | None:
    """Return the journal of these files as plain data, None if there is nothing to keep.

    `entries` are the names of the keyring's entries whose new secret is not stored yet.
    """
    files: dict[str, Json] = {}
    for name, (base, text) in texts.items():
        try:
            old = {} if base is None else parse(base, MAX_DEPTH).value()
            new = parse(text, MAX_DEPTH).value()
        except JsonSyntaxError:
            continue
        steps = difference(old, new)
        files[name] = {"base": _hash(base), "steps": [asdict(step) for step in steps]}
    if not files and not entries:
        return None
    return {"version": _VERSION, "files": files, "entries": list(entries)}


def new_secrets(texts: UnsavedTexts, most: int) -> list[Tokens]:
    """Return the places of secrets that were typed for these files and are in no saved one.

    One that takes a variable's place has only moved. Files of more than `most` characters are not
    looked into.
    """
    found: list[Tokens] = []
    for base, text in texts.values():
        if max(len(text), len(base or "")) > most:
            continue
        try:
            old = {} if base is None else parse(base, MAX_DEPTH).value()
            new = parse(text, MAX_DEPTH).value()
        except JsonSyntaxError:
            continue
        omitted = (step.pointer for step in difference(old, new) if step.kind == "omitted")
        places = (tuple(parse_pointer(pointer)) for pointer in omitted)
        found += [place for place in places if placeholder(at(old, place)) is None]
    return found


def write_journal(
    server: Path, journal: Json | None, folder: Path | None = None, session: str = ""
) -> None:
    """Write the journal (mode 0600), or remove it if there is nothing to keep; may block.

    A state folder that cannot be written must not stop anybody's work: OSError is swallowed.
    """
    path = journal_path(server, folder, session)
    with contextlib.suppress(OSError):
        if journal is None:
            path.unlink(missing_ok=True)
            return
        write_private(path, json.dumps(journal).encode("ascii"))


def orphans(server: Path, folder: Path | None = None) -> list[Recovery]:
    """Return what killed processes kept of this app, newest first; running ones are left alone.

    A journal whose file has become unreadable offers nothing.
    """
    place = folder or journal_folder()
    prefix = journal_path(server, place).stem
    found = []
    for path in place.glob(f"{prefix}-*.json"):
        if is_running(place, path.stem.removeprefix(f"{prefix}-")):
            continue
        recovery = read_journal_file(path)
        if recovery is not None:
            found.append(recovery)
    return sorted(found, key=lambda one: one.written, reverse=True)[:_MOST_OFFERED]


def read_journal_file(path: Path) -> Recovery | None:
    """Return what a journal offers, None if it cannot be read."""
    try:
        status = path.stat()
        if status.st_size > _LIMIT:
            return None
        data = json.loads(path.read_bytes())
        if data["version"] != _VERSION:
            return None
        files = {
            name: tuple(ValueStep(**s) for s in f["steps"]) for name, f in data["files"].items()
        }
        bases = {name: f["base"] for name, f in data["files"].items()}
        entries = [str(name) for name in data.get("entries", [])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    lost = [
        f"{name} {s.pointer}" for name, steps in files.items() for s in steps if s.kind == "omitted"
    ]
    lost += entries
    if not files and not lost:
        return None
    return Recovery(files, bases, tuple(lost), path, status.st_mtime)


def recovery_changes(workspace: Workspace, recovery: Recovery) -> list[Change]:
    """Return the changes that bring the unsaved edits back; nothing is applied.

    Files that have changed on disk since are left alone: their steps might mean something else.
    """
    builder = ChangeBuilder(workspace)
    for name, steps in recovery.files.items():
        document = workspace.document(name, create=True)
        if document.error is not None or _hash(document.saved_text) != recovery.bases[name]:
            continue
        if document.saved_text is None:
            builder.create(name)
        old = document.value()
        for step in steps:
            if step.kind == "remove":
                builder.remove(name, step.pointer)
            elif step.kind == "set":
                builder.set(name, step.pointer, step.value)
            elif step.kind == "copy":
                builder.set(name, step.pointer, at(old, parse_pointer(step.source)))
    return builder.changes


def stale_files(workspace: Workspace, recovery: Recovery) -> list[str]:
    """Return the files whose edits cannot be brought back since the file changed on disk."""
    return [
        name
        for name in recovery.files
        if _hash(workspace.document(name, create=True).saved_text) != recovery.bases[name]
    ]


def _hash(text: str | None) -> str:
    if text is None:
        return "new"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
