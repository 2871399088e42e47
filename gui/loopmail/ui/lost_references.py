"""A guard against a fault of PySide6 (seen in 6.12 with Python 3.11).

`Signal.emit` returns True without counting the reference, so each call takes one away from the
one `True` there is; after some 570 of them the interpreter aborts ("deallocating True or
False"). Python 3.12 has immortal objects and does not mind.
"""

import sys

# More than a lifetime of signals, far from the end of a 64 or 32 bit counter.
_SPARE_REFERENCES = 1 << 30


def spare_true() -> None:
    """Give `True` and `False` references to spare, once; nothing to do from Python 3.12 on."""
    if sys.version_info >= (3, 12) or sys.getrefcount(True) > _SPARE_REFERENCES // 2:
        return
    import ctypes

    for value in (True, False):
        # The reference count is the first word of an object (Include/object.h).
        ctypes.c_ssize_t.from_address(id(value)).value += _SPARE_REFERENCES
