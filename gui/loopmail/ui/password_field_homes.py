"""Where a secret of the form lives, and the plans that change it or its home."""

from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.move import Move
from loopmail.core.secret_homes import (
    Home,
    SecretPlace,
    place_of,
    plan_first,
    plan_move,
    present_home,
)
from loopmail.core.secret_names import placeholder, secret_ending
from loopmail.ui.transport_form_values import TransportValues

PASS = "/auth/pass"
HOMES: tuple[Home, ...] = ("keyring", "environment", "file")


def secret_place(values: TransportValues, path: str) -> SecretPlace:
    """Return the place of the secret in the layer, with the variable it has or would get."""
    return place_of(values.state.snapshot(), values.layer, values.transport.pointer(path))


def inherited_variable(values: TransportValues, path: str) -> str | None:
    """Return the variable of a secret that another layer gives."""
    transport = values.transport
    origin = transport.origin(path)
    return origin.variable if origin is not None and transport.own(path) is UNDEFINED else None


def secret_home(values: TransportValues, path: str) -> Home:
    """Return where the secret lives, or is going to live when there is none yet."""
    own = values.transport.own(path)
    variable = placeholder(own) or inherited_variable(values, path)
    ending = secret_ending(parse_pointer(path)) or parse_pointer(path)[-1].upper()
    made = values.variable_name(ending)
    return present_home(values.transport.current(path), variable, made, values.state.variables)


def plan(values: TransportValues, path: str, home: Home, secret: str | None) -> Move:
    """Plan the change of home, or (with `secret`) of the secret in it; raise EditError."""
    place = secret_place(values, path)
    workspace = values.state.workspace
    if workspace is not None and isinstance(values.transport.own(""), dict):
        return plan_move(workspace, place, home, secret)
    return plan_first(place, home, secret, lambda value: values.changes({path: value}))
