"""Environments and versions side by side."""

import json
from pathlib import Path
from typing import Any

from loopmail.core.comparison import MISSING, compare_environments, compare_versions
from loopmail.core.variables import Variables
from loopmail.core.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.core.workspace import Workspace

BASE = {
    "mail": {
        "connector": "mail",
        "transports": [
            {"type": "smtp", "host": "localhost", "auth": {"user": "a", "pass": "Geheim-7391"}}
        ],
    }
}
PRODUCTION = {"mail": {"transports": [{"host": "smtp.example.com", "secure": True}]}}


def open_app(folder: Path, **files: Any) -> Workspace:
    (folder / "server").mkdir()
    for name, value in files.items():
        (folder / "server" / (name.replace("__", ".") + ".json")).write_text(json.dumps(value))
    return Workspace.open(folder)


def test_environments_stand_side_by_side_with_secrets_masked(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources=BASE, datasources__production=PRODUCTION)
    rows = {
        row.pointer: row
        for row in compare_environments(
            workspace.snapshot(), "mail", ["development", "production"], Variables(), LOOPBACK_3
        )
    }
    assert rows["/transports/0/host"].values == ("localhost", "smtp.example.com")
    assert rows["/transports/0/host"].differs
    assert rows["/transports/0/secure"].values == (MISSING, "true")
    assert not rows["/transports/0/type"].differs
    assert "Geheim" not in repr(rows)


def test_an_upgrade_tells_of_the_other_default_port(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources=BASE)
    changes = compare_versions(workspace.snapshot(), None, Variables(), LOOPBACK_2, LOOPBACK_3)
    assert any(":25 " in c.before and ":587 " in c.after for c in changes)


def test_the_same_version_changes_nothing(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, datasources=BASE)
    assert not compare_versions(workspace.snapshot(), None, Variables(), LOOPBACK_3, LOOPBACK_3)
