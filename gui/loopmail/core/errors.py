"""Everything that can go wrong, as one tree; each error's text is a sentence for the user.

LoopmailError
├── AppError(path)                a folder that cannot be opened as a LoopBack app
│   └── SeveralApps(places)       it holds more than one
├── FileError(path)               one file
│   ├── FileUnreadable            missing, no permission, not a regular file, too large
│   ├── FileUnwritable            read-only, full disk, vanished folder
│   │   └── LeavesApp             a link out of the app's folder, about which nobody was asked
│   ├── SaveConflict              changed on disk since it was read
│   └── InvalidJson(line, column) not what Node's require would accept
│       └── NestedTooDeeply       it would, but loopmail does not read it
├── EditError(pointer)            the edit does not fit the document
├── SecretError                   the keyring
│   ├── KeyringMissing            no backend
│   ├── KeyringLocked             locked, or its prompt was dismissed
│   ├── KeyringRefused            read-only, denied, broken
│   └── KeyringShared             another app of the same name has entries there
├── SendError                     a test that cannot even begin
└── UsageError                    the command line
"""

from pathlib import Path


class LoopmailError(Exception):
    """Base of all errors whose text may be shown to the user as it is."""


class AppError(LoopmailError):
    """The folder cannot be opened as a LoopBack app; `gone`: there is no such folder."""

    gone = False

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path


class SeveralApps(AppError):
    """The folder holds several apps; `places` are the folders to choose from."""

    def __init__(self, path: Path, text: str, places: tuple[Path, ...]) -> None:
        super().__init__(path, text)
        self.places = places


class FileError(LoopmailError):
    """Something is wrong with one file."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path


class FileUnreadable(FileError):
    """The file is missing, forbidden, too large or no regular file."""


class FileUnwritable(FileError):
    """The file or its folder cannot be written."""


class LeavesApp(FileUnwritable):
    """The file is a link that leads out of the app's folder, and nobody has agreed to write there."""


class SaveConflict(FileError):
    """The file has changed on disk since it was read."""


class InvalidJson(FileError):
    """The text is not JSON as Node reads it; `line` and `column` count from 1."""

    def __init__(self, path: Path, reason: str, line: int, column: int) -> None:
        super().__init__(
            path, f"{path.name} is not valid JSON: line {line}, column {column}: {reason}"
        )
        self.reason = reason
        self.line = line
        self.column = column


class NestedTooDeeply(InvalidJson):
    """JSON nested deeper than loopmail reads; its text can still be edited."""

    def __init__(self, path: Path, limit: int, line: int, column: int) -> None:
        super().__init__(path, f"nested more than {limit} levels deep", line, column)
        self.args = (
            f"{path.name} is nested too deeply: line {line}, column {column}: loopmail reads up "
            f"to {limit} levels of lists and objects in each other.",
        )


class NotJson(LoopmailError):
    """A value that was typed is not JSON. The text is not repeated, as it may be a password."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"That is not JSON: {reason}.")
        self.reason = reason


class EditError(LoopmailError):
    """The edit does not fit the document, e.g. its JSON Pointer leads nowhere."""

    def __init__(self, pointer: str, text: str) -> None:
        super().__init__(text)
        self.pointer = pointer


class SecretError(LoopmailError):
    """The keyring did not do what was asked."""


class KeyringMissing(SecretError):
    """No keyring is installed or reachable."""


class KeyringLocked(SecretError):
    """The keyring is locked, or its prompt was dismissed."""


class KeyringRefused(SecretError):
    """The keyring is read-only, denied access or broke."""


class KeyringShared(SecretError):
    """Another app of the same name keeps its entries there; the user must agree first."""


class SendError(LoopmailError):
    """A test message that cannot even begin (bad address, missing attachment, …)."""


class UsageError(LoopmailError):
    """The command line makes no sense; the text is one line."""
