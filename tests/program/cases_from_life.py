"""The right answers to the small apps from real life, as patterns of what the program says."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """A command (DIR is its app), its exit code, and what it says and never says."""

    command: str
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    exit: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)  # APP is the app's folder
    unset: tuple[str, ...] = ()
    folder: str = ""  # the folder that is opened, within the case


def check(*says: str, never: tuple[str, ...] = (), exit: int | None = None, **more: str) -> Run:
    """Say what the checks find in all environments."""
    return Run("check DIR --all-envs", says, never, exit, more)


def clean() -> Run:
    """Nothing is wrong, in any environment."""
    return check(never=("error:", "warning:"), exit=0)


def send(*says: str, exit: int, never: tuple[str, ...] = (), **more: str) -> Run:
    """Say how a test message fares."""
    command = "send DIR --from app@example.com --to b@example.com --timeout 10"
    return Run(command, says, never, exit, more)


IN_FILE, NOT_READ = r"\[secret-in-file\]", r"(not read|not executed|does not run)"

ANSWERS: Mapping[str, tuple[Run, ...]] = {
    "01-ses-transport-js-only": (
        check(r"datasources\.local\.js", never=("error:",)),
        send(r"datasources\.(local|development)\.js", "through-app", exit=17),
    ),
    "03-sendgrid-connector-literal-key": (
        check(
            r"datasources\.json:10:", r"datasources\.json:28:", r"datasources\.json:29:", IN_FILE
        ),
    ),
    "05-model-code-creates-ds": (check(never=("error:", "warning:")),),
    "06-lb2-defaultForType-autoattach": (check(never=(r"Email\.send fails", "model-not-bound")),),
    "08-no-main-only-js": (
        check(
            "Email is referencing a dataSource that does not exist", r"datasources\.js\b", exit=2
        ),
    ),
    "09-vcap-function-export": (check(never=("error:",)),),
    "101-special-characters-password": (clean(),),
    "103-proxy-403": (check(never=("error:",)),),
    "105-binding-placed-in-other-env": (
        check(r"model-config\.json:11:19: error.*\[datasource-missing\]", "Bind Email to mail"),
    ),
    "107-hoisted-node-modules": (clean(),),
    "109-dev-dependency-transport": (check(never=("transport-module-missing", "error:")),),
    "11-win-set-env-blank": (
        Run("check DIR", ("environment-near-miss", "“test”"), environment={"NODE_ENV": "test "}),
    ),
    "12-layer-name-typo": (check("layer-name-near-miss", r"datasources\.local\.json"),),
    "13-env-local-twice": (check(never=("error:", "warning:")),),
    "20-sendgrid-sender-identity": (send("has not verified this sender", "From", exit=16),),
    "22-o365-concurrent": (send("Too many connections", "maxConnections", exit=16),),
    "24-ses-sandbox": (send("sandbox", "region", "EU-WEST-1", exit=16),),
    "26-mailgun-sandbox": (send("sandbox", "authori[sz]ed", exit=16),),
    "27-yahoo-660": (send("554", exit=16),),
    "29-gmail-relay-ehlo": (send("EHLO name", "full host name", exit=13),),
    "30-user-unknown": (send("The recipient does not exist", exit=15),),
    "33-too-many-connections-at-auth": (send("Too many connections", exit=14),),
    "34-too-much-mail-from": (send("Too many messages in a short time", exit=15),),
    "35-gmail-temporary": (send("a problem for now", "temporary", exit=16),),
    "36-daily-limit": (send("The sending limit is used up", exit=16),),
    "37-spamhaus-rcpt": (send("block list", exit=15),),
    "39-unsigned-sender-530": (send("530", "wants a sign-in", exit=15),),
    "41-mx-policy-quota": (send("mailbox is full", exit=15),),
    "42-corporate-ca-env": (check(never=("error:",)),),
    "43-dotenv-server": (check(r"\.env", never=("variable-unresolved", "warning:")),),
    "45-compose-environment": (check(r"docker-compose\.yml", "mailhog"),),
    "47-heroku-monorepo": (check("No problems found", exit=0),),
    "48-ts-src-dist": (check("build-outdated", r"dist/server/datasources\.json"),),
    "49-lb4-mail-datasource": (check("LoopBack 4"),),
    "51-model-based-on-email": (check(never=("model-not-bound", "error:")),),
    "53-other-mail-connectors": (
        check(IN_FILE, never=("model-bound-to-non-mail", "connector-unknown")),
    ),
    "54-component-config-mailer": (
        check(IN_FILE, r"component-config\.json"),
        Run("secret list DIR", (r"component-config\.json",)),
    ),
    "55-ses-iam-keys": (check("wrong-kind-of-key"),),
    "57-ipv6-brackets": (check(r"\[host-malformed\]", r"fix.*2001:db8::25"),),
    "58-url-in-env-only": (
        check("variable-unresolved", never=("error:", "port-missing", "host-missing")),
        check(
            never=("error:", "variable-unresolved"),
            SMTP_URL="smtps://user%40example.com:p%40ss@smtp.example.com:465",
        ),
    ),
    "59-gmail-service-and-port587-pool": (check(r"\[service-overrides\]", never=("error:",)),),
    "61-lb4-style-hash-class": (check("debug-prints-secrets", never=("unknown-key", "error:")),),
    "63-type-from-env": (check("nothing-sent", "variable-unresolved"),),
    "64-service-account-key-escaped-newlines": (
        check(
            "line end|line break|newline",
            GMAIL_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\\n",
        ),
    ),
    "65-o365-client-credentials": (check(r"\[credentials-missing\]"),),
    "67-no-keyring": (check(IN_FILE),),
    "68-connector-require-in-json-lb2": (clean(),),
    "71-env-named-files-docker": (check(never=("error:",)),),
    "73-disabled-by-rename": (check(never=("error:",)),),
    "74-pool-odd-types": (check(never=("error:",)),),
    "75-no-from": (Run("send DIR --to b@example.com", ("--from",), exit=64),),
    "76-xoauth2-by-boot-script-lb2": (check("boot|script", never=("error:",)),),
    "77-trailing-comma": (check(r"model-config\.json.*\[json-invalid\]", "comma", exit=2),),
    "79-single-quotes-js-in-json": (check(r"\[json-invalid\]", r"\$\{", exit=2),),
    "80-process-env-as-text": (check(r"\[variable-partial\]", r"Write \$\{MAIL_PASS\}"),),
    "82-js-layer-literal-password": (
        Run("send DIR --env production --from a@example.com --to b@example.com", ("through-app",)),
    ),
    "83-secure-by-expression": (
        check(r"\[nothing-sent\]"),
        Run("check DIR --env production", (r"datasources\.production\.js",), ("error:",)),
    ),
    "85-ses-transport-json": (
        check(IN_FILE, never=("unknown-key", "transport-module-missing")),
        Run("send DIR --from a@example.com --to b@example.com", ("cannot test", "ses")),
    ),
    "88-own-email-table": (clean(),),
    "89-binding-in-js-layer": (
        check(r"\[model-not-bound\]"),
        Run("check DIR --env production", (r"model-config\.production\.js",)),
    ),
    "91-own-email-lowercase-shadows": (check(r"\[model-shadowed\]", r"app\.models\.Email"),),
    "93-email-base-Model": (check(never=("model-bound-to-non-mail", "error:")),),
    "95-oauth-expired-refresh": (send("sign-in has expired", exit=14),),
    "96-oauth-unauthorized-client": (send("client is not accepted", "delegation", exit=14),),
    "98-oauth-ms-scope": (send("consent for this OAuth 2 client is missing", exit=14),),
    "99-oauth-html-reply": (send("token endpoint is not right", "/token", exit=14),),
}
