"""Encryption and certificates."""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.checks.context import Context, TransportView, build_fix, may_be_path
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.checks.rules.server import is_loopback
from loopmail.core.disk.reading import read_text
from loopmail.core.js import truthy

# Cipher names of OpenSSL that no Node takes today; `!name` and `-name` switch one off.
_WEAK = re.compile(
    r"\+?(SSLv[23]|RC4|DES-|EXP|NULL|ADH|aNULL|eNULL|MD5|LOW|.*-RC4-|.*-MD5$|.*-DES-CBC-)",
    re.IGNORECASE,
)
_OLD_PROTOCOL = {"SSLv3", "TLSv1", "TLSv1.1"}
# Google answers TLS 1.3 without SNI with a self-signed certificate on purpose.
_NEEDS_SNI = re.compile(r"(^|\.)(gmail|googlemail|google)\.com$", re.IGNORECASE)


def opportunistic_plaintext(context: Context) -> Iterator[Problem]:
    """Settings that let the password travel in clear where the user expects encryption.

    Source: nodemailer 6.10.1, lib/smtp-connection/index.js, _actionEHLO() (ignoreTLS wins over
    requireTLS) and _actionSTARTTLS() (opportunisticTLS).
    """
    for transport in context.transports():
        plan = transport.plan
        if plan.outcome != "smtp" or plan.tls == "implicit" or is_loopback(plan.host):
            continue
        if truthy(transport.get("opportunisticTLS")):
            yield transport.problem(
                "opportunistic-plaintext",
                "warning",
                "opportunisticTLS",
                "If the server refuses STARTTLS, LoopBack goes on in clear text, even with requireTLS.",
                _require_fix(transport, "opportunisticTLS"),
            )
        elif truthy(transport.get("ignoreTLS")) and (
            truthy(transport.get("auth")) or truthy(transport.get("requireTLS"))
        ):
            beats = " although requireTLS is set" if truthy(transport.get("requireTLS")) else ""
            yield transport.problem(
                "opportunistic-plaintext",
                "warning",
                "ignoreTLS",
                f"ignoreTLS keeps the connection in clear text{beats}: the password can be read on the way.",
                _require_fix(transport, "ignoreTLS"),
            )


def _require_fix(transport: TransportView, key: str) -> Fix | None:
    if transport.from_variable("requireTLS"):
        return None
    place, require = transport.place(key), transport.place("requireTLS")
    return build_fix(
        f"Remove {key} and set requireTLS to true",
        lambda b: b.remove(place.file, place.pointer).set(require.file, require.pointer, True),
        safe=False,
    )


def certificate_check_off(context: Context) -> Iterator[Problem]:
    """`rejectUnauthorized: false`, mostly copied from the sample in LoopBack's documentation.

    Source: https://loopback.io/doc/en/lb3/Email-connector.html
    """
    for transport in context.transports():
        if transport.get("tls/rejectUnauthorized") is not False:
            continue
        local = is_loopback(transport.plan.host)
        yield transport.problem(
            "certificate-check-off",
            "info" if local else "warning",
            "tls/rejectUnauthorized",
            "Certificates are not checked: anyone on the way can pose as the server and read the "
            "password. Big providers’ certificates pass the check.",
            None if local else _check_again_fix(transport),
        )


def _check_again_fix(transport: TransportView) -> Fix:
    tls = transport.get("tls")
    if isinstance(tls, dict) and len(tls) == 1:
        return transport.remove_fix("Check certificates again", "tls", safe=False)
    return transport.remove_fix("Check certificates again", "tls/rejectUnauthorized", safe=False)


def reject_unauthorized_string(context: Context) -> Iterator[Problem]:
    """Node compares with the boolean false; a text does not switch checking off.

    Source: Node 20, lib/_tls_wrap.js, tls.connect().
    """
    for transport in context.transports():
        value = transport.get("tls/rejectUnauthorized")
        if isinstance(value, str):
            yield transport.problem(
                "reject-unauthorized-string",
                "warning",
                "tls/rejectUnauthorized",
                f"The text “{value}” is not the boolean false: certificates are checked all the same.",
                transport.remove_fix("Remove rejectUnauthorized", "tls/rejectUnauthorized"),
            )


