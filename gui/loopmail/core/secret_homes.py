"""The homes of a secret: the keyring, an environment variable, the file; and moving between them.

In the keyring and in the environment the file holds `${VAR}`; which of the two it is depends on
whether the keyring has an entry. LoopBack replaces a whole value only, so of a URL with user-info
the whole URL moves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.change_builder import ChangeBuilder
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import parse_pointer
from loopmail.core.move import KeyringWrite, Move
from loopmail.core.placeholders import all_uses
from loopmail.core.secret_paths import placeholder, secret_ending
from loopmail.core.secrets import service_name, variable_name
from loopmail.core.variables import Variables
from loopmail.core.workspace import Snapshot, Workspace

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


def home_of(value: Json, in_keyring: Collection[str] = ()) -> Home | None:
    """Return where this value's secret lives; None if there is none.

    `in_keyring` are the variables the keyring has (for the chosen environment).
    """
    variable = placeholder(value)
    if variable is not None:
        return "keyring" if variable in in_keyring else "environment"
    return None if value in (UNDEFINED, None, "") else "file"


def variable_home(variable: str, own_name: str, variables: Variables) -> Home:
    """Return where a placeholder's secret lives, or is going to live when nothing resolves it.

    Then that is the keyring if the variable has `own_name`, the one loopmail would give it.
    """
    if variable in variables.environment:
        return "environment"
    kept = variable == own_name or variable in variables.keyring
    return "keyring" if kept else "environment"


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
    env = layer.env if layer is not None and layer.slot == "env" else None
    current = _value_at(snapshot.values.get(file, {}), tokens)
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
    current = _value_at(snapshot.values.get(file, {}), tokens)
    ending = secret_ending(tokens, current) or "PASS"
    base = variable_name(tokens[0], _transport_label(snapshot, file, tokens), ending)
    used = _names_elsewhere(snapshot, file, pointer)
    for name, place in (taken or {}).items():
        used.setdefault(name, set()).add(place)
    layer = snapshot.app.file(file)
    own = pointer if layer is None or layer.slot != "local" else f"local:{pointer}"
    name, number = base, 2
    while used.get(name, {own}) != {own}:
        name, number = f"{base}_{number}", number + 1
    if isinstance(taken, dict):
        taken[name] = own
    return name


def _names_elsewhere(snapshot: Snapshot, file: str, pointer: str) -> dict[str, set[str]]:
    """Return variable to the places that use it, a local file's marked (it applies everywhere)."""
    slots = {layer.name: layer.slot for layer in snapshot.app.files}
    found: dict[str, set[str]] = {}
    for origin in all_uses(snapshot):
        if (origin.file, origin.pointer) != (file, pointer) and origin.variable is not None:
            local = slots.get(origin.file or "") == "local"
            place = f"local:{origin.pointer}" if local else origin.pointer
            found.setdefault(origin.variable, set()).add(place)
    return found


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
        transports = _value_at(snapshot.values.get(name, {}), tokens[:2])
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


def _value_at(value: Json, tokens: Sequence[str]) -> Json:
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return UNDEFINED
    return value


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


def _need(secret: str | None, place: SecretPlace) -> None:
    if not secret:
        raise EditError(
            place.pointer, f"There is no password to move: {place.variable} has no value here."
        )


def _point(builder: ChangeBuilder, place: SecretPlace) -> None:
    """Let the file hold the placeholder, unless it does."""
    if placeholder(builder.get(place.file, place.pointer)) != place.variable:
        builder.set(place.file, place.pointer, "${" + place.variable + "}")


def _forget(workspace: Workspace, place: SecretPlace) -> tuple[KeyringWrite, ...]:
    """Delete the entry, unless the secret was never there or other places still use the variable."""
    if placeholder(place.current) is None:
        return ()
    here = (place.file, place.pointer)
    others = [
        origin
        for origin in all_uses(workspace.snapshot())
        if origin.variable == place.variable and (origin.file, origin.pointer) != here
    ]
    return () if others else (KeyringWrite(place.service, place.user, None),)
