"""Nesting without end: the document says so, and nothing that walks through values meets it."""

import json
from pathlib import Path

import pytest

from app_builder import write_app
from loopmail.core.app.document import MAX_DEPTH, Document
from loopmail.core.app.journal import journal_of, unsaved_texts
from loopmail.core.app.workspace import Workspace
from loopmail.core.disk.reading import read_file
from loopmail.core.errors import NestedTooDeeply
from loopmail.core.plain_secrets import find_plain_secrets
from loopmail.ui.dialogs.conflict import shown_value

DEEP = 100_000


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def make_app(folder: Path, text: str) -> Workspace:
    return Workspace.open(write_app(folder, {"datasources.json": text}, name="x"))


@pytest.mark.parametrize(
    "text", ["[" * DEEP + "]" * DEEP, nested(DEEP), '{"a":' * DEEP, "[" * DEEP]
)
def test_what_is_nested_too_deeply_is_an_error_in_one_sentence(tmp_path: Path, text: str) -> None:
    document = Document.new(tmp_path / "datasources.json", text)
    assert isinstance(document.error, NestedTooDeeply)
    assert str(document.error).startswith("datasources.json is nested too deeply: line 1, column ")
    with pytest.raises(NestedTooDeeply):
        document.value()


def test_the_limit_is_exact(tmp_path: Path) -> None:
    assert Document.new(tmp_path / "a.json", nested(MAX_DEPTH)).error is None
    assert Document.new(tmp_path / "a.json", nested(MAX_DEPTH + 1)).error is not None


def test_everything_that_walks_through_values_manages_the_deepest(tmp_path: Path) -> None:
    deepest = json.loads(nested(MAX_DEPTH - 1))
    assert list(find_plain_secrets(deepest)) == []
    assert shown_value("/x", deepest).startswith('{"a"')
    workspace = make_app(tmp_path, nested(MAX_DEPTH))
    workspace.apply([workspace.edit_value("datasources.json", "/b", deepest)])
    assert journal_of(unsaved_texts(workspace)) is not None
    assert workspace.snapshot().errors == {}


def test_a_snapshot_holds_no_deep_value_and_the_text_can_be_mended(tmp_path: Path) -> None:
    workspace = make_app(tmp_path, nested(DEEP))
    assert workspace.snapshot().values == {}
    path = tmp_path / "server" / "datasources.json"
    on_disk = read_file(path)
    assert workspace.load_external("datasources.json", on_disk) is None
    path.write_text("{}")
    merge = workspace.merge_external("datasources.json", None, read_file(path))
    assert merge.change is not None
    workspace.apply([merge.change])
    assert workspace.snapshot().values == {"datasources.json": {}}
