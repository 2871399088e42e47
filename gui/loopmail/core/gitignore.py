"""The line of .gitignore that keeps datasources.local.json out of git."""

from dataclasses import dataclass
from pathlib import Path

from loopmail.core.app_folder import LOCAL_FILE, AppFolder
from loopmail.core.document import Document
from loopmail.core.jsontext import Edit


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
