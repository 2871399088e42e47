"""Encryption and certificates."""

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import AppFolder
from loopmail.core.checks.context import Context, TransportView, build_fix
from loopmail.core.checks.problem import Fix, Severity
from loopmail.core.checks.rule import Family, Found, each_smtp, each_transport
from loopmail.core.checks.rules.server import is_loopback
from loopmail.core.disk.reading import read_text
from loopmail.core.js import truthy
from loopmail.core.loopback.transport import Place
from loopmail.core.nodemailer import node_effects

RULES = Family()

# Cipher names of OpenSSL that no Node takes today; `!name` and `-name` switch one off.
_WEAK = re.compile(
    r"\+?(SSLv[23]|RC4|DES-|EXP|NULL|ADH|aNULL|eNULL|MD5|LOW|.*-RC4-|.*-MD5$|.*-DES-CBC-)",
    re.IGNORECASE,
)
_LONGEST_PATH = 200  # characters; some file systems take no longer names
_OLD_PROTOCOL = {"SSLv3", "TLSv1", "TLSv1.1"}
# Google answers TLS 1.3 without SNI with a self-signed certificate on purpose.
_NEEDS_SNI = re.compile(r"(^|\.)(gmail|googlemail|google)\.com$", re.IGNORECASE)


@RULES.check(each_smtp, "opportunistic-plaintext", "The password may travel in clear text")
def opportunistic_plaintext(transport: TransportView) -> Iterator[Found]:
    """Settings that let the password travel in clear where the user expects encryption.

    Source: nodemailer 6.10.1, lib/smtp-connection/index.js, _actionEHLO() (ignoreTLS wins over
    requireTLS) and _actionSTARTTLS() (opportunisticTLS).
    """
    if transport.plan.tls == "implicit" or is_loopback(transport.plan.host):
        return
    required = truthy(transport.get("requireTLS"))
    if truthy(transport.get("opportunisticTLS")):
        key = "opportunisticTLS"
        text = (
            "If the server refuses STARTTLS, LoopBack goes on in clear text, even with requireTLS."
        )
    elif truthy(transport.get("ignoreTLS")) and (required or truthy(transport.get("auth"))):
        key, beats = "ignoreTLS", " although requireTLS is set" if required else ""
        text = f"ignoreTLS keeps the connection in clear text{beats}: the password can be read on the way."
    else:
        return
    place, require = transport.place(key), transport.place("requireTLS")
    fix = None
    if not transport.from_variable("requireTLS"):
        fix = build_fix(
            f"Require STARTTLS: remove {key} and set requireTLS to true",
            lambda b: b.remove(place.file, place.pointer).set(require.file, require.pointer, True),
            safe=False,
        )
    yield Found("warning", place, text, fix)


# --- The check of certificates ----------------------------------------------------------


@RULES.check(each_transport, "certificate-check-off", "Certificates are not checked")
def certificate_check_off(transport: TransportView) -> Iterator[Found]:
    """`rejectUnauthorized: false`, mostly copied from the sample in LoopBack's documentation.

    Source: https://loopback.io/doc/en/lb3/Email-connector.html
    """
    path = "tls/rejectUnauthorized"
    if transport.get(path) is not False:
        return
    text = (
        "Certificates are not checked: anyone on the way can pose as the server and read the "
        "password. Big providers’ certificates pass the check."
    )
    if is_loopback(transport.plan.host):
        yield Found("info", transport.place(path), text)
        return
    alone = len(transport.get("tls")) == 1
    fix = transport.remove_fix("Check certificates again", "tls" if alone else path, safe=False)
    yield Found("warning", transport.place(path), text, fix)


# --- What the environment of Node sets --------------------------------------------------


def _uses_tls(context: Context) -> Iterator[TransportView]:
    return (one for one in each_smtp(context) if one.plan.tls != "never")


_WEAKENED = {"NODE_TLS_REJECT_UNAUTHORIZED": "tls/rejectUnauthorized"}


