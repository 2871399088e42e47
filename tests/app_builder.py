"""Small LoopBack apps in a temporary folder, for all tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loopmail.core.app.workspace import Change, Workspace


def write_app(folder: Path, files: Mapping[str, Any], **package: Any) -> Path:
    """Write an app: files of its `server` folder, and the keys of its package.json.

    Values are written as JSON with two blanks of indent, texts as they are.
    """
    server = folder / "server"
    server.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(package) + "\n", encoding="utf-8")
    for name, value in files.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=2) + "\n"
        (server / name).write_text(text, encoding="utf-8")
    return folder


def make_app(folder: Path, **files: Any) -> Path:
    """Write an app; `datasources_production={…}` becomes datasources.production.json."""
    names = {name: name.replace("model_config", "model-config").replace("_", ".") for name in files}
    return write_app(folder, {f"{names[n]}.json": files[n] for n in files}, name="shop")


def transport(**keys: Any) -> dict[str, Any]:
    """A transport of type smtp."""
    return {"type": "smtp", **keys}


def mail(*transports: dict[str, Any], name: str = "mail") -> dict[str, Any]:
    """A mail data source."""
    return {"name": name, "connector": "mail", "transports": list(transports)}


def applied(workspace: Workspace, changes: list[Change]) -> dict[str, Any]:
    """Apply the changes, check that undoing restores every text, and return file to value."""
    before = {name: document.text for name, document in workspace.documents.items()}
    undo = workspace.apply(changes)
    after = {name: document.text for name, document in workspace.documents.items()}
    redo = workspace.apply(undo)
    for name, text in before.items():
        assert workspace.documents[name].text == text, f"undo did not restore {name}"
    workspace.apply(redo)
    assert {n: d.text for n, d in workspace.documents.items()} == after
    return {name: document.value() for name, document in workspace.documents.items()}
