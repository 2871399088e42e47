"""One small app per check id that triggers exactly it, as JSON texts or values by file name."""

from dataclasses import dataclass, field
from typing import Any

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
PASS = {"MAIL_PASS": "abcdabcdabcdabcd"}
BOUND = {"Email": {"dataSource": "mail"}}
GOOD: dict[str, Any] = {
    "type": "smtp",
    "host": "mail.example.com",
    "port": 465,
    "secure": True,
    "auth": {"user": "shop@example.com", "pass": "${MAIL_PASS}"},
}


def transport(*without: str, **changes: Any) -> dict[str, Any]:
    """A transport that is right but for the changes."""
    return {k: v for k, v in (GOOD | changes).items() if k not in without}


def source(*transports: Any, **more: Any) -> dict[str, Any]:
    """A datasources.json with one mail data source."""
    return {"mail": {"name": "mail", "connector": "mail", "transports": list(transports), **more}}


@dataclass(frozen=True)
class Case:
    """An app, and whether the check's fix exists and is safe."""

    id: str
    files: dict[str, Any]
    fix: bool
    safe: bool = True
    env: str = "development"
    major: int = 3
    pointer: str | None = None
    also: frozenset[str] = frozenset()  # ids that come with it by nature
    extra: dict[str, str] = field(default_factory=dict)  # further files of the app by path
    boot: str | None = None
    package: dict[str, Any] = field(default_factory=dict)
    modules: frozenset[str] = frozenset()
    tracked: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=lambda: PASS)


def app(datasources: Any, models: Any = None, **files: Any) -> dict[str, Any]:
    """The files of an app by name; names with dots are given with `__` for the dot."""
    named = {name.replace("__", ".") + ".json": value for name, value in files.items()}
    return {"datasources.json": datasources, "model-config.json": models or BOUND, **named}


def one(**changes: Any) -> dict[str, Any]:
    """An app with one transport that is right but for the changes."""
    return app(source(transport(**changes)))


