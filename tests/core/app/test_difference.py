"""What differs between two texts of a file, without its secrets."""

import json
from pathlib import Path

import pytest

from loopmail.core.app.difference import LARGEST, UnsavedFile, difference, unsaved_files
from loopmail.core.app.workspace import Workspace

OLD = json.dumps({"m": {"host": "a", "port": 25, "auth": {"pass": "geheim-1"}}, "n": 1}, indent=1)


def told(old: str, new: str, around: int = 0) -> list[tuple[str, str, int]]:
    return [(one.sign, one.text.strip(), one.number) for one in difference(old, new, around)]


def test_each_line_has_its_sign_and_the_number_it_has_in_its_text() -> None:
    new = OLD.replace('"port": 25,', '"port": 465,\n  "secure": true,')
    assert told(OLD, new) == [
        ("-", '"port": 25,', 4),
        ("+", '"port": 465,', 4),
        ("+", '"secure": true,', 5),
    ]


def test_parts_that_are_far_from_each_other_are_told_apart() -> None:
    new = OLD.replace('"a"', '"b"').replace('"n": 1', '"n": 2')
    assert [one[0] for one in told(OLD, new)] == ["-", "+", " ", "-", "+"]
    assert told(OLD, new)[2][1] == "…"


@pytest.mark.parametrize("secret", ["other-2", "geheim-1"])
def test_no_secret_is_told_old_or_new_or_moved(secret: str) -> None:
    new = OLD.replace("geheim-1", secret).replace('"n": 1', '"note": "geheim-1"')
    shown = repr(told(OLD, new, 9))
    assert "geheim" not in shown
    assert "other" not in shown


def test_texts_that_are_no_json_are_masked_too() -> None:
    assert "geheim" not in repr(told(OLD, OLD.replace('"n"', 'n"')))


def test_what_a_save_would_write_is_listed(tmp_path: Path) -> None:
    (tmp_path / "datasources.json").write_text(OLD)
    workspace = Workspace.open(tmp_path)
    assert unsaved_files(workspace) == []
    workspace.apply([workspace.edit_value("datasources.json", "/m/host", "b")])
    workspace.apply([workspace.edit_value("datasources.local.json", "/m/host", "c")])
    changed, new = unsaved_files(workspace)
    assert (changed.name, [one.sign for one in changed.lines()]) == (
        "datasources.json",
        [" ", " ", "-", "+", " ", " "],
    )
    assert new.old is None
    assert {one.sign for one in new.lines()} == {"+"}


def test_a_large_file_is_not_compared() -> None:
    assert UnsavedFile("a", "", "x" * (LARGEST + 1)).lines() == []
