"""`loopmail secret …`: the app's keyring entries."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from functools import partial

from loopmail.cli.app import begin_transaction
from loopmail.cli.options import Subparsers, add_verb, open_workspace, tell_said
from loopmail.cli.output import confirm, print_error, print_line
from loopmail.core.app.folder import LOCAL_FILE, kind_of
from loopmail.core.app.git import add_ignore_line, ignore_line
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import LoopmailError, UsageError
from loopmail.core.loopback.placeholders import chosen_environment
from loopmail.core.secrets.adopt import PlainSecret, plan_adoption, plan_local_file, survey
from loopmail.core.secrets.entries import entry_users, needed_by
from loopmail.core.secrets.move import KeyringWrite
from loopmail.core.secrets.resolution import export_line, is_variable_name, resolve
from loopmail.core.secrets.store import KeyringStore, entry_user, lookup, service_name


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail secret`, with one subparser for each action."""
    parser = subparsers.add_parser(
        "secret",
        help="the app's secrets in the keyring",
        description="Keep the app's secrets in the keyring; the files hold ${VAR}.",
    )
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, do, text in (
        ("list", _list, "the placeholders, what resolves them, and the keyring's entries"),
        ("set", _set, "store a secret, read from standard input or a prompt"),
        ("show", _show, "print a secret (asks first)"),
        ("delete", _delete, "delete a secret"),
        ("adopt", _adopt, "move plain-text passwords of the files into the keyring"),
        ("export", _export, "print `export VAR=…` lines for a shell (asks first)"),
    ):
        action = add_verb(actions, name, partial(_run, do), text)
        required = name in ("set", "show", "delete")
        action.add_argument("variable", metavar="VARIABLE", nargs=None if required else "?")
        action.add_argument("--env", metavar="NAME", help="only for this environment")
        if name != "list":
            action.add_argument("--yes", action="store_true", help="do not ask")
        if name == "adopt":
            action.add_argument(
                "--to",
                choices=("keyring", "local"),
                default="keyring",
                help=f"local: {LOCAL_FILE}, for a loopback-boot without ${{VAR}}",
            )


def _run(do: Callable[[argparse.Namespace, Workspace], int], namespace: argparse.Namespace) -> int:
    """Do the action; return the exit code."""
    variable = namespace.variable
    if variable is not None and not is_variable_name(variable):
        raise UsageError(
            f"“{variable}” is no name of a variable: letters, digits and “_”, no digit first."
        )
    return do(namespace, open_workspace(namespace.dir))


def _user(namespace: argparse.Namespace) -> str:
    return entry_user(namespace.variable, namespace.env)


