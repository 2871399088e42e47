"""The parser against node's own JSON.parse, or Python's json made as strict where node is missing."""

import json
import math
import random
import subprocess
from typing import Any

import pytest

from loopmail.core.js import Json
from loopmail.core.jsontext import JsonSyntaxError, equal_values, parse
from loopmail.core.jsontext.layout import Style, write
from loopmail.core.jsontext.scalars import encode_number

SEEDS = [
    '{"a": [1, -2.5e+3, 0.1, 1e400], "b": {"c": null, "d": [true, false]}, "": ""}',
    r'{"\u0061\n": "\ud83d\ude00 \ud800 \/ \" \\", "a": "é😀", "a": 2}',
    '[[], {}, [{}], "", " ", 0, -0, 1.0, 12345678901234567890]',
    '{"__proto__": {"x": 1}, "constructor": 2, "10": 1, "9": 2}',
    "\t\r\n 17 \n",
]
PIECES = [
    *'{}[],:"\\ \n\r\t\b\x00\x1f\x7f0123456789-+.eEaut/*#\'',
    "true", "false", "null", "NaN", "Infinity", "\\u12", "\\ud800", "\\x", "\ufeff", "\u00a0",
    "\u2028", "é", "😀", "//", "/**/", "undefined", "01", "1.", ".5", "1e", "0x1", "-0", "1e5",
]  # fmt: skip

# One process answers all cases: whether it is JSON, and what JSON.stringify makes of it.
SCRIPT = """
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(cases.map(text => {
  try { return JSON.stringify(JSON.parse(text)); } catch (error) { return null; }
})));
"""


def mutations(count: int) -> list[str]:
    """Make texts that are JSON or nearly so, always the same ones."""
    random_ = random.Random(20190401)
    texts = list(SEEDS)
    for _ in range(count):
        text = random_.choice(SEEDS)
        for _ in range(random_.randint(1, 3)):
            at = random_.randint(0, len(text))
            cut = random_.choice([0, 0, 1, 1, 2])
            text = text[:at] + random_.choice(["", *PIECES]) + text[at + cut :]
        texts.append(text)
    return texts


def ours(text: str) -> Json | None:
    """Return what JSON.stringify would print of the text, None if it is not JSON."""
    try:
        value = parse(text).value()
    except JsonSyntaxError:
        return None
    return write(_as_stringify(value), Style("", "", "", ":", ","))


def _as_stringify(value: Json) -> Json:
    if isinstance(value, dict):
        # JavaScript's own order: keys that are array indices come first.
        indices = [k for k in value if k.isdigit() and str(int(k)) == k and int(k) < 2**32 - 1]
        keys = sorted(indices, key=int) + [k for k in value if k not in indices]
        return {key: _as_stringify(value[key]) for key in keys}
    if isinstance(value, list):
        return [_as_stringify(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def node_answers(texts: list[str]) -> list[str | None]:
    done = subprocess.run(
        ["node", "-e", SCRIPT], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    answers: list[str | None] = json.loads(done.stdout)
    return answers


@pytest.mark.node
def test_what_node_accepts_we_accept_with_the_same_value_and_nothing_else() -> None:
    texts = mutations(6000)
    answers = node_answers(texts)
    assert sum(answer is not None for answer in answers) > 500
    assert sum(answer is None for answer in answers) > 500
    for text, answer in zip(texts, answers, strict=True):
        assert ours(text) == answer, repr(text)


def test_what_python_accepts_strictly_we_accept_with_the_same_value_and_nothing_else() -> None:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    for text in mutations(4000):
        try:
            expected = json.loads(text, parse_constant=refuse)
        except ValueError:
            with pytest.raises(JsonSyntaxError):
                parse(text)
        else:
            assert equal_values(parse(text).value(), _as_doubles(expected)), repr(text)


def _as_doubles(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _as_doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_doubles(item) for item in value]
    return float(value) if type(value) is int else value


@pytest.mark.node
def test_numbers_are_spelled_as_node_spells_them() -> None:
    random_ = random.Random(7)
    numbers = [random_.uniform(-1, 1) * 10.0 ** random_.randint(-30, 30) for _ in range(3000)]
    numbers += [float(10**n) for n in range(25)] + [10.0**-n for n in range(12)]
    assert [encode_number(n) for n in numbers] == node_answers([repr(n) for n in numbers])
