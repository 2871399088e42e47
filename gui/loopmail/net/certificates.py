"""What certificates say, also those that did not verify; whether this machine trusts them; keys."""

import contextlib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

UNTOLD = {"told": False}  # of a field that `loopmail send --format json` leaves out


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The server's certificate; times are ISO 8601 in UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    sha256: str = ""  # of the whole certificate, as OpenSSL prints it: `5F:0C:…`
    pem: str = field(default="", repr=False, metadata=UNTOLD)

    @property
    def name(self) -> str:
        """What people call it: the common name of the subject, else the whole subject."""
        return _common_name(self.subject)

    @property
    def issuer_name(self) -> str:
        """What people call its issuer."""
        return _common_name(self.issuer)

    @property
    def self_signed(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.subject == self.issuer


def _common_name(name: str) -> str:
    found = re.search(r"(?:^|,)CN=((?:\\.|[^,\\])*)", name)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else name


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What TLS came to."""

    protocol: str
    cipher: str
    verified: bool
    certificate: CertificateFacts | None
    chain: tuple[CertificateFacts, ...] = ()
    # why it did not verify; also set when only the system's roots differ
    problem: str | None = None
    # whether another authority in `ca` is all that it takes to verify the chain
    untrusted: bool = field(default=False, metadata=UNTOLD)

    @property
    def top(self) -> CertificateFacts | None:
        """The last certificate, from the server's on, of which each names the next as its issuer."""
        chain = self.chain or ((self.certificate,) if self.certificate else ())
        found = chain[0] if chain else None
        for one in chain[1:]:
            if found is None or found.self_signed or found.issuer != one.subject:
                break
            found = one
        return found


def peer_chain(sock: ssl.SSLSocket) -> list[x509.Certificate]:
    """Return what the server sent, leaf first; also after a handshake that failed on it.

    `get_unverified_chain` is public since Python 3.13; before, the inner object has it.
    """
    inner: Any = getattr(sock, "_sslobj", None)
    getter = getattr(sock, "get_unverified_chain", None) or getattr(
        inner, "get_unverified_chain", None
    )
    if getter is None:
        return []
    try:
        entries = getter() or ()
    except (ValueError, ssl.SSLError):
        return []
    chain = []
    for entry in entries:
        der = entry if isinstance(entry, bytes) else entry.public_bytes(1)
        data = der if isinstance(der, bytes) else ssl.PEM_cert_to_DER_cert(der)
        try:
            chain.append(x509.load_der_x509_certificate(data))
        except ValueError:
            break
    return chain


def alternative_names(certificate: x509.Certificate) -> list[tuple[str, str]]:
    """Return the subject's alternative names as ("DNS" | "IP Address" | …, text)."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = []
    for name in extension.value:
        if isinstance(name, x509.DNSName):
            names.append(("DNS", name.value))
        elif isinstance(name, x509.IPAddress):
            names.append(("IP Address", str(name.value)))
        elif isinstance(name, x509.RFC822Name):
            names.append(("email", name.value))
    return names


def rsa_key(text: str) -> RSAPrivateKey | None:
    """Return the private key in PEM form, None if it is another kind, encrypted or garbage."""
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def facts(certificate: x509.Certificate) -> CertificateFacts:
    """Return what is shown of a certificate."""
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=tuple(text for _kind, text in alternative_names(certificate)),
        not_before=certificate.not_valid_before_utc.isoformat(),
        not_after=certificate.not_valid_after_utc.isoformat(),
        sha256=certificate.fingerprint(SHA256()).hex(":").upper(),
        pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
    )


# --- Whether this machine trusts the issuer -------------------------------------------
# Node goes by Mozilla's list of authorities instead; the two may disagree.

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
    for certificate in chain:
        for der in known:
            if certificate.issuer.public_bytes() in der:
                with contextlib.suppress(ValueError, TypeError, InvalidSignature):
                    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(der))
                    return True
    return False
