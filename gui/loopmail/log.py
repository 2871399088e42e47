"""The program's log, which holds no secrets: where it goes, what it masks.

One place sets it up: the window logs to a file (`log_folder`, for the user only, at most three
files of 1 MB), a command with `--verbose` to standard error, any other command nowhere. What is
logged goes through `_Private`, whoever logs it; of an error only its kind and the places in the
program stay, for its text, source lines and variables may each hold a secret.
"""

import contextlib
import logging
import os
import platform
import threading
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from loopmail import __version__
from loopmail.core.disk.private_files import make_private_folder
from loopmail.core.secret_names import mask_text, mask_value

ROOT = logging.getLogger("loopmail")
FILE = "loopmail.log"
VERBOSE = "--verbose"
_MOST_BYTES = 1_000_000  # of one file
_OLDER_FILES = 2
_MOST_FRAMES = 40
_MOST_SECRETS = 300  # that are remembered; the oldest go
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

ROOT.addHandler(logging.NullHandler())  # else Python prints warnings to standard error as they are


# --- secrets ---------------------------------------------------------------------------------

_lock = threading.Lock()
_known: dict[str, None] = {}  # in the order in which they were last named
_mask: Any = None  # of `_known`, made when it is needed first


def never_log(secrets: Iterable[str]) -> None:
    """Let no line of the log show these from now on, in whatever form (see ScatteredMask)."""
    global _mask
    with _lock:
        new = [secret for secret in secrets if secret]
        for secret in new:
            _known.pop(secret, None)
            _known[secret] = None
        while len(_known) > _MOST_SECRETS:
            del _known[next(iter(_known))]
        if new:
            _mask = None


def without_secrets(text: str) -> str:
    """Return a text as the log may hold it: no secret that is known, none that looks like one."""
    global _mask
    # What follows is imported late: nothing of it is needed before the first app is read.
    with _lock:
        if _mask is None and _known:
            from loopmail.core.secrets.scattered import ScatteredMask

            _mask = ScatteredMask(_known)
        mask = _mask
    text = mask_text(text if mask is None else mask(text))
    if ":" not in text:
        return text
    from loopmail.core.json_masking import mask_json_text

    return mask_json_text(text)


def report_text(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Return what may be told of an unexpected error: its kind, versions, modules and lines.

    The error's own text is left out, as are source lines and variables: each may hold a secret.
    """
    lines = [
        f"loopmail {__version__}, Python {platform.python_version()}, {platform.system()}",
        f"{kind.__module__}.{kind.__qualname__}",
        *_places(trace),
    ]
    return "\n".join(lines) + "\n"


def _places(trace: TracebackType | None) -> list[str]:
    frames = [] if trace is None else list(traceback.walk_tb(trace))[-_MOST_FRAMES:]
    return [
        f"  {frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in frames
    ]


class _Private(logging.Formatter):
    """Writes a record as one line of visible characters without secrets, then an error's places."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text (a virtual method of logging)."""
        shown = logging.makeLogRecord(record.__dict__)  # other handlers get what was logged
        shown.exc_info, shown.exc_text, shown.stack_info = None, None, None
        shown.msg = str(record.msg) if not _is_data(record.msg) else _shown(record.msg)
        if isinstance(record.args, Mapping):
            shown.args = {key: _shown(one, key) for key, one in record.args.items()}
        elif record.args:
            shown.args = tuple(map(_shown, record.args))
        shown.msg, shown.args = without_secrets(shown.getMessage()), None
        text = super().format(shown)
        line = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
        error = record.exc_info[1] if record.exc_info else None
        told = getattr(record, "places", None) or _chain(error)
        return "\n".join([line, *told])


def _is_data(value: object) -> bool:
    return isinstance(value, BaseException | dict | list | tuple)


def _shown(value: object, key: object = "") -> object:
    """Return an argument of a record as it may be shown: data masked by the rule of secrets."""
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, tuple):
        value = list(value)
    tokens = (str(key),) if key else ()
    return mask_value(tokens, value) if _is_data(value) or key else value


def only_places(error: BaseException) -> dict[str, list[str]]:
    """Return what a record gets as `extra` in place of the error itself.

    Other handlers than those of this module would print its text.
    """
    return {"places": _chain(error)}


def _chain(error: BaseException | None) -> list[str]:
    """Return the kinds of an error and of those that led to it, each with its places."""
    lines: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        lines += [f"  {type(error).__module__}.{type(error).__qualname__}"]
        lines += _places(error.__traceback__)
        error = error.__cause__ or error.__context__
    return lines


# --- where it goes -----------------------------------------------------------------------------


def log_folder() -> Path:
    """Return the folder of the log's files; it need not exist yet."""
    from platformdirs import user_log_path  # lazy: not needed for the first paint

    return user_log_path("loopmail", appauthor=False)


class _Stream(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say nothing: logging would print the record as it is (a virtual method of logging)."""


def _private_file(path: Path) -> logging.Handler:
    """Return what writes files for the user only; where it cannot, the program goes on."""
    from logging.handlers import RotatingFileHandler  # lazy: it brings sockets along

    class PrivateFile(RotatingFileHandler):
        def _open(self) -> Any:
            make_private_folder(Path(self.baseFilename).parent)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(self.baseFilename, flags, 0o600)
            with contextlib.suppress(OSError, AttributeError):
                os.fchmod(handle, 0o600)
            return open(handle, "a", encoding="utf-8")

        def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
            """Say nothing: logging would print the record as it is."""

    return PrivateFile(path, maxBytes=_MOST_BYTES, backupCount=_OLDER_FILES, delay=True)


def log_to_file(*, verbose: bool = False, folder: Path | None = None) -> logging.Handler:
    """Log what the window does to the file; everything if it is `verbose`."""
    path = (folder or log_folder()) / FILE
    return _add(_private_file(path), logging.DEBUG if verbose else logging.INFO)


def log_to(stream: Any) -> logging.Handler:
    """Log everything to a stream."""
    return _add(_Stream(stream), logging.DEBUG)


def _add(handler: logging.Handler, level: int) -> logging.Handler:
    handler.setFormatter(_Private(_FORMAT))
    handler.setLevel(level)
    ROOT.addHandler(handler)
    # Another handler may want more than this one.
    ROOT.setLevel(min(level, ROOT.level or level))
    return handler


def stop_logging(handler: logging.Handler) -> None:
    """Take away what `log_to_file` or `log_to` returned."""
    ROOT.removeHandler(handler)
    handler.close()
    ROOT.setLevel(min((one.level for one in ROOT.handlers if one.level), default=logging.NOTSET))


def take_verbose(arguments: list[str]) -> bool:
    """Take `--verbose` out of a command line, and tell whether it was there.

    Behind `--` stands a command of the user's, with options of its own.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [one for one in arguments[:end] if one != VERBOSE]
    found = len(kept) != end
    arguments[:end] = kept
    return found
