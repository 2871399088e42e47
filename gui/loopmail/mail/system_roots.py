"""Whether this machine's own list of authorities agrees with Mozilla's, by which Node judges."""

import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

ONLY_HERE = (
    "this machine trusts the issuer, but Node goes by Mozilla's list, which does not hold it"
)
ONLY_NODE = "Node trusts the issuer by Mozilla's list, but this machine's own list does not hold it"


def _files() -> Iterator[Path]:
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        yield Path(paths.cafile)
    elif paths.capath:
        # one file with everything, where the distribution makes one
        bundle = Path(paths.capath) / "ca-certificates.crt"
        yield from [bundle] if bundle.is_file() else sorted(Path(paths.capath).glob("*.0"))


@cache
def _authorities(path: Path) -> tuple[bytes, ...]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError):
        return ()
    return tuple(context.get_ca_certs(binary_form=True))


def system_trusts(chain: list[x509.Certificate]) -> bool | None:
    """Tell whether one of this machine's authorities issued a certificate of the chain.

    None if the machine has no list that can be read (e.g. Windows and macOS keep theirs apart).
    """
    known = [der for path in _files() for der in _authorities(path)]
    if not known or not chain:
        return None
    return any(
        _issued(certificate, der)
        for certificate in chain
        for der in known
        if certificate.issuer.public_bytes() in der
    )


def _issued(certificate: x509.Certificate, authority: bytes) -> bool:
    try:
        root = x509.load_der_x509_certificate(authority)
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
