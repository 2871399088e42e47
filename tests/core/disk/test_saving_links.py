"""A link that leads out of the app's folder is written only after a word."""

from pathlib import Path

import pytest

from loopmail.cli import main
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import LeavesApp
from save_child import NEW, OLD
from save_ways import linux_only

pytestmark = linux_only


def linked(tmp_path: Path, target: Path) -> Path:
    """Make an app whose data sources are a link; return the target, which is a file."""
    app = tmp_path / "app" / "server"
    app.mkdir(parents=True)
    (app.parent / "package.json").write_text("{}")
    target.parent.mkdir(exist_ok=True)
    target.write_text(OLD)
    (app / "datasources.json").symlink_to(target)
    return target


def changed(app: Path) -> Workspace:
    workspace = Workspace.open(app)
    workspace.apply([workspace.edit_value("datasources.json", "/n", 1)])
    return workspace


def test_a_link_inside_of_the_app_is_written(tmp_path: Path) -> None:
    target = linked(tmp_path, tmp_path / "app" / "shared.json")
    changed(tmp_path / "app").save()
    assert target.read_text() == NEW


def test_a_link_out_of_the_app_is_written_only_after_a_word(tmp_path: Path) -> None:
    target = linked(tmp_path, tmp_path / "elsewhere" / "mail.json")
    workspace = changed(tmp_path / "app")
    with pytest.raises(LeavesApp) as caught:
        workspace.save()
    assert str(caught.value) == (
        f"datasources.json was not saved: it is a link to {target}, which is outside of the app's "
        "folder."
    )
    assert (target.read_text(), workspace.modified()) == (OLD, ["datasources.json"])
    workspace.may_leave = True
    workspace.save()
    assert target.read_text() == NEW
    assert (tmp_path / "app" / "server" / "datasources.json").is_symlink()


def test_an_app_that_is_itself_reached_by_a_link_is_no_such_case(tmp_path: Path) -> None:
    target = linked(tmp_path, tmp_path / "app" / "shared.json")
    (tmp_path / "way").symlink_to(tmp_path / "app")
    changed(tmp_path / "way").save()
    assert target.read_text() == NEW


def test_the_command_line_asks_or_wants_yes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = linked(tmp_path, tmp_path / "elsewhere" / "mail.json")
    command = ["set", str(tmp_path / "app"), "/n", "1"]
    assert main(command) == 64
    told = capfd.readouterr().err
    assert f"it is a link to {target}" in told
    assert "Say --yes" in told
    assert target.read_text() == OLD
    assert main([*command, "--yes"]) == 0
    assert target.read_text() == NEW
