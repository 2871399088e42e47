"""An authority and the certificates of the misbehaving server: one good, four wrong ones."""

import datetime
import ssl
import tempfile
import threading
from functools import cache
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.server.behaviour import Certificate

_one_at_a_time = threading.Lock()  # else two threads would make two authorities
NAMES = ("localhost", "127.0.0.1", "mail.example.test")


@cache
def authority() -> trustme.CA:
    """The authority that configurations with `tls.ca` trust."""
    return trustme.CA(organization_name="Conformance", organization_unit_name="Trusted")


def authority_pem() -> str:
    """The trusted authority's certificate, as `tls.ca` wants it."""
    with _one_at_a_time:
        return authority().cert_pem.bytes().decode()


def server_context(kind: Certificate, version: str = "any") -> ssl.SSLContext:
    """The server's TLS settings with a certificate of this kind."""
    with _one_at_a_time:
        return _context(kind, version)


@cache
def _context(kind: Certificate, version: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if kind == "self-signed":
        _load(made, *_self_signed())
    else:
        _issued(kind).configure_cert(made)
    if version == "1.1":
        made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        made.set_ciphers("ALL:@SECLEVEL=0")
    made.maximum_version = {
        "any": ssl.TLSVersion.MAXIMUM_SUPPORTED,
        "1.1": ssl.TLSVersion.TLSv1_1,
        "1.2": ssl.TLSVersion.TLSv1_2,
        "1.3": ssl.TLSVersion.TLSv1_3,
    }[version]
    if version == "1.3":
        made.minimum_version = ssl.TLSVersion.TLSv1_3
    return made


def _issued(kind: Certificate) -> trustme.LeafCert:
    if kind == "expired":
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        return authority().issue_cert(*NAMES, not_after=past)
    if kind == "wrong-name":
        return authority().issue_cert("other.example.test")
    if kind == "unknown-ca":
        return _unknown_authority().issue_cert(*NAMES)
    return authority().issue_cert(*NAMES)


@cache
def _unknown_authority() -> trustme.CA:
    return trustme.CA(organization_name="Conformance", organization_unit_name="Unknown")


def _load(made: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="loopmail-conformance-") as folder:
        path = Path(folder, "server.pem")
        path.write_bytes(key + certificate)
        made.load_cert_chain(path)


def _self_signed() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.test")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(n) for n in ("localhost", NAMES[2])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(alternatives, critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(encoding), secret
