"""The plan's values, and the error of a transport that cannot even be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from loopmail.core.js import INHERITED_FUNCTIONS, UNDEFINED, Json
from loopmail.core.nodemailer.node_settings import NodeSettings

_NOT_A_TRANSPORT = "You must supply an Email.settings.transports containing a valid transport"
_NO_TRANSPORT = (
    "No email transport specified for sending email. LoopBack sends nothing and reports success."
)

# "error": every send fails at once; "direct" stands for all deliveries that are no SMTP session.
Outcome = Literal["smtp", "stub", "direct", "none", "boot-error", "crash", "error"]
Tls = Literal["implicit", "starttls-if-offered", "starttls-required", "never"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Milliseconds, as Nodemailer counts them."""

    connection: float = 120_000
    greeting: float = 30_000
    socket: float = 600_000
    dns: float = 30_000

    def of_stage(self, stage: str) -> float:
        """Return how long at most it waits in a stage of a session, in milliseconds.

        Source: nodemailer 6.10.1, lib/smtp-connection/index.js, connect(), _onConnect() (the
        greeting's timer beside that of a silent socket) and _upgradeConnection().
        """
        if stage == "dns":
            return self.dns
        if stage in ("connect", "tls"):
            return self.connection
        return min(self.greeting, self.socket) if stage == "greeting" else self.socket


@dataclass(frozen=True, slots=True)
class AuthPlan:
    """How it would sign in, as far as that is known before the server speaks.

    `kind`: "none", "plain-or-login", "oauth2", "ntlm", "cram-md5", "error". The raw `auth` block
    is kept for the session and out of `repr`.
    """

    kind: str = "none"
    user: Json = UNDEFINED
    method: str | None = None  # forced by authMethod / auth.method
    forced: bool = False  # forceAuth
    block: Json = field(default=UNDEFINED, repr=False)
    text: str | None = None  # what will go wrong, e.g. Missing credentials


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong by the settings alone, at a certain moment of a send.

    `moment`: "send" (before anything), "lookup", "connect", "connected", "tls" (implicit),
    "starttls", "message". `kind`: "error" (the callback gets it) or "crash" (the process dies).
    """

    moment: str
    kind: str
    text: str
    code: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class TransportPlan:
    """What one transport would do."""

    outcome: Outcome
    text: str | None = None  # for boot-error, crash, stub, none: LoopBack's words or a sentence
    alias: str | None = None
    host: str | None = None
    port: int | float | str | None = None
    tls: Tls | None = None
    opportunistic: bool = False  # opportunisticTLS: go on in clear after a refusal
    verify: bool = True
    servername: str | None = None  # SNI that is sent, None = none
    identity: str | None = None  # the name the certificate is checked against
    name: str | None = None  # EHLO name
    lmtp: bool = False
    auth: AuthPlan = AuthPlan()
    timeouts: Timeouts = Timeouts()
    tls_options: Mapping[str, Json] = field(default_factory=dict, repr=False)
    options: Mapping[str, Json] = field(default_factory=dict, repr=False)  # after url/service
    # "host" -> "settings|url|service|default"
    origins: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    pool: bool = False
    module: str | None = None  # the package that sends, where it is not Nodemailer itself
    node: NodeSettings = NodeSettings()  # what the environment sets


@dataclass(frozen=True, slots=True)
class DatasourcePlan:
    """All transports and how a message finds its one."""

    transports: tuple[TransportPlan, ...]
    routes: Mapping[str, int]  # index key (alias, else type) -> number of the transport
    default: int | None  # the transport that `send({})` takes
    boot_error: str | None = None
    boot_code: str | None = None

    def route(self, alias: str | None) -> TransportPlan:
        """Return the transport for `send({transport: alias})`, unknown names falling back.

        Source: loopback 3.28.0, lib/connectors/mail.js, Mailer.send() and transportForName().
        Names are looked up like properties of a JavaScript object, so a missing name is
        "undefined", and those of Object.prototype find something that cannot send.
        """
        name = "undefined" if alias is None else alias
        if name in self.routes:
            return self.transports[self.routes[name]]
        if name in INHERITED_FUNCTIONS or name == "__proto__":
            fault = Fault("send", "crash", _NOT_A_TRANSPORT, "ERR_ASSERTION")
            return TransportPlan("crash", text=fault.text, faults=(fault,))
        if not self.transports:
            return TransportPlan("none", text=_NO_TRANSPORT)
        return self.transports[0]


# --- The app would not boot -----------------------------------------------------------


class BootFailure(Exception):
    """The app would not boot; the text is the error's message as LoopBack words it."""

    def __init__(self, text: str, code: str | None = None) -> None:
        super().__init__(text)
        self.code = code
