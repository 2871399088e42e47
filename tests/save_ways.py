"""Ways to save on different systems, and a document that has something to save."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loopmail.core import rename
from loopmail.core.document import Document
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


def with_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch


WAYS = [with_everything, without_exchange, without_unnamed_files]
Way = Callable[[pytest.MonkeyPatch], None]
