"""The main job in the real window by keys alone."""

import json
from pathlib import Path

import pytest

from private_desktop import drive

SOURCES = {
    "db": {"name": "db", "connector": "memory"},
    "emailDs": {
        "name": "emailDs",
        "connector": "mail",
        "transports": [{"type": "smtp", "host": "mail.example.com", "port": 25}],
    },
}


@pytest.mark.desktop
@pytest.mark.xdist_group("desktop")
@pytest.mark.timeout(120)
def test_everything_from_opening_to_the_verdict_can_be_done_without_a_mouse(
    tmp_path: Path,
) -> None:
    app = tmp_path / "shop"
    (app / "server").mkdir(parents=True)
    (app / "package.json").write_text('{"name": "shop"}')
    (app / "server" / "datasources.json").write_text(json.dumps(SOURCES, indent=2) + "\n")
    bindings = {"Email": {"dataSource": "emailDs"}}
    (app / "server" / "model-config.json").write_text(json.dumps(bindings) + "\n")
    seen = drive("drive_by_keys.py", str(app), str(tmp_path))
    assert seen["verdict"].startswith("Sent")
    assert "abcdefghijklmnop" not in seen["saved"]
    assert len(set(seen["parts"])) >= 4  # tree, page, test panel, tool bar or status bar
    assert seen["unnamed"] == 0
