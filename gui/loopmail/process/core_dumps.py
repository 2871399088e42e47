"""No core dump of ours, which would hold passwords; the commands we start keep theirs.

Windows has no such limit.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator

_before: list[tuple[int, int]] = []  # the limits at the start, once dumps are off
_one_at_a_time = threading.Lock()


def no_dumps() -> None:
    """Switch core dumps of this process off, where the system lets us."""
    if sys.platform == "win32" or _before:
        return
    import resource

    limits = resource.getrlimit(resource.RLIMIT_CORE)
    with contextlib.suppress(OSError, ValueError):
        # The hard limit stays: it could not be raised again for the commands we start.
        resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))
        _before.append(limits)


@contextlib.contextmanager
def dumps_as_before() -> Iterator[None]:
    """Have the limits of the start while a command is started, which inherits them."""
    if sys.platform == "win32" or not _before:
        yield
        return
    import resource

    with _one_at_a_time:
        resource.setrlimit(resource.RLIMIT_CORE, _before[0])
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, (0, _before[0][1]))
