"""How long reading and editing JSON texts takes, beside Python's own json in the same run."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from loopmail.core.jsontext import apply_edit, find, parse, remove_value, set_value


@dataclass(frozen=True)
class Case:
    """Something to measure, and what it is compared with."""

    name: str
    run: Callable[[], Any]
    reference: Callable[[], Any]


def text_of(datasources: int) -> str:
    """Return a datasources.json with as many mail data sources."""
    transport = {
        "type": "smtp",
        "host": "smtp.example.com",
        "port": 465,
        "secure": True,
        "auth": {"user": "someone@example.com", "pass": "p\u00e4ss\nword"},
        "tls": {"rejectUnauthorized": False},
    }
    one = {"name": "mail", "connector": "mail", "transports": [transport]}
    return json.dumps({f"mail{i}": one for i in range(datasources)}, indent=2)


def cases() -> Iterator[Case]:
    """Return the cases: a usual file, a large one, a deep one."""
    for name, text in (("usual, 3 data sources", text_of(3)), ("5 MB", text_of(11_500))):
        root = parse(text)
        pointer = "/mail1/transports/0/port"
        size = f"{name} ({len(text) / 1000:.1f} kB)"

        reading = partial(json.loads, text)
        yield Case(f"parse, {size}", partial(parse, text), reading)
        yield Case(f"value, {size}", root.value, reading)
        yield Case(f"find, {size}", partial(find, root, pointer), reading)
        yield Case(f"set, {size}", partial(set_value, text, pointer, 587), reading)
        yield Case(
            f"set, tree at hand, {size}", partial(set_value, text, pointer, 587, root), reading
        )
        yield Case(
            f"apply, {size}", partial(apply_edit, text, set_value(text, pointer, 1)), reading
        )
        yield Case(f"remove, {size}", partial(remove_value, text, pointer), reading)
    flat = json.dumps({f"key{i}": i for i in range(100_000)})
    yield Case("parse, 100,000 keys", partial(parse, flat), partial(json.loads, flat))
    deep = "[" * 100_000 + "]" * 100_000
    yield Case("parse, 100,000 levels", partial(parse, deep), partial(json.loads, flat))


def best(run: Callable[[], Any], patience: float = 0.5) -> float:
    """Return the shortest duration in seconds of some runs."""
    shortest, total, runs = float("inf"), 0.0, 0
    while runs < 3 or (total < patience and runs < 200):
        start = time.perf_counter()
        run()
        took = time.perf_counter() - start
        shortest, total, runs = min(shortest, took), total + took, runs + 1
    return shortest


def main() -> None:
    """Print a line for each case."""
    sys.stdout.write(f"{'case':45} {'ms':>10} {'json.loads':>11} {'ratio':>8}\n")
    for case in cases():
        ours, theirs = best(case.run), best(case.reference)
        line = f"{case.name:45} {ours * 1e3:10.3f} {theirs * 1e3:11.3f} {ours / theirs:8.2f}\n"
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
