"""Where a secret of the form lives, and the plans that change it or its home."""

from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.move import KeyringWrite, Move
from loopmail.core.secret_homes import (
    Home,
    SecretPlace,
    home_of,
    place_of,
    plan_move,
    variable_home,
)
from loopmail.core.secret_paths import placeholder, secret_ending
from loopmail.ui.transport_form_values import TransportValues

PASS = "/auth/pass"
HOMES: tuple[Home, ...] = ("keyring", "environment", "file")


def secret_place(values: TransportValues, path: str) -> SecretPlace:
    """Return the place of the secret in the layer, with the variable it has or would get."""
    return place_of(values.state.snapshot(), values.layer, values.pointer(path))


def inherited_variable(values: TransportValues, path: str) -> str | None:
    """Return the variable of a secret that another layer gives."""
    origin = values.origin(path)
    return origin.variable if origin is not None and values.own(path) is UNDEFINED else None


def secret_home(values: TransportValues, path: str) -> Home:
    """Tell where the secret lives, or is going to live when there is none yet."""
    own = values.own(path)
    variable = placeholder(own) or inherited_variable(values, path)
    if variable is None:
        return home_of(own if own is not UNDEFINED else values.effective(path)) or "keyring"
    return variable_home(variable, values.variable_name(_ending(path)), values.state.variables)


def _ending(path: str) -> str:
    return secret_ending(parse_pointer(path)) or parse_pointer(path)[-1].upper()


def plan(values: TransportValues, path: str, home: Home, secret: str | None) -> Move:
    """Plan the change of home, or (with `secret`) of the secret in it; raise EditError."""
    place = secret_place(values, path)
    workspace = values.state.workspace
    if workspace is not None and isinstance(values.own(""), dict):
        return plan_move(workspace, place, home, secret)
    value: Json = secret or ""
    if home != "file":
        value = f"${{{place.variable}}}"
    writes = (KeyringWrite(place.service, place.user, secret),) if home == "keyring" else ()
    return Move("Change Password", tuple(values.changes({path: value})), writes)


def plan_forget(values: TransportValues, path: str) -> Move:
    """Plan the removal of the keyring's entry; the file stays as it is."""
    place = secret_place(values, path)
    return Move("Remove Password", (), (KeyringWrite(place.service, place.user, None),))
