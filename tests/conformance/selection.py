"""A representative part of the cases, different for each version, that runs in a few seconds."""

from conformance.answers import VERSIONS
from conformance.cases import Case, cases

# Cases that wait for a time-out or try again for ever belong to the full run.
_SLOW = ("silent", "never", "pool", "dash-only", "handshake-clear-text", "zero")


def selection(version: str) -> dict[str, Case]:
    """Return one case for every behaviour and every configuration, another for each version."""
    turn = sorted(VERSIONS).index(version)
    chosen: dict[str, Case] = {}
    quick = {name: case for name, case in cases().items() if not any(s in name for s in _SLOW)}
    for key in ("behaviour", "configuration"):
        groups: dict[str, list[str]] = {}
        for name, case in quick.items():
            groups.setdefault(getattr(case, key).name, []).append(name)
        for number, group in enumerate(sorted(groups)):
            name = groups[group][(number + turn) % len(groups[group])]
            chosen[name] = quick[name]
    return chosen
