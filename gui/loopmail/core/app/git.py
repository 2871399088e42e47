"""git, read only, on a repository that nobody vouches for; and the app's line in .gitignore.

A repository's own configuration can name programs for git to run: pagers, file-system monitors,
hooks, diff and text filters, signature checkers, transports. Only plumbing commands are used,
which heed none of these, or only after they were switched off here. No secret is ever an
argument: contents come out by object id and are searched by the caller. The git that is run is
none that lies in the app's folder.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loopmail.core.app.document import Document
from loopmail.core.app.folder import LOCAL_FILE, AppFolder
from loopmail.core.disk.programs import find_tool, tool_environment
from loopmail.core.jsontext import Edit

_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.untrackedCache=false",
    "safe.bareRepository=explicit",
    "protocol.allow=never",
)
_OPTIONS = ("--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)))
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone would ask its remote for what is missing
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}


class GitUnavailable(Exception):
    """git is missing, refused, failed or took too long; the text is half a sentence saying which."""


@dataclass(slots=True)
class Git:
    """Runs git in one folder until a deadline (`time.monotonic` seconds), none from in `outside`."""

    folder: Path
    deadline: float
    outside: Path  # the app's folder
    program: Path | None = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.program = find_tool("git", self.outside)
        ours = tool_environment(self.outside)
        kept = {name: value for name, value in ours.items() if not name.startswith("GIT_")}
        self.environment = kept | _ENVIRONMENT

    def run(self, *arguments: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> bytes:
        """Return a command's output; raise GitUnavailable."""
        if self.program is None:
            raise GitUnavailable("git is not installed")
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise GitUnavailable("git took too long")
        try:
            done = subprocess.run(
                [self.program, *_OPTIONS, *arguments],
                cwd=self.folder,
                env=self.environment,
                input=stdin,
                capture_output=True,
                timeout=left,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GitUnavailable("git took too long") from None
        except (OSError, ValueError) as error:
            raise GitUnavailable("git could not be started") from error
        if done.returncode not in ok:
            if b"dubious ownership" in done.stderr:
                raise GitUnavailable("the repository belongs to another user, so git refuses it")
            raise GitUnavailable("the folder is in no git repository")
        return done.stdout


# --- Which of an app's files git tracks -----------------------------------------------

_TIME_LIMIT = 3.0  # seconds; without an answer nothing counts as tracked


def tracked_files(app: AppFolder) -> frozenset[str]:
    """Return the names of the server folder's layer files that git tracks; may block, never raises.

    No repository, no git, or one that does not answer in time: none.
    """
    git = Git(app.server, time.monotonic() + _TIME_LIMIT, app.root)
    names = [f":(literal){file.name}" for file in app.files]
    try:  # without a name git would list the whole folder
        listed = git.run("ls-files", "-z", "--", *names) if names else b""
    except GitUnavailable:
        return frozenset()
    return frozenset(os.fsdecode(name) for name in listed.split(b"\0") if name)


# --- The .gitignore line for datasources.local.json -----------------------------------


@dataclass(frozen=True, slots=True)
class IgnoreLine:
    """A line that should be added to a .gitignore."""

    path: Path
    line: str


def ignore_line(app: AppFolder) -> IgnoreLine:
    """Return the line for this app's datasources.local.json, for the .gitignore in its root."""
    folder = app.server.relative_to(app.root).as_posix()
    prefix = "" if folder == "." else f"{folder}/"
    return IgnoreLine(app.root / ".gitignore", f"/{prefix}{LOCAL_FILE}")


def add_ignore_line(proposal: IgnoreLine) -> bool:
    """Append the line unless it is there; tell whether the file changed.

    The file's line ends are kept; raise FileUnreadable or FileUnwritable.
    """
    exists = proposal.path.exists()
    document = Document.load(proposal.path) if exists else Document.new(proposal.path, "")
    text = document.text
    if proposal.line in (line.strip() for line in text.splitlines()):
        return False
    newline = "\r\n" if "\r\n" in text else "\n"
    start = newline if text and not text.endswith(("\n", "\r")) else ""
    document.apply(Edit(len(text), 0, f"{start}{proposal.line}{newline}"))
    document.save()
    return True
