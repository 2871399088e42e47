"""What the plan foresees: apps that do not start, and sends that kill them or always fail."""

from collections.abc import Iterator

from loopmail.core.checks.context import Context, DatasourceView, TransportView
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.js import Json, truthy
from loopmail.core.nodemailer import Fault, decide_login, rules_for

# A sign of the error's text -> the key that causes it, and what is wrong with it in plain words.
# The texts are those of Node and Nodemailer as core/nodemailer words them.
_CAUSES = (
    ("URI malformed", "url", "“url” holds a % that starts no escape; write it as %25"),
    ('"url" argument', "url", "“url” must be a text"),
    ("key.split", "service", "“service” must be a text"),
    ("Cannot create property", "tls", "“tls” must be an object"),
    ("authData.method", "auth/method", "auth.method must be a text"),
    ("setting.type", "type", "“type” must be a text"),
    ("logger", "logger", "“logger” must be exactly true or absent"),
    (
        "service account",
        "auth/serviceClient",
        "a service account needs auth.user and auth.privateKey",
    ),
    ("Socks module", "proxy", "this Nodemailer knows no SOCKS proxies, only http:// and https://"),
    ("proxy configuration", "proxy", "“proxy” must be a URL such as http://proxy.example.com:3128"),
    ('"name" argument', "host", "“host” must be a text"),
    ('"hostname" argument', "host", "“host” must be a text"),
    ("Invalid IP address", "localAddress", "“localAddress” must be an IP address of this machine"),
    ("msecs", "socketTimeout", "“socketTimeout” must be a number of milliseconds"),
    ("minimum TLS", "tls/minVersion", "there is no such TLS version"),
    ("maximum TLS", "tls/maxVersion", "there is no such TLS version"),
    ("reading 'split'", "dkim", "“dkim” needs a domainName"),
    ("sendRawEmail", "SES", "“SES” can only be set from code"),
    ("authMethod", "authMethod", "“authMethod” must be a text"),
)
_OWN_RULES = ("Port should be", "options.port")  # reported by port-not-number


def boot(context: Context) -> Iterator[Problem]:
    """Transports that stop the app from starting."""
    for source in context.mail:
        text = source.plan.boot_error
        if text and not any(t.plan.outcome == "boot-error" for t in source.transports):
            yield _list_problem(source, text)
    for transport in context.transports():
        if transport.plan.outcome == "boot-error":
            yield _boot_problem(transport, transport.plan.text or "")


def _list_problem(source: DatasourceView, text: str) -> Problem:
    """The list of transports itself is wrong: a text, or an element that is null."""
    return source.context.problem(
        "crash-at-boot",
        "error",
        source.place("/transports"),
        f"The app does not start: “transports” must be a list of objects ({text}).",
    )


def _boot_problem(transport: TransportView, text: str) -> Problem:
    if "Cannot find module" in text:
        return transport.problem(
            "transport-module-missing",
            "error",
            "type",
            f"The app does not start: {text}. The types that need no module are smtp, direct and stub.",
            transport.set_fix("Set type to smtp", "type", "smtp", safe=False),
        )
    if _logger_wrong(transport):
        return _logger_problem(transport)
    path, words = _cause(text)
    return transport.problem("crash-at-boot", "error", path, f"The app does not start: {words}.")


def _cause(text: str) -> tuple[str, str]:
    """Return the key that is to blame, and the sentence with Node's own words behind."""
    for sign, path, words in _CAUSES:
        if sign in text:
            return path, f"{words} ({text.rstrip('.')})"
    return "", text.rstrip(".")


def sending(context: Context) -> Iterator[Problem]:
    """Settings by which every send kills the app or fails, whatever the server does."""
    for transport in context.transports():
        plan = transport.plan
        if plan.outcome in ("crash", "error") and not _logger_wrong(transport):
            crash = plan.outcome == "crash"
            yield _sending_problem(transport, plan.text or "", crash=crash)
        if plan.outcome != "smtp":
            continue
        told: set[str] = set()
        for fault in plan.faults:
            path, _words = _cause(fault.text)
            if path not in told and _told_here(transport, fault) and _happens(transport, fault):
                told.add(path)
                yield _sending_problem(transport, fault.text, crash=fault.kind == "crash")
        yield from _sign_in(transport)


