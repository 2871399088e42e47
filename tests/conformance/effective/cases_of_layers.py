"""The hand-made awkward layer sets, and how real LoopBack answers are compared."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRIPT = HERE / "load_settings.js"


@dataclass(frozen=True, slots=True)
class Case:
    """One app folder, as files, and the circumstances it is booted in."""

    id: str
    files: dict[str, Any]
    env: str = "production"
    variables: dict[str, str] = field(default_factory=dict)
    alone: bool = False  # changes Object.prototype: needs a process of its own

    def write(self, folder: Path) -> None:
        """Write the case's files; a text is written as it is, anything else as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_bytes(text.encode())


def all_cases() -> list[Case]:
    """Return the hand-made cases in the order of their files."""
    return [
        Case(**entry)
        for file in sorted((HERE / "cases").glob("*.json"))
        for entry in json.loads(file.read_text("utf-8"))
    ]


def answer_files() -> list[Path]:
    """Return the recorded answers, one file for each loopback-boot."""
    return sorted(HERE.glob("answers-*.json"))
