"""JavaScript's view of JSON values: undefined, truthiness, conversions (ECMA-262)."""

from enum import Enum
from typing import Any, Final, TypeAlias

# A JSON value: None, bool, int, float, str, list or dict. `Any` since JSON is only known at run time.
Json: TypeAlias = Any


class Undefined(Enum):
    """The type of `UNDEFINED`, JavaScript's undefined, which is not null."""

    UNDEFINED = "undefined"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined.UNDEFINED


def truthy(value: Json | Undefined) -> bool:
    """Tell whether JavaScript takes the value for true: `[]`, `{}`, `"0"` and `"false"` are."""
    if isinstance(value, (list, dict)):
        return True
    if isinstance(value, float) and value != value:
        return False
    return bool(value)