@RULES.check(_uses_tls, "node-env-weakens-tls", "The environment weakens TLS")
def environment_weakens(transport: TransportView) -> Iterator[Found]:
    """Variables of this shell that the app would get, and that let others read along."""
    plan = transport.plan
    for effect in node_effects(plan.tls_options, plan.node):
        if not effect.weakens:
            continue
        ciphers = "cipher" in effect.option
        path = "tls/ciphers" if ciphers else _WEAKENED.get(effect.variable, "tls/minVersion")
        text = (
            f"{effect.name} is set here: with it the app {effect.text}. Take it out of the "
            "environment; a private authority goes into NODE_EXTRA_CA_CERTS or tls.ca."
        )
        fix = None
        if path == "tls/rejectUnauthorized":
            fix = transport.set_fix("Check certificates all the same", path, True, safe=False)
        elif not ciphers:
            fix = transport.set_fix("Set tls.minVersion to TLSv1.2", path, "TLSv1.2", safe=False)
        severity: Severity = "info" if is_loopback(plan.host) else "warning"
        yield Found(severity, transport.place(path), text, fix)


@RULES.check(_uses_tls, "node-tls-option-untested", "An option of Node’s that loopmail cannot test")
def option_untested(transport: TransportView) -> Iterator[Found]:
    """Options that change TLS in ways that only the app's own Node knows."""
    node = transport.plan.node
    for name in node.untested:
        what = name if name.isupper() else f"NODE_OPTIONS {name}"
        text = (
            f"{what} is set here and may change what TLS does. loopmail’s own test goes without "
            "it; send through the app to be sure."
        )
        yield Found("info", transport.place(), text)
    if node.roots == "system":
        text = (
            "NODE_OPTIONS --use-system-ca is set here: a Node before 22.15 does not start with it."
        )
        yield Found("info", transport.place(), text)


@RULES.check(_uses_tls, "node-extra-ca-unreadable", "The file of further authorities is not read")
def extra_authorities_unreadable(transport: TransportView) -> Iterator[Found]:
    """A NODE_EXTRA_CA_CERTS that names no file of certificates: Node only warns."""
    path = transport.plan.node.extra_ca
    if not path or truthy(transport.get("tls/ca")) or not transport.plan.verify:
        return
    text, problem = read_text(Path(path))
    if text is None:
        why = problem or "does not exist"
    elif "-----BEGIN CERTIFICATE-----" in text or "-----BEGIN X509 CERTIFICATE-----" in text:
        return
    else:
        why = "holds no certificate in PEM form (“-----BEGIN CERTIFICATE-----…”)"
    text = f"NODE_EXTRA_CA_CERTS names {path}, which {why}: Node goes on without it."
    yield Found("warning", transport.place("tls/ca"), text)


@RULES.check(each_transport, "reject-unauthorized-string", "“rejectUnauthorized” is a text")
def reject_unauthorized_string(transport: TransportView) -> Iterator[Found]:
    """Node compares with the boolean false; a text does not switch checking off.

    Source: Node 20, lib/_tls_wrap.js, tls.connect().
    """
    path = "tls/rejectUnauthorized"
    value = transport.get(path)
    if isinstance(value, str):
        text = (
            f"The text “{value}” is not the boolean false: certificates are checked all the same."
        )
        fix = transport.remove_fix("Remove rejectUnauthorized", path)
        yield Found("warning", transport.place(path), text, fix)


@RULES.check(each_transport, "ca-is-path", "“tls.ca” holds a path instead of a certificate")
def ca_is_path(transport: TransportView) -> Iterator[Found]:
    """`tls.ca` wants the PEM text; a path is silently useless.

    Source: Node's documentation, "TLS (SSL)", tls.createSecureContext(), option `ca`.
    """
    value = transport.get("tls/ca")
    if isinstance(value, str) and value and "-----BEGIN" not in value:
        text = (
            "tls.ca holds something else than the certificate’s PEM text (“-----BEGIN "
            "CERTIFICATE-----…”); a path is not read."
        )
        place = transport.place("tls/ca")
        yield Found("error", place, text, _ca_fix(transport.context.snapshot.app, place, value))


