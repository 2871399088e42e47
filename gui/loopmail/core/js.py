"""JavaScript's view of JSON values: undefined, truthiness, conversions (ECMA-262)."""

import re
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias

# A JSON value: None, bool, int, float, str, list or dict; `Any` as JSON is known at run time only.
Json: TypeAlias = Any


class Undefined(Enum):
    """The type of `UNDEFINED`, JavaScript's undefined, which is not null."""

    UNDEFINED = "undefined"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined.UNDEFINED

_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")

# A name of Object.prototype that is a function: every object has it although no file wrote it.
INHERITED_FUNCTIONS = frozenset(
    {
        "constructor",
        "__defineGetter__",
        "__defineSetter__",
        "hasOwnProperty",
        "__lookupGetter__",
        "__lookupSetter__",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toString",
        "valueOf",
        "toLocaleString",
    }
)


def truthy(value: Json | Undefined) -> bool:
    """Tell whether JavaScript takes the value for true: `[]`, `{}`, `"0"` and `"false"` are."""
    if isinstance(value, (list, dict)):
        return True
    if isinstance(value, float) and value != value:
        return False
    return bool(value)


def is_object(value: Json | Undefined) -> bool:
    """Tell whether JavaScript's `typeof` says "object": objects, arrays and null do."""
    return value is None or isinstance(value, (list, dict))


def own_keys(value: Json) -> list[str]:
    """Return the keys that `for in` and `Object.keys` visit, in JavaScript's order.

    Array indices come first in rising order, then the other keys as written
    (ECMA-262, OrdinaryOwnPropertyKeys). A text has its indices as keys; other scalars have none.
    """
    if isinstance(value, dict):
        indices = [key for key in value if key[:1].isdigit() and is_array_index(key)]
        if not indices:
            return list(value)
        indices.sort(key=int)
        return indices + [key for key in value if not is_array_index(key)]
    if isinstance(value, (list, str)):
        return [str(index) for index in range(len(value))]
    return []


def is_array_index(key: str) -> bool:
    """Tell whether JavaScript sorts this key as a number: `0` and `17` are, `01` and `-1` not."""
    return _INDEX.fullmatch(key) is not None and int(key) < 2**32 - 1


_EXACT = 2**53  # up to here all whole numbers are doubles


def as_double(value: Json) -> Json:
    """Return a number as JavaScript knows it: `465.0` is 465, and 2**53 + 1 loses its last bit."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    try:
        double = float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    if double.is_integer() and abs(double) < 1e21:
        # Of a large one JavaScript writes the shortest digits that lead back to it, then zeros.
        return int(double) if abs(double) < _EXACT else int(Decimal(repr(double)))
    return double
