"""Further configurations: names, routes, urls, services, types, numbers, things that crash."""

from typing import Any

from conformance.configurations import BASE, LOGIN, TIMES, TRUST, Configuration, Settings, _one
from conformance.server.behaviour import PASSWORD, USER

SMTP: Settings = {**BASE, **LOGIN, **TRUST}
STUB: Settings = {"type": "stub"}
_USER, _PASS = USER.replace("@", "%40"), PASSWORD.replace(" ", "%20")
_TIMES = "&".join(f"{key}={value}" for key, value in TIMES.items())


def _source(name: str, /, **settings: Any) -> Configuration:
    return Configuration(name, {"connector": "mail", **settings})


def _url(name: str, url: Any, /, **transport: Any) -> Configuration:
    made = {"type": "smtp", "url": url, **transport}
    return _source(f"url-{name}", transports=[made])


SERVER = [
    _one("host-missing", host=..., **LOGIN),
    _one("host-empty", host="", **LOGIN),
    _one("host-null", host=None, **LOGIN),
    _one("host-false", host=False, **LOGIN),
    _one("host-number", **{**LOGIN, "host": 42}),
    _one("host-true", **{**LOGIN, "host": True}),
    _one("host-with-blank", **{**LOGIN, "host": "127.0.0.1 "}),
    _one("host-upper-case", **{**LOGIN, "host": "LOCALHOST"}),
    _one("host-as-url", **{**LOGIN, "host": "smtp://127.0.0.1"}),
    _one("host-with-port", **{**LOGIN, "host": "127.0.0.1:25"}),
    _one("port-text", port="{port-text}", **LOGIN),
    _one("port-text-blanks", port=" {port} ", **LOGIN),
    _one("port-fraction", port=25.5, **LOGIN),
    _one("port-too-large", port=70000, **LOGIN),
    _one("port-negative", port=-1, **LOGIN),
    _one("port-infinite", port="Infinity", **LOGIN),
    _one("port-list", port=["{port}"], **LOGIN),
    _one("port-object", **{**LOGIN, "port": {"a": 1}}),
    _one("name", name="client.example.test", **LOGIN),
    _one("name-ip", name="192.0.2.7", **LOGIN),
    _one("name-single-word", name="client", **LOGIN),
    _one("name-empty", name="", **LOGIN),
    _one("name-number", name=5, **LOGIN),
    _one("name-utf-8", name="köln.example.test", **LOGIN),
    _one("local-address", localAddress="127.0.0.1", **LOGIN),
    _one("local-address-bad", localAddress="no address", **LOGIN),
    _one("username-outside", username=USER, password=PASSWORD),
    _one("secure-connection", secureConnection=True, **LOGIN),
    _one("use-tls", useTLS=True, ssl=True, **LOGIN),
    _one("tls-true", tls=True, **LOGIN),
    _one("tls-text", tls="yes", **LOGIN),
    _one("service-unknown", service="No Such Service", **LOGIN),
    _one("service-number", service=5, **LOGIN),
    _one("service-true", service=True, **LOGIN),
    _one("service-empty", service="", **LOGIN),
]
TIMEOUTS = [
    _one("greeting-timeout-text", greetingTimeout="800", **LOGIN),
    _one("greeting-timeout-word", greetingTimeout="fast", **LOGIN),
    _one("greeting-timeout-zero", greetingTimeout=0, **LOGIN),
    _one("greeting-timeout-negative", greetingTimeout=-5, **LOGIN),
    _one("connection-timeout-text", connectionTimeout="3000", **LOGIN),
    _one("socket-timeout-text", socketTimeout="2000", **LOGIN),
    _one("socket-timeout-zero", socketTimeout=0, **LOGIN),
    _one("socket-timeout-negative", socketTimeout=-5, **LOGIN),
    _one("socket-timeout-true", socketTimeout=True, **LOGIN),
    _one("dns-timeout", dnsTimeout=500, host="localhost", **LOGIN),
]
ROUTES = [
    _source("one-transport", transport=SMTP),
    _source("transport-list", transport=[SMTP]),
    _source("transports-beat-transport", transports=[SMTP], transport=STUB),
    _source("transports-empty", transports=[], transport=SMTP),
    _source("no-transports"),
    _source("transports-null", transports=None, transport=SMTP),
    _source("transports-text", transports="smtp"),
    _source("transports-object", transports={"0": SMTP}),
    _source("transports-null-element", transports=[None]),
    _source("transports-text-element", transports=["smtp"]),
    _source("type-upper-case", transports=[{**SMTP, "type": "SMTP"}]),
    _source("type-missing", transports=[{k: v for k, v in SMTP.items() if k != "type"}]),
    _source("type-empty", transports=[{**SMTP, "type": ""}]),
    _source("type-number", transports=[{**SMTP, "type": 5}]),
    _source("type-with-blank", transports=[{**SMTP, "type": "smtp "}]),
    _source("type-stub", transports=[STUB]),
    _source("type-stub-upper-case", transports=[{"type": "STUB"}]),
    _source("type-gmail", transports=[{**SMTP, "type": "gmail"}]),
    _source("type-smtps", transports=[{**SMTP, "type": "smtps"}]),
    _source("type-sendmail", transports=[{"type": "sendmail"}]),
    _source("type-ses", transports=[{"type": "ses"}]),
    _source("stub-then-smtp", transports=[STUB, SMTP]),
    _source("smtp-then-stub", transports=[SMTP, STUB]),
    _source("nameless-stub-second", transports=[SMTP, {}]),
    _source("alias", transports=[STUB, {**SMTP, "alias": "other"}]),
    _source("alias-upper-case", transports=[STUB, {**SMTP, "alias": "Other"}]),
    _source("alias-twice", transports=[{**STUB, "alias": "other"}, {**SMTP, "alias": "other"}]),
    _source("debug", transports=[SMTP], debug=True),
    _source("default-from", transports=[{**SMTP, "from": "default@example.test"}]),
]
URLS = [
    _url("plain", f"smtp://127.0.0.1:{{port}}/?{_TIMES}"),
    _url("login", f"smtp://{_USER}:{_PASS}@127.0.0.1:{{port}}/?{_TIMES}"),
    _url("login-ignore-tls", f"smtp://{_USER}:{_PASS}@127.0.0.1:{{port}}/?ignoreTLS=true&{_TIMES}"),
    _url("beats-keys", f"smtp://127.0.0.1:{{port}}/?{_TIMES}", host="192.0.2.1", port=9, **LOGIN),
    _url("smtps", f"smtps://127.0.0.1:{{port}}/?tls.rejectUnauthorized=false&{_TIMES}"),
    _url("smtps-verified", f"smtps://127.0.0.1:{{port}}/?{_TIMES}"),
    _url("pool", f"smtp://{_USER}:{_PASS}@127.0.0.1:{{port}}/?pool=true&{_TIMES}"),
    _url("name", f"smtp://127.0.0.1:{{port}}/?name=client.example.test&{_TIMES}"),
    _url("auth-method", f"smtp://{_USER}:{_PASS}@127.0.0.1:{{port}}/?authMethod=LOGIN&{_TIMES}"),
    _url("user-only", f"smtp://{_USER}@127.0.0.1:{{port}}/?{_TIMES}"),
    _url("bad-percent", "smtp://us%er:p%zz@127.0.0.1:{port}"),
    _url("number", 5),
    _url("empty", "", **{k: v for k, v in SMTP.items() if k not in ("type", "url")}),
    _url("upper-case", f"SMTP://127.0.0.1:{{port}}/?{_TIMES}"),
    _url("secure-query", f"smtp://127.0.0.1:{{port}}/?secure=true&{_TIMES}"),
    _url("dotted-key", f"smtp://127.0.0.1:{{port}}/?auth.user=x&{_TIMES}"),
    _url("colon-password", f"smtp://{_USER}:a:b:c@127.0.0.1:{{port}}/?{_TIMES}"),
]
CRASHES = [
    _one("logger-text", logger="true", **LOGIN),
    _one("logger-number", logger=1, **LOGIN),
    _one("logger-object", logger={}, **LOGIN),
    _one("logger-false", logger=False, **LOGIN),
    _one("dkim-empty", dkim={}, **LOGIN),
    _one("dkim-no-key", dkim={"domainName": "example.test", "keySelector": "a"}, **LOGIN),
    _one("proxy-without-scheme", proxy="127.0.0.1:{port}", **LOGIN),
    _one("proxy-unknown-scheme", proxy="gopher://127.0.0.1:{port}", **LOGIN),
    _one("proxy-number", proxy=5, **LOGIN),
    _one("bad-min-version", "implicit", secure=True, tls={"minVersion": "TLSv9"}, **LOGIN),
    _one("bad-min-version-starttls", "starttls", tls={"minVersion": "TLSv9"}, **LOGIN),
    _one("bad-ciphers", "implicit", secure=True, tls={"ciphers": "NONSENSE"}, **LOGIN),
    _one("bad-ciphers-starttls", "starttls", tls={"ciphers": "NONSENSE"}, **LOGIN),
    _one("stream-transport", streamTransport=True, **LOGIN),
    _one("json-transport", jsonTransport=True, **LOGIN),
    _one("transport-key", transport="nonsense", **LOGIN),
    _one("ses-empty", SES={}, **LOGIN),
    _one("rate-limit", rateLimit=5, maxConnections=1, pool=True, **LOGIN),
    _one("max-messages-text", maxMessages="1", pool=True, **LOGIN),
    _one("pool-text-false", pool="false", **LOGIN),
    _one("disable-file-access", disableFileAccess=True, **LOGIN),
]
MORE = [*SERVER, *TIMEOUTS, *ROUTES, *URLS, *CRASHES]
