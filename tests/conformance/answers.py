"""The recorded answers of real LoopBack: one file per version, one case per line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).with_name("answers")
VERSIONS = {"lb2": "2.42.0", "lb3": "3.28.0", "lb3n4": "3.27.0"}  # folder -> LoopBack


@dataclass(frozen=True, slots=True)
class Recorded:
    """The versions that answered, and by case their answer with what the server `saw`."""

    versions: dict[str, str]
    answers: dict[str, dict[str, Any]]

    def updated(self, other: "Recorded") -> "Recorded":
        """Return these answers with those of `other` put over them."""
        return Recorded(other.versions, {**self.answers, **other.answers})


def path(version: str) -> Path:
    """The file of a version's answers."""
    return ANSWERS / f"{VERSIONS[version]}.json"


def load(version: str) -> Recorded:
    """Read the recorded answers of a version."""
    value = json.loads(path(version).read_text(encoding="utf-8"))
    dialogues = value["dialogues"]
    answers = {
        name: {**answer, "saw": [dialogues[number] for number in answer["saw"]]}
        for name, answer in value["answers"].items()
    }
    return Recorded(value["versions"], answers)


def save(version: str, recorded: Recorded) -> None:
    """Write the answers, sorted; dialogues are numbered since most occur many times."""
    numbers: dict[str, int] = {}
    for name in sorted(recorded.answers):
        for dialogue in recorded.answers[name]["saw"]:
            numbers.setdefault(_line(dialogue), len(numbers))
    lines = []
    for name in sorted(recorded.answers):
        answer = recorded.answers[name]
        saw = [numbers[_line(dialogue)] for dialogue in answer["saw"]]
        lines.append(f"{_line(name)}: {_line({**answer, 'saw': saw})}")
    text = (
        f'{{"versions": {_line(recorded.versions)},\n"dialogues": [\n'
        + ",\n".join(numbers)
        + '\n],\n"answers": {\n'
        + ",\n".join(lines)
        + "\n}}\n"
    )
    path(version).write_text(text, encoding="utf-8")


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
