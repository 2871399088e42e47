"""Texts that are no JSON yet: kept, counted as unsaved, and brought together with other changes."""

from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from loopmail.core.app.document import Document
from loopmail.core.errors import InvalidJson
from loopmail.core.jsontext.edits import Edit
from loopmail.ui.session.drafts import Draft, Drafts, merged_edit

PATH = Path("datasources.json")
ERROR = InvalidJson(PATH, "no", 1, 1)
BASE = '{\n  "a": 1,\n  "b": 2\n}\n'


def test_drafts_are_kept_by_file_and_dropped(qtbot: QtBot) -> None:
    owner = QObject()
    drafts = Drafts(owner)
    with qtbot.waitSignal(drafts.changed):
        drafts.keep("x.json", Draft("", "x", ERROR))
    assert list(drafts) == ["x.json"]
    assert drafts.errors() == {"x.json": ERROR}
    with qtbot.assertNotEmitted(drafts.changed):
        drafts.drop("other.json")
    with qtbot.waitSignal(drafts.changed):
        drafts.drop()
    assert not drafts


def _merged(document: Document, typed: Edit) -> str:
    edit = merged_edit(document, Draft(BASE, "", ERROR), typed)
    document.apply(edit)
    return document.text


def test_what_was_typed_goes_on_top_of_what_changed_meanwhile() -> None:
    now = Document.new(PATH, BASE.replace("2", "3"))
    assert _merged(now, Edit(BASE.index("1"), 1, "7")) == BASE.replace("1", "7").replace("2", "3")


def test_what_was_typed_wins_over_another_value_of_the_same() -> None:
    now = Document.new(PATH, BASE.replace("1", "9"))
    assert _merged(now, Edit(BASE.index("1"), 1, "7")) == BASE.replace("1", "7")


def test_a_file_that_was_broken_takes_what_was_typed() -> None:
    broken = BASE.replace(",", "")
    draft = Draft(broken, "", ERROR)
    now = Document.new(PATH, broken + " ")
    typed = Edit(broken.index("1") + 1, 0, ",")
    now.apply(merged_edit(now, draft, typed))
    assert now.error is None
