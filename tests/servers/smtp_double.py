"""A mail server that behaves, but for one thing: the misbehaving server with a short script."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.server.behaviour import Behaviour, Certificate, Stage, Wrap
from conformance.server.listener import MisbehavingServer
from conformance.server.reply import CLOSE, SILENT, Reply, raw

USER = "me@example.org"
PASSWORD = "s3cret-Wörd!"
TOKEN = "ya29.token-of-access"
_STAGES: Mapping[str, tuple[Stage, ...]] = {
    "greeting": ("greeting",),
    "EHLO": ("first-ehlo", "ehlo"),
    "HELO": ("helo",),
    "STARTTLS": ("starttls",),
    "AUTH": ("auth",),
    "MAIL": ("mail",),
    "RCPT": ("rcpt",),
    "DATA": ("data",),
    "message": ("message",),
}


@dataclass
class Script:
    """What the server does; `replies` overrides the answer to a verb, "greeting" the first line.

    `silent_at` and `close_at` name the verb (or "greeting", "message", "handshake") at which it
    says nothing more, or closes. `starttls` and `implicit` name the kind of its certificate.
    """

    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")
    extensions: tuple[str, ...] = ()
    starttls: Certificate | None = None
    implicit: Certificate | None = None
    replies: Mapping[str, bytes] = field(default_factory=dict)
    silent_at: str = ""
    close_at: str = ""

    def behaviour(self) -> Behaviour:
        """Return this in the misbehaving server's terms."""
        said = {verb: raw(reply + b"\r\n") for verb, reply in self.replies.items()}
        said |= {self.silent_at: SILENT, self.close_at: CLOSE}
        if not self.starttls:
            said.setdefault("STARTTLS", raw(b"502 Command not implemented\r\n"))
        replies: dict[Stage, tuple[Reply, ...]] = {
            stage: (said[verb],) for verb in said for stage in _STAGES.get(verb, ())
        }
        offers = self.extensions
        if self.mechanisms:
            offers += ("AUTH " + " ".join(self.mechanisms),)
        wrap: Wrap = "implicit" if self.implicit else "starttls" if self.starttls else "clear"
        return Behaviour(
            "double",
            wrap,
            replies,
            capabilities=offers,
            before_tls=("STARTTLS", *offers),
            certificate=self.implicit or self.starttls or "good",
            handshake="silent" if self.silent_at == "handshake" else "good",
            credentials=(USER, PASSWORD, TOKEN),
        )


class SmtpDouble(MisbehavingServer):
    """Use as a context manager; `port` is where it listens."""

    def __init__(self, script: Script | None = None) -> None:
        super().__init__((script or Script()).behaviour())

    @property
    def lines(self) -> list[str]:
        """The commands of all connections."""
        saw = [line for dialogue in self.dialogues for line in dialogue.saw]
        return [line for line in saw if not line.startswith("-- ")]

    @property
    def messages(self) -> list[bytes]:
        """The messages of all connections, as they came over the wire."""
        return [message for dialogue in self.dialogues for message in dialogue.messages]

    @property
    def signed_in(self) -> list[str]:
        """The mechanisms that succeeded."""
        return [mechanism for dialogue in self.dialogues for mechanism in dialogue.signed_in]
