"""npm's ranges lead to the versions that npm's own semver chooses (see record.js)."""

import json
from pathlib import Path

import pytest

from loopmail.core.app.versions import highest_of_range

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text("utf-8"))
TAGS = {"", "latest", "next"}  # npm looks these up, which semver does not; nor does it know sources


def test_ranges_are_read_as_npm_reads_them() -> None:
    wrong = [
        (text, chosen, highest_of_range(text, "loopback"))
        for text, chosen in ANSWERS
        if text not in TAGS and "loopback@" not in text and "#" not in text
        if highest_of_range(text, "loopback") != chosen
    ]
    assert len(ANSWERS) >= 500
    assert not wrong, f"{len(wrong)}: {wrong[:5]}"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("latest", "3.28.0"),
        ("", "3.28.0"),
        ("npm:loopback@^2.1.0", "2.42.0"),
        ("git+https://github.com/strongloop/loopback.git#semver:~3.22", "3.22.3"),
        ("strongloop/loopback", None),
        ("file:../loopback", None),
        ("^9.0.0", None),
        (5, None),
        ("^3" * 200, None),
    ],
)
def test_what_stands_beside_ranges_in_package_json(text: object, version: str | None) -> None:
    assert highest_of_range(text, "loopback") == version


def test_a_range_of_loopback_boot() -> None:
    assert highest_of_range("^2.6.5", "boot") == "2.28.0"
