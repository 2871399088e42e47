"""What differs between Nodemailer's lines, as data.

Lines: 2 (LoopBack 2), 4 (LoopBack 3 before 3.28; Nodemailer 3 to 5), 6 (LoopBack 3.28 and later).
Sources: smtp-connection 2.12.0, lib/smtp-connection.js (Nodemailer 2.7.2); nodemailer 4.7.0 and
6.10.1, lib/smtp-connection/index.js; nodemailer's CHANGELOG.md.
"""

from dataclasses import dataclass, replace
from typing import Literal

Line = Literal[2, 4, 6]


@dataclass(frozen=True, slots=True)
class Rules:
    """One line's behaviour, with line 2's as the default.

    Each field names its place in the packages' sources, or the version that changed it.
    """

    line: Line
    default_port: int = 25  # smtp-connection: port || (secure ? 465 : this)
    port_is_converted: bool = False  # Number(port) since 3.0
    servername_from_host: bool = False  # SNI defaults to the host since 6.x
    own_dns: bool = False  # resolve4, resolve6, then lookup, since 5.0
    connect_code: str = "ECONNECTION"  # of a failed connection or implicit TLS handshake
    starttls_code: str | None = None  # of a failed handshake after STARTTLS; None: Node's own
    starttls_errors_are_caught: bool = False  # what tls.connect throws after STARTTLS, since 6.x
    auth_type_counts: bool = False  # auth.type, auth.method since 3.0
    auth_method_stands_in: bool = False  # authMethod for auth.method, since 6.x
    login_needs_offer: bool = False  # allowsAuth / forceAuth since 6.4
    login_any_prompt: bool = False  # LOGIN accepts any 334 since 4.x
    legacy_transports: bool = True  # `transport`, `direct` and socks proxies, gone in 3.0
    logger_is_made_at_boot: bool = False  # by the constructor since 3.0; 2 makes it for each send
    signs_with_dkim: bool = False  # without a plugin, since 3.0
    joins_split_replies: bool = False  # a multi-line reply split over packets is read whole, 6.x
    auth_needs_separator: bool = False  # [ -] before AUTH in the EHLO reply since 6.x
    lmtp_after_starttls: bool = False  # LHLO again after STARTTLS (2 sends EHLO)
    message_id_in_brackets: bool = False  # info.messageId; 2 strips them


RULES_2 = Rules(2)
RULES_4 = replace(
    RULES_2,
    line=4,
    default_port=587,
    port_is_converted=True,
    starttls_code="ESOCKET",
    auth_type_counts=True,
    login_any_prompt=True,
    legacy_transports=False,
    logger_is_made_at_boot=True,
    signs_with_dkim=True,
    lmtp_after_starttls=True,
    message_id_in_brackets=True,
)
RULES_6 = replace(
    RULES_4,
    line=6,
    servername_from_host=True,
    own_dns=True,
    connect_code="ESOCKET",
    starttls_errors_are_caught=True,
    auth_method_stands_in=True,
    login_needs_offer=True,
    joins_split_replies=True,
    auth_needs_separator=True,
)


def rules_for(nodemailer_major: int) -> Rules:
    """Return the rules of this major version of Nodemailer."""
    if nodemailer_major <= 2:
        return RULES_2
    return RULES_4 if nodemailer_major < 6 else RULES_6
