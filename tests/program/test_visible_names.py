"""Every part of the real window has the name that stands on it, for people and screen readers."""

import json
from pathlib import Path

import pytest

from private_desktop import drive

SOURCES = {
    "emailDs": {
        "name": "emailDs",
        "connector": "mail",
        "transports": [
            {
                "type": "smtp",
                "host": "mail.example.com",
                "port": 25,
                "auth": {"user": "me@example.com", "pass": "${EMAIL_DS_PASS}"},
            }
        ],
    },
}
WANTED = {
    "tree": ["App"],
    "table": ["Transcript"],
    "edit": [
        *("Name", "Host", "Port", "User", "Password", "Server name", "CA certificate"),
        *("EHLO name", "From", "To", "Subject", "Message", "JSON"),
    ],
    "combo": [
        *("Preset", "Connection security", "Sign-in", "Keep password in"),
        *("Environment", "Edit in"),
    ],
    "check": ["Verify certificate"],
    "button": ["Check Connection", "Send Test Message", "Stop"],
    "label": ["Verdict"],
    "menuitem": [
        *("File", "Open Folder", "Open Recent", "Save", "Revert", "Quit"),
        *("Edit", "Undo", "Redo"),
        *("Data Source", "Add Mail Data Source", "Duplicate", "Rename", "Remove"),
        *("Mail", "Check Connection", "Send Test Message", "Stop"),
        *("View", "Problems", "JSON", "Test", "Appearance"),
        *("Help", "About", "Keyboard Shortcuts"),
    ],
}


@pytest.mark.desktop
@pytest.mark.xdist_group("desktop")
@pytest.mark.timeout(120)
def test_what_is_seen_is_what_a_screen_reader_says(tmp_path: Path) -> None:
    app = tmp_path / "shop"
    (app / "server").mkdir(parents=True)
    (app / "package.json").write_text('{"name": "shop"}')
    (app / "server" / "datasources.json").write_text(json.dumps(SOURCES, indent=2) + "\n")
    bindings = {"Email": {"dataSource": "emailDs"}}
    (app / "server" / "model-config.json").write_text(json.dumps(bindings) + "\n")
    seen = drive("read_visible_names.py", str(app), json.dumps(WANTED))
    assert seen["title"] == "shop — loopmail"
    assert seen["missing"] == []
    assert seen["headers"]["Problems"] == ["Severity", "Where", "Problem", "Fix"]
    assert seen["headers"]["Model bindings"] == ["Model", "Data source", "Public", "State"]
    assert seen["unnamed"] == []
