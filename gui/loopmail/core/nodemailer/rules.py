"""What differs between Nodemailer's lines, as data.

Lines: 2 (LoopBack 2), 4 (LoopBack 3 before 3.28; Nodemailer 3 to 5), 6 (LoopBack 3.28 and later).
Sources: smtp-connection 2.12.0, lib/smtp-connection.js (Nodemailer 2.7.2); nodemailer 4.7.0 and
6.10.1, lib/smtp-connection/index.js; nodemailer's CHANGELOG.md.
"""

from dataclasses import dataclass
from typing import Literal

Line = Literal[2, 4, 6]


@dataclass(frozen=True, slots=True)
class Rules:
    """One line's behaviour; each field names its place in the packages' sources."""

    line: Line
    default_port: int  # smtp-connection: port || (secure ? 465 : this)
    port_is_converted: bool  # Number(port) since 3.0
    servername_from_host: bool  # SNI defaults to the host since 6.x
    own_dns: bool  # resolve4, resolve6, then lookup, since 5.0
    connect_code: str  # code of a failed connection or implicit TLS handshake
    starttls_code: str | None  # code of a failed handshake after STARTTLS; None keeps Node's own
    auth_type_counts: bool  # auth.type, auth.method since 3.0
    login_needs_offer: bool  # allowsAuth / forceAuth since 6.4
    login_any_prompt: bool  # LOGIN accepts any 334 since 4.x
    legacy_transports: bool  # `transport`, `direct` and socks proxies, gone in 3.0
    joins_split_replies: bool  # a multi-line reply split over packets is read whole since 6.x
    auth_needs_separator: bool  # [ -] before AUTH in the EHLO reply since 6.x
    lmtp_after_starttls: bool  # LHLO again after STARTTLS (2 sends EHLO)
    message_id_in_brackets: bool  # info.messageId; 2 strips them


RULES_2 = Rules(
    line=2,
    default_port=25,
    port_is_converted=False,
    servername_from_host=False,
    own_dns=False,
    connect_code="ECONNECTION",
    starttls_code=None,
    auth_type_counts=False,
    login_needs_offer=False,
    login_any_prompt=False,
    legacy_transports=True,
    joins_split_replies=False,
    auth_needs_separator=False,
    lmtp_after_starttls=False,
    message_id_in_brackets=False,
)
RULES_4 = Rules(
    line=4,
    default_port=587,
    port_is_converted=True,
    servername_from_host=False,
    own_dns=False,
    connect_code="ECONNECTION",
    starttls_code="ESOCKET",
    auth_type_counts=True,
    login_needs_offer=False,
    login_any_prompt=True,
    legacy_transports=False,
    joins_split_replies=False,
    auth_needs_separator=False,
    lmtp_after_starttls=True,
    message_id_in_brackets=True,
)
RULES_6 = Rules(
    line=6,
    default_port=587,
    port_is_converted=True,
    servername_from_host=True,
    own_dns=True,
    connect_code="ESOCKET",
    starttls_code="ESOCKET",
    auth_type_counts=True,
    login_needs_offer=True,
    login_any_prompt=True,
    legacy_transports=False,
    joins_split_replies=True,
    auth_needs_separator=True,
    lmtp_after_starttls=True,
    message_id_in_brackets=True,
)


def rules_for(nodemailer_major: int) -> Rules:
    """Return the rules of this major version of Nodemailer."""
    if nodemailer_major <= 2:
        return RULES_2
    return RULES_4 if nodemailer_major < 6 else RULES_6
