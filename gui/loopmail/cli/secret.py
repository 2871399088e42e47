"""`loopmail secret …`: the app's keyring entries."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable

from loopmail.cli.adoption import adopt
from loopmail.cli.app import ask_to_share, confirm, open_store
from loopmail.cli.options import Subparsers, add_dir
from loopmail.cli.output import print_error, print_line
from loopmail.core.app.folder import LOCAL_FILE
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import LoopmailError, UsageError
from loopmail.core.loopback.placeholders import chosen_environment
from loopmail.core.secrets.entries import entry_users
from loopmail.core.secrets.move import KeyringWrite, Move, SecretTransaction
from loopmail.core.secrets.resolution import Resolution, export_line, is_variable_name, resolve
from loopmail.core.secrets.store import lookup, service_name

_VERBS: dict[str, str] = {
    "list": "the placeholders, what resolves them, and the keyring's entries",
    "set": "store a secret, read from standard input or a prompt",
    "show": "print a secret (asks first)",
    "delete": "delete a secret",
    "adopt": "move plain-text passwords of the files into the keyring",
    "export": "print `export VAR=…` lines for a shell (asks first)",
}


def add_parser(subparsers: Subparsers) -> None:
    """Add the parser of `loopmail secret`, with one subparser for each action."""
    parser = subparsers.add_parser(
        "secret",
        help="the app's secrets in the keyring",
        description="Keep the app's secrets in the keyring; the files hold ${VAR}.",
    )
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, text in _VERBS.items():
        action = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        add_dir(action)
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
        action.set_defaults(func=run)


def run(namespace: argparse.Namespace) -> int:
    """Do the action; return the exit code."""
    variable = namespace.variable
    if variable is not None and not is_variable_name(variable):
        raise UsageError(
            f"“{variable}” is no name of a variable: letters, digits and “_”, no digit first."
        )
    actions: dict[str, Callable[[argparse.Namespace, Workspace], int]] = {
        "list": _list,
        "set": _set,
        "show": _show,
        "delete": _delete,
        "adopt": adopt,
        "export": _export,
    }
    return actions[namespace.action](namespace, Workspace.open(namespace.dir))


def _user(namespace: argparse.Namespace) -> str:
    variable: str = namespace.variable
    return f"{variable}@{namespace.env}" if namespace.env else variable


def _list(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """Print one line for each placeholder, then the entries that no placeholder asks for."""
    store = open_store()
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
    transaction = _change(namespace, workspace, secret)
    ask_to_share(transaction, workspace.app, yes=namespace.yes)
    transaction.do(workspace)
    print_line(transaction.text)
    return 0


def _change(
    namespace: argparse.Namespace, workspace: Workspace, secret: str | None
) -> SecretTransaction:
    """Return what stores the secret under the entry, or (None) deletes it."""
    user, service = _user(namespace), service_name(workspace.app.name)
    text = f"Deleted {user} from {service}." if secret is None else f"Stored {user} in {service}."
    move = Move(text, (), (KeyringWrite(service, user, secret),))
    return SecretTransaction(lambda: move, open_store(), workspace.app.root)


def _show(namespace: argparse.Namespace, workspace: Workspace) -> int:
    if not confirm(f"Print the secret {_user(namespace)} on the terminal?", yes=namespace.yes):
        return 1
    secret = lookup(open_store(), workspace.app.name, namespace.variable, namespace.env)
    if secret is None:
        raise LoopmailError(f"The keyring has no {_user(namespace)} for {workspace.app.name}.")
    print_line(secret)
    return 0


def _delete(namespace: argparse.Namespace, workspace: Workspace) -> int:
    transaction = _change(namespace, workspace, None)
    if not ask_to_share(transaction, workspace.app, yes=namespace.yes):
        raise LoopmailError(f"The keyring has no {_user(namespace)} for {workspace.app.name}.")
    transaction.do(workspace)
    print_line(transaction.text)
    return 0


def _export(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """Print the keyring's values that the environment lacks; never to a file."""
    environment = {k: v for k, v in os.environ.items() if k == "NODE_ENV"}
    env = chosen_environment(namespace.env, environment)
    resolution: Resolution = resolve(workspace.snapshot(), env, open_store(), environment)
    if resolution.keyring_error is not None:
        raise resolution.keyring_error
    values = {
        name: value
        for name, value in resolution.variables.keyring.items()
        if namespace.variable in (None, name)
    }
    if not values:
        print_error(f"The keyring has nothing that {workspace.app.name} asks for.")
        return 1
    if not confirm(f"Print {len(values)} secret(s) on the terminal?", yes=namespace.yes):
        return 1
    for name, value in values.items():
        sys.stdout.write(export_line(name, value) + "\n")
    return 0
