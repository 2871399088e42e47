"""The homes of a secret: the keyring, an environment variable, the file; and moving between them.

In the keyring and in the environment the file holds `${VAR}`; which of the two it is depends on
whether the keyring has an entry. LoopBack replaces a whole value only, so of a URL with user-info
the whole URL moves.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import is_private
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import at, parse_pointer
from loopmail.core.loopback.placeholders import all_uses
from loopmail.core.loopback.variables import Variables
from loopmail.core.secret_names import placeholder, secret_ending
from loopmail.core.secrets.move import KeyringWrite, Move, still_used
from loopmail.core.secrets.store import service_name, variable_name

Home = Literal["keyring", "environment", "file"]


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """A place in a file where a secret belongs, and the keyring entry that goes with it."""

    file: str
    pointer: str
    variable: str
    service: str
    env: str | None = None  # of the file, if it is an environment's
    current: Json = field(default=UNDEFINED, repr=False)

    @property
    def user(self) -> str:
        """The keyring's user name: `VARIABLE`, or `VARIABLE@env` for an environment's file."""
        return f"{self.variable}@{self.env}" if self.env else self.variable

    def unchanged(self, snapshot: Snapshot) -> bool:
        """Tell whether the place still holds what it held."""
        values = snapshot.values.get(self.file, {})
        return bool(at(values, parse_pointer(self.pointer)) == self.current)


def home_of(value: Json, in_keyring: Collection[str] = ()) -> Home | None:
    """Return where this value's secret lives; None if there is none.

    `in_keyring` are the variables the keyring has (for the chosen environment).
    """
    variable = placeholder(value)
    if variable is not None:
        return "keyring" if variable in in_keyring else "environment"
    return None if value in (UNDEFINED, None, "") else "file"


def present_home(value: Json, variable: str | None, made: str, variables: Variables) -> Home:
    """Return where a secret lives, or is going to live when there is none yet.

    `value` is what stands or is loaded there, `variable` what it comes from. A variable that
    nothing resolves is going to live in the keyring if it is the name that loopmail makes, `made`.
    """
    if variable is None:
        return home_of(value) or "keyring"
    if variable in variables.environment:
        return "environment"
    return "keyring" if variable == made or variable in variables.keyring else "environment"


def place_of(
    snapshot: Snapshot, file: str, pointer: str, taken: Mapping[str, str] | None = None
) -> SecretPlace:
    """Return the place at a JSON Pointer (from the file's root) and the variable it gets.

    A place that already holds `${VAR}` keeps VAR. Otherwise loopmail's own name is used, with a
    number behind it if other places use that name; `taken` maps names just given away to the
    places they were given to, and is filled.
    """
    tokens = parse_pointer(pointer)
    if not tokens:
        raise EditError(pointer, "A secret stands inside a data source, not at the file's root.")
    layer = snapshot.app.file(file)
    env = layer.env if layer is not None else None
    current = at(snapshot.values.get(file, {}), tokens)
    variable = placeholder(current) or _free_name(snapshot, file, pointer, tokens, taken)
    service = service_name(snapshot.app.name)
    return SecretPlace(file, pointer, variable, service, env, current)


def _free_name(
    snapshot: Snapshot,
    file: str,
    pointer: str,
    tokens: Sequence[str],
    taken: Mapping[str, str] | None,
) -> str:
    """Return loopmail's name for a place; the same pointer in several layers shares one name."""
    current = at(snapshot.values.get(file, {}), tokens)
    ending = secret_ending(tokens, current) or "PASS"
    base = variable_name(tokens[0], _transport_label(snapshot, file, tokens), ending)
    used = _names_elsewhere(snapshot, file, pointer)
    for name, place in (taken or {}).items():
        used.setdefault(name, set()).add(place)
    own = _marked(file, pointer)
    name, number = base, 2
    while used.get(name, {own}) != {own}:
        name, number = f"{base}_{number}", number + 1
    if isinstance(taken, dict):
        taken[name] = own
    return name


def _names_elsewhere(snapshot: Snapshot, file: str, pointer: str) -> dict[str, set[str]]:
    """Return variable to the places that use it, marked as `_marked` does."""
    found: dict[str, set[str]] = {}
    for origin in all_uses(snapshot):
        if (origin.file, origin.pointer) != (file, pointer) and origin.variable is not None:
            place = _marked(origin.file or "", origin.pointer)
            found.setdefault(origin.variable, set()).add(place)
    return found


def _marked(file: str, pointer: str) -> str:
    """Return a place, marked if it stands in a private file: that applies in every environment."""
    return f"private:{pointer}" if is_private(file) else pointer


def _transport_label(snapshot: Snapshot, file: str, tokens: Sequence[str]) -> str | int | None:
    """Return None for the first transport, else its alias if no other has it, else its number."""
    if len(tokens) < 3 or tokens[1] != "transports" or not tokens[2].isdigit():
        return None
    index = int(tokens[2])
    if index == 0:
        return None
    aliases: list[Json] = []
    names = [file, *(name for name in snapshot.values if name.startswith("datasources."))]
    for name in names:
        transports = at(snapshot.values.get(name, {}), tokens[:2])
        if isinstance(transports, list):
            aliases = [t.get("alias") if isinstance(t, dict) else None for t in transports]
            if index < len(aliases) and aliases[index]:
                break
    alias = aliases[index] if index < len(aliases) else None
    if isinstance(alias, str) and variable_name("x", alias) != "X_PASS":
        same = [a for a in aliases if isinstance(a, str) and a.upper() == alias.upper()]
        if len(same) == 1:
            return alias
    return index + 1


def plan_move(
    workspace: Workspace, place: SecretPlace, target: Home, secret: str | None = None
) -> Move:
    """Plan the change of a secret's home, or (with `secret`) of the secret itself in its new home.

    `secret` is needed where the file does not hold it: typed by the user or read from the
    keyring. Nothing is done yet; raise EditError where a secret is needed and missing.
    """
    builder = ChangeBuilder(workspace)
    if secret is None and home_of(place.current) == "file":
        secret = str(place.current)
    label = parse_pointer(place.pointer)[0]
    if target == "keyring":
        _need(secret, place)
        _point(builder, place)
        writes = (KeyringWrite(place.service, place.user, secret),)
        return Move(f"Keep the password of {label} in the keyring", tuple(builder.changes), writes)
    if target == "environment":
        _point(builder, place)
        note = f"Set {place.variable} in the environment before the app starts."
        return Move(
            f"Take the password of {label} from the environment",
            tuple(builder.changes),
            _forget(workspace, place),
            (note,),
        )
    _need(secret, place)
    builder.set(place.file, place.pointer, secret)
    note = f"The password stands in {place.file} in plain text; keep that file out of git."
    return Move(
        f"Keep the password of {label} in the file",
        tuple(builder.changes),
        _forget(workspace, place),
        (note,),
    )


def plan_first(
    place: SecretPlace, target: Home, secret: str | None, put: Callable[[Json], Sequence[Change]]
) -> Move:
    """Plan the first secret of a place whose surroundings are not there yet.

    `put` returns the changes that make them, with the given value in the place.
    """
    value = (secret or "") if target == "file" else "${" + place.variable + "}"
    writes = (KeyringWrite(place.service, place.user, secret),) if target == "keyring" else ()
    return Move("Change Password", tuple(put(value)), writes)


def plan_forget(place: SecretPlace) -> Move:
    """Plan the removal of the keyring's entry; the file stays as it is."""
    return Move("Remove Password", (), (KeyringWrite(place.service, place.user, None),))


def _need(secret: str | None, place: SecretPlace) -> None:
    if not secret:
        raise EditError(
            place.pointer, f"There is no password to move: {place.variable} has no value here."
        )


def _point(builder: ChangeBuilder, place: SecretPlace) -> None:
    """Write the placeholder into the file, unless it is there already."""
    if placeholder(builder.get(place.file, place.pointer)) != place.variable:
        builder.set(place.file, place.pointer, "${" + place.variable + "}")


def _forget(workspace: Workspace, place: SecretPlace) -> tuple[KeyringWrite, ...]:
    """Delete the entry, unless the secret was never there or other places still use the variable."""
    if placeholder(place.current) is None:
        return ()
    if still_used(workspace.snapshot(), place.user, (place.file, place.pointer)):
        return ()
    return (KeyringWrite(place.service, place.user, None),)
