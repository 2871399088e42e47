import os
from collections.abc import Callable
from pathlib import Path

import pytest

from loopmail.core.app.folder import AppFolder, FileKind, LayerFile, Slot
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.app.workspace import Change, Workspace, known_files, look
from loopmail.core.disk import saving as atomic_save
from loopmail.core.errors import (
    EditError,
    FileUnreadable,
    FileUnwritable,
    InvalidJson,
    SaveConflict,
)
from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext import Edit

DATASOURCES = '{\n  "mail": {\n    "port": 25\n  }\n}\n'
BINDINGS = '{\n  "Email": {\n    "dataSource": "mail"\n  }\n}\n'

Open = Callable[..., Workspace]


def changed(workspace: Workspace) -> list[str]:
    return [one.name for one in look(workspace.app.server, known_files(workspace)).other]


def layer(folder: Path, name: str) -> LayerFile:
    stem, *middle, ending = name.split(".")
    kinds: dict[str, FileKind] = {"datasources": "datasources", "model-config": "model-config"}
    slot: Slot = "base" if not middle else "local" if middle == ["local"] else "env"
    env = middle[0] if slot == "env" else None
    return LayerFile(name, folder / name, kinds.get(stem, "config"), slot, env, ending == "js")


@pytest.fixture
def open_files(tmp_path: Path) -> Open:
    def open_files(**files: str) -> Workspace:
        texts = files or {"datasources": DATASOURCES, "model_config": BINDINGS}
        names = []
        for key, text in texts.items():
            name = key.replace("__", ".").replace("_", "-")
            name = name if name.endswith(".js") else f"{name}.json"
            (tmp_path / name).write_text(text)
            names.append(name)
        layers = tuple(layer(tmp_path, name) for name in names)
        return Workspace(AppFolder(tmp_path, tmp_path, "app", layers, LOOPBACK_3))

    return open_files


def test_documents_stand_in_loopbacks_reading_order(open_files: Open) -> None:
    workspace = open_files(
        config="{}",
        model_config="{}",
        datasources__production="{}",
        datasources__local="{}",
        datasources="{}",
        datasources__production__js="throw new Error('never run');",
    )
    assert list(workspace.documents) == [
        "datasources.json",
        "datasources.local.json",
        "datasources.production.json",
        "model-config.json",
        "config.json",
    ]


def test_changes_are_applied_in_order_and_undone_by_what_apply_returns(open_files: Open) -> None:
    workspace = open_files()
    first = workspace.edit_value("datasources.json", "/mail/port", 465)
    undo_first = workspace.apply([first])
    second = workspace.edit_value("datasources.json", "/mail/secure", True)
    third = workspace.edit_value("model-config.json", "/Email/public", False)
    undo_others = workspace.apply([second, third])
    assert workspace.snapshot().values["datasources.json"] == {
        "mail": {"port": 465, "secure": True}
    }
    redo = workspace.apply(undo_others)
    workspace.apply(undo_first)
    assert workspace.documents["datasources.json"].text == DATASOURCES
    assert workspace.documents["model-config.json"].text == BINDINGS
    assert workspace.modified() == []
    workspace.apply([first, *redo])
    assert workspace.snapshot().values["model-config.json"]["Email"]["public"] is False


def test_if_one_change_does_not_fit_none_is_applied(open_files: Open) -> None:
    workspace = open_files()
    good = workspace.edit_value("datasources.json", "/mail/port", 1)
    with pytest.raises(EditError):
        workspace.apply(
            [good, Change("new.json", Edit(0, 0, "")), Change("x.json", Edit(9, 9, ""))]
        )
    assert workspace.documents["datasources.json"].text == DATASOURCES
    assert "new.json" not in workspace.documents
    assert workspace.modified() == []


def test_removing_what_is_not_there_is_an_empty_edit(open_files: Open) -> None:
    workspace = open_files()
    change = workspace.edit_value("datasources.json", "/mail/host", UNDEFINED)
    assert change.edit.empty
    change = workspace.edit_value("datasources.json", "/mail/port", UNDEFINED)
    workspace.apply([change])
    assert workspace.documents["datasources.json"].value() == {"mail": {}}


def test_computing_a_change_creates_no_file_but_applying_it_does(open_files: Open) -> None:
    workspace = open_files()
    change = workspace.edit_value("datasources.local.json", "/mail/port", 465)
    assert "datasources.local.json" not in workspace.documents
    assert workspace.modified() == []
    undo = workspace.apply([change])
    assert list(workspace.documents)[:2] == ["datasources.json", "datasources.local.json"]
    redo = workspace.apply(undo)
    assert "datasources.local.json" not in workspace.documents
    workspace.apply(redo)
    assert workspace.save() == ["datasources.local.json"]
    path = workspace.app.server / "datasources.local.json"
    assert path.read_text() == '{\n  "mail": {\n    "port": 465\n  }\n}\n'
    workspace.apply(undo)
    assert workspace.modified() == ["datasources.local.json"], "it is on disk now"


def test_an_empty_edit_creates_a_file(open_files: Open) -> None:
    workspace = open_files()
    workspace.apply([Change("datasources.local.json", Edit(0, 0, ""))])
    assert workspace.save() == ["datasources.local.json"]
    assert (workspace.app.server / "datasources.local.json").read_text() == "{}\n"


@pytest.mark.parametrize("name", ["../x.json", "a/b.json", "..", "", "/etc/x.json"])
def test_names_that_lead_out_of_the_folder_are_refused(open_files: Open, name: str) -> None:
    with pytest.raises(FileUnreadable, match="no name for a file"):
        open_files().document(name, create=True)


