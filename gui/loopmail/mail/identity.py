"""Whether a certificate is for this name, by the rules of Node's tls.checkServerIdentity."""

import ipaddress

from cryptography import x509

from loopmail.mail.certificates import alternative_names, common_names

_LEAD = "Hostname/IP does not match certificate's altnames: "


def _canonical(address: str) -> str | None:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def _parts(name: str) -> list[str]:
    return name.rstrip(".").lower().split(".") if name else []


def _matches(host: list[str], pattern: str) -> bool:
    """Match a pattern; one `*` counts, in the leftmost label, not above a public-looking pair."""
    parts = _parts(pattern)
    if not pattern or len(parts) != len(host) or "" in parts:
        return False
    if any(not part.isascii() or not part.isprintable() or " " in part for part in parts):
        return False
    if host[1:] != parts[1:]:
        return False
    pieces = parts[0].split("*")
    if len(pieces) == 1 or "xn--" in parts[0]:
        return host[0] == parts[0]
    if len(pieces) > 2 or len(parts) <= 2:
        return False
    before, after = pieces
    if len(before) + len(after) > len(host[0]):
        return False
    return host[0].startswith(before) and host[0].endswith(after)


def identity_problem(certificate: x509.Certificate, name: str) -> str | None:
    """Return Node's message why the certificate is not for `name`, None if it is."""
    names = alternative_names(certificate)
    domains = [text for kind, text in names if kind == "DNS"]
    host = name.removesuffix(".")
    address = _canonical(host)
    if address is not None:
        addresses = [text for kind, text in names if kind == "IP Address"]
        if address in [_canonical(text) for text in addresses]:
            return None
        return f"{_LEAD}IP: {host} is not in the cert's list: {', '.join(addresses)}"
    own = common_names(certificate)
    if domains:
        if any(_matches(_parts(host), pattern) for pattern in domains):
            return None
        shown = ", ".join(f"{kind}:{text}" for kind, text in names)
        return f"{_LEAD}Host: {host}. is not in the cert's altnames: {shown}"
    if own:
        if any(_matches(_parts(host), pattern) for pattern in own):
            return None
        return f"{_LEAD}Host: {host}. is not cert's CN: {','.join(own)}"
    return f"{_LEAD}Cert does not contain a DNS name"
