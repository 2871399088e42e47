"""The one way in which a computed boot fails."""


class BootRefused(Exception):
    """LoopBack would not boot with these files. The text is LoopBack's own, or Node's.

    Internal to the computation of effective values, where it becomes `Effective.error`.
    """


class MergeRefused(BootRefused):
    """Two layers do not fit together, in the words of loopback-boot's own check."""


NOT_AN_OBJECT = "Object.defineProperty called on non-object"
TOO_DEEP = "Maximum call stack size exceeded"


def cannot_read(key: str) -> BootRefused:
    """JavaScript's TypeError for a member of null, as Node words it since version 16."""
    return BootRefused(f"Cannot read properties of null (reading '{key}')")
