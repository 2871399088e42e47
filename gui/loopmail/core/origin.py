"""Where an effective value stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an effective value stands: file, JSON Pointer in it, and the variable, if any."""

    file: str | None
    pointer: str
    variable: str | None = None
    source: str | None = (
        None  # of the variable: "environment", "keyring", "config", None = unresolved
    )
