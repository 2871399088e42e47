"""Random layers around the rules: values that clash, nearly fit, or hold placeholders."""

from random import Random
from typing import Any

from conformance.effective.cases_of_layers import Case

KEYS = ("a", "b", "0", "toString", "connector2")
TEXTS = ("", "x", "${A}", "x${B}", "${NOPE}", "${A} ", "${n}", "${o}", "${A}${B}")
SCALARS: tuple[Any, ...] = (0, 1, 465.5, True, False, None, *TEXTS)
CONFIG = {"n": 5, "o": {"p": [1, "${A}"]}, "f": False}


def random_case(seed: int) -> Case:
    """Return the layer set of this number, always the same."""
    random = Random(seed)
    files: dict[str, Any] = {"config.json": CONFIG}
    base = {name: _settings(random) for name in ("m", "n")}
    files["datasources.json"] = base
    for slot in ("local", "production"):
        if random.random() < 0.7:
            files[f"datasources.{slot}.json"] = _changed(random, base)
    return Case(f"random-{seed}", files, variables={"A": "a", "B": ""})


def _settings(random: Random) -> dict[str, Any]:
    return {"connector": "memory", **_object(random, 3)}


def _object(random: Random, depth: int) -> dict[str, Any]:
    return {key: _value(random, depth - 1) for key in random.sample(KEYS, random.randint(0, 3))}


def _value(random: Random, depth: int) -> Any:
    kind = random.random()
    if depth > 0 and kind < 0.25:
        return _object(random, depth)
    if depth > 0 and kind < 0.5:
        return [_value(random, depth - 1) for _ in range(random.randint(0, 3))]
    return random.choice(SCALARS)


def _changed(random: Random, value: Any) -> Any:
    """Return an override that mostly fits: same shape, other leaves, something new, a clash."""
    if isinstance(value, dict):
        kept = {key: _changed(random, part) for key, part in value.items() if random.random() < 0.6}
        if random.random() < 0.15:
            kept[random.choice(KEYS)] = _value(random, 1)
        return kept
    if isinstance(value, list) and random.random() < 0.93:
        return [_changed(random, part) for part in value]
    if random.random() < 0.04:
        return _value(random, 2)
    return value if value is None else random.choice((1, "y", "${A}", "${NOPE}", False))
