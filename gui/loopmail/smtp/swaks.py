"""The command line of swaks that does what a test did: for people who ask elsewhere for help.

swaks (John Jetmore, https://jetmore.org/john/code/swaks/) is what mail administrators test with. The
password is a reference to a variable of the shell, handed on in the environment, since the arguments
of a process are seen by others; swaks asks for it where it is empty. Whatever else is secret is
masked. Options as in its manual of 2020: “--tls-optional-strict” for what Nodemailer does when
STARTTLS is offered; a value that begins with `@` is a file's name unless it is doubled, and a
backslash before an n is a new line.
"""

import shlex
from collections.abc import Iterator, Sequence

from loopmail.core.errors import UsageError
from loopmail.core.js import truthy
from loopmail.core.nodemailer import TransportPlan
from loopmail.core.plain_secrets import texts_to_mask
from loopmail.core.secret_names import mask_host
from loopmail.core.secrets.homes import variable_name
from loopmail.core.secrets.scattered import ScatteredMask
from loopmail.smtp.addresses import parse_addresses
from loopmail.smtp.message import Message

CA_FILE = "ca.pem"
_MECHANISMS = {"plain-or-login": "PLAIN,LOGIN", "cram-md5": "CRAM-MD5", "ntlm": "NTLM"}
_TLS = {
    "implicit": "--tls-on-connect",
    "starttls-required": "--tls",
    "starttls-if-offered": "--tls-optional-strict",
}


def swaks_command(
    plan: TransportPlan | None,
    message: Message | None,
    datasource: str,
    *,
    variable: str | None = None,
    secrets: Sequence[str] = (),
) -> str:
    """Return the command for a POSIX shell; `message` None: it ends after the sign-in.

    `variable` holds the password, else loopmail's own name for the data source's; `secrets` are
    further texts that must not stand in it. Raise UsageError where swaks cannot do the same.
    """
    if plan is None or plan.outcome != "smtp":
        raise UsageError("swaks speaks SMTP only, and this transport does not.")
    if plan.auth.kind not in ("none", *_MECHANISMS):
        raise UsageError("swaks cannot sign in as this transport does (OAuth 2).")
    options = [*_connection(plan), *_sign_in(plan), *_message(plan, message)]
    mask = ScatteredMask(texts_to_mask([{"auth": plan.auth.block}, dict(plan.options)], secrets))
    words = [_written(mask, *option) for option in options]
    start = "swaks"
    if plan.auth.kind != "none":
        start = f'SWAKS_OPT_auth_password="${variable or variable_name(datasource)}" swaks'
    lines = [f"{start} " + " \\\n  ".join(words)]
    if truthy(plan.tls_options.get("ca")) and plan.tls != "never":
        lines.insert(0, f"# {CA_FILE} is to hold the certificates of tls.ca.")
    return "\n".join(lines) + "\n"


def _written(mask: ScatteredMask, option: str, value: str | None = None) -> str:
    """Return an option as the shell wants it; a value that begins with - goes with a `=`.

    Masked before it is quoted: the quotes would stand between the letters of a secret.
    """
    if value is None:
        return option
    shown = mask(value)
    joint = "=" if shown.startswith("-") else " "
    return f"{option}{joint}{shlex.quote(shown)}"


_Option = tuple[str] | tuple[str, str]


def _connection(plan: TransportPlan) -> Iterator[_Option]:
    host = mask_host(plan.host or "localhost")
    yield "--server", f"[{host}]" if ":" in host else host
    yield "--port", str(plan.port)
    if plan.lmtp:
        yield "--protocol", "LMTP"
    if plan.name:
        yield "--ehlo", plan.name
    if plan.tls is None or plan.tls == "never":
        return
    yield (_TLS[plan.tls],)
    if plan.servername:
        yield "--tls-sni", plan.servername
    if plan.verify:
        yield ("--tls-verify",)
    if truthy(plan.tls_options.get("ca")):
        yield "--tls-ca-path", CA_FILE


def _sign_in(plan: TransportPlan) -> Iterator[_Option]:
    if plan.auth.kind == "none":
        return
    yield "--auth", plan.auth.method or _MECHANISMS[plan.auth.kind]
    yield "--auth-user", str(plan.auth.user) if truthy(plan.auth.user) else ""
    yield ("--auth-hide-password",)  # in what it prints


def _message(plan: TransportPlan, message: Message | None) -> Iterator[_Option]:
    if message is None:
        yield "--quit-after", "HELO" if plan.auth.kind == "none" else "AUTH"
        return
    everyone = [*message.to, *message.cc, *message.bcc]
    yield "--from", ",".join(box.address for box in parse_addresses([message.sender]))
    yield "--to", ",".join(box.address for box in parse_addresses(everyone))
    shown = (("From", [message.sender]), ("To", message.to), ("Cc", message.cc))
    for name, boxes in shown:
        if any(boxes):
            yield "--header", f"{name}: {', '.join(boxes)}"
    yield "--header", f"Subject: {message.subject}"
    for name, value in message.headers:
        yield "--header", f"{name}: {value}"
    if message.html:
        for kind, text in (("text/plain", message.text), ("text/html", message.html)):
            if text:
                yield "--attach-type", kind
                yield "--attach-body", _literal(text)
    else:
        yield "--body", _literal(message.text)
    for path in message.attachments:
        yield "--attach", f"@{path}"


def _literal(text: str) -> str:
    """Return a text that swaks takes for no file's name, and not for its standard input."""
    if text == "-":
        return "-\\n"
    return f"@{text}" if text.startswith("@") else text