def _list(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """Print one line for each placeholder, then the entries that no placeholder asks for."""
    store = KeyringStore()
    resolution = resolve(workspace.snapshot(), namespace.env, store)
    app = workspace.app
    rows = [
        (item.variable, item.source or "missing", f"{item.uses[0].file} {item.uses[0].pointer}")
        for item in resolution.placeholders
        if namespace.variable in (None, item.variable)
    ]
    used = {row[0] for row in rows}
    if resolution.keyring_error is None:
        for user in entry_users(store, workspace.snapshot()):
            name, _, env = user.partition("@")
            if name not in used and namespace.variable in (None, name):
                rows.append((user, "keyring", "not used by the files"))
            elif env and env != resolution.env and name in used:
                rows.append((user, "keyring", f"for the environment {env}"))
    print_line(f"{service_name(app.name)}, environment {resolution.env}")
    width = max((len(row[0]) for row in rows), default=0)
    for name, source, where in rows:
        print_line(f"  {name:{width}}  {source:11}  {where}")
    if not rows:
        print_line("  no placeholders and no entries")
    if resolution.keyring_error is not None:
        raise resolution.keyring_error
    return 0


def _set(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """Store a secret; standard input's final line end does not count."""
    if sys.stdin.isatty():
        secret = getpass.getpass(f"Secret for {_user(namespace)}: ")
    else:
        secret = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not secret:
        raise UsageError("The secret is empty; nothing was stored.")
    user, service = _user(namespace), service_name(workspace.app.name)
    writes = [KeyringWrite(service, user, secret)]
    transaction, _ = begin_transaction(writes, workspace, yes=namespace.yes)
    transaction.run()
    print_line(f"Stored {user} in {service}.")
    return 0


def _delete(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """Delete the entry; ask first if the files need it."""
    user, service = _user(namespace), service_name(workspace.app.name)
    writes = [KeyringWrite(service, user, None)]
    transaction, lost = begin_transaction(writes, workspace, yes=namespace.yes)
    if not lost:
        raise LoopmailError(f"The keyring has no {user} for {workspace.app.name}.")
    needed = ", ".join(needed_by(workspace.snapshot(), user))
    if needed:
        needs = "still need" if ", " in needed else "still needs"
        question = f"{needed} {needs} {user}. Delete it from the keyring all the same?"
        if not confirm(question, yes=namespace.yes):
            raise LoopmailError("Nothing was deleted.")
    transaction.run()
    print_line(f"Deleted {user} from {service}.")
    return 0


def _show(namespace: argparse.Namespace, workspace: Workspace) -> int:
    if not confirm(f"Print the secret {_user(namespace)} on the terminal?", yes=namespace.yes):
        return 1
    secret = lookup(KeyringStore(), workspace.app.name, namespace.variable, namespace.env)
    if secret is None:
        raise LoopmailError(f"The keyring has no {_user(namespace)} for {workspace.app.name}.")
    print_line(secret)
    return 0


def _adopt(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """List the plain secrets, move the chosen ones, save; raise LoopmailError if none was chosen."""
    found = survey(workspace.snapshot())
    local = namespace.to == "local"
    candidates = [
        secret
        for secret in found.secrets
        if namespace.variable in (None, secret.place.variable)
        and (namespace.env is None or secret.place.env in (None, namespace.env))
    ]
    for name, sentence in workspace.snapshot().errors.items():
        if kind_of(name) is not None:
            print_error(f"Skipped: {sentence}")
    if not candidates:
        print_line("No plain-text secrets in the app’s configuration files.")
        return 0
    for secret in candidates:
        print_line(_described(secret))
    candidates = [secret for secret in candidates if secret.stays is None]
    if not candidates:
        return 0
    if not local and not found.resolves:
        raise LoopmailError(
            "The installed loopback-boot does not replace ${VAR} in datasources.json, so the app "
            f"would sign in with that very text. Use “--to local”: {LOCAL_FILE} works "
            "with it."
        )
    chosen = []
    for secret in candidates:
        place = secret.place
        target = LOCAL_FILE if local else f"the keyring as {place.user}"
        if confirm(f"Move {place.pointer} of {place.file} to {target}?", yes=namespace.yes):
            chosen.append(secret)
    if not chosen:
        raise LoopmailError("Nothing was moved.")
    _move(namespace, workspace, chosen)
    local_file_matters = local or (workspace.app.server / LOCAL_FILE).exists()
    if local_file_matters and not found.local_file_ignored:
        proposal = ignore_line(workspace.app)
        if confirm(f"Add “{proposal.line}” to {proposal.path.name}?", yes=namespace.yes):
            add_ignore_line(proposal)
            print_line(f"Added “{proposal.line}” to {proposal.path.name}.")
    return 0


def _described(secret: PlainSecret) -> str:
    place = secret.place
    told = f"{place.file}:{secret.line} {place.pointer}  {secret.preview}"
    if secret.stays is not None:
        told = f"{told}  stays: {secret.stays}"
    if secret.leak is not None:
        return f"{told}  in git since {secret.leak.date}: change it at the provider"
    return f"{told}  in a file that git tracks" if secret.tracked else told


def _move(namespace: argparse.Namespace, workspace: Workspace, chosen: list[PlainSecret]) -> None:
    """Move the secrets and save; raise LoopmailError if an entry of the keyring is to stay."""
    move = (plan_local_file if namespace.to == "local" else plan_adoption)(workspace, chosen)
    workspace.apply(move.changes)
    transaction, lost = begin_transaction(move.writes, workspace, yes=namespace.yes)
    for user in lost:
        question = f"The keyring holds another secret as {user}. Replace it?"
        if not confirm(question, yes=namespace.yes):
            raise LoopmailError(f"Nothing was moved: the keyring's {user} is taken.")
    workspace.may_leave = namespace.yes
    saving = workspace.saving()
    transaction.run(saving)
    saving.finish()
    tell_said(workspace)
    print_line(f"{move.text}: done.")
    for note in move.notes:
        print_line(note)


def _export(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """Print the keyring's values that the environment lacks; never to a file."""
    environment = {k: v for k, v in os.environ.items() if k == "NODE_ENV"}
    env = chosen_environment(namespace.env, environment)
    resolution = resolve(workspace.snapshot(), env, KeyringStore(), environment)
    if resolution.keyring_error is not None:
        raise resolution.keyring_error
    found = resolution.variables.keyring
    values = {k: v for k, v in found.items() if namespace.variable in (None, k)}
    if not values:
        raise LoopmailError(f"The keyring has nothing that {workspace.app.name} asks for.")
    if not confirm(f"Print {len(values)} secret(s) on the terminal?", yes=namespace.yes):
        return 1
    for name, value in values.items():
        sys.stdout.write(export_line(name, value) + "\n")
    return 0
