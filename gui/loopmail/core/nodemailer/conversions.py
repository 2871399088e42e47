"""JavaScript's conversions of JSON values (ECMA-262, Number() and String())."""

import ipaddress
import json
import math
import re
from decimal import Decimal

from loopmail.core.js import UNDEFINED, Json, as_double, truthy

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Infinity)\Z", re.ASCII)
_PREFIXED = re.compile(r"0([xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)\Z")
_SPACE = " \t\n\r\v\f\u00a0\u2028\u2029\ufeff"


def to_number(value: Json) -> float:
    """Return Number(value): `""` and null are 0, `" 465 "` is 465, what is no number is NaN."""
    if value is UNDEFINED:
        return math.nan
    if value is None or value is False:
        return 0.0
    if value is True:
        return 1.0
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, list):
        return to_number(to_string(value))
    if not isinstance(value, str):
        return math.nan
    text = value.strip(_SPACE)
    if not text:
        return 0.0
    if _PREFIXED.match(text):
        return float(as_double(int(text, 0)))
    return float(text.replace("Infinity", "inf")) if _DECIMAL.match(text) else math.nan


def number_text(value: float) -> str:
    """Write a number as JavaScript does: 465, not 465.0; 0.00001, but 1e-7."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    if exponent and 1e-6 <= abs(value) < 1:
        return format(Decimal(repr(value)), "f")
    return f"{mantissa}e{int(exponent):+d}" if exponent else mantissa


def to_string(value: Json) -> str:
    """Return String(value): `undefined`, `null`, `true`, `1,2` for an array, `[object Object]`."""
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(float(value))
    if isinstance(value, list):
        return ",".join("" if v is None or v is UNDEFINED else to_string(v) for v in value)
    return "[object Object]" if isinstance(value, dict) else str(value)


def received(value: Json) -> str:
    """Describe a value as Node's ERR_INVALID_ARG_TYPE does after "Received ".

    Source: Node 20, lib/internal/errors.js.
    """
    if value is UNDEFINED or value is None:
        return to_string(value)
    if isinstance(value, list):
        return "an instance of Array"
    if isinstance(value, dict):
        return "an instance of Object"
    if isinstance(value, str):
        shown = value if len(value) <= 28 else value[:25] + "..."
        quoted = "'" + shown + "'" if "'" not in shown else json.dumps(shown)
        return f"type string ({quoted})"
    kind = "boolean" if isinstance(value, bool) else "number"
    return f"type {kind} ({to_string(value)})"


def member(value: Json, key: str) -> Json:
    """Return `value[key]` as JavaScript would for the JSON objects and scalars of a setting."""
    return value.get(key, UNDEFINED) if isinstance(value, dict) else UNDEFINED


def is_ip(host: Json) -> bool:
    """Tell whether Node's net.isIP takes the value for an address."""
    try:
        ipaddress.ip_address(host if isinstance(host, str) else "")
    except ValueError:
        return False
    return True


def timer(value: Json, default: float) -> float:
    """Return the milliseconds `setTimeout(…, value || default)` waits.

    Source: Node 20, lib/internal/timers.js.
    """
    number = to_number(value) if truthy(value) else default
    if math.isnan(number) or number < 1 or number > 2**31 - 1:
        return 1.0
    return float(int(number))
