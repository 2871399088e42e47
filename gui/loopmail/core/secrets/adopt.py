"""Adopting an app: every plain secret of its files, and moving the chosen ones out of them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import BASE_FILE, LOCAL_FILE
from loopmail.core.app.versions import resolves_variables
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import (
    JsonSyntaxError,
    at,
    find,
    format_pointer,
    line_column,
    parse,
    parse_pointer,
)
from loopmail.core.loopback.placeholders import why_not_replaced
from loopmail.core.plain_secrets import find_plain_secrets
from loopmail.core.secret_names import masked
from loopmail.core.secrets.homes import SecretPlace, place_of
from loopmail.core.secrets.leaks import GitReport, Leak, look_into_git
from loopmail.core.secrets.move import KeyringWrite, Move


@dataclass(frozen=True, slots=True)
class PlainSecret:
    """A secret that stands in a file as it is.

    `tracked`: git keeps the file. `leak`: git's history has it already, so that it must be
    changed at the provider. `stays`: a sentence why it cannot move; None if it can.
    """

    place: SecretPlace
    preview: str
    line: int
    value: str = field(repr=False)
    tracked: bool = False
    leak: Leak | None = None
    stays: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """All plain secrets of an app, what git knows, and what the installed LoopBack can do."""

    secrets: tuple[PlainSecret, ...]
    git: GitReport
    resolves: bool  # the installed loopback-boot resolves ${VAR}

    @property
    def local_file_ignored(self) -> bool:
        """Whether git would leave datasources.local.json alone (also: there is no git)."""
        return self.git.files.get(LOCAL_FILE) in ("ignored", "unknown")


def find_secrets(snapshot: Snapshot) -> list[PlainSecret]:
    """Return every plain secret of every layer, in file order; reads nothing but the snapshot."""
    found: list[PlainSecret] = []
    taken: dict[str, str] = {}
    for layer in snapshot.app.files:
        if layer.name not in snapshot.values:
            continue
        stays = why_not_replaced(layer.name)
        plain = list(find_plain_secrets(snapshot.values[layer.name]))
        text, tree = snapshot.texts.get(layer.name, ""), None
        if plain:
            with suppress(JsonSyntaxError):
                tree = parse(text)
        for secret in plain:
            pointer = format_pointer(secret.tokens)
            place = place_of(snapshot, layer.name, pointer, taken if stays is None else {})
            node = find(tree, place.pointer) if tree else None
            line = line_column(text, node.offset)[0] if node else 1
            found.append(PlainSecret(place, masked(secret.value), line, secret.value, stays=stays))
    return found


def survey(snapshot: Snapshot, secrets: Sequence[PlainSecret] | None = None) -> Survey:
    """Ask git about the plain secrets; may block, but not for ever.

    `secrets` are those of the snapshot if they are known already. Files that git tracks but never
    committed count as tracked only.
    """
    secrets = find_secrets(snapshot) if secrets is None else secrets
    names = [layer.name for layer in snapshot.app.files]
    report = look_into_git(
        snapshot.app.server,
        list(dict.fromkeys([*names, LOCAL_FILE])),
        [secret.value for secret in secrets],
        outside=snapshot.app.root,
    )
    known = tuple(
        replace(
            secret,
            tracked=report.files.get(secret.place.file) == "tracked",
            leak=report.leaks.get(number),
        )
        for number, secret in enumerate(secrets)
    )
    return Survey(known, report, resolves_variables(snapshot.app.versions))


def plan_adoption(workspace: Workspace, chosen: Sequence[PlainSecret]) -> Move:
    """Plan moving secrets to the keyring, `${VAR}` staying in the files: one step.

    Raise EditError if one of them does not stand in its place any more.
    """
    _need_unchanged(workspace, chosen)
    builder = ChangeBuilder(workspace)
    writes = []
    for secret in chosen:
        place = secret.place
        builder.set(place.file, place.pointer, "${" + place.variable + "}")
        writes.append(KeyringWrite(place.service, place.user, secret.value))
    return Move(
        f"Move {_count(chosen)} to the keyring",
        tuple(builder.changes),
        tuple(writes),
        _to_change(chosen),
    )


def plan_local_file(workspace: Workspace, chosen: Sequence[PlainSecret]) -> Move:
    """Plan moving secrets to datasources.local.json, which works with every loopback-boot.

    Only the base file's secrets can go there: an environment's file is read later and wins, and
    what it says must not reach the other environments. The rest stays, with a note. Raise
    EditError if nothing can move, or if a secret does not stand in its place any more.
    """
    _need_unchanged(workspace, chosen)
    builder = ChangeBuilder(workspace)
    moved = [secret for secret in chosen if secret.place.file == BASE_FILE]
    for secret in moved:
        tokens = parse_pointer(secret.place.pointer)
        _set_overriding(builder, tokens, secret.value)
        builder.remove(secret.place.file, secret.place.pointer)
    notes = [f"Keep {LOCAL_FILE} out of git."] if moved else []
    left = sorted({s.place.file for s in chosen} - {BASE_FILE, LOCAL_FILE})
    notes += [f"The secrets of {name} cannot move to {LOCAL_FILE}." for name in left]
    if not moved:
        raise EditError("", " ".join(notes) or f"All of them stand in {LOCAL_FILE} already.")
    return Move(
        f"Move {_count(moved)} to {LOCAL_FILE}",
        tuple(builder.changes),
        (),
        (*notes, *_to_change(moved)),
    )


def _need_unchanged(workspace: Workspace, chosen: Sequence[PlainSecret]) -> None:
    """Refuse to move what the user did not choose, and what the app would not find any more."""
    for secret in chosen:
        place = secret.place
        if secret.stays is not None:
            raise EditError(place.pointer, secret.stays)
        values = workspace.snapshot().values.get(place.file, {})
        if at(values, parse_pointer(place.pointer)) != place.current:
            raise EditError(
                place.pointer, "The files have changed meanwhile; look at the list again."
            )


def _set_overriding(builder: ChangeBuilder, tokens: Sequence[str], value: str) -> None:
    """Set a value in the local file so that LoopBack can merge it over the base file.

    Arrays must have the base's length there (mergeArrays() in loopback-boot 2.28.0,
    lib/config-loader.js), so the missing items become empty objects.
    """
    depth = 0
    while depth < len(tokens) - 1:
        if builder.get(LOCAL_FILE, format_pointer(tokens[: depth + 1])) is UNDEFINED:
            break
        depth += 1
    shape: Json = value
    for position in range(len(tokens) - 1, depth, -1):
        container = builder.get(BASE_FILE, format_pointer(tokens[:position]))
        if isinstance(container, list):
            items: list[Json] = [{} for _ in container]
            items[int(tokens[position])] = shape
            shape = items
        else:
            shape = {tokens[position]: shape}
    builder.set(LOCAL_FILE, format_pointer(tokens[: depth + 1]), shape)


def _count(secrets: Sequence[PlainSecret]) -> str:
    return "1 secret" if len(secrets) == 1 else f"{len(secrets)} secrets"


def _to_change(secrets: Sequence[PlainSecret]) -> tuple[str, ...]:
    """Say which secrets must be changed at the provider, since git keeps them for ever."""
    return tuple(
        f"{s.place.user}: git has had this secret since {s.leak.date} (commit "
        f"{s.leak.commit[:10]}, {s.leak.file}). Change it at the provider; moving it does not "
        "make it secret again."
        for s in secrets
        if s.leak is not None
    )
