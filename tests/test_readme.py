"""Every number in README.md is the one in the code."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from conformance.answers import VERSIONS, load
from conformance.cases import cases
from loopmail.catcher.server import HOST
from loopmail.core.app.document import MAX_DEPTH
from loopmail.core.disk.private_files import write_private
from loopmail.core.disk.reading import MAX_SIZE
from loopmail.core.edit.presets import load_presets

ROOT = Path(__file__).parents[1]
MEGABYTE = 1024 * 1024


def enumerated(versions: set[str], parts: int) -> str:
    """Return the versions' first parts as a text lists them: `2.7, 4.7 and 6.10`."""
    numbers = sorted({tuple(int(n) for n in one.split(".")[:parts]) for one in versions})
    words = [".".join(map(str, one)) for one in numbers]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def facts() -> list[str]:
    """What the README states with numbers, its numbers taken from the code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    judges = [load(version).versions for version in VERSIONS]
    loopbacks = {one["loopback"] for one in judges}
    mailers = {one["nodemailer"] for one in judges}
    answers = (ROOT / "tests" / "conformance" / "effective").glob("answers-*.json")
    boots = {path.stem.removeprefix("answers-") for path in answers}
    return [
        f"LoopBack {enumerated(loopbacks, 1)} applications",
        f"one of {len(load_presets()) - 1} other providers",
        f"Python {project['requires-python'].removeprefix('>=')} or newer",
        f"what Nodemailer {enumerated(mailers, 1)} make of a transport",
        f"of at most {MAX_SIZE // MEGABYTE} MB",
        f"more than {MAX_DEPTH} levels deep is not read",
        f"listen on {HOST} only",
        "state files are 0600 in 0700 folders",  # test_state_files_are_private
        f"loopback-boot {enumerated(boots, 2)}",
        f"LoopBack {enumerated(loopbacks, 2)}",
        f"Nodemailer {enumerated(mailers, 2)}",
    ]


def prose() -> str:
    """The README without code, addresses and the numbers of lists; every gap is one blank."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for left_out in (r"(?s)```.*?```", r"`[^`\n]*`", r"(?m)^\d+\. "):
        text = re.sub(left_out, "", text)
    return " ".join(text.split())


def test_every_number_in_the_readme_is_the_codes() -> None:
    text = prose()
    stated = sorted(facts(), key=len, reverse=True)
    assert [fact for fact in stated if fact not in text] == []
    for fact in stated:
        text = text.replace(fact, "")
    # What is left are names (base64, OAuth 2): say where a number comes from in `facts`.
    assert re.findall(r"[\w.-]* ?\b\d[\w.]*", text) == []


def test_thousands_of_cases_are_thousands() -> None:
    assert "thousands of cases" in prose()
    assert len(cases()) > 2000


def test_the_changelog_counts_the_presets() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f" {len(load_presets())} providers as" in text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no modes there")
def test_state_files_are_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "file"
    write_private(path, b"x")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