def test_a_missing_document_is_refused(open_files: Open) -> None:
    with pytest.raises(FileUnreadable, match=r"no file config\.json"):
        open_files().document("config.json")


def test_a_broken_file_is_a_document_whose_values_cannot_be_edited(open_files: Open) -> None:
    workspace = open_files(datasources='{"a": 1,}', model_config=BINDINGS)
    with pytest.raises(InvalidJson):
        workspace.edit_value("datasources.json", "/a", 2)
    with pytest.raises(InvalidJson):
        workspace.edit_value("datasources.json", "/a", UNDEFINED)
    snapshot = workspace.snapshot()
    assert "line 1, column 8" in snapshot.errors["datasources.json"]
    assert list(snapshot.values) == ["model-config.json"]
    assert snapshot.texts["datasources.json"] == '{"a": 1,}'
    workspace.apply([Change("datasources.json", Edit(7, 1, ""))])
    assert workspace.snapshot().values["datasources.json"] == {"a": 1}


def test_an_unreadable_file_leaves_the_rest_usable(tmp_path: Path) -> None:
    (tmp_path / "datasources.json").mkdir()
    (tmp_path / "model-config.json").write_text(BINDINGS)
    layers = tuple(layer(tmp_path, n) for n in ("datasources.json", "model-config.json"))
    workspace = Workspace(AppFolder(tmp_path, tmp_path, "app", layers, LOOPBACK_3))
    assert list(workspace.documents) == ["model-config.json"]
    assert "is a folder" in workspace.unreadable["datasources.json"]
    assert "is a folder" in workspace.snapshot().errors["datasources.json"]
    with pytest.raises(FileUnreadable, match="is a folder"):
        workspace.edit_value("datasources.json", "/a", 1)


def test_a_snapshot_is_kept_until_something_changes_and_never_changes_itself(
    open_files: Open,
) -> None:
    workspace = open_files()
    before = workspace.snapshot()
    assert workspace.snapshot() is before
    workspace.apply([workspace.edit_value("datasources.json", "/mail/port", 465)])
    assert workspace.snapshot() is not before
    assert before.values["datasources.json"] == {"mail": {"port": 25}}


def test_all_modified_files_are_saved_in_one_go(open_files: Open) -> None:
    workspace = open_files()
    workspace.apply(
        [
            workspace.edit_value("datasources.json", "/mail/port", 465),
            workspace.edit_value("model-config.json", "/Email/dataSource", None),
        ]
    )
    assert workspace.modified() == ["datasources.json", "model-config.json"]
    assert workspace.save() == ["datasources.json", "model-config.json"]
    assert workspace.modified() == []
    assert workspace.save() == []
    assert changed(workspace) == []


def test_a_conflict_in_one_file_is_told_and_nothing_is_written(open_files: Open) -> None:
    workspace = open_files()
    workspace.apply(
        [
            workspace.edit_value("datasources.json", "/mail/port", 465),
            workspace.edit_value("model-config.json", "/Email/dataSource", None),
        ]
    )
    path = workspace.app.server / "model-config.json"
    path.write_text("{}")
    assert changed(workspace) == ["model-config.json"]
    with pytest.raises(SaveConflict, match=r"model-config\.json"):
        workspace.save()
    assert (workspace.app.server / "datasources.json").read_text() == DATASOURCES
    assert path.read_text() == "{}"
    assert workspace.modified() == ["datasources.json", "model-config.json"]
    assert workspace.save(overwrite=["model-config.json"]) == [
        "datasources.json",
        "model-config.json",
    ]


def test_what_was_written_before_a_failure_counts_as_saved_and_is_named(
    open_files: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_files()
    workspace.apply(
        [
            workspace.edit_value("datasources.json", "/mail/port", 465),
            workspace.edit_value("model-config.json", "/Email/dataSource", None),
        ]
    )

    def replace(source: str | Path, target: Path) -> None:
        if target.name == "model-config.json":
            raise OSError(28, "No space left on device")
        Path(source).rename(target)

    monkeypatch.setattr(atomic_save, "exchange", lambda one, other: False)
    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(FileUnwritable, match=r"saved before that: datasources\.json"):
        workspace.save()
    assert workspace.modified() == ["model-config.json"]


def test_temporary_files_of_a_killed_program_are_removed_on_opening(
    open_files: Open, tmp_path: Path
) -> None:
    stale = tmp_path / ".datasources.json.loopmail-0123456789ab.tmp"
    others = tmp_path / ".datasources.json.loopmail-0123456789ab.tmp.txt"
    stale.write_text("")
    others.write_text("")
    open_files()
    assert not stale.exists()
    assert others.exists()


def test_a_fresh_look_finds_new_files_and_forgets_removed_ones_without_edits(
    open_files: Open, tmp_path: Path
) -> None:
    workspace = open_files(datasources=DATASOURCES, model_config=BINDINGS, config="{}")
    workspace.apply([workspace.edit_value("model-config.json", "/Email", None)])
    names = ("datasources.json", "datasources.local.json")
    (tmp_path / "datasources.local.json").write_text("{}")
    layers = tuple(layer(tmp_path, name) for name in names)
    app = AppFolder(tmp_path, tmp_path, "app", layers, LOOPBACK_3)
    assert workspace.rescan(app) == ["datasources.local.json"]
    assert list(workspace.documents) == [*names, "model-config.json"]
    assert list(workspace.snapshot().values) == [*names, "model-config.json"]
    assert workspace.rescan(app) == []
