"""What the environment makes of Node's TLS: its own variables and NODE_OPTIONS.

Sources, Node 20.20: ParseNodeOptionsEnvVar() and CheckOptions() in src/node_options.cc; lib/tls.js
(DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION, DEFAULT_CIPHERS); getAllowUnauthorized() in
lib/internal/options.js and tls.connect() in lib/_tls_wrap.js; NewRootCertStore() in
src/crypto/crypto_context.cc. --use-system-ca: Node's documentation, "Command-line API" (22.15).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from loopmail.core.js import UNDEFINED, Json, truthy

Roots = Literal["bundled", "openssl", "system"]

_MINIMA = {f"--tls-min-v1.{n}": version for n, version in enumerate(("TLSv1", "TLSv1.1"))}
_MINIMA |= {"--tls-min-v1.2": "TLSv1.2", "--tls-min-v1.3": "TLSv1.3"}
_MAXIMA = {"--tls-max-v1.3": "TLSv1.3", "--tls-max-v1.2": "TLSv1.2"}  # the first that is set counts
_CIPHERS, _DNS_ORDER = "--tls-cipher-list", "--dns-result-order"
_OPENSSL, _BUNDLED, _SYSTEM = "--use-openssl-ca", "--use-bundled-ca", "--use-system-ca"
_WITH_VALUE = (_CIPHERS, _DNS_ORDER)
_DNS_ORDERS = ("verbatim", "ipv4first", "ipv6first")
# They change what TLS does, in ways that only OpenSSL itself knows.
_UNTESTED = ("--openssl-config", "--openssl-shared-config", "--enable-fips", "--force-fips")


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The defaults that Node takes where a transport's `tls` says nothing.

    `extra_ca`, `cert_file` and `cert_dir` are paths, empty for none. `refused`: why Node does not
    even start, in its words. `origins` has (setting, variable, option) for what was set.
    """

    verify: bool = True
    extra_ca: str = ""
    roots: Roots = "bundled"
    cert_file: str = "/etc/ssl/cert.pem"  # where Node's own build of OpenSSL looks
    cert_dir: str = "/etc/ssl/certs"
    minimum: str = "TLSv1.2"
    maximum: str = "TLSv1.3"
    ciphers: str = ""
    dns_order: str = "verbatim"
    refused: str | None = None
    untested: tuple[str, ...] = ()
    origins: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NodeEffect:
    """What one setting of the environment does to a transport, in a sentence without its end."""

    variable: str
    option: str  # of NODE_OPTIONS, else empty
    text: str
    weakens: bool = False
    path: str = ""  # of the transport's own setting that it stands in for, as a JSON Pointer

    @property
    def name(self) -> str:
        """The variable, with the option."""
        return f"{self.variable} {self.option}" if self.option else self.variable


# --- Reading the environment ----------------------------------------------------------


class _Refused(Exception):
    """Node would not start; the text is what it prints."""


def node_settings(environment: Mapping[str, str]) -> NodeSettings:
    """Return what Node takes from these variables; nothing is read from the disk."""
    found: dict[str, str | bool] = {}
    origins: list[tuple[str, str, str]] = []
    if environment.get("NODE_TLS_REJECT_UNAUTHORIZED") == "0":
        found["verify"] = False
        origins.append(("verify", "NODE_TLS_REJECT_UNAUTHORIZED", ""))
    if extra := environment.get("NODE_EXTRA_CA_CERTS", ""):
        found["extra_ca"] = extra
        origins.append(("extra_ca", "NODE_EXTRA_CA_CERTS", ""))
    untested = ["OPENSSL_CONF"] if environment.get("OPENSSL_CONF") else []
    try:
        options = _options(environment.get("NODE_OPTIONS", ""))
        _check(options)
    except _Refused as refused:
        return NodeSettings(refused=str(refused))
    for setting, option, value in _set_by(options):
        found[setting] = value
        origins.append((setting, "NODE_OPTIONS", option))
    if found.get("roots") in ("openssl", "system"):
        for setting, variable in (("cert_file", "SSL_CERT_FILE"), ("cert_dir", "SSL_CERT_DIR")):
            if variable in environment:
                found[setting] = environment[variable]
                origins.append((setting, variable, ""))
    untested += [option for option in _UNTESTED if option in options]
    return NodeSettings(**found, untested=tuple(untested), origins=tuple(origins))  # type: ignore[arg-type]