def ca_is_path(context: Context) -> Iterator[Problem]:
    """`tls.ca` wants the PEM text; a path is silently useless.

    Source: Node's documentation, "TLS (SSL)", tls.createSecureContext(), option `ca`.
    """
    for transport in context.transports():
        value = transport.get("tls/ca")
        if isinstance(value, str) and value and "-----BEGIN" not in value:
            yield transport.problem(
                "ca-is-path",
                "error",
                "tls/ca",
                "tls.ca holds something else than the certificate’s PEM text (“-----BEGIN "
                "CERTIFICATE-----…”); a path is not read.",
                _ca_fix(transport, value),
            )


def _ca_fix(transport: TransportView, value: str) -> Fix | None:
    app = transport.context.snapshot.app
    place = transport.place("tls/ca")
    if not may_be_path(value):
        return None
    for folder in (app.root, app.server):
        path = folder / value
        if not path.is_file():
            continue

        def build(builder: ChangeBuilder, path: Path = path) -> None:
            text, _problem = read_text(path)
            if text is not None and "-----BEGIN CERTIFICATE-----" in text:
                builder.set(place.file, place.pointer, text)

        return build_fix(f"Put the text of {path.name} in", build, safe=False)
    return None


def sni_missing(context: Context) -> Iterator[Problem]:
    """LoopBack 2 sends no server name; Google then shows a dummy certificate.

    Source: smtp-connection 2.12.0, lib/smtp-connection.js, connect() and _upgradeConnection().
    """
    for transport in context.transports():
        plan = transport.plan
        if plan.outcome != "smtp" or plan.servername or plan.tls in (None, "never"):
            continue
        if not (plan.verify and isinstance(plan.host, str) and _NEEDS_SNI.search(plan.host)):
            continue
        yield transport.problem(
            "sni-missing",
            "error",
            "tls/servername",
            f"This LoopBack does not tell the server which name it wants (SNI), so {plan.host} "
            "answers a modern Node with a self-signed certificate and nothing is sent.",
            transport.set_fix(f"Set tls.servername to {plan.host}", "tls/servername", plan.host),
        )


def name_of_ip_missing(context: Context) -> Iterator[Problem]:
    """A host given as an IP address is checked against the certificate as it is."""
    for transport in context.transports():
        plan = transport.plan
        try:
            address = ipaddress.ip_address(str(plan.host))
        except ValueError:
            continue
        named = bool(plan.servername) or address.is_loopback
        if plan.outcome == "smtp" and plan.tls == "implicit" and plan.verify and not named:
            yield transport.problem(
                "sni-missing",
                "info",
                "tls/servername",
                f"The certificate must name the address {address}; few do. "
                "Give the server’s name as tls.servername.",
            )


def weak_cipher(context: Context) -> Iterator[Problem]:
    """Old ciphers and protocols, often from blogs or from Nodemailer 2’s service “Hotmail”.

    Source of the latter: nodemailer-wellknown 0.1.10, services.json.
    """
    for transport in context.transports():
        ciphers = transport.get("tls/ciphers")
        listed = re.split(r"[:,\s]+", ciphers) if isinstance(ciphers, str) else []
        if any(_WEAK.match(one) for one in listed if not one.startswith(("!", "-"))):
            yield transport.problem(
                "weak-cipher",
                "warning",
                "tls/ciphers",
                f"The cipher list “{ciphers}” asks for ciphers that today’s Node and servers refuse.",
                transport.remove_fix("Remove ciphers (take Node’s)", "tls/ciphers", safe=False),
            )
        for key in ("tls/minVersion", "tls/maxVersion", "tls/secureProtocol"):
            value = transport.get(key)
            if (
                isinstance(value, str)
                and value.replace("_method", "").replace("_", ".") in _OLD_PROTOCOL
            ):
                yield transport.problem(
                    "weak-cipher",
                    "warning",
                    key,
                    f"{key.removeprefix('tls/')} allows {value}, which is broken and mostly refused.",
                    transport.remove_fix(f"Remove {key.removeprefix('tls/')}", key, safe=False),
                )


RULES = (
    opportunistic_plaintext,
    certificate_check_off,
    reject_unauthorized_string,
    ca_is_path,
    sni_missing,
    name_of_ip_missing,
    weak_cipher,
)
