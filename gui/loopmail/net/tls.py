"""TLS as Node does it: the context, the handshake, and whether the certificate is accepted.

Source: Node 20, lib/tls.js, checkServerIdentity(); lib/_tls_wrap.js, connect(); its documentation,
"TLS (SSL)", X509 certificate error codes and tls.createSecureContext().
"""

import contextlib
import ipaddress
import re
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.x509.oid import NameOID

from loopmail.core.disk.reading import read_file
from loopmail.core.errors import FileUnreadable
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer import NodeSettings, TransportPlan
from loopmail.net.certificates import (
    ONLY_HERE,
    ONLY_NODE,
    TlsFacts,
    alternative_names,
    facts,
    peer_chain,
    system_trusts,
)
from loopmail.net.wire import Wire

# --- Whether a certificate is for this name: tls.checkServerIdentity() ----------------

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
    host = name.removesuffix(".")
    address = _canonical(host)
    if address is not None:
        addresses = [text for kind, text in names if kind == "IP Address"]
        if address in [_canonical(text) for text in addresses]:
            return None
        return f"{_LEAD}IP: {host} is not in the cert's list: {', '.join(addresses)}"
    domains = [text for kind, text in names if kind == "DNS"]
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    patterns = domains or [str(entry.value) for entry in common]
    if any(_matches(_parts(host), pattern) for pattern in patterns):
        return None
    if domains:
        shown = ", ".join(f"{kind}:{text}" for kind, text in names)
        return f"{_LEAD}Host: {host}. is not in the cert's altnames: {shown}"
    if common:
        return f"{_LEAD}Host: {host}. is not cert's CN: {','.join(patterns)}"
    return f"{_LEAD}Cert does not contain a DNS name"


# --- The handshake and the verdict on the certificate ---------------------------------

_NODE = {
    9: ("CERT_NOT_YET_VALID", "certificate is not yet valid"),
    10: ("CERT_HAS_EXPIRED", "certificate has expired"),
    18: ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    19: ("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"),
    20: ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"),
    21: ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
}

_TRUST = (18, 19, 20, 21)  # the errors that trusting other authorities would fix


class CertificateRefused(Exception):
    """Node would refuse the certificate; the text is its message."""

    def __init__(self, text: str, node_code: str, facts: TlsFacts) -> None:
        super().__init__(text)
        self.node_code = node_code
        self.facts = facts


def _last_error(code: int, chain: list[x509.Certificate]) -> int:
    """Return the verify error Node reports, from the first one OpenSSL met.

    OpenSSL goes on after an error when it is asked to, as Node does, and the last error counts:
    the leaf's dates are looked at after its chain, and a lone leaf of an unknown issuer ends as
    "unable to verify the first certificate".
    """
    if code not in _TRUST or not chain:
        return code
    linked = 1  # certificates from the leaf on of which each has issued the one before
    while linked < len(chain) and chain[linked - 1].issuer == chain[linked].subject:
        linked += 1
    if code == 20 and linked == 1:
        code = 21
    now = datetime.now(UTC)
    for certificate in reversed(chain[:linked]):
        if certificate.not_valid_before_utc > now:
            code = 9
        elif certificate.not_valid_after_utc < now:
            code = 10
    return code


def shake_hands(
    wire: Wire, context: ssl.SSLContext, plan: TransportPlan, deadline: float
) -> TlsFacts:
    """Start TLS and judge the certificate as Node does.

    Raise CertificateRefused, ssl.SSLError, OSError, PeerClosed, Expired, Cancelled.
    """
    node = plan.node
    own_roots = not truthy(plan.tls_options.get("ca")) and node.roots == "bundled"
    try:
        sock = wire.handshake(context, plan.servername, deadline)
    except ssl.SSLCertVerificationError as error:
        failed = wire.secure
        chain = peer_chain(failed) if failed else []
        code = _last_error(error.verify_code, chain)
        node_code, text = _NODE.get(code, ("CERT_REJECTED", error.verify_message))
        here = own_roots and code in _TRUST and system_trusts(chain)
        told = f"{text}; {ONLY_HERE}" if here else text
        seen = replace(_facts(failed, chain, False, told), untrusted=code in _TRUST)
        raise CertificateRefused(text, node_code, seen) from error
    chain = peer_chain(sock)
    problem: str | None = "The server sent no certificate"
    if chain:
        problem = identity_problem(chain[0], plan.identity or "localhost")
    if problem is not None:
        seen = _facts(sock, chain, False, problem)
        if plan.verify:
            raise CertificateRefused(problem, "ERR_TLS_CERT_ALTNAME_INVALID", seen)
        return seen
    mozilla = plan.verify and own_roots and not node.extra_ca
    only_node = mozilla and system_trusts(chain) is False
    return _facts(sock, chain, plan.verify, ONLY_NODE if only_node else None)


def _facts(
    sock: ssl.SSLSocket | None, chain: list[x509.Certificate], verified: bool, problem: str | None
) -> TlsFacts:
    cipher = sock.cipher() if sock else None
    seen = tuple(facts(certificate) for certificate in chain)
    return TlsFacts(
        protocol=(sock.version() if sock else None) or "",
        cipher=cipher[0] if cipher else "",
        verified=verified,
        certificate=seen[0] if seen else None,
        chain=seen,
        problem=problem,
    )


