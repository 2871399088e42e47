"""Ways to save on different systems, and a document that has something to save."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loopmail.core.app.document import Document
from loopmail.core.disk import saving as rename
from loopmail.core.jsontext import set_value

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def edited(path: Path, value: int = 1) -> Document:
    document = Document.load(path)
    document.apply(set_value(document.text, "/n", value))
    return document


def without_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rename, "_renameat2", lambda: None)


def without_unnamed_files(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.path.isdir
    monkeypatch.setattr(os.path, "isdir", lambda p: False if p == "/proc/self/fd" else real(p))


def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' rules for files: no modes or owners, and what is open keeps its name.

    Simulated here are the rules that Microsoft documents for MoveFileEx and DeleteFile, not NTFS.
    """
    without_exchange(monkeypatch)
    monkeypatch.setattr(sys, "platform", "win32")
    for name in ("fchmod", "fchown", "listxattr", "setxattr", "getxattr"):
        monkeypatch.setattr(os, name, _absent)
    for name in ("O_DIRECTORY", "O_CLOEXEC", "O_TMPFILE", "O_NOFOLLOW", "O_NONBLOCK"):
        monkeypatch.delattr(os, name, raising=False)
    replace, unlink = os.replace, os.unlink

    def replace_as_there(source: Path, target: Path) -> None:
        refuse_open_files(source, target)
        replace(source, target)

    def rename_as_there(source: Path, target: Path) -> None:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "file exists", str(target))
        replace_as_there(source, target)

    def unlink_as_there(path: Path) -> None:
        refuse_open_files(path)
        unlink(path)

    monkeypatch.setattr(os, "replace", replace_as_there)
    monkeypatch.setattr(os, "rename", rename_as_there)
    monkeypatch.setattr(os, "unlink", unlink_as_there)


def _absent(*_arguments: object) -> None:
    raise AttributeError("not on Windows")


def refuse_open_files(*paths: str | Path) -> None:
    """Raise PermissionError, as Windows does, if this process has one of the files open."""
    for path in paths:
        for handle in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if os.path.samefile(handle, path):
                    text = "the file is being used by another process"
                    raise PermissionError(errno.EACCES, text, str(path))


def with_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch


WAYS = [with_everything, without_exchange, without_unnamed_files]
if sys.platform == "linux":
    WAYS.append(as_on_windows)
Way = Callable[[pytest.MonkeyPatch], None]
