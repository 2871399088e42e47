"""What the plan foresees: apps that do not start, and sends that kill them or always fail."""

from collections.abc import Iterator

from loopmail.core.app.packages import declared
from loopmail.core.checks.context import Context, DatasourceView, TransportView
from loopmail.core.checks.problem import Fix
from loopmail.core.checks.rule import (
    Family,
    Found,
    each_smtp,
    each_source,
    each_transport,
    the_app,
)
from loopmail.core.js import truthy
from loopmail.core.nodemailer import Fault, decide_login, rules_for

RULES = Family()

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


def _cause(text: str) -> tuple[str, str]:
    """Return the key that is to blame, and the sentence with Node's own words behind."""
    for sign, path, words in _CAUSES:
        if sign in text:
            return path, f"{words} ({text.rstrip('.')})"
    return "", text.rstrip(".")


def _logger_wrong(transport: TransportView) -> bool:
    logger = transport.get("logger")
    return truthy(logger) and logger is not True


# --- The app does not start -------------------------------------------------------------


def _stops_the_app(context: Context) -> Iterator[TransportView]:
    return (one for one in each_transport(context) if one.plan.outcome == "boot-error")


@RULES.check(the_app, "crash-at-boot", "The app does not start", certain=True)
def node_refuses(context: Context) -> Iterator[Found]:
    """Options of Node in the environment that it does not start with."""
    refused = context.view.node.refused
    for transport in context.transports[:1] if refused else ():
        text = f"The app does not start: Node refuses its options ({refused})."
        yield Found("error", transport.place(), text)


@RULES.check(each_source, "crash-at-boot")
def list_refused(source: DatasourceView) -> Iterator[Found]:
    """The list of transports itself is wrong: a text, or an element that is null."""
    text = source.plan.boot_error
    if text and not any(t.plan.outcome == "boot-error" for t in source.transports):
        text = f"The app does not start: “transports” must be a list of objects ({text})."
        yield Found("error", source.place("/transports"), text)


@RULES.check(_stops_the_app, "crash-at-boot")
def transport_refused(transport: TransportView) -> Iterator[Found]:
    """Transports that stop the app from starting."""
    text = transport.plan.text or ""
    if "Cannot find module" not in text and not _logger_wrong(transport):
        path, words = _cause(text)
        yield Found("error", transport.place(path), f"The app does not start: {words}.")


@RULES.check(_stops_the_app, "transport-module-missing", "The transport’s module is not installed")
def module_missing(transport: TransportView) -> Iterator[Found]:
    """A type whose package is not there."""
    text = transport.plan.text or ""
    if "Cannot find module" in text:
        text = f"The app does not start: {text}. The types that need no module are smtp, direct and stub."
        fix = transport.set_fix("Set type to smtp", "type", "smtp", safe=False)
        yield Found("error", transport.place("type"), text, fix)


@RULES.check(
    each_transport, "transport-module-dev", "The transport’s module is for development only"
)
def module_for_development(transport: TransportView) -> Iterator[Found]:
    """A type whose package `npm install --production` leaves out.

    Source: npm 10, docs/content/commands/npm-install.md, --omit=dev.
    """
    module, root = transport.plan.module, transport.context.snapshot.app.root
    if module is None or module in declared(root, ("dependencies", "optionalDependencies")):
        return
    if module in declared(root, ("devDependencies",)):
        text = (
            f"{module} stands in devDependencies: where the app is installed for production, it is "
            "missing, and an app with this transport does not start."
        )
        yield Found("info", transport.place("type"), text)


