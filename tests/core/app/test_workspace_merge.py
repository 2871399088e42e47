from collections.abc import Mapping
from pathlib import Path

import pytest

from loopmail.core.app.folder import AppFolder, LayerFile
from loopmail.core.app.merge import Side
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.app.workspace import Merge, Workspace, known_files, look
from loopmail.core.errors import FileUnreadable, SaveConflict

TEXT = '{\n  "mail": {\n    "host": "a",\n    "port": 25\n  }\n}\n'
NAME = "datasources.json"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(TEXT)
    return path


@pytest.fixture
def workspace(path: Path) -> Workspace:
    files = (LayerFile(NAME, path, "datasources", "base", None, False),)
    return Workspace(AppFolder(path.parent, path.parent, "app", files, LOOPBACK_3))


def set_port(workspace: Workspace, port: int) -> None:
    workspace.apply([workspace.edit_value(NAME, "/mail/port", port)])


def changed(workspace: Workspace) -> list[str]:
    found = look(workspace.app.server, known_files(workspace))
    return [one.name for one in found.other]


def merged(workspace: Workspace, prefer: Mapping[str, Side] | None = None) -> Merge:
    (found,) = look(workspace.app.server, known_files(workspace)).other
    return workspace.merge_external(found.name, prefer, found.state)


def test_a_merge_is_one_change_that_can_be_undone_and_saved(
    workspace: Workspace, path: Path
) -> None:
    set_port(workspace, 465)
    path.write_text(TEXT.replace('"a"', '"b"'))
    merge = merged(workspace)
    assert merge.conflicts == ()
    assert merge.change is not None
    undo = workspace.apply([merge.change])
    text = TEXT.replace('"a"', '"b"').replace("25", "465")
    assert workspace.documents[NAME].text == text
    assert changed(workspace) == []
    assert workspace.save() == [NAME]
    assert path.read_text() == text
    workspace.apply(undo)
    assert workspace.documents[NAME].text == TEXT.replace("25", "465")
    assert workspace.modified() == [NAME]


def test_without_own_edits_the_file_on_disk_is_taken_over(workspace: Workspace, path: Path) -> None:
    path.write_text(TEXT.replace("25", "587"))
    merge = merged(workspace)
    assert merge.change is not None
    workspace.apply([merge.change])
    assert workspace.modified() == []
    assert workspace.snapshot().values[NAME]["mail"]["port"] == 587


def test_a_conflict_changes_nothing_and_saving_stays_a_conflict(
    workspace: Workspace, path: Path
) -> None:
    set_port(workspace, 465)
    path.write_text(TEXT.replace("25", "587"))
    merge = merged(workspace)
    assert merge.change is None
    assert [(c.pointer, c.ours, c.theirs) for c in merge.conflicts] == [("/mail/port", 465, 587)]
    with pytest.raises(SaveConflict):
        workspace.save()
    chosen = merged(workspace, {"/mail/port": "ours"})
    assert chosen.change is None, "our text is the result already"
    assert changed(workspace) == []
    assert workspace.save() == [NAME]
    assert '"port": 465' in path.read_text()


def test_a_merge_that_is_not_applied_does_not_let_a_save_overwrite(
    workspace: Workspace, path: Path
) -> None:
    set_port(workspace, 465)
    path.write_text(TEXT.replace('"a"', '"b"'))
    assert merged(workspace).change is not None
    with pytest.raises(SaveConflict):
        workspace.save()


def test_a_change_made_after_the_merge_was_computed_does_not_count_as_it(
    workspace: Workspace, path: Path
) -> None:
    set_port(workspace, 465)
    path.write_text(TEXT.replace('"a"', '"b"'))
    merge = merged(workspace)
    assert merge.change is not None
    set_port(workspace, 466)
    workspace.apply([merge.change])
    assert changed(workspace) == [NAME]


def test_a_broken_file_from_outside_is_taken_as_text(workspace: Workspace, path: Path) -> None:
    path.write_text(TEXT.replace("25", "25,"))
    merge = merged(workspace)
    assert merge.change is not None
    workspace.apply([merge.change])
    assert NAME in workspace.snapshot().errors


def test_a_deleted_file_cannot_be_merged(workspace: Workspace, path: Path) -> None:
    set_port(workspace, 465)
    path.unlink()
    with pytest.raises(FileUnreadable, match="has been deleted"):
        merged(workspace)
    workspace.save(overwrite=[NAME])
    assert path.exists()
