"""Transport configurations: what apps write into datasources.json, by name.

`{port}` stands for the server's port (a number where it is the whole text, else its digits),
`{port-text}` for the port as text, `{ca}` for the trusted authority's certificate.
"""

from dataclasses import dataclass
from typing import Any

from conformance.server.behaviour import PASSWORD, TOKEN, USER, Wrap

Settings = dict[str, Any]
# Numbers, as Nodemailer wants them, small enough for servers that say nothing.
TIMES: Settings = {"connectionTimeout": 4000, "greetingTimeout": 1200, "socketTimeout": 2200}
BASE: Settings = {"type": "smtp", "host": "127.0.0.1", "port": "{port}", **TIMES}
LOGIN: Settings = {"auth": {"user": USER, "pass": PASSWORD}}
TRUST: Settings = {"tls": {"ca": "{ca}"}}


@dataclass(frozen=True, slots=True)
class Configuration:
    """A mail data source; `wrap` is the kind of server it is made for."""

    name: str
    settings: Settings
    wrap: Wrap = "clear"


def _one(name: str, wrap: Wrap = "clear", /, **transport: Any) -> Configuration:
    """A data source with one transport; an Ellipsis leaves the key out."""
    merged = {key: value for key, value in {**BASE, **transport}.items() if value is not ...}
    return Configuration(name, {"connector": "mail", "transports": [merged]}, wrap)


def _tls(**options: Any) -> Settings:
    return {"tls": {"ca": "{ca}", **options}}


CORE = [
    _one("password", **LOGIN, **TRUST),
    _one("require-tls", "starttls", **LOGIN, **TRUST, requireTLS=True),
    _one("secure", "implicit", **LOGIN, **TRUST, secure=True),
    _one("pool", **LOGIN, **TRUST, pool=True),
    _one("anonymous"),
    _one("lmtp", lmtp=True),
]
CLEAR_TLS = [
    _one("starttls", "starttls", **LOGIN, **TRUST),
    _one("starttls-no-ca", "starttls", **LOGIN),
    _one("require-tls-no-ca", "starttls", **LOGIN, requireTLS=True),
    _one("require-tls-text-false", "starttls", **LOGIN, **TRUST, requireTLS="false"),
    _one("ignore-tls", **LOGIN, ignoreTLS=True),
    _one("ignore-and-require-tls", **LOGIN, **TRUST, ignoreTLS=True, requireTLS=True),
    _one("opportunistic-tls", "starttls", **LOGIN, **TRUST, opportunisticTLS=True),
    _one("opportunistic-tls-no-ca", "starttls", **LOGIN, opportunisticTLS=True),
    _one(
        "opportunistic-and-require-tls",
        "starttls",
        **LOGIN,
        **TRUST,
        opportunisticTLS=True,
        requireTLS=True,
    ),
    _one("starttls-unverified", "starttls", **LOGIN, tls={"rejectUnauthorized": False}),
    _one("starttls-unverified-text", "starttls", **LOGIN, tls={"rejectUnauthorized": "false"}),
    _one("starttls-server-name", "starttls", **LOGIN, **_tls(servername="mail.example.test")),
    _one("starttls-other-name", "starttls", **LOGIN, **_tls(servername="nobody.example.test")),
    _one("starttls-localhost", "starttls", **LOGIN, **TRUST, host="localhost"),
    _one("secure-text-empty", "starttls", **LOGIN, **TRUST, secure=""),
    _one("starttls-pool", "starttls", **LOGIN, **TRUST, pool=True),
    _one("starttls-lmtp", "starttls", **TRUST, lmtp=True),
    _one("starttls-min-1.3", "starttls", **LOGIN, **_tls(minVersion="TLSv1.3")),
]
SECURE = [
    _one("secure-no-ca", "implicit", **LOGIN, secure=True),
    _one("secure-text-false", "implicit", **LOGIN, **TRUST, secure="false"),
    _one("secure-unverified", "implicit", **LOGIN, secure=True, tls={"rejectUnauthorized": False}),
    _one(
        "secure-unverified-text",
        "implicit",
        **LOGIN,
        secure=True,
        tls={"rejectUnauthorized": "false"},
    ),
    _one("secure-unverified-zero", "implicit", **LOGIN, secure=True, tls={"rejectUnauthorized": 0}),
    _one(
        "secure-server-name",
        "implicit",
        **LOGIN,
        secure=True,
        **_tls(servername="mail.example.test"),
    ),
    _one(
        "secure-other-name",
        "implicit",
        **LOGIN,
        secure=True,
        **_tls(servername="nobody.example.test"),
    ),
    _one(
        "secure-outer-server-name",
        "implicit",
        **LOGIN,
        **TRUST,
        secure=True,
        servername="mail.example.test",
    ),
    _one("secure-localhost", "implicit", **LOGIN, **TRUST, secure=True, host="localhost"),
    _one("secure-ca-is-path", "implicit", **LOGIN, secure=True, tls={"ca": "/etc/ssl/ca.pem"}),
    _one("secure-min-1.3", "implicit", **LOGIN, secure=True, **_tls(minVersion="TLSv1.3")),
    _one("secure-max-1.2", "implicit", **LOGIN, secure=True, **_tls(maxVersion="TLSv1.2")),
    _one("secure-requiring-tls", "implicit", **LOGIN, **TRUST, secure=True, requireTLS=True),
    _one("secure-pool", "implicit", **LOGIN, **TRUST, secure=True, pool=True),
]


