"""Where a secret of the form lives, the plans that change it or its home, and the words for it."""

from PySide6.QtCore import QCoreApplication

from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.core.secret_names import placeholder, secret_ending
from loopmail.core.secrets.homes import (
    Home,
    SecretPlace,
    home_of,
    place_of,
    plan_first,
    plan_move,
    present_home,
)
from loopmail.core.secrets.move import Move
from loopmail.ui.form.binding import origin_note
from loopmail.ui.form.values import TransportValues

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


# --- The sentences under a secret's field ---------------------------------------------


def file_note(
    values: TransportValues, path: str, home: Home, variable: str, *, explained: bool
) -> str:
    """Say what the file contains, or will contain, for a secret of this home.

    `explained`: a problem says already what is wrong.
    """
    transport = values.transport
    own = transport.own(path)
    if own is UNDEFINED and transport.effective(path) is not UNDEFINED:
        return origin_note(transport, path)
    if home == "file":
        plain = home_of(own) == "file" and not explained
        return _tr("The file holds the password itself: whoever reads it has it.") if plain else ""
    if own is UNDEFINED and path != PASS:
        return ""  # one of many that may stay unset
    key = path.rsplit("/", 1)[-1]
    note = _tr('In the file: "%1": "${%2}"').replace("%1", key).replace("%2", variable)
    if not explained and values.state.variables.lookup(variable) is None:
        note += _tr(" · not set yet")
    return note


def waiting_note() -> str:
    """Say that the keyring has not answered yet."""
    return _tr("Waiting for the keyring. It may be asking you something in a window of its own.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("SecretField", text)