CASES = (
    Case("json-invalid", app('{ "mail": { "connector": "memory", } // comment\n}', {"Email": {"dataSource": None}}), True, safe=False),
    Case("json-invalid", app('{ "mail": }'), False),
    Case(
        "json-duplicate-key",
        app('{"mail": {"name": "mail", "connector": "mail", "debug": true, "debug": false, "transports": [{"type": "smtp", "host": "mail.example.com", "port": 465, "secure": true}]}}'),
        True,
    ),
    Case("schema", app({**source(transport()), "broken": "a text"}), False),
    Case("port-secure-mismatch", one(port=587), True),
    Case("port-secure-mismatch", one(secure=False), True),
    Case("dead-key", one(secureConnection=True), True),
    Case("dead-key", one(tls=True), True),
    Case("dead-key", one(maxSockets=3), True, safe=False),
    Case("string-not-boolean", one(port=587, secure=False, pool="false"), True, safe=False),
    Case("port-missing", app(source(transport("port"))), True),
    Case("port-not-number", one(port="465"), True),
    Case("port-not-number", one(port=70000), False),
    Case("port-not-number", one(port="abc"), False),
    Case("service-overrides", one(service="FastMail"), True, safe=False),
    Case("url-overrides", one(url="smtps://mail.example.com:465"), False),
    Case("opportunistic-plaintext", one(port=587, secure=False, ignoreTLS=True), True, safe=False),
    Case("host-missing", app(source(transport("host"))), False),
    Case("host-missing", app(source(transport("host", "port", "secure", service="Fastmial"))), True, safe=False),
    Case("host-malformed", one(host=" mail.example.com,"), True),
    Case("control-character", one(name="shop.example.com\r\nRSET"), False, pointer="/mail/transports/0/name"),
    Case("control-character", one(name="shop.example.com\n"), True, safe=False, pointer="/mail/transports/0/name"),
    Case("control-character", one(host="mail.example.com\n"), True, pointer="/mail/transports/0/host"),
    Case("control-character", one(url="smtp://mail.example.com:587/?name=a%0D%0AQUIT", **{}), False, pointer="/mail/transports/0/url", also=frozenset({"url-overrides"})),
    Case("control-character", one(port="465\u0000", proxy="http://proxy.example.com:3128", host="h\u0085x"), False, also=frozenset({"port-not-number"})),
    Case("timeout-not-number", one(socketTimeout="30000"), True),
    Case("certificate-check-off", one(tls={"rejectUnauthorized": False}), True, safe=False),
    Case("node-env-weakens-tls", one(), True, safe=False, pointer="/mail/transports/0/tls/rejectUnauthorized", environment={**PASS, "NODE_TLS_REJECT_UNAUTHORIZED": "0"}),
    Case("node-env-weakens-tls", one(), True, safe=False, pointer="/mail/transports/0/tls/minVersion", environment={**PASS, "NODE_OPTIONS": "--tls-min-v1.0"}),
    Case("node-env-weakens-tls", one(), False, pointer="/mail/transports/0/tls/ciphers", environment={**PASS, "NODE_OPTIONS": "--tls-cipher-list=DEFAULT@SECLEVEL=0"}),
    Case("node-tls-option-untested", one(), False, environment={**PASS, "NODE_OPTIONS": "--openssl-config=/x.cnf"}),
    Case("node-tls-option-untested", one(), False, environment={**PASS, "NODE_OPTIONS": "--use-system-ca"}),
    Case("node-extra-ca-unreadable", one(), False, environment={**PASS, "NODE_EXTRA_CA_CERTS": "/nowhere/ca.pem"}),
    Case("node-extra-ca-unreadable", one(), False, extra={"certs/ca.pem": "no PEM"}, environment={**PASS, "NODE_EXTRA_CA_CERTS": "certs/ca.pem"}),
    Case("crash-at-boot", one(), False, pointer="/mail/transports/0", environment={**PASS, "NODE_OPTIONS": "--use-openssl-ca --use-bundled-ca"}),
    Case("ca-is-path", one(tls={"ca": "certs/ca.pem"}), True, safe=False, extra={"certs/ca.pem": PEM}),
    Case("reject-unauthorized-string", one(tls={"rejectUnauthorized": "false"}), True),
    Case("sni-missing", one(host="smtp.gmail.com"), True, major=2),
    Case("weak-cipher", one(tls={"ciphers": "SSLv3"}), True, safe=False),
    Case("weak-cipher", one(tls={"maxVersion": "TLSv1.1"}), True, safe=False),
    Case("gmail-app-password", one(host="smtp.gmail.com"), False, environment={"MAIL_PASS": "my dog’s name"}),
    Case("wrong-kind-of-key", one(host="email-smtp.eu-west-1.amazonaws.com", auth={"user": "AKIAABCDEFGHIJKLMNOP", "pass": "${MAIL_PASS}"}), False, environment={"MAIL_PASS": "abcd/EFGH+" * 4}, pointer="/mail/transports/0/auth/pass"),
    Case("wrong-kind-of-key", one(host="smtp.sendgrid.net"), False, pointer="/mail/transports/0/auth/user"),
    Case("wrong-kind-of-key", one(host="smtp-relay.brevo.com"), False, environment={"MAIL_PASS": "xkeysib-0123456789"}),
    Case("microsoft-basic-auth", one(host="smtp.office365.com", port=587, secure=False), False),
    Case("credentials-missing", one(auth={"user": "shop@example.com"}), False),
    Case("credentials-missing", one(auth={"type": "OAuth2", "accessToken": "${MAIL_PASS}"}), False),
    Case("credentials-missing", one(auth={"type": "OAuth2", "user": "shop@example.com"}), False),
    Case("credentials-near-miss", one(auth={"user": "shop@example.com", "password": "${MAIL_PASS}"}), True),
    Case("oauth2-version", one(auth={"type": "OAuth2", "user": "a@example.com", "accessToken": "${MAIL_PASS}"}), False, major=2),
    Case("crash-at-boot", app(source({"type": "smtp", "url": "smtp://u%@mail.example.com"})), False),
    Case("crash-at-boot", one(service=25), False, pointer="/mail/transports/0/service"),
    Case("crash-at-boot", app(source(transport(), defaultForType="mail")), True, package={"dependencies": {"loopback": "^3.0.0"}}, safe=False),
    Case("crash-at-send", one(SES={}), True, safe=False),
    Case("crash-at-send", one(proxy="socks5://proxy.example.com:1080"), True, safe=False, pointer="/mail/transports/0/proxy"),
    Case("crash-at-send", one(auth={"user": "shop@example.com", "pass": 123456}), True, also=frozenset({"secret-in-file"})),
    Case("crash-at-send", one(authMethod={}), True, major=2, pointer="/mail/transports/0/authMethod"),
    Case("crash-at-send", one(authMethod="NTLM"), True, safe=False),
    Case("oauth2-version", one(auth={"xoauth2": {"user": "a@gmail.com"}}), False, major=2, pointer="/mail/transports/0/auth/xoauth2"),
    Case(
        "oauth2-version",
        one(auth={"xoauth2": {"user": "a@gmail.com"}}),
        False,
        major=2,
        pointer="/mail/transports/0/auth/xoauth2",
        extra={"server/boot/mail.js": "auth.xoauth2 = require('xoauth2').createXOAuth2Generator(auth.xoauth2);"},
    ),
    Case("crash-at-send", one(socketTimeout=-1), False, pointer="/mail/transports/0/socketTimeout"),
    Case("crash-at-send", one(dkim={}), False),
    Case("crash-at-send", one(localAddress="here"), False),
    Case("crash-at-send", one(tls={"minVersion": "TLSv9"}), False, pointer="/mail/transports/0/tls/minVersion"),
    Case(
        "merge-array-length",
        app(source(transport(), transport(alias="second")), datasources__production={"mail": {"transports": [{"port": 465}]}}),
        True,
        env="production",
    ),
    Case(
        "merge-type",
        app(source(transport()), datasources__production={"mail": {"transports": [{"auth": "none"}]}}),
        True,
        safe=False,
        env="production",
    ),
    Case("override-hidden", app(source(transport()), datasources__local={}), False, extra={"server/datasources.local.js": "module.exports = {};"}),
    Case("master-missing", {"datasources.local.json": {}, "model-config.json": {}}, True),
    Case("datasources-file-missing", {"model-config.json": {}, "datasource.json": {}}, False),
    Case("datasources-file-missing", {"model-config.json": {}, "dataSources.json": {}}, False),
    Case("datasources-file-missing", {"model-config.json": {}, "data-sources.json": {}}, False),
    Case("datasources-file-missing", {"model-config.json": {}, "datasources.jsn": "{}"}, False),
    Case("datasources-file-missing", {"model-config.json": {}, "datasources.json.txt": "{}"}, False),
    Case("datasources-file-missing", {"model-config.json": {}, "datasources.js": ""}, False),
    Case("datasources-file-missing", {"model-config.json": {}, "datasources.example.json": {}}, False),
    Case("datasources-file-missing", {"model-config.json": {}, "datasources.json.sample": ""}, False),
    Case("datasources-file-missing", {"model-config.json": BOUND}, False, also=frozenset({"datasource-missing"})),
    Case("model-config-file-missing", {"datasources.json": source(transport()), "model-configs.json": {}}, False),
    Case("model-config-file-missing", {"datasources.json": source(transport()), "modelConfig.json": {}}, False),
    Case("layer-name-near-miss", app(source(transport()), datasource__production={}), False),
    Case("layer-name-near-miss", {**one(), "datasources-production.json": {}}, False),
    Case("layer-name-near-miss", {**one(), "datasource.json": {}}, False),
    Case("layer-name-near-miss", {**app({"mailer": source(transport())["mail"]|{"name": "mailer"}}, {"Email": {"dataSource": "mailer"}}), "datasources.local.json": {"mialer": {"connector": "mail", "transports": [transport()]}}}, False, pointer="/mialer"),
    Case("environment-near-miss", app(source(transport()), datasources__test={}), False, env="test "),
    Case("environment-near-miss", app(source(transport()), datasources__production={}), False, env="prodution"),
    Case("environment-near-miss", app(source(transport()), datasources__production={}), False, env="Production"),
    Case("environment-near-miss", app(source(transport()), datasources__production={}), False, env="prod"),
    Case("environment-near-miss", app(source(transport()), datasources__docker={}), False, env="qa"),
    Case("mail-missing", app({"db": {"name": "db", "connector": "memory"}}, {"User": {"dataSource": "db"}}), False),
    Case("build-outdated", one(), False, package={"main": "dist/server/server.js"}, extra={"dist/server/datasources.json": "{}", "dist/server/model-config.json": '{ "Email":{"dataSource": "mail"}}'}),
    Case("mail-missing", {"datasources.json": {}, "model-config.json": {}}, False),
    Case("variable-partial", one(host="smtp.${DOMAIN}"), False, environment={"DOMAIN": "mail.example.com", "MAIL_PASS": "abcdabcdabcdabcd"}),
    Case("variable-partial", one(host="process.env.DOMAIN"), True, safe=False, environment={"DOMAIN": "mail.example.com", "MAIL_PASS": "abcdabcdabcdabcd"}),
    Case("placeholder-spelling", one(auth={"user": "shop@example.com", "pass": "%MAIL_PASS%"}), True, safe=False, pointer="/mail/transports/0/auth/pass"),
    Case("placeholder-spelling", one(auth={"user": "shop@example.com", "pass": "{{ MAIL_PASS }}"}), False, boot="2.6.0", major=2),
    Case("placeholder-password", one(auth={"user": "shop@example.com", "pass": "YOUR_PASSWORD_HERE"}), False, pointer="/mail/transports/0/auth/pass"),
    Case("placeholder-password", {**one(), "component-config.json": {"./mailer": {"apiKey": "<your api key>"}}}, False, pointer="/.~1mailer/apiKey"),
    Case("variable-partial", {**one(), "middleware.json": {"session": {"./s": {"params": {"secret": "process.env.COOKIES"}}}}}, True, safe=False, environment={"COOKIES": "abc", "MAIL_PASS": "abcdabcdabcdabcd"}),
    Case("placeholder-spelling", {**one(), "config.json": {"cookieSecret": "%COOKIE_SECRET%"}}, False, pointer="/cookieSecret"),
    Case("variable-unsupported", {**one(), "config.json": {"cookieSecret": "${COOKIE_SECRET}", "greeting": "Hello ${name}"}}, False, pointer="/cookieSecret"),
    Case("variable-unresolved", one(), False, environment={}),
    Case("variable-unresolved", one(), False, environment={}, package={"dependencies": {"dotenv": "8"}}),
    Case(
        "variable-not-known",
        one(),
        False,
        environment={},
        package={"dependencies": {"dotenv": "8"}},
        extra={"server/server.js": "require('dotenv').config();"},
    ),
    Case(
        "variable-not-known",
        one(),
        False,
        environment={},
        package={"devDependencies": {"dotenv-cli": "4"}, "scripts": {"start": "dotenv -- node ."}},
    ),
    Case("variable-unsupported", one(), False, boot="2.6.0", major=2),
    Case("nothing-sent", app(source(transport("type"))), True),
    Case("nothing-sent", app({"mail": {"connector": "mail", "transport": [transport()]}}), True),
    Case("alias-duplicate", app(source(transport(alias="a"), transport(alias="a"))), False),
    Case("alias-captured", one(alias="constructor"), False),
    Case("model-not-bound", app(source(transport()), {"User": {"dataSource": None}}), True),
    Case(
        "model-bound-to-non-mail",
        app({"db": {"connector": "memory"}, **source(transport())}, {"Email": {"dataSource": "db"}, "Other": {"dataSource": "mail"}}),
        True,
        extra={"server/models/other.json": '{"base": "Model"}'},
    ),
    Case("datasource-missing", app(source(transport()), {**BOUND, "User": {"dataSource": "mial"}}), True, safe=False),
    Case(
        "model-not-found",
        app(source(transport()), {**BOUND, "user": {"dataSource": None}}),
        True,
        safe=False,
        pointer="/user",
        extra={"server/models/other.json": "{}"},
    ),
    Case(
        "model-not-found",
        app(source(transport()), {**BOUND, "Other": {"dataSource": None}}),
        False,
        pointer="/Other",
        extra={"server/models/other.json": '{"base": "Nope"}'},
    ),
    Case(
        "model-shadowed",
        app(source(transport()), {**BOUND, "email": {"dataSource": None}}),
        False,
        pointer="/email/dataSource",
        extra={"server/models/email.json": '{"name": "email"}'},
    ),
    Case("transport-module-missing", one(type="ses"), True, safe=False),
    Case("connector-unknown", app({**source(transport()), "other": {"name": "other", "connector": "Mail", "transports": [transport()]}}), True),
    Case("connector-unknown", app({**source(transport()), "loose": {"name": "loose", "url": "x"}}), False),
    Case("connector-unknown", app({**source(transport()), "other": {"name": "other", "transports": [transport()]}}), True, major=2),
    Case("name-mismatch", app({"mail": {"name": "Email", "connector": "mail", "transports": [transport()]}}), True),
    Case("secret-in-file", one(auth={"user": "shop@example.com", "pass": "abcd abcd abcd abcd"}), False),
    Case("secret-in-file", {**one(), "component-config.json": {"./mailer": {"apiKey": "plain-component-key"}}}, False, pointer="/.~1mailer/apiKey"),
    Case("secret-in-file", {**one(), "middleware.development.json": {}, "middleware.json": {"session": {"./s": {"params": {"secret": "keyboard cat"}}}}}, False),
    Case("secret-in-file", {**one(), "config.json": {}, "config.local.json": {"cookieSecret": "keyboard cat"}}, False),
    Case("secret-in-file", app({**source(transport()), "s3": {"connector": "loopback-component-storage", "provider": "amazon", "key": "abcdEFGHabcdEFGH", "keyId": "AKIAABCDEFGH"}}), False, pointer="/s3/key"),
    Case("secret-in-file", app(source(transport()), {**BOUND, "Email": {"dataSource": "mail", "options": {"token": "t0ken-of-a-model"}}}), False),
    Case("secret-in-git", {**one(), "config.json": {"cookieSecret": "keyboard cat"}}, False, tracked=frozenset({"config.json"})),
    Case("secret-in-git", one(auth={"user": "shop@example.com", "pass": "abcd abcd abcd abcd"}), False, tracked=frozenset({"datasources.json"})),
    Case("debug-prints-secrets", app(source(transport(), debug=True)), True),
    Case(
        "private-key-line-ends",
        one(auth={"type": "OAuth2", "user": "a@example.com", "serviceClient": "1", "privateKey": "${KEY}"}),
        False,
        pointer="/mail/transports/0/auth/privateKey",
        environment={"KEY": "-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\\n"},
    ),
    Case("host-malformed", one(host="[2001:db8::25]", tls={"servername": "a.example.com"}), True),
    Case(
        "host-in-compose",
        one(host="mailhog"),
        False,
        extra={"docker-compose.yml": "services:\n  mailhog:\n    image: x\n"},
    ),
    Case(
        "transport-module-dev",
        one(type="sendmail"),
        False,
        package={"devDependencies": {"nodemailer-sendmail-transport": "1"}},
        modules=frozenset({"nodemailer-sendmail-transport"}),
    ),
    Case("schema", one(pool=True, rateLimit=True), False, pointer="/mail/transports/0/rateLimit"),
    Case("logger-not-true", one(logger="true"), True),
    Case("unknown-key", one(poool=True), True, safe=False),
    Case("unknown-key", one(auth={"user": "shop@example.com", "pass": "${MAIL_PASS}", "clientld": "x"}), True, safe=False),
    Case("unknown-key", one(hosts="x"), False),
)  # fmt: skip
