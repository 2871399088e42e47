"""Environments and versions side by side."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.forecast import MISSING, compare_environments, compare_versions
from loopmail.core.loopback.variables import Variables

BASE: dict[str, Any] = {
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


def told(tmp_path: Path, base: dict[str, Any], old: Versions = LOOPBACK_2) -> dict[str, str]:
    workspace = open_app(tmp_path, datasources=base)
    changes = compare_versions(workspace.snapshot(), None, Variables(), old, LOOPBACK_3)
    return {f"{c.subject}: {c.before}": c.after for c in changes}


def test_an_upgrade_tells_what_no_longer_starts(tmp_path: Path) -> None:
    changes = told(tmp_path, {"mail": {**BASE["mail"], "defaultForType": "mail"}})
    assert "defaultForType" in changes["The app: Starts."]


def test_an_upgrade_tells_of_a_data_source_without_connector(tmp_path: Path) -> None:
    changes = told(tmp_path, {"loose": {"url": "x"}})
    assert "does not start" in changes["loose: Has no connector, which nobody notices."]


@pytest.mark.parametrize("name", ["memory", "mongodb://h/db"])
def test_a_name_that_loopback_3_can_use_as_connector_is_no_change(
    tmp_path: Path, name: str
) -> None:
    assert not any("connector" in key for key in told(tmp_path, {name: {"url": "x"}}))


def test_an_upgrade_tells_that_variables_are_resolved_then(tmp_path: Path) -> None:
    old = replace(LOOPBACK_2, boot="2.6.0")
    changes = told(tmp_path, BASE, old)
    assert "The app: Texts with ${NAME} are taken as they stand." in changes


def test_an_upgrade_tells_the_app_s_code_of_other_error_codes(tmp_path: Path) -> None:
    assert any("ESOCKET" in after for after in told(tmp_path, BASE).values())


def test_an_upgrade_tells_that_signing_in_depends_on_the_server(tmp_path: Path) -> None:
    changes = told(tmp_path, BASE)
    offers = [a for b, a in changes.items() if "offers nothing" in b]
    assert offers == ["If the server offers nothing: goes on without signing in, silently."]
