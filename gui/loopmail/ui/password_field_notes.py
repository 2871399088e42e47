"""The sentences under a secret's field."""

from PySide6.QtCore import QCoreApplication

from loopmail.core.js import UNDEFINED
from loopmail.core.secret_homes import Home, home_of
from loopmail.ui.password_field_homes import PASS
from loopmail.ui.transport_form_origin import origin_note
from loopmail.ui.transport_form_values import TransportValues


def file_note(
    values: TransportValues, path: str, home: Home, variable: str, *, explained: bool
) -> str:
    """Say what the file holds, or will hold, for a secret of this home.

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