@RULES.check(each_transport, "logger-not-true", "“logger” is neither true nor absent")
def logger_not_true(transport: TransportView) -> Iterator[Found]:
    """`logger` must be exactly true: from JSON it cannot be an object with methods.

    Source: getLogger() in nodemailer-shared 1.1.0, lib/shared.js, and in nodemailer 6.10.1,
    lib/shared/index.js.
    """
    if not _logger_wrong(transport) or "Cannot find module" in (transport.plan.text or ""):
        return
    effect = "sending crashes the app" if transport.nodemailer == 2 else "the app does not start"
    text = f"logger must be exactly true or absent; with any other value {effect}."
    fix = transport.remove_fix("Remove logger", "logger")
    yield Found("error", transport.place("logger"), text, fix)


# --- Every send fails, or crashes the app -----------------------------------------------


def _sending(transport: TransportView, text: str, *, crash: bool) -> Found:
    path, words = _cause(text)
    start = "Sending crashes the app" if crash else "Every send fails"
    fix: Fix | None = None
    if path in ("SES", "proxy") and transport.has(path):
        fix = transport.remove_fix(f"Remove {path}", path, safe=False)
    if path == "authMethod" and transport.has(path):
        fix = transport.remove_fix("Remove authMethod (take what the server offers)", path)
    return Found("error", transport.place(path), f"{start}: {words}.", fix)


@RULES.check(each_transport, "crash-at-send", "Sending crashes the app or always fails")
def sending_refused(transport: TransportView) -> Iterator[Found]:
    """Settings by which every send kills the app or fails, whatever the server does."""
    plan = transport.plan
    if plan.outcome in ("crash", "error") and not _logger_wrong(transport):
        yield _sending(transport, plan.text or "", crash=plan.outcome == "crash")


@RULES.check(each_smtp, "crash-at-send")
def session_fails(transport: TransportView) -> Iterator[Found]:
    """Settings that an SMTP session falls over."""
    told: set[str] = set()
    for fault in transport.plan.faults:
        path, _words = _cause(fault.text)
        if path not in told and _told_here(transport, fault) and _happens(transport, fault):
            told.add(path)
            yield _sending(transport, fault.text, crash=fault.kind == "crash")


def _told_here(transport: TransportView, fault: Fault) -> bool:
    if any(sign in fault.text for sign in _OWN_RULES) or _logger_wrong(transport):
        return False
    # A text in socketTimeout is reported by timeout-not-number.
    return "msecs" not in fault.text or not isinstance(transport.get("socketTimeout"), str)


def _happens(transport: TransportView, fault: Fault) -> bool:
    """Whether the way of TLS that this transport takes meets the fault at all."""
    if fault.moment == "tls":
        return transport.plan.tls == "implicit"
    return fault.moment != "starttls" or transport.plan.tls not in ("implicit", "never")


@RULES.check(each_smtp, "crash-at-send")
def sign_in_fails(transport: TransportView) -> Iterator[Found]:
    """Ways to sign in that this Nodemailer does not know or falls over."""
    decision = decide_login(
        transport.plan.auth, rules_for(transport.nodemailer), ("PLAIN", "LOGIN"), True
    )
    text = decision.text or ""
    if decision.kind == "crash":
        yield _sending(transport, text, crash=True)
    elif decision.kind == "error" and "Unknown authentication method" in text:
        path = "auth/method" if transport.has("auth/method") else "authMethod"
        text = f"Every send fails: this Nodemailer knows no such way to sign in ({text})."
        fix = transport.remove_fix("Remove it (take what the server offers)", path, safe=False)
        yield Found("error", transport.place(path), text, fix)


@RULES.check(each_smtp, "crash-at-send")
def password_is_number(transport: TransportView) -> Iterator[Found]:
    """CRAM-MD5 falls over a password that is no text."""
    path = "auth/pass"
    password = transport.get(path)
    if type(password) not in (int, float) or transport.plan.auth.kind == "none":
        return
    fix = None
    if float(password).is_integer():
        fix = transport.set_fix("Write the password as text, in quotes", path, str(int(password)))
    text = "The password is a number: if the server asks for CRAM-MD5, sending crashes the app."
    yield Found("warning", transport.place(path), text, fix)
