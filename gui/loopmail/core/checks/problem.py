"""A problem that a check found, the edit that fixes it, and the titles of all checks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from loopmail.core.app.workspace import Change, Workspace

Severity = Literal["error", "warning", "info"]
# Plain secrets: no edit of the file alone fixes these, the secret must move.
SECRET_IDS = frozenset({"secret-in-file", "secret-in-git"})


@dataclass(frozen=True, slots=True)
class Fix:
    """A one-click fix: a line for the button, and the changes it makes."""

    summary: str
    safe: bool
    changes: Callable[[Workspace], list[Change]]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, what LoopBack will do because of it."""

    id: str  # a key of CHECK_TITLES
    severity: Severity
    file: str
    line: int
    column: int
    pointer: str
    env: str | None
    text: str
    fix: Fix | None = None


# --- Check ids and titles -------------------------------------------------------------
# The command line and other programs refer to checks by these ids: they never change.

CHECK_TITLES = {
    "json-invalid": "A file is not JSON",
    "json-duplicate-key": "A key stands twice in an object",
    "schema": "A file has another structure than LoopBack reads",
    "port-secure-mismatch": "Port and “secure” contradict each other",
    "dead-key": "A key of another library or version that nothing reads",
    "string-not-boolean": "A text stands where true or false is meant",
    "port-missing": "No port is given",
    "port-not-number": "The port is no number",
    "service-overrides": "“service” overrides host, port or secure",
    "url-overrides": "“url” replaces all other keys",
    "opportunistic-plaintext": "The password may travel in clear text",
    "host-missing": "No host is given, so localhost is taken",
    "host-malformed": "The host is not a host name",
    "timeout-not-number": "A time-out is a text",
    "certificate-check-off": "Certificates are not checked",
    "ca-is-path": "“tls.ca” holds a path instead of a certificate",
    "reject-unauthorized-string": "“rejectUnauthorized” is a text",
    "sni-missing": "The server is not told which name is wanted",
    "weak-cipher": "Old ciphers or protocols are asked for",
    "gmail-app-password": "GMail wants an app password",
    "microsoft-basic-auth": "Microsoft ends signing in with a password",
    "credentials-missing": "User or password is missing",
    "credentials-near-miss": "User or password stands under another key",
    "oauth2-version": "OAuth 2 is written for another LoopBack version",
    "crash-at-boot": "The app does not start",
    "crash-at-send": "Sending crashes the app or always fails",
    "merge-array-length": "Arrays of different length cannot be merged",
    "merge-type": "Values of different kinds cannot be merged",
    "override-hidden": "A script hides this file",
    "master-missing": "The base file is missing",
    "variable-partial": "A placeholder is not the whole text",
    "variable-unresolved": "Nothing sets a variable",
    "variable-unsupported": "This loopback-boot resolves no placeholders",
    "nothing-sent": "LoopBack reports success and sends nothing",
    "alias-duplicate": "Two transports have one name",
    "alias-captured": "A transport catches messages that are not meant for it",
    "model-not-bound": "No model uses the mail data source",
    "model-bound-to-non-mail": "An e-mail model is bound to something else",
    "datasource-missing": "A model is bound to a data source that does not exist",
    "transport-module-missing": "The transport’s module is not installed",
    "connector-unknown": "LoopBack knows no such connector",
    "name-mismatch": "The inner name differs from the key",
    "secret-in-file": "A secret stands in a file as plain text",
    "secret-in-git": "A secret stands in a file that git keeps",
    "debug-prints-secrets": "Messages or passwords are printed to the console",
    "logger-not-true": "“logger” is neither true nor absent",
    "unknown-key": "A key that Nodemailer does not read",
}
CHECK_IDS = frozenset(CHECK_TITLES)
