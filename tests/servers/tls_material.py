"""Certificates for tests: a trusted authority and servers' certificates of several kinds."""

import datetime
import ssl
from functools import cache
from typing import Literal

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Kind = Literal["good", "expired", "wrong-name", "unknown-ca", "self-signed"]


@cache
def authority() -> trustme.CA:
    """The authority that the tests trust."""
    return trustme.CA()


def authority_pem() -> str:
    """Its certificate as text, for `tls.ca`."""
    return authority().cert_pem.bytes().decode()


@cache
def server_context(kind: Kind = "good") -> ssl.SSLContext:
    """A server's context with a certificate of this kind."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = ("elsewhere.test",) if kind == "wrong-name" else ("localhost", "127.0.0.1")
    if kind == "self-signed":
        _self_signed(context)
        return context
    signer = trustme.CA() if kind == "unknown-ca" else authority()
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    cert = (
        signer.issue_cert(*names, not_after=past)
        if kind == "expired"
        else signer.issue_cert(*names)
    )
    cert.configure_cert(context)
    return context


def _self_signed(context: ssl.SSLContext) -> None:
    import tempfile
    from pathlib import Path

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    text = made.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.pem"
        path.write_bytes(text)
        context.load_cert_chain(path)
