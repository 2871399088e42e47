"""Printing and asking: nothing a server or a file says can steer the terminal or break the encoding."""

import contextlib
import io
import json
import math
import os
import re
import sys

from loopmail.core.errors import UsageError
from loopmail.core.js import Json

# Control characters (but tab and line feed), the invisible marks that turn the direction of text
# round, and lone surrogates, which no encoding can carry.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def safe(text: str) -> str:
    """Return the text with its control characters shown as escapes."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def print_line(text: str = "", *, flush: bool = False) -> None:
    """Print a line (or lines) of plain text to standard output."""
    sys.stdout.write(safe(text) + "\n")
    if flush:
        sys.stdout.flush()


def print_error(text: str) -> None:
    """Print exactly one line to standard error; an unusable stream is not worth an error."""
    line = safe(" ".join(text.split("\n")))
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"loopmail: {line}\n")
        sys.stderr.flush()


def print_json(value: Json) -> None:
    """Print a value as JSON, indented by two; every character of it is safe for a terminal."""
    ascii_only = not (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    print_line(json.dumps(_finite(value), indent=2, ensure_ascii=ascii_only))


def _finite(value: Json) -> Json:
    """Replace numbers beyond JavaScript's range by null, as JSON.stringify does."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def protect_streams() -> None:
    """Make characters that the terminal's encoding lacks print as escapes instead of failing.

    A stream that was closed before the start (`>&-`) is None in Python; it gets the null device.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter's exit does not complain."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def confirm(question: str, *, yes: bool) -> bool:
    """Ask a yes/no question on the terminal; `yes` answers it. No terminal: UsageError."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Say --yes, since there is no terminal to ask on.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        sys.stderr.write("\n")  # as if Enter had been pressed instead of Ctrl-D
    return answer.strip().lower() in ("y", "yes")
