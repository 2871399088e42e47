"""Small apps whose models are registered in ways worth knowing; asked of real LoopBack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.asking import ask

HERE = Path(__file__).parent
SCRIPT = HERE / "register_models.js"

# The data sources of a case that says nothing of them.
DATASOURCES = {
    "db": {"connector": "memory"},
    "mail": {"connector": "mail", "transports": [{"type": "smtp", "host": "127.0.0.1"}]},
}
# What LoopBack's generator writes, and the same without LoopBack's own models.
SOURCES = ["loopback/common/models", "loopback/server/models", "../common/models", "./models"]
OWN = ["../common/models", "./models"]

# Names of files whose models have no name of their own.
_STEMS = """
email my-mail my_mail myMail MyMail myHTTPServer HTTPServer a1b2 UPPER my.mail -x- x2 2x don't don’t
été-ñ ünder Straße 日本 a$b ABc1D test.model 1st 12th-man 2ND 42 m3u8 oAuth2Client XMLHttpRequest aB
AB ŁódźCity ÆonFlux naïve ŒUVRE éTé ПриветМир приветМир a—b a+b x…y ﬁsh Ǆx a\u0301b 🙂mail
"""
STEMS = ["my mail", *_STEMS.split()]


@dataclass(frozen=True, slots=True)
class Case:
    """One app: its files, relative to its folder. A name that ends in “/” is a folder."""

    id: str
    files: dict[str, Any]
    env: str = "production"

    def write(self, folder: Path, modules: Path | None = None) -> None:
        """Write the case's files; a text is written as it is, anything else as JSON.

        An object `{"$link": …}` is a symbolic link. `modules` has the loopback that is to be found in
        the app's node_modules.
        """
        files = {"server/datasources.json": DATASOURCES, **self.files}
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
            elif isinstance(content, dict) and "$link" in content:
                path.symlink_to(content["$link"])
            else:
                text = content if isinstance(content, str) else json.dumps(content)
                path.write_bytes(text.encode())
        if modules is not None:
            (folder / "node_modules").mkdir(exist_ok=True)
            (folder / "node_modules" / "loopback").symlink_to(modules / "loopback")


def all_cases() -> list[Case]:
    """Return the hand-made cases in the order of their files."""
    return [
        Case(**entry)
        for file in sorted((HERE / "cases").glob("*.json"))
        for entry in json.loads(file.read_text("utf-8"))
    ]


def ask_all(modules: Path, cases: list[Case], root: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Ask real LoopBack for all cases, in folders below `root`, and for the names of files."""
    requests: list[dict[str, Any]] = [{"id": "file names", "stems": STEMS}]
    for number, case in enumerate(cases):
        folder = root / str(number) / "app"
        folder.mkdir(parents=True)
        case.write(folder, modules)
        requests.append({"id": case.id, "dir": str(folder / "server"), "env": case.env})
    return ask(SCRIPT, modules, requests, up=1)


def answer_files() -> list[Path]:
    """Return the recorded answers, one file for each LoopBack."""
    return sorted(HERE.glob("answers-*.json"))
