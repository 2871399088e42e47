"""Which of an app's configuration files git keeps."""

import os
import time

from loopmail.core.app_folder import AppFolder
from loopmail.core.git_commands import Git, GitUnavailable

_TIME_LIMIT = 3.0  # seconds; without an answer nothing counts as tracked


def tracked_files(app: AppFolder) -> frozenset[str]:
    """Return the names of the server folder's layer files that git tracks; may block, never raises.

    No repository, no git, or one that does not answer in time: none.
    """
    git = Git(app.server, time.monotonic() + _TIME_LIMIT)
    try:
        listed = git.run("ls-files", "-z", "--", *(f":(literal){f.name}" for f in app.files))
    except GitUnavailable:
        return frozenset()
    return frozenset(os.fsdecode(name) for name in listed.split(b"\0") if name)
