"""Every file comes out byte for byte, and setting one value changes that value alone."""

import re
from pathlib import Path

import pytest

from json_files import CORPUS, EXAMPLES, name_of, variants
from loopmail.core.app.document import Document
from loopmail.core.js import Json
from loopmail.core.jsontext import (
    Node,
    apply_edit,
    equal_values,
    format_pointer,
    parse,
    remove_value,
    set_value,
)

FILES = EXAMPLES + CORPUS
needs_corpus = pytest.mark.skipif(
    not CORPUS, reason="the corpus of real configuration files is not on this machine"
)


def scalars(root: Node) -> list[tuple[str, Node]]:
    found = []
    pending: list[tuple[str, Node]] = [("", root)]
    while pending:
        pointer, node = pending.pop()
        children = [(format_pointer([m.key]), m.value) for m in node.members]
        children += [(f"/{i}", item) for i, item in enumerate(node.items)]
        pending += [(pointer + token, child) for token, child in children]
        if not children:
            found.append((pointer, node))
    return found


def valid_text(path: Path) -> str:
    document = Document.load(path)
    if document.error is not None:
        pytest.skip("not JSON")
    return document.text


@needs_corpus
def test_the_corpus_is_opened_wholly_except_for_its_one_broken_file() -> None:
    documents = [Document.load(path) for path in CORPUS]
    broken = [d.error for d in documents if d.error is not None]
    assert len(documents) >= 80
    assert [error.reason for error in broken] == ["a comment is not allowed in JSON"]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_that_is_read_and_written_keeps_every_byte(path: Path, tmp_path: Path) -> None:
    for what, data in variants(path.read_bytes()).items():
        copy = tmp_path / "datasources.json"
        copy.write_bytes(data)
        document = Document.load(copy)
        assert document.to_bytes() == data, what
        assert not document.modified
        if document.error is None:
            pieces = tiles(document.text, document.root)
            assert "".join(pieces) == document.text, what


def tiles(text: str, root: Node) -> list[str]:
    """Rebuild the text from the leaves of the tree and the gaps between them."""
    leaves: list[tuple[int, int]] = []
    pending = [root]
    while pending:
        node = pending.pop()
        leaves += [(m.key_offset, m.key_end) for m in node.members]
        pending += [m.value for m in node.members] + list(node.items)
        if not node.members and not node.items:
            leaves.append((node.offset, node.end))
    pieces, at = [], 0
    for start, end in sorted(leaves):
        gap = text[at:start]
        assert not re.sub(r"[ \t\r\n{}\[\],:]", "", gap)
        pieces += [gap, text[start:end]]
        at = end
    return [*pieces, text[at:]]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_setting_any_value_changes_only_that_value(path: Path) -> None:
    text = valid_text(path)
    new: Json = "loopmail's new value"
    for pointer, node in scalars(parse(text)):
        after = apply_edit(text, set_value(text, pointer, new))
        counts = "dup" not in pointer  # an earlier duplicate is not what the pointer means
        if counts:
            assert after == text[: node.offset] + '"loopmail\'s new value"' + text[node.end :]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_setting_every_value_to_itself_changes_nothing(path: Path) -> None:
    text = valid_text(path)
    for pointer, node in scalars(parse(text)):
        if "dup" in pointer or node.scalar == float("inf"):
            continue
        assert set_value(text, pointer, node.value()).empty


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_adding_a_member_touches_no_other_line(path: Path) -> None:
    text = valid_text(path)
    root = parse(text)
    after = apply_edit(text, set_value(text, "/loopmailNew", {"connector": "mail"}))
    value = root.value()
    assert equal_values(parse(after).value(), value | {"loopmailNew": {"connector": "mail"}})
    line_ends = re.compile(r"\r\n|\n|\r")
    before, now = line_ends.split(text), line_ends.split(after)
    missing = [line for line in before if line.rstrip(" \t") and line not in now]
    assert len(missing) <= 1, "only the line that gets a comma may change"
    assert set(line_ends.findall(after)) <= set(line_ends.findall(text)) | (
        set() if line_ends.search(text) else {"\n"}
    )


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_adding_and_removing_again_leads_back_to_the_text(path: Path) -> None:
    text = valid_text(path)
    if not parse(text).members:
        pytest.skip("an empty object keeps no white space")
    added = apply_edit(text, set_value(text, "/loopmailNew", [1, {"a": 2}]))
    assert apply_edit(added, remove_value(added, "/loopmailNew")) == text
