"""Providers from resources, dated. STUB: bodies are being written."""

from dataclasses import dataclass

from loopmail.core.workspace import Change, Workspace


@dataclass(frozen=True, slots=True)
class Preset:
    """A mail provider's server and what to know about signing in there."""

    id: str  # "gmail"
    name: str  # "GMail"
    host: str
    port: int
    secure: bool
    require_tls: bool
    user_hint: str  # "your whole address", "the word apikey", …
    advice: str  # one or two sentences; plain text
    advice_date: str  # ISO date of the advice
    help_url: str
    domains: tuple[str, ...]  # addresses that belong to it
    auth: bool = True  # False: no sign-in (a local catcher, a relay)


def load_presets() -> tuple[Preset, ...]:
    """All presets, GMail first, then by name."""
    raise NotImplementedError


def find_preset(name: str) -> Preset:
    """Return the preset of this id (case does not matter); raise UsageError listing the ids."""
    raise NotImplementedError


def preset_of(host: str) -> Preset | None:
    """Return the preset whose server this is."""
    raise NotImplementedError


def apply_preset(
    workspace: Workspace,
    file: str,
    datasource: str,
    preset: Preset,
    *,
    user: str | None = None,
    transport: int = 0,
) -> list[Change]:
    """Write the preset into a transport (new data source if it is missing); other keys stay.

    GMail writes type, host, port, secure and auth {user, pass} as CONTRACT says; a pass or
    user that is there stays.
    """
    raise NotImplementedError