def _ca_fix(app: AppFolder, place: Place, value: str) -> Fix | None:
    """Make a fix that puts the text of the file that was meant in, if there is such a file."""
    if len(value) > _LONGEST_PATH or not value.isprintable():
        return None
    paths = [folder / value for folder in (app.root, app.server) if (folder / value).is_file()]
    if not paths:
        return None

    def build(builder: ChangeBuilder) -> None:
        text, _problem = read_text(paths[0])
        if text is not None and "-----BEGIN CERTIFICATE-----" in text:
            builder.set(place.file, place.pointer, text)

    return build_fix(f"Put the text of {paths[0].name} in", build, safe=False)


# --- The name that the certificate is for -----------------------------------------------


@RULES.check(each_smtp, "sni-missing", "The server is not told which name is wanted")
def sni_missing(transport: TransportView) -> Iterator[Found]:
    """LoopBack 2 sends no server name; Google then shows a dummy certificate.

    Source: smtp-connection 2.12.0, lib/smtp-connection.js, connect() and _upgradeConnection().
    """
    plan, path = transport.plan, "tls/servername"
    if plan.servername or plan.tls in (None, "never") or not plan.verify:
        return
    if isinstance(plan.host, str) and _NEEDS_SNI.search(plan.host):
        text = (
            f"This LoopBack does not tell the server which name it wants (SNI), so {plan.host} "
            "answers a modern Node with a self-signed certificate and nothing is sent."
        )
        fix = transport.set_fix(f"Set tls.servername to {plan.host}", path, plan.host)
        yield Found("error", transport.place(path), text, fix)


@RULES.check(each_smtp, "sni-missing")
def name_of_ip_missing(transport: TransportView) -> Iterator[Found]:
    """A host given as an IP address is checked against the certificate as it is."""
    plan = transport.plan
    try:
        address = ipaddress.ip_address(str(plan.host))
    except ValueError:
        return
    named = bool(plan.servername) or address.is_loopback
    if plan.tls == "implicit" and plan.verify and not named:
        text = (
            f"The certificate must name the address {address}; few do. "
            "Give the server’s name as tls.servername."
        )
        yield Found("info", transport.place("tls/servername"), text)


# --- Old ciphers and protocols, often from blogs or from Nodemailer 2’s service “Hotmail”
# Source of the latter: nodemailer-wellknown 0.1.10, services.json.


@RULES.check(each_transport, "weak-cipher", "Old ciphers or protocols are asked for")
def weak_cipher(transport: TransportView) -> Iterator[Found]:
    """Ciphers that are refused today."""
    path = "tls/ciphers"
    ciphers = transport.get(path)
    listed = re.split(r"[:,\s]+", ciphers) if isinstance(ciphers, str) else []
    if any(_WEAK.match(one) for one in listed if not one.startswith(("!", "-"))):
        text = f"The cipher list “{ciphers}” asks for ciphers that today’s Node and servers refuse."
        fix = transport.remove_fix("Remove ciphers (take Node’s)", path, safe=False)
        yield Found("warning", transport.place(path), text, fix)


@RULES.check(each_transport, "weak-cipher")
def old_protocol(transport: TransportView) -> Iterator[Found]:
    """Versions of TLS that are refused today."""
    for key in ("minVersion", "maxVersion", "secureProtocol"):
        value = transport.get(f"tls/{key}")
        version = value.replace("_method", "").replace("_", ".") if isinstance(value, str) else ""
        if version in _OLD_PROTOCOL:
            text = f"{key} allows {value}, which is broken and mostly refused."
            fix = transport.remove_fix(f"Remove {key}", f"tls/{key}", safe=False)
            yield Found("warning", transport.place(f"tls/{key}"), text, fix)