def _auth(name: str, block: Any, /, **transport: Any) -> Configuration:
    return _one(f"auth-{name}", auth=block, **transport)


USER_PASS = LOGIN["auth"]
AUTH_CORE = [
    _auth("method-login", USER_PASS, authMethod="LOGIN"),
    _auth("method-cram-md5", USER_PASS, authMethod="CRAM-MD5"),
    _auth("method-xoauth2", USER_PASS, authMethod="XOAUTH2"),
    _auth("oauth2-token", {"type": "OAuth2", "user": USER, "accessToken": TOKEN}),
    _auth("xoauth2-text", {"user": USER, "xoauth2": TOKEN}),
    _auth("wrong-password", {"user": USER, "pass": "wrong"}),
    _auth("force", USER_PASS, forceAuth=True),
    _auth("user-only", {"user": USER}),
]
AUTH_MORE = [
    _auth("method-plain-lower-case", USER_PASS, authMethod="plain"),
    _auth("method-with-blanks", USER_PASS, authMethod=" login "),
    _auth("method-unknown", USER_PASS, authMethod="SCRAM-SHA-1"),
    _auth("method-ntlm", USER_PASS, authMethod="NTLM"),
    _auth("method-number", USER_PASS, authMethod=1),
    _auth("method-true", USER_PASS, authMethod=True),
    _auth("inner-method", {**USER_PASS, "method": "LOGIN"}),
    _auth("inner-method-number", {**USER_PASS, "method": 7}),
    _auth("type-login", {**USER_PASS, "type": "login"}),
    _auth("type-custom", {**USER_PASS, "type": "custom"}),
    _auth("type-custom-method", {**USER_PASS, "type": "custom", "method": "X"}),
    _auth("type-number", {**USER_PASS, "type": 5}),
    _auth("type-oauth2-lower-case", {"type": "oauth2", "user": USER, "accessToken": TOKEN}),
    _auth("oauth2-wrong-token", {"type": "OAuth2", "user": USER, "accessToken": "stale"}),
    _auth("oauth2-no-token", {"type": "OAuth2", "user": USER}),
    _auth("oauth2-no-user", {"type": "OAuth2", "accessToken": TOKEN}),
    _auth("oauth2-service-client", {"type": "OAuth2", "user": USER, "serviceClient": "1"}),
    _auth("oauth2-with-password", {"type": "OAuth2", **USER_PASS, "accessToken": TOKEN}),
    _auth("empty", {}),
    _auth("list", []),
    _auth("null", None),
    _auth("false", False),
    _auth("true", True),
    _auth("number", 5),
    _auth("text", f"{USER}:{PASSWORD}"),
    _auth("username-password", {"username": USER, "password": PASSWORD}),
    _auth("pass-only", {"pass": PASSWORD}),
    _auth("pass-empty", {"user": USER, "pass": ""}),
    _auth("user-empty", {"user": "", "pass": PASSWORD}),
    _auth("both-empty", {"user": "", "pass": ""}),
    _auth("pass-null", {"user": USER, "pass": None}),
    _auth("pass-number", {"user": USER, "pass": 98765}),
    _auth("pass-number-cram-md5", {"user": USER, "pass": 98765}, authMethod="CRAM-MD5"),
    _auth("pass-missing-cram-md5", {"user": USER}, authMethod="CRAM-MD5"),
    _auth("user-number", {"user": 7, "pass": PASSWORD}),
    _auth("pass-utf-8", {"user": USER, "pass": "pässwörd ✓"}),
    _auth("pass-true", {"user": USER, "pass": True}),
    _auth("pass-object", {"user": USER, "pass": {"a": 1}}),
    _auth("pool-empty", {}, pool=True),
    _auth("pool-user-only", {"user": USER}, pool=True),
    _auth("pool-neither", {"username": USER}, pool=True),
    _auth("pool-oauth2", {"type": "OAuth2", "user": USER, "accessToken": TOKEN}, pool=True),
    _auth("force-none", {}, forceAuth=True),
    _auth("force-text-false", USER_PASS, forceAuth="false"),
    _auth("force-method-login", USER_PASS, forceAuth=True, authMethod="LOGIN"),
]
