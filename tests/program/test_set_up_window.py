"""From a folder without mail to an app that sends, in the real window with a real keyring."""

import json
from pathlib import Path

import pytest

from loopmail.catcher.server import MailCatcher
from private_desktop import drive

DB = {"db": {"name": "db", "connector": "memory"}}


def make_app(folder: Path, name: str) -> Path:
    (folder / name / "server").mkdir(parents=True)
    dependencies = {"loopback": "^3.28.0"}
    package = json.dumps({"name": name, "dependencies": dependencies})
    (folder / name / "package.json").write_text(package)
    (folder / name / "server" / "datasources.json").write_text(json.dumps(DB, indent=2) + "\n")
    (folder / name / "server" / "model-config.json").write_text("{}\n")
    return folder / name


@pytest.mark.desktop
@pytest.mark.xdist_group("desktop")
@pytest.mark.timeout(240)
def test_eight_actions_lead_from_a_folder_to_an_app_that_sends(tmp_path: Path) -> None:
    typed, pasted = make_app(tmp_path, "typed"), make_app(tmp_path, "pasted")
    with MailCatcher() as server:
        where = (str(tmp_path), str(server.port), str(typed), str(pasted))
        seen = drive("drive_set_up.py", *where, timeout=220)
        messages = server.messages()
    walk = seen["actions"]["typed"]
    # With a provider from the tiles, host and port are known: two actions less.
    assert len([one for one in walk if one not in ("Host", "Port")]) <= 8, walk
    assert len(seen["actions"]["pasted"]) <= 8
    assert all(verdict.startswith("Sent") for verdict in seen["verdicts"])
    assert seen["ready"] == [True, True]
    assert seen["keyring"] == ["typed-4471", "pasted-4472"]
    assert [one.signed_in_as for one in messages] == ["me@shop.example"] * 2
    assert messages[1].envelope_to == ("you@shop.example",)
    assert seen["unnamed"] == 0
    for app, secret in ((typed, "typed-4471"), (pasted, "pasted-4472")):
        server_files = [one.read_text() for one in (app / "server").iterdir()]
        assert not any(secret in text for text in server_files)
        models = json.loads((app / "server" / "model-config.json").read_text())
        assert models["Email"] == {"dataSource": "emailDs"}
