"""A guard against a fault of PySide6 (seen in 6.12 with Python 3.11).

PySide6 hands out None and True without counting the reference, as if they were immortal, which
they are from Python 3.12 on (PEP 683). Before, each `setText` takes one reference away from
the one `None` there is, each `Signal.emit` one from `True`; after some hundred or thousand of them
the interpreter aborts ("deallocating None", "deallocating True or False").
"""

import sys

# More than a program's lifetime of calls, and far from the end of the counter.
_SPARE_REFERENCES = sys.maxsize // 4


def spare_singletons() -> None:
    """Give the singletons references to spare, once; nothing to do from Python 3.12 on."""
    if sys.version_info >= (3, 12) or sys.getrefcount(None) > _SPARE_REFERENCES // 2:
        return
    import ctypes

    for value in (None, True, False, NotImplemented, Ellipsis):
        # The reference count is the first word of an object (Include/object.h).
        ctypes.c_ssize_t.from_address(id(value)).value += _SPARE_REFERENCES
