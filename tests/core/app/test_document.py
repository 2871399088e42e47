import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loopmail.core.app.document import Document, decode, replacing_edit
from loopmail.core.app.workspace import look
from loopmail.core.disk.reading import MAX_SIZE, read_file
from loopmail.core.errors import EditError, FileUnreadable, InvalidJson
from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext import Edit, apply_edit, set_value

BOM = b"\xef\xbb\xbf"
posix_only = pytest.mark.skipif(os.name == "nt", reason="needs POSIX files")


@pytest.fixture
def make(tmp_path: Path) -> Callable[[bytes], Document]:
    def make(data: bytes) -> Document:
        path = tmp_path / "datasources.json"
        path.write_bytes(data)
        return Document.load(path)

    return make


Make = Callable[[bytes], Document]


def is_modified(document: Document) -> bool:
    """Ask again each time: a type checker takes a property for a constant."""
    return document.modified


def reload(document: Document) -> Edit | None:
    state = read_file(document.path)
    return document.adopt_by(decode(state.data)[1], state)


def changed(document: Document) -> bool:
    found = look(document.path.parent, [("", document.path, document.disk)])
    for _, known, now in found.same:
        document.confirm(known, now)
    return bool(found.other)


def test_a_byte_order_mark_is_kept_and_not_part_of_the_text(make: Make) -> None:
    document = make(BOM + b'{"a": 1}')
    assert document.bom
    assert document.text == '{"a": 1}'
    document.apply(set_value(document.text, "/a", 2))
    document.save()
    assert document.path.read_bytes() == BOM + b'{"a": 2}'


def test_a_second_byte_order_mark_is_an_error_as_in_node(make: Make) -> None:
    error = make(BOM + BOM + b"{}").error
    assert error is not None
    assert "byte-order mark" in error.reason


def test_bytes_that_are_not_utf8_survive_an_edit_and_read_as_in_node(make: Make) -> None:
    document = make(b'{"name": "caf\xe9", "n": 1}')
    assert document.value() == {"name": "caf\ufffd", "n": 1}
    document.apply(set_value(document.text, "/n", 2))
    document.save()
    assert document.path.read_bytes() == b'{"name": "caf\xe9", "n": 2}'


def test_a_value_with_a_lone_surrogate_can_be_saved(make: Make) -> None:
    document = make(b'{"n": 1}')
    document.apply(Edit(0, len(document.text), '{"n": "\ud800 \udce9"}'))
    document.save()
    assert document.path.read_bytes() == '{"n": "\ufffd '.encode() + b'\xe9"}'


def test_a_broken_file_tells_where_and_its_text_can_be_edited(make: Make) -> None:
    document = make(b'{\n  "a": 1, // note\n}')
    assert isinstance(document.error, InvalidJson)
    assert (document.error.line, document.error.column) == (2, 11)
    assert str(document.error) == (
        "datasources.json is not valid JSON: line 2, column 11: a comment is not allowed in JSON"
    )
    assert document.position("/a") is None
    for ask in (document.value, lambda: document.get("/a"), lambda: document.root):
        with pytest.raises(InvalidJson):
            ask()
    document.apply(Edit(document.text.index(", //"), 9, ""))
    assert document.value() == {"a": 1}


def test_values_and_positions_follow_the_pointer(make: Make) -> None:
    document = make(b'{\r\n  "a": [true, {"b": null}]\r\n}')
    assert document.get("/a/1/b") is None
    assert document.get("/a/2") is UNDEFINED
    assert document.position("/a/1/b") == (2, 21)
    assert document.position("/x") is None


def test_the_tree_is_read_once_for_each_text(make: Make) -> None:
    document = make(b'{"a": 1}')
    root, value = document.root, document.value()
    assert document.root is root
    assert document.value() is value
    document.apply(set_value(document.text, "/a", 2))
    assert document.root is not root
    assert document.value() == {"a": 2}


def test_an_edit_and_its_inverse_restore_the_text_and_the_state(make: Make) -> None:
    document = make(b'{"a": 1}')
    inverse = document.apply(set_value(document.text, "/b", [1]))
    assert is_modified(document)
    document.apply(inverse)
    assert document.text == '{"a": 1}'
    assert not is_modified(document)


@pytest.mark.parametrize(
    "edit", [Edit(-1, 0, ""), Edit(0, 99, ""), Edit(99, 0, "x"), Edit(3, -1, "")]
)
def test_an_edit_outside_the_text_changes_nothing(make: Make, edit: Edit) -> None:
    document = make(b"{}")
    with pytest.raises(EditError):
        document.apply(edit)
    assert document.text == "{}"


def test_saving_an_unmodified_document_does_not_touch_the_file(make: Make) -> None:
    document = make(b"{}")
    before = document.path.stat()
    document.save()
    assert document.path.stat() == before


def test_a_new_document_is_modified_until_it_is_saved(tmp_path: Path) -> None:
    document = Document.new(tmp_path / "datasources.json")
    assert is_modified(document)
    assert document.saved_text is None
    assert not changed(document)
    document.save()
    assert not is_modified(document)
    assert document.path.read_bytes() == b"{}\n"


