"""`loopmail secret adopt`: the plain-text passwords move out of the files."""

import argparse
from collections.abc import Sequence
from functools import partial

from loopmail.cli.app import ask_to_share, confirm, open_store
from loopmail.cli.output import print_error, print_line
from loopmail.core.app.folder import LOCAL_FILE
from loopmail.core.app.git import add_ignore_line, ignore_line
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import LoopmailError
from loopmail.core.secrets.adopt import PlainSecret, Survey, plan_adoption, plan_local_file, survey
from loopmail.core.secrets.move import SecretTransaction


def adopt(namespace: argparse.Namespace, workspace: Workspace) -> int:
    """List the plain secrets, move the chosen ones, save; exit code 1 if none was chosen."""
    found = survey(workspace.snapshot())
    candidates = [
        secret
        for secret in found.secrets
        if namespace.variable in (None, secret.place.variable)
        and (namespace.env is None or secret.place.env in (None, namespace.env))
    ]
    for name, sentence in workspace.snapshot().errors.items():
        if name.startswith("datasources"):
            print_error(f"Skipped: {sentence}")
    if not candidates:
        print_line("No plain-text secrets in the data source files.")
        return 0
    for secret in candidates:
        print_line(_describe(secret))
    if namespace.to == "keyring" and not found.resolves:
        raise LoopmailError(
            "The installed loopback-boot does not replace ${VAR} in datasources.json, so the app "
            f"would sign in with that very text. Use “--to local”: {LOCAL_FILE} works "
            "with it."
        )
    chosen = [s for s in candidates if confirm(_question(s, namespace.to), yes=namespace.yes)]
    if not chosen:
        print_error("Nothing was moved.")
        return 1
    return _move(namespace, workspace, found, chosen)


def _move(
    namespace: argparse.Namespace,
    workspace: Workspace,
    found: Survey,
    chosen: Sequence[PlainSecret],
) -> int:
    local = namespace.to == "local"
    plan = partial(plan_local_file if local else plan_adoption, workspace, chosen)
    transaction = SecretTransaction(plan, open_store(), workspace.app.root)
    if not local:
        _ask_to_replace(ask_to_share(transaction, workspace.app, yes=namespace.yes), namespace.yes)
    transaction.do(workspace, save=True)
    print_line(f"{transaction.text}: done.")
    for note in transaction.notes:
        print_line(note)
    _offer_ignore(workspace, found, yes=namespace.yes, needed=local)
    return 0


def _describe(secret: PlainSecret) -> str:
    place = secret.place
    told = f"{place.file}:{secret.line} {place.pointer}  {secret.preview}"
    if secret.leak is not None:
        return f"{told}  in git since {secret.leak.date}: change it at the provider"
    return f"{told}  in a file that git tracks" if secret.tracked else told


def _question(secret: PlainSecret, target: str) -> str:
    place = secret.place
    if target == "local":
        return f"Move {place.pointer} of {place.file} to {LOCAL_FILE}?"
    return f"Move {place.pointer} of {place.file} to the keyring as {place.user}?"


def _ask_to_replace(lost: Sequence[str], yes: bool) -> None:
    """Ask before entries that hold something else are lost."""
    for user in lost:
        if not confirm(f"The keyring holds another secret as {user}. Replace it?", yes=yes):
            raise LoopmailError(f"Nothing was moved: the keyring's {user} is taken.")


def _offer_ignore(workspace: Workspace, found: Survey, *, yes: bool, needed: bool) -> None:
    """Offer the .gitignore line for datasources.local.json where that file matters."""
    app = workspace.app
    exists = (app.server / LOCAL_FILE).exists()
    if found.local_file_ignored or not (exists or needed):
        return
    proposal = ignore_line(app)
    if confirm(f"Add “{proposal.line}” to {proposal.path.name}?", yes=yes):
        add_ignore_line(proposal)
        print_line(f"Added “{proposal.line}” to {proposal.path.name}.")
