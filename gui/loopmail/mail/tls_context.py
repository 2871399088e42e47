"""A TLS context as Node would make it from the `tls` options."""

import ssl
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import certifi

from loopmail.core.js import UNDEFINED, Json, truthy

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


def make_context(options: Mapping[str, Json], verify: bool) -> ssl.SSLContext:
    """Return the context; raise BadTlsOptions. The name is checked apart, by Node's own rules."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    context.minimum_version = _version(options, "minVersion", ssl.TLSVersion.TLSv1_2)
    context.maximum_version = _version(options, "maxVersion", ssl.TLSVersion.TLSv1_3)
    ciphers = options.get("ciphers", UNDEFINED)
    try:
        chosen = ciphers if isinstance(ciphers, str) and ciphers else "DEFAULT"
        context.set_ciphers(f"{chosen}:@SECLEVEL=1")
    except ssl.SSLError as error:
        raise BadTlsOptions(
            "error:0A0000B9:SSL routines::no cipher match", "ERR_SSL_NO_CIPHER_MATCH"
        ) from error
    ca = options.get("ca", UNDEFINED)
    _trust(context, _texts(ca) if truthy(ca) else [mozilla_roots()])
    _own_certificate(context, options)
    return context


def _trust(context: ssl.SSLContext, texts: list[str]) -> None:
    for text in texts:
        if "-----BEGIN" not in text:
            continue  # e.g. a path: Node takes it for a certificate and trusts nothing
        try:
            context.load_verify_locations(cadata=text)
        except (ssl.SSLError, ValueError):
            continue


def _own_certificate(context: ssl.SSLContext, options: Mapping[str, Json]) -> None:
    texts = _texts(options.get("key", "")) + _texts(options.get("cert", ""))
    if not texts or not truthy(options.get("cert", UNDEFINED)):
        return
    passphrase = options.get("passphrase", UNDEFINED)
    # The ssl module reads keys from files only; this one is readable by its owner alone.
    with tempfile.TemporaryDirectory(prefix="loopmail-") as folder:
        path = Path(folder) / "client.pem"
        path.touch(mode=0o600)
        path.write_text("\n".join(texts), encoding="utf-8")
        try:
            context.load_cert_chain(
                path, password=passphrase if isinstance(passphrase, str) else ""
            )
        except (ssl.SSLError, OSError) as error:
            raise BadTlsOptions(
                "error:0480006C:PEM routines::no start line", "ERR_OSSL_PEM_NO_START_LINE"
            ) from error


def _version(options: Mapping[str, Json], key: str, default: ssl.TLSVersion) -> ssl.TLSVersion:
    value = options.get(key, UNDEFINED)
    if not truthy(value):
        return default
    if value not in _VERSIONS:
        kind = "minimum" if key == "minVersion" else "maximum"
        raise BadTlsOptions(
            f'"{value}" is not a valid {kind} TLS protocol version',
            "ERR_TLS_INVALID_PROTOCOL_VERSION",
        )
    return _VERSIONS[value]