def test_changes_on_disk_are_noticed_also_within_one_tick_of_the_clock(make: Make) -> None:
    document = make(b'{"a": 1}')
    stamp = document.path.stat()
    assert not changed(document)
    document.path.write_bytes(b'{"a": 2}')
    os.utime(document.path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert changed(document)
    document.path.write_bytes(b'{"a": 1}')
    assert not changed(document)
    document.path.unlink()
    assert changed(document)


def test_an_old_unchanged_file_is_not_read_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = make(b"{}")
    os.utime(document.path, (1_000_000, 1_000_000))
    assert not changed(document)
    monkeypatch.setattr("loopmail.core.app.workspace.read_file", None)
    assert not changed(document)


def test_after_a_save_nothing_has_changed_on_disk(make: Make) -> None:
    document = make(b'{"a": 1}')
    document.apply(set_value(document.text, "/a", 2))
    document.save()
    assert not is_modified(document)
    assert not changed(document)
    document.apply(set_value(document.text, "/a", 3))
    document.save()
    assert document.path.read_bytes() == b'{"a": 3}'


def test_reload_gives_one_edit_and_the_own_text_comes_back_by_its_inverse(make: Make) -> None:
    document = make(b'{"a": 1, "b": 2}')
    document.apply(set_value(document.text, "/a", 5))
    document.path.write_bytes(BOM + b'{"a": 1, "b": 3}')
    edit = reload(document)
    assert edit is not None
    assert document.text == '{"a": 5, "b": 2}'
    inverse = document.apply(edit)
    assert document.text == '{"a": 1, "b": 3}'
    assert document.bom
    assert not is_modified(document)
    assert not changed(document)
    document.apply(inverse)
    assert document.text == '{"a": 5, "b": 2}'
    assert is_modified(document)
    document.save()
    assert document.path.read_bytes() == BOM + b'{"a": 5, "b": 2}'


def test_a_reload_that_is_not_applied_still_protects_the_other_change(make: Make) -> None:
    document = make(b'{"a": 1}')
    document.apply(set_value(document.text, "/a", 5))
    document.path.write_bytes(b'{"a": 7}')
    assert reload(document) is not None
    assert changed(document)


def test_reload_without_a_difference_is_none(make: Make) -> None:
    document = make(b'{"a": 1}')
    document.apply(set_value(document.text, "/a", 5))
    document.path.write_bytes(b'{"a": 5}')
    assert reload(document) is None
    assert not is_modified(document)


@posix_only
def test_a_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    path = tmp_path / "datasources.json"
    os.mkfifo(path)
    with pytest.raises(FileUnreadable, match="no regular file"):
        Document.load(path)


@posix_only
def test_a_device_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="no regular file"):
        Document.load(Path("/dev/zero"))
    with pytest.raises(FileUnreadable, match="is a folder"):
        Document.load(tmp_path)


@posix_only
def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "datasources.json"
    with path.open("wb") as file:
        file.truncate(MAX_SIZE + 1)
    with pytest.raises(FileUnreadable, match="too large: loopmail reads up to 8 MB"):
        Document.load(path)


def test_missing_forbidden_and_circular_files_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileUnreadable, match="does not exist"):
        Document.load(tmp_path / "x.json")
    with pytest.raises(FileUnreadable, match="NUL"):
        Document.load(tmp_path / "x\0.json")
    loop = tmp_path / "loop.json"
    loop.symlink_to(loop)
    with pytest.raises(FileUnreadable, match="in a circle"):
        Document.load(loop)

    def refuse(*args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(FileUnreadable, match="no permission to read"):
        Document.load(Path(sys.executable))


@pytest.mark.parametrize(
    ("old", "new", "edit"),
    [
        ("abc", "abc", Edit(0, 0, "")),
        ("abc", "axc", Edit(1, 1, "x")),
        ("aa", "aaa", Edit(2, 0, "a")),
        ("", "x", Edit(0, 0, "x")),
        ("abab", "ab", Edit(2, 2, "")),
    ],
)
def test_the_replacing_edit_is_short_and_right(old: str, new: str, edit: Edit) -> None:
    assert replacing_edit(old, new) == edit
    assert apply_edit(old, edit) == new


# --- Looking at a place, and at what an edit would make ----------------------------------------


@pytest.mark.parametrize(
    ("before", "pointer"),
    [
        ('"a"', "/a"),
        ("1, 2", "/a/0"),
        ("2]", "/a/1"),
        ('"c"', "/b/c"),
        ("null", "/b/c"),
        ("{", ""),
    ],
)
def test_a_place_in_the_text_has_a_pointer(before: str, pointer: str) -> None:
    text = '{ "a": [1, 2], "b": {"c": null} }'
    document = Document.new(Path("x.json"), text)
    assert document.pointer_at(text.index(before)) == pointer


def test_broken_json_has_no_pointers() -> None:
    assert Document.new(Path("x.json"), "{").pointer_at(1) == ""


def test_what_an_edit_would_make_is_looked_at_without_making_it() -> None:
    document = Document.new(Path("x.json"), '{"a": 1}')
    assert document.after(Edit(1, 0, "x")).error is not None
    assert document.after(Edit(6, 1, "22")).get("/a") == 22
    assert document.text == '{"a": 1}'