def _told_here(transport: TransportView, fault: Fault) -> bool:
    if any(sign in fault.text for sign in _OWN_RULES) or _logger_wrong(transport):
        return False
    text = transport.get("socketTimeout")
    # A text in socketTimeout is reported by timeout-not-number.
    return "msecs" not in fault.text or not isinstance(text, str)


def _happens(transport: TransportView, fault: Fault) -> bool:
    """Whether the way of TLS that this transport takes meets the fault at all."""
    if fault.moment == "tls":
        return transport.plan.tls == "implicit"
    return fault.moment != "starttls" or transport.plan.tls not in ("implicit", "never")


def _sending_problem(transport: TransportView, text: str, *, crash: bool) -> Problem:
    path, words = _cause(text)
    start = "Sending crashes the app" if crash else "Every send fails"
    fix: Fix | None = None
    if path in ("SES", "proxy") and transport.has(path):
        fix = transport.remove_fix(f"Remove {path}", path, safe=False)
    if path == "authMethod" and transport.has(path):
        fix = transport.remove_fix("Remove authMethod (take what the server offers)", path)
    return transport.problem("crash-at-send", "error", path, f"{start}: {words}.", fix)


def _sign_in(transport: TransportView) -> Iterator[Problem]:
    plan, rules = transport.plan, rules_for(transport.context.versions.nodemailer_major)
    decision = decide_login(plan.auth, rules, ("PLAIN", "LOGIN"), True)
    if decision.kind == "crash":
        yield _sending_problem(transport, decision.text or "", crash=True)
    elif decision.kind == "error" and "Unknown authentication method" in (decision.text or ""):
        path = "auth/method" if transport.has("auth/method") else "authMethod"
        text = f"Every send fails: this Nodemailer knows no such way to sign in ({decision.text})."
        fix = transport.remove_fix("Remove it (take what the server offers)", path, safe=False)
        yield transport.problem("crash-at-send", "error", path, text, fix)
    password = transport.get("auth/pass")
    if (
        isinstance(password, int | float)
        and not isinstance(password, bool)
        and plan.auth.kind != "none"
    ):
        yield transport.problem(
            "crash-at-send",
            "warning",
            "auth/pass",
            "The password is a number: if the server asks for CRAM-MD5, sending crashes the app.",
            _quote_fix(transport, password),
        )


def _quote_fix(transport: TransportView, password: Json) -> Fix | None:
    if transport.from_variable("auth/pass") or not float(password).is_integer():
        return None
    text = str(int(password))
    return transport.set_fix("Write the password as text, in quotes", "auth/pass", text)


def _logger_wrong(transport: TransportView) -> bool:
    logger = transport.get("logger")
    return truthy(logger) and logger is not True


def _logger_problem(transport: TransportView) -> Problem:
    two = transport.context.versions.nodemailer_major == 2
    effect = "sending crashes the app" if two else "the app does not start"
    return transport.problem(
        "logger-not-true",
        "error",
        "logger",
        f"logger must be exactly true or absent; with any other value {effect}.",
        transport.remove_fix("Remove logger", "logger"),
    )


def logger_not_true(context: Context) -> Iterator[Problem]:
    """`logger` must be exactly true: from JSON it cannot be an object with methods.

    Source: getLogger() in nodemailer-shared 1.1.0, lib/shared.js, and in nodemailer 6.10.1,
    lib/shared/index.js.
    """
    for transport in context.transports():
        if _logger_wrong(transport) and transport.plan.outcome != "boot-error":
            yield _logger_problem(transport)


RULES = (boot, sending, logger_not_true)
