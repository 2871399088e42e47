"""Writing a file wholly or not at all. FIRST VERSION."""

import contextlib
import os
import tempfile
from pathlib import Path

from loopmail.core.errors import FileUnwritable


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file's content by way of a temporary file in the same folder."""
    target = Path(os.path.realpath(path))
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(temporary, target.stat().st_mode & 0o7777 if target.exists() else 0o644)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise FileUnwritable(path, f"{path.name} cannot be written: {error.strerror}.") from error