def _set_by(options: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield setting, option and value."""
    for setting, known in (("minimum", _MINIMA), ("maximum", _MAXIMA)):
        option = next((one for one in known if one in options), None)
        if option is not None:
            yield setting, option, known[option]
    if _OPENSSL in options:
        yield "roots", _OPENSSL, "openssl"
    elif _SYSTEM in options:
        yield "roots", _SYSTEM, "system"
    if _CIPHERS in options:
        yield "ciphers", _CIPHERS, options[_CIPHERS]
    if _DNS_ORDER in options:
        yield "dns_order", _DNS_ORDER, options[_DNS_ORDER]


def _check(options: Mapping[str, str]) -> None:
    for one, other in ((_OPENSSL, _BUNDLED), ("--tls-min-v1.3", "--tls-max-v1.2")):
        if one in options and other in options:
            raise _Refused(f"either {one} or {other} can be used, not both")
    for option in options:
        if option.startswith(("--tls-min-v", "--tls-max-v")) and option not in _MINIMA | _MAXIMA:
            raise _Refused(f"{option} is not allowed in NODE_OPTIONS")
    for option in _WITH_VALUE:
        if options.get(option) == "":
            raise _Refused(f"{option} requires an argument")
    if options.get(_DNS_ORDER, "verbatim") not in _DNS_ORDERS:
        expected = ", ".join(f"'{order}'" for order in _DNS_ORDERS)
        given = options[_DNS_ORDER]
        raise _Refused(
            f"The argument '{_DNS_ORDER}' must be one of: {expected}. Received '{given}'"
        )


def _options(text: str) -> dict[str, str]:
    """Return option to value (empty for none); what “--no-…” switches off is not there."""
    options: dict[str, str] = {}
    words = iter(_words(text))
    for word in words:
        name, equals, value = word.partition("=")
        name = name.replace("_", "-")
        if name in _WITH_VALUE and not equals:
            value = next(words, "")
        if name.startswith("--no-"):
            options.pop(f"--{name.removeprefix('--no-')}", None)
        elif name.startswith("--"):
            options[name] = value
    return options


def _words(text: str) -> list[str]:
    """Split NODE_OPTIONS at blanks; quotes keep words together, a backslash escapes in quotes."""
    words: list[str] = []
    inside, fresh = False, True
    characters = iter(text)
    for character in characters:
        if character == "\\" and inside:
            character = next(characters, "")
            if not character:
                raise _Refused("invalid value for NODE_OPTIONS (invalid escape)")
        elif character == " " and not inside:
            fresh = True
            continue
        elif character == '"':
            inside = not inside
            continue
        if fresh:
            words.append("")
            fresh = False
        words[-1] += character
    if inside:
        raise _Refused("invalid value for NODE_OPTIONS (unterminated string)")
    return words


# --- What it means for a transport ----------------------------------------------------


def checks_certificate(reject_unauthorized: Json) -> bool:
    """Tell whether Node checks the certificate with this `tls.rejectUnauthorized`.

    Only exactly false switches it off. Source: Node 20, lib/_tls_wrap.js, tls.connect().
    """
    return reject_unauthorized is not False


def is_verified(tls: Mapping[str, Json], node: NodeSettings) -> bool:
    """Tell whether Node checks the certificate with these `tls` options.

    NODE_TLS_REJECT_UNAUTHORIZED counts only where the key is absent.
    """
    if "rejectUnauthorized" in tls:
        return checks_certificate(tls["rejectUnauthorized"])
    return node.verify


def node_effects(tls: Mapping[str, Json], node: NodeSettings) -> tuple[NodeEffect, ...]:
    """Return what the environment does to a transport with these `tls` options, if it uses TLS."""
    verify = is_verified(tls, node)
    own_ca = truthy(tls.get("ca", UNDEFINED))
    texts = {
        "verify": ("does not check the certificate", "rejectUnauthorized" not in tls, True),
        "extra_ca": (
            f"also trusts the authorities in {node.extra_ca}",
            verify and not own_ca,
            False,
        ),
        "roots": (_ROOTS[node.roots], verify and not own_ca, False),
        "cert_file": (f"trusts the authorities in {node.cert_file}", verify and not own_ca, False),
        "cert_dir": (f"trusts the authorities in {node.cert_dir}", verify and not own_ca, False),
        "minimum": (
            f"takes {node.minimum} and later",
            not truthy(tls.get("minVersion", UNDEFINED)),
            node.minimum in ("TLSv1", "TLSv1.1"),
        ),
        "maximum": (
            f"takes {node.maximum} at most",
            not truthy(tls.get("maxVersion", UNDEFINED)),
            False,
        ),
        "ciphers": (
            f"offers the ciphers {node.ciphers}",
            not truthy(tls.get("ciphers", UNDEFINED)),
            "@SECLEVEL=0" in node.ciphers.upper(),
        ),
        "dns_order": (f"takes addresses in the order {node.dns_order}", True, False),
    }
    found = []
    for setting, variable, option in node.origins:
        text, counts, weakens = texts[setting]
        if counts:
            found.append(NodeEffect(variable, option, text, weakens, _PATHS.get(setting, "")))
    return tuple(found)


_PATHS = {
    "verify": "/tls/rejectUnauthorized",
    **dict.fromkeys(("extra_ca", "roots", "cert_file", "cert_dir"), "/tls/ca"),
    **{"minimum": "/tls/minVersion", "maximum": "/tls/maxVersion", "ciphers": "/tls/ciphers"},
}
_ROOTS: Mapping[Roots, str] = {
    "bundled": "trusts Mozilla’s authorities",
    "openssl": "trusts this computer’s authorities instead of Mozilla’s",
    "system": "also trusts this computer’s authorities (Node 22.15 and later; others do not start)",
}
