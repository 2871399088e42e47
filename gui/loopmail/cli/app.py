"""The app that a verb is about: opened for an environment, checked, its keyring and questions."""

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loopmail.cli.options import open_workspace
from loopmail.cli.output import confirm, print_error
from loopmail.core.app.versions import choose
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.checks.problem import Problem
from loopmail.core.errors import FileUnreadable, LoopmailError
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.core.secrets.entries import ownership
from loopmail.core.secrets.move import KeyringWrite, SecretTransaction, overwritten
from loopmail.core.secrets.resolution import Resolution, resolve
from loopmail.core.secrets.store import KeyringStore, service_name
from loopmail.log import ROOT, never_log


@dataclass(frozen=True, slots=True)
class LoadedApp:
    """An app as one environment and one LoopBack see it."""

    workspace: Workspace
    resolution: Resolution
    view: AppView

    def other_views(self) -> Iterator[AppView]:
        """Yield the app as its other environments see it."""
        view, store = self.view, KeyringStore()
        for env in self.workspace.app.environments:
            if env != view.env:
                variables = resolve(view.snapshot, env, store).variables
                yield AppView(view.snapshot, env, variables, view.versions)

    def require_readable(self) -> None:
        """Raise the error of the first file that LoopBack would read and that is broken."""
        errors = self.view.snapshot.errors
        for file in self.view.effective.files:
            if file.state == "read" and file.path in errors:
                document = self.workspace.documents.get(file.path)
                if document is not None and document.error is not None:
                    raise document.error
                raise FileUnreadable(self.workspace.app.server / file.path, errors[file.path])


def load(arguments: argparse.Namespace) -> LoadedApp:
    """Open `arguments.dir` for `arguments.env` and `arguments.loopback`.

    Raise AppError for a folder that is no app. A keyring that is missing or locked is no error:
    `resolution.keyring_error` has it.
    """
    workspace = open_workspace(arguments.dir)
    resolution = resolve(workspace.snapshot(), arguments.env, KeyringStore())
    versions = choose(arguments.loopback, workspace.app.versions)
    view = AppView(workspace.snapshot(), resolution.env, resolution.variables, versions)
    if ROOT.isEnabledFor(logging.DEBUG):
        never_log(view.secrets)
    return LoadedApp(workspace, resolution, view)


class Checker:
    """Checks one environment of an app (None: NODE_ENV, else development) or all that it has."""

    def __init__(
        self, workspace: Workspace, env: str | None, loopback: int | None, *, all_envs: bool = False
    ) -> None:
        # Late, since the rules bring the JSON Schema library along.
        from loopmail.core.checks.proof import Circumstances, doubts_under

        app, snapshot, store = workspace.app, workspace.snapshot(), KeyringStore()
        found = [resolve(snapshot, e, store) for e in (app.environments if all_envs else (env,))]
        variables: dict[str | None, Variables] = {one.env: one.variables for one in found}
        self.circumstances = Circumstances.of(app, choose(loopback, app.versions), variables)
        self.doubts = doubts_under(self.circumstances)

    def find(self, snapshot: Snapshot) -> list[Problem]:
        """Return the problems, each once; their fixes are not proven."""
        from loopmail.core.checks.run import CheckRequest, merge_problems, run_checks

        under = self.circumstances
        asked = (under.versions, under.modules, under.tracked_secrets)
        return merge_problems(
            run_checks(CheckRequest(snapshot, [env], variables, *asked))
            for env, variables in under.variables.items()
        )


def begin_transaction(
    writes: Sequence[KeyringWrite], workspace: Workspace, *, yes: bool
) -> tuple[SecretTransaction, list[str]]:
    """Return what writes these with the files as they are, and the entries that would be lost.

    Say who else writes to the keyring: if another living app of the same name does, ask first if
    a secret of it would be lost; raise LoopmailError if the answer is no.
    """
    store, app = KeyringStore(), workspace.app
    lost = overwritten(writes, store)
    found = ownership(service_name(app.name), app.root)
    if found.sentence:
        print_error(found.sentence)
    foreign = found.status == "foreign"
    if foreign and lost and not confirm("Change the entry that both use?", yes=yes):
        raise LoopmailError(
            "Nothing was changed. Give one of the apps another “name” in its package.json."
        )
    return SecretTransaction(writes, store, workspace.snapshot(), share=foreign), lost
