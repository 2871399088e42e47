"""What `check`, `fix` and `send` share: running the rules with the variables that apply."""

from loopmail.cli.keyring_access import open_store
from loopmail.core.checks.problem import Problem
from loopmail.core.checks.run import CheckRequest, merge_problems, run_checks
from loopmail.core.placeholders import resolve
from loopmail.core.transport_modules import installed_transport_modules
from loopmail.core.versions import choose
from loopmail.core.workspace import Workspace


def find_problems(
    workspace: Workspace, env: str | None, loopback: int | None, *, all_envs: bool = False
) -> list[Problem]:
    """Check one environment (None: NODE_ENV, else development) or all that the app has."""
    app = workspace.app
    versions = choose(loopback, app.versions) if loopback else app.versions
    modules = installed_transport_modules(app.root)
    snapshot = workspace.snapshot()
    runs: list[list[Problem]] = []
    for name in app.environments if all_envs else (env,):
        resolution = resolve(snapshot, name, open_store())
        request = CheckRequest(
            snapshot, [resolution.env], resolution.variables, versions, modules, _tracked(workspace)
        )
        runs.append(run_checks(request))
    return merge_problems(runs)


def _tracked(workspace: Workspace) -> frozenset[str]:
    from loopmail.core.git_tracked import tracked_files

    return tracked_files(workspace.app)
