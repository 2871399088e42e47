"""Certificates, handshakes and STARTTLS: offered, required, refused, stripped, injected."""

from typing import get_args

from conformance.server.behaviour import PLAIN_LOGIN, Behaviour, Certificate, Handshake
from conformance.server.reply import say

ALSO_AFTER = ("STARTTLS", *PLAIN_LOGIN)
INJECTED = say("220 Go ahead\n250-injected.example.test\n250 AUTH PLAIN")


def catalogue() -> list[Behaviour]:
    """All behaviours of this family."""
    made = _offers()
    for version in ("1.1", "1.2", "1.3"):
        made.append(Behaviour(f"tls-{version}-only", "implicit", tls_version=version))
        made.append(Behaviour(f"starttls-{version}-only", "starttls", tls_version=version))
    for certificate in get_args(Certificate):
        made.append(Behaviour(f"tls-{certificate}", "implicit", certificate=certificate))
        made.append(Behaviour(f"starttls-{certificate}", "starttls", certificate=certificate))
    for handshake in get_args(Handshake)[1:]:
        if handshake != "clear-text":
            made.append(Behaviour(f"tls-handshake-{handshake}", "implicit", handshake=handshake))
        name = f"starttls-handshake-{handshake}"
        made.append(Behaviour(name, "starttls", handshake=handshake))
    return made


def _offers() -> list[Behaviour]:
    return [
        Behaviour("starttls-stripped", "clear"),
        Behaviour("starttls-stripped-no-auth", "clear", capabilities=("8BITMIME",)),
        Behaviour("starttls-offered", "starttls"),
        Behaviour("starttls-offered-lower-case", "starttls", before_tls=("starttls",)),
        Behaviour("starttls-and-auth-offered", "starttls", before_tls=ALSO_AFTER),
        Behaviour("starttls-still-offered-after", "starttls", capabilities=ALSO_AFTER),
        Behaviour("starttls-prefix-only", "starttls", before_tls=("STARTTLSX",)),
        Behaviour("starttls-as-first-word-only", "starttls", before_tls=("X STARTTLS",)),
        Behaviour("starttls-injected", "starttls", {"starttls": (INJECTED,)}),
        Behaviour("starttls-not-offered-works", "starttls", before_tls=PLAIN_LOGIN),
        Behaviour("starttls-multi-line", "starttls", {"starttls": (say("220-Go\n220 ahead"),)}),
        Behaviour(
            "starttls-required",
            "clear",
            {"auth": (say("530 Must issue a STARTTLS command first"),)},
            capabilities=ALSO_AFTER,
        ),
        Behaviour(
            "starttls-required-for-mail",
            "clear",
            {"mail": (say("530 5.7.0 Must issue a STARTTLS command first"),)},
            capabilities=("8BITMIME",),
        ),
        Behaviour("starttls-no-auth-after", "starttls", capabilities=("8BITMIME",)),
        Behaviour(
            "starttls-ehlo-refused-after", "starttls", {"ehlo": (say("502 no EHLO any more"),)}
        ),
        Behaviour("clear-port", "clear"),
        Behaviour("tls-port", "implicit"),
    ]
