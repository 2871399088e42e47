"""In another language no text of the window stays English, on any page, panel or dialog.

What the core says stays English (see CONTRIBUTING.md): problems, diagnoses, verdicts, labels and help
of settings, providers, what LoopBack does. These are known by their words, which stand in the sources
outside of the window and in the resources. What files hold and servers say is in no language.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHeaderView, QPlainTextEdit, QWidget

from leak_texts import texts_of
from ui.pseudo_language import pseudo_language, untranslated
from ui.tour import MESSAGES, REFUSAL, Tour, touring

ROOT = Path(__file__).parents[2]
_WORD = re.compile(r"[^\W\d_]{2,}")
_PLACES = re.compile(r"\w+://\S+|(?<!\w)/[\w./-]+|[\w.+-]+@[\w.-]+")
# The program's own name, names of others, keys of the keyboard, numbers with their units.
_NO_WORDS = re.compile(
    r"loopmail|LoopBack|Nodemailer|PySide|Python|Qt\b|Ctrl|Shift|Alt|Return|Esc|Ins|Del|\bLB\b|\bms\b"
    r"|JSON|offscreen|\b[A-Z]+(?:_[A-Z]+)+\b|\b[\w.-]+\.(?:com|org|test|json|js|ini)\b"
)
# Each line of these is what a machine said or a file holds.
_MACHINE = ("TranscriptTable", "JsonView", "VeiledTextView", "ReadOnlyText")


@cache
def _words_of_the_core() -> tuple[str, ...]:
    """What the sources outside of the window and the resources can say, the longest first."""
    found: set[str] = set()
    for path in (ROOT / "gui" / "loopmail").rglob("*.py"):
        if "ui" not in path.relative_to(ROOT / "gui" / "loopmail").parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    for path in (ROOT / "resources").rglob("*.json"):
        found.update(_strings(json.loads(path.read_text(encoding="utf-8"))))
    lines = {_PLACES.sub(" ", line) for text in found for line in re.split(r"\{\w*\}|\n", text)}
    pieces = {line.strip() for line in lines}
    return tuple(sorted((one for one in pieces if _WORD.search(one)), key=len, reverse=True))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def _words_of_files(tour: Tour) -> set[str]:
    """What the apps hold that are looked at, and their servers say."""
    found = {path.name for path in tour.apps.values()} | {"Queued as", REFUSAL}
    found |= {*MESSAGES, *MESSAGES.values()}
    if tour.state.workspace is not None:
        for value in tour.state.snapshot().values.values():
            found.update(_strings(value))
    return found


def unexplained(text: str, known: set[str]) -> str:
    """Return what is left of a text without brackets, the words of the core, and those of files."""
    left = _PLACES.sub(" ", untranslated(text))
    pieces = (*_words_of_the_core(), *known)
    for piece in sorted((one for one in pieces if one and one in left), key=len, reverse=True):
        start, end = (r"\b" if edge.isalnum() else "" for edge in (piece[0], piece[-1]))
        left = re.sub(f"{start}{re.escape(piece)}{end}", " ", left)
    left = _NO_WORDS.sub(" ", left)
    return left.strip() if _WORD.search(left) else ""


def _english(page: QWidget, known: set[str]) -> Iterator[str]:
    for one in (page, *page.findChildren(QWidget)):
        machine = isinstance(one, QHeaderView | QPlainTextEdit) or type(one).__name__ in _MACHINE
        if not one.isVisible() or machine:
            continue
        for text in texts_of(one):
            left = unexplained(text, known)
            if left:
                yield f"{type(one).__name__} {one.objectName()}: {text!r} ({left})"


@pytest.mark.usefixtures("patient")
@pytest.mark.timeout(240)
def test_no_text_of_the_window_stays_english(qapp: QCoreApplication, tmp_path: Path) -> None:
    found: list[str] = []
    looked = 0
    with pseudo_language(qapp, 1.0), touring(tmp_path) as tour:
        for name, go in tour.stops():
            page = go()
            known = _words_of_files(tour)
            looked += sum(1 for one in page.findChildren(QWidget) if one.isVisible())
            found += [f"{name}: {one}" for one in _english(page, known)]
    assert not found, "\n".join(dict.fromkeys(found))
    assert looked > 1000


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("⟦Šêñď⟧", ""),
        ("Frobnicate the widget", "Frobnicate the widget"),
        ("⟦Šêñď⟧ frobnicated", "frobnicated"),
        ("smtp.example.com", ""),
        ("The name to sign in with, mostly the whole address.", ""),
    ],
)
def test_english_of_the_window_is_told_from_what_the_core_says(text: str, left: str) -> None:
    assert unexplained(text, set()) == left
