"""The homes of a secret: the keyring, an environment variable, the file; and moving between them.

In the keyring and in the environment the file holds `${VAR}`; which of the two it is depends on
whether the keyring has an entry. LoopBack replaces a whole value only, so of a URL with user-info
the whole URL moves.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import is_private, kind_of
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import at, parse_pointer
from loopmail.core.loopback.placeholders import all_uses
from loopmail.core.loopback.variables import Variables
from loopmail.core.plain_secrets import ending_at
from loopmail.core.secret_names import placeholder
from loopmail.core.secrets.entries import uses_of
from loopmail.core.secrets.move import KeyringWrite, Move
from loopmail.core.secrets.store import entry_user, service_name

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
    def entry(self) -> tuple[str, str]:
        """The keyring's entry: service and user name."""
        return (self.service, self.user)

    @property
    def user(self) -> str:
        """The keyring's user name: `VARIABLE`, or `VARIABLE@env` for an environment's file."""
        return entry_user(self.variable, self.env)


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


@lru_cache(maxsize=1024)
def variable_name(datasource: str, transport: str | int | None = None, ending: str = "PASS") -> str:
    """Return the variable loopmail makes: `emailDs` -> `EMAIL_DS_PASS`, transport between them.

    `ending` is PASS for a password; other secrets have theirs (CLIENT_SECRET, …). The result is
    always a name that shells and loopback-boot's `${VAR}` (ASCII word characters) accept.
    """
    parts = [_snake(datasource) or "MAIL"]
    if transport is not None:
        parts.append(_snake(str(transport)))
    name = "_".join(part for part in [*parts, ending] if part)
    return f"_{name}" if name[0].isdigit() else name


def _snake(text: str) -> str:
    """Return ASCII upper snake case: `emailDs` -> `EMAIL_DS`, `SMTPServer` -> `SMTP_SERVER`."""
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    ascii_text = "".join(c for c in text if not unicodedata.combining(c))
    ascii_text = re.sub(r"[^0-9A-Za-z]+", "_", ascii_text)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", ascii_text)
    return words.strip("_").upper()


def place_of(
    snapshot: Snapshot, file: str, pointer: str, taken: dict[str, str] | None = None
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
    variable = placeholder(current)
    if variable is None:
        ending = ending_at(snapshot.values.get(file, {}), tokens) or "PASS"
        name = variable_name(tokens[0], _transport_label(snapshot, file, tokens), ending)
        variable = _free_name(snapshot, file, pointer, name, {} if taken is None else taken)
    service = service_name(snapshot.app.name)
    return SecretPlace(file, pointer, variable, service, env, current)


def _free_name(
    snapshot: Snapshot, file: str, pointer: str, base: str, taken: dict[str, str]
) -> str:
    """Return the name with a number if need be; the same pointer in several layers shares it."""
    own = _marked(file, pointer)
    used: dict[str, set[str]] = {name: {place} for name, place in taken.items()}
    for origin in all_uses(snapshot):
        if (origin.file, origin.pointer) != (file, pointer) and origin.variable is not None:
            place = _marked(origin.file or "", origin.pointer)
            used.setdefault(origin.variable, set()).add(place)
    name, number = base, 2
    while used.get(name, {own}) != {own}:
        name, number = f"{base}_{number}", number + 1
    taken[name] = own
    return name


def _marked(file: str, pointer: str) -> str:
    """Return a place, the same for all layers but a private one: that applies everywhere."""
    return f"{'private ' if is_private(file) else ''}{kind_of(file)}:{pointer}"


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
    if secret is None and home_of(place.current) == "file":
        secret = str(place.current)
    if not secret and target != "environment":
        raise EditError(
            place.pointer, f"There is no password to move: {place.variable} has no value here."
        )
    builder = ChangeBuilder(workspace)
    if target == "file":
        builder.set(place.file, place.pointer, secret)
    elif placeholder(builder.get(place.file, place.pointer)) != place.variable:
        builder.set(place.file, place.pointer, "${" + place.variable + "}")
    # What the keyring holds stays there whatever is chosen: it may be the only copy.
    writes = (KeyringWrite(*place.entry, secret),) if target == "keyring" else ()
    left = _left(workspace.snapshot(), place) if target == "file" else ()
    outside = (place.entry,) if target == "environment" else ()
    text, *notes = {
        "keyring": ("Keep the password of {} in the keyring",),
        "environment": (
            "Take the password of {} from the environment",
            f"Set {place.variable} in the environment before the app starts.",
        ),
        "file": (
            "Keep the password of {} in the file",
            f"The password stands in {place.file} in plain text; keep that file out of git.",
        ),
    }[target]
    label = parse_pointer(place.pointer)[0]
    return Move(text.format(label), tuple(builder.changes), writes, tuple(notes), left, outside)


def plan_first(
    place: SecretPlace, target: Home, secret: str | None, put: Callable[[Json], Sequence[Change]]
) -> Move:
    """Plan the first secret of a place whose surroundings are not there yet.

    `put` returns the changes that make them, with the given value in the place.
    """
    value = (secret or "") if target == "file" else "${" + place.variable + "}"
    writes = (KeyringWrite(*place.entry, secret),) if target == "keyring" else ()
    outside = (place.entry,) if target == "environment" else ()
    return Move("Change Password", tuple(put(value)), writes, outside=outside)


def plan_removal(snapshot: Snapshot, place: SecretPlace, changes: Sequence[Change]) -> Move:
    """Plan what takes a secret out of the file; what the keyring holds of it stays there."""
    return Move("Remove Password", tuple(changes), left=_left(snapshot, place))


def _left(snapshot: Snapshot, place: SecretPlace) -> tuple[tuple[str, str], ...]:
    """Return the entry of a place that gets another secret, unless other places use it, too."""
    if placeholder(place.current) is None:
        return ()
    here = (place.file, place.pointer)
    used = any((use.file, use.pointer) != here for use in uses_of(snapshot, place.variable))
    return () if used else (place.entry,)


def plan_deletion(entry: tuple[str, str]) -> Move:
    """Plan the deletion of the keyring's entry (service, user name); the files stay as they are."""
    service, user = entry
    return Move(f"Delete {user} from the keyring", (), (KeyringWrite(service, user, None),))
