"""What the verbs around secrets share: the store, the open app, questions, warnings."""

import sys
from pathlib import Path

from loopmail.cli.output import print_error, print_line
from loopmail.core.app_folder import AppFolder
from loopmail.core.errors import LoopmailError, UsageError
from loopmail.core.move import SecretTransaction
from loopmail.core.ownership import ownership
from loopmail.core.placeholders import Resolution, resolve
from loopmail.core.secrets import KeyringStore, SecretStore, service_name
from loopmail.core.workspace import Workspace


def open_store() -> SecretStore:
    """Return the operating system's keyring."""
    return KeyringStore()


def open_resolution(directory: Path, env: str | None) -> tuple[Workspace, Resolution]:
    """Open an app and resolve its placeholders; a keyring that is missing becomes a warning."""
    workspace = Workspace.open(directory)
    resolution = resolve(workspace.snapshot(), env, open_store())
    return workspace, resolution


def warn_about(resolution: Resolution) -> None:
    """Name the variables that nothing resolves, and why the keyring could not help."""
    missing = resolution.missing
    if missing and resolution.keyring_error is not None:
        print_error(str(resolution.keyring_error))
    for item in missing:
        where = item.uses[0]
        print_error(
            f"Warning: no value for {item.variable} ({where.file} {where.pointer}); LoopBack "
            f"will take it for undefined. Store it with “loopmail secret set DIR {item.variable}” "
            "or set it in the environment."
        )


def ask_to_share(transaction: SecretTransaction, app: AppFolder, *, yes: bool) -> list[str]:
    """Return the entries whose secret would be lost, and say who else writes to the keyring.

    If another living app of the same name does, ask first if something of it would be lost; raise
    LoopmailError if the answer is no.
    """
    lost = transaction.overwritten()
    found = ownership(service_name(app.name), app.root)
    if found.sentence:
        print_error(found.sentence)
    if found.status == "foreign":
        if lost and not confirm("Change the entry that both use?", yes=yes):
            raise LoopmailError(
                "Nothing was changed. Give one of the apps another “name” in its package.json."
            )
        transaction.share = True
    return lost


def confirm(question: str, *, yes: bool) -> bool:
    """Ask a yes/no question on the terminal; `yes` answers it. No terminal: UsageError."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Say --yes, since there is no terminal to ask on.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        print_line()
    return answer.strip().lower() in ("y", "yes")
