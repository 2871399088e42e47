"""Names and values of variables as POSIX shells take them."""

import re
import shlex


def is_variable_name(text: str) -> bool:
    """Tell whether shells accept the name; loopback-boot's `${VAR}` then does, too."""
    return re.fullmatch(r"[A-Za-z_][0-9A-Za-z_]*", text) is not None


def export_line(name: str, value: str) -> str:
    """Return `export NAME=VALUE`, quoted, on one line and free of control characters.

    A value with control characters (a private key's line ends) uses `$'…'`, which bash, zsh and
    POSIX 2024 shells know.
    """
    if re.search(r"[\x00-\x1f\x7f-\x9f]", value) is None:
        return f"export {name}={shlex.quote(value)}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\{ord(match.group()):03o}", escaped)
    return f"export {name}=$'{escaped}'"
