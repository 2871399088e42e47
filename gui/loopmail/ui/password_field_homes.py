"""Where a transport's password lives, and the steps that change it or its home."""

import re
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from loopmail.core.errors import LoopmailError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.move import KeyringWrite, Move
from loopmail.core.secret_homes import Home, SecretPlace, home_of, place_of, plan_move
from loopmail.core.secret_paths import placeholder
from loopmail.core.secrets import SecretStore
from loopmail.ui.transport_form_values import TransportValues
from loopmail.ui.worker import Job

PASS = "/auth/pass"
_OURS = re.compile(r"[A-Z0-9_]+_PASS(_[0-9]+)?")
HOMES: tuple[Home, ...] = ("keyring", "environment", "file")


def password_place(values: TransportValues) -> SecretPlace:
    """Return the place of the password in the layer, with the variable it has or would get."""
    return place_of(values.state.snapshot(), values.layer, values.pointer(PASS))


def inherited_variable(values: TransportValues) -> str | None:
    """Return the variable of a password that another layer gives."""
    origin = values.origin(PASS)
    return origin.variable if origin is not None and values.own(PASS) is UNDEFINED else None


def password_home(values: TransportValues) -> Home:
    """Tell where the password lives, or is going to live when there is none yet.

    A variable that nothing resolves is going to live in the keyring if loopmail made its name.
    """
    own = values.own(PASS)
    variable = placeholder(own) or inherited_variable(values)
    if variable is None:
        return home_of(own if own is not UNDEFINED else values.effective(PASS)) or "keyring"
    variables = values.state.variables
    if variable in variables.environment:
        return "environment"
    ours = _OURS.fullmatch(variable) is not None  # also after the data source was renamed
    return "keyring" if ours or variable in variables.keyring else "environment"


def plan(values: TransportValues, home: Home, secret: str | None) -> Move:
    """Plan the change of home, or (with `secret`) of the password in it; raise EditError."""
    place = password_place(values)
    workspace = values.state.workspace
    if workspace is not None and isinstance(values.own(""), dict):
        return plan_move(workspace, place, home, secret)
    value: Json = secret or ""
    if home != "file":
        value = f"${{{place.variable}}}"
    writes = (KeyringWrite(place.service, place.user, secret),) if home == "keyring" else ()
    return Move("Change Password", tuple(values.changes({PASS: value})), writes)


def plan_forget(values: TransportValues) -> Move:
    """Plan the removal of the keyring's entry; the file stays as it is."""
    place = password_place(values)
    return Move("Remove Password", (), (KeyringWrite(place.service, place.user, None),))


class PasswordStep(QObject):
    """One step: the keyring first, on a worker thread, then the file, as one undo step."""

    done = Signal()
    failed = Signal(object)  # LoopmailError
    finished = Signal()

    def __init__(
        self, values: TransportValues, home: Home, secret: str | None, *, forget: bool = False
    ) -> None:
        super().__init__(values.state)
        self._values = values.frozen()
        self._home = home
        self._secret = secret
        self._forget = forget
        self._store: SecretStore = values.state.store
        self._in_order = threading.Lock()
        self._pushed = False
        self._move = self._plan()

    def _plan(self) -> Move:
        if self._forget:
            return plan_forget(self._values)
        return plan(self._values, self._home, self._secret)

    def start(self) -> None:
        """Begin; without a keyring's part the file is changed at once."""
        if not self._move.writes:
            self._push()
            return
        job = self._job(self._write)
        job.done.connect(lambda _: self._push())
        job.failed.connect(self._fail)
        job.start()

    def _job(self, call: Callable[[], None]) -> Job:
        return Job(lambda: self._locked(call))

    def _locked(self, call: Callable[[], None]) -> None:
        with self._in_order:
            call()

    def _write(self) -> None:
        self._move.write(self._store)

    def _unwrite(self) -> None:
        self._move.unwrite(self._store)

    def _push(self) -> None:
        """Change the file; planned anew, since it may have changed while the keyring asked."""
        try:
            move = self._plan()
            keyring = bool(self._move.writes)
            self._values.state.push(
                move.text,
                move.changes,
                merge_key=None,
                redo=self._redo if keyring else None,
                undo=self._undo if keyring else None,
            )
        except LoopmailError as error:
            self._job(self._unwrite).start()
            self._fail(error)
            return
        self._values.state.refresh_variables()
        self.done.emit()
        self.finished.emit()

    def _fail(self, error: LoopmailError) -> None:
        self.failed.emit(error)
        self.finished.emit()

    def _redo(self) -> None:
        if not self._pushed:
            self._pushed = True  # the keyring has been written already
            return
        self._later(self._write)

    def _undo(self) -> None:
        self._later(self._unwrite)

    def _later(self, call: Callable[[], None]) -> None:
        job = self._job(call)
        job.finished.connect(self._values.state.refresh_variables)
        job.failed.connect(self.failed)
        job.start()
