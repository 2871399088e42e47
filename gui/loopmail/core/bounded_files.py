"""Reading the small files around an app: never blocks, never runs away, never raises."""

import json
import os
import stat
from itertools import islice
from pathlib import Path

from loopmail.core.js import UNDEFINED, Json, Undefined

MEGABYTE = 1024 * 1024
FOLDER_LIMIT = 50_000  # entries of one folder that are looked at


def read_text(path: Path, limit: int = MEGABYTE) -> tuple[str | None, str | None]:
    """Return a regular file's text and None, or None and what is wrong as half a sentence.

    Neither half is set for a file that does not exist. `limit` counts bytes.
    """
    try:
        # O_NONBLOCK: opening a FIFO must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except (OSError, ValueError) as error:
        return None, f"cannot be read: {reason(error)}"
    try:
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None, "is no regular file"
            data = file.read(limit + 1)
    except OSError as error:
        return None, f"cannot be read: {reason(error)}"
    if len(data) > limit:
        return None, f"is larger than {limit // MEGABYTE} MB"
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return None, "is not UTF-8 text"


def read_json(path: Path, limit: int = MEGABYTE) -> tuple[Json | Undefined, str | None]:
    """Return a JSON file's value and None, or UNDEFINED and what is wrong (None: not there)."""
    text, problem = read_text(path, limit)
    if text is None:
        return UNDEFINED, problem
    try:
        return json.loads(text), None
    except json.JSONDecodeError as error:
        return UNDEFINED, f"is not valid JSON (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):
        return UNDEFINED, "is not JSON that can be read"


def file_names(folder: Path) -> tuple[list[str], str | None]:
    """Return the sorted names in a folder, and what is wrong as half a sentence, or None."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, FOLDER_LIMIT + 1)]
    except (FileNotFoundError, NotADirectoryError):
        return [], None
    except (OSError, ValueError) as error:
        return [], f"cannot be read: {reason(error)}"
    if len(names) > FOLDER_LIMIT:
        names.pop()
        return sorted(names), f"holds more than {FOLDER_LIMIT:,} entries; the others are not seen"
    return sorted(names), None


def reason(error: Exception) -> str:
    """Return the system's words for an error, without the path."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]