# --- The TLS context that Node makes from the `tls` options ---------------------------

_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


class BadTlsOptions(Exception):
    """Node would throw while making the context; the text is its message."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


@cache
def mozilla_roots() -> str:
    """Return Mozilla's root certificates as PEM text: what Node trusts, whatever the system does."""
    return Path(certifi.where()).read_text(encoding="ascii", errors="replace")


def _texts(value: Json) -> list[str]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, str) and entry]


def make_context(plan: TransportPlan) -> ssl.SSLContext:
    """Return the context; raise BadTlsOptions. The name is checked separately, by Node's own rules.

    Protocol versions that Node does not know are a fault of the plan, not looked at here.
    """
    options, node = plan.tls_options, plan.node
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if plan.verify else ssl.CERT_NONE
    context.minimum_version = _VERSIONS[options.get("minVersion") or node.minimum]
    context.maximum_version = _VERSIONS[options.get("maxVersion") or node.maximum]
    ciphers = options.get("ciphers", UNDEFINED)
    _choose_ciphers(context, ciphers if isinstance(ciphers, str) and ciphers else node.ciphers)
    ca = options.get("ca", UNDEFINED)
    if truthy(ca):
        for text in _texts(ca):
            # Without the mark it is e.g. a path: Node takes it for a certificate and trusts nothing.
            if "-----BEGIN" in text:
                _trust(context, text)
    else:
        _trust_by_default(context, node)
    _own_certificate(context, options)
    return context


def _choose_ciphers(context: ssl.SSLContext, ciphers: str) -> None:
    """Choose ciphers as configSecureContext() of Node 20, lib/internal/tls/secure-context.js does.

    Without a choice they are OpenSSL's, at Node's level of security.
    """
    names = [one for one in (ciphers or "DEFAULT").split(":") if one]
    old = [one for one in names if not one.startswith(("TLS_", "!TLS_"))]
    if not old and names and context.minimum_version < ssl.TLSVersion.TLSv1_3:
        context.minimum_version = ssl.TLSVersion.TLSv1_3  # its suites alone are chosen
    if not any("@SECLEVEL=" in one for one in old):
        old = [*(old or ["DEFAULT"]), "@SECLEVEL=1"]
    try:
        context.set_ciphers(":".join(old) if names else ciphers)
    except (ssl.SSLError, ValueError) as error:
        raise BadTlsOptions(
            "error:0A0000B9:SSL routines::no cipher match", "ERR_SSL_NO_CIPHER_MATCH"
        ) from error


# --- Which authorities count ----------------------------------------------------------

_CERTIFICATE = re.compile(
    r"-----BEGIN (?:X509 )?CERTIFICATE-----(.*?)-----END (?:X509 )?CERTIFICATE-----", re.DOTALL
)


def _trust(context: ssl.SSLContext, text: str) -> bool:
    """Trust the authorities of a PEM text; tell whether it is one."""
    try:
        # Python wants ASCII, even where the authorities' names stand between them
        context.load_verify_locations(cadata=text.encode("ascii", "replace").decode())
    except (ssl.SSLError, ValueError):
        return False
    return True


def _trust_by_default(context: ssl.SSLContext, node: NodeSettings) -> None:
    """Trust whom Node trusts without `ca`: NewRootCertStore(), src/crypto/crypto_context.cc."""
    if node.roots != "openssl":
        _trust(context, mozilla_roots())
    if node.roots != "bundled":
        for where in ({"cafile": node.cert_file}, {"capath": node.cert_dir}):
            with contextlib.suppress(OSError, ValueError):  # no such place is no error
                context.load_verify_locations(**where)
    if node.extra_ca:
        trust_extra(context, node.extra_ca)


def trust_extra(context: ssl.SSLContext, path: str) -> None:
    """Trust the authorities of NODE_EXTRA_CA_CERTS, up to the first that is none.

    A file that cannot be read costs Node a warning only: AddCertsFromFile() of the same file.
    """
    try:
        text = read_file(Path(path)).data.decode("latin-1")
    except FileUnreadable:
        return
    for match in _CERTIFICATE.finditer(text):
        if not _trust(context, f"-----BEGIN CERTIFICATE-----{match[1]}-----END CERTIFICATE-----"):
            return


def _own_certificate(context: ssl.SSLContext, options: Mapping[str, Json]) -> None:
    if not truthy(options.get("cert", UNDEFINED)):
        return
    texts = _texts(options.get("key", "")) + _texts(options["cert"])
    if not texts:
        return
    passphrase = options.get("passphrase", UNDEFINED)
    # The ssl module reads keys from files only; this one is readable by its owner alone.
    with tempfile.TemporaryDirectory(prefix="loopmail-") as folder:
        path = Path(folder) / "client.pem"
        path.touch(mode=0o600)
        path.write_text("\n".join(texts), encoding="utf-8", errors="replace")
        try:
            context.load_cert_chain(
                path, password=passphrase if isinstance(passphrase, str) else ""
            )
        except (ValueError, OSError) as error:
            raise BadTlsOptions(
                "error:0480006C:PEM routines::no start line", "ERR_OSSL_PEM_NO_START_LINE"
            ) from error
