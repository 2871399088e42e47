"""Odd texts: split, bare line feeds, multi-line, garbage, other protocols, other languages."""

from conformance.server.behaviour import PLAIN_LOGIN, Behaviour, Stage, capability_reply
from conformance.server.reply import Reply, raw, say

HTTP = "HTTP/1.1 400 Bad Request\nServer: nginx\nContent-Length: 0\n"
LONG = "x" * 5000


# Where replies are a step ahead, the client may take the reply to DATA for that to the message and
# close before the message has left; on a real network it comes later.
LATE_DATA = Reply(b"354 Go ahead\r\n", after=0.2)


def _ahead(name: str, stage: Stage, reply: Reply) -> Behaviour:
    return Behaviour(name, replies={stage: (reply,), "data": (LATE_DATA,)})


def _one(name: str, stage: Stage, reply: Reply) -> Behaviour:
    return Behaviour(name, replies={stage: (reply,)})


GREETINGS = [
    _one("greeting-in-pieces", "greeting", say("220-mail\n220 ESMTP ready", pieces=7)),
    _one("greeting-multi-line", "greeting", say("220-first\n220-second\n220 third")),
    _one("greeting-without-text", "greeting", say("220")),
    _one("greeting-with-dash-only", "greeting", say("220-")),
    _one("greeting-bare-line-feed", "greeting", say("220 mail ESMTP", line_end="\n")),
    _one("greeting-mixed-codes", "greeting", say("220-first\n554 second")),
    _one("greeting-glued-code", "greeting", say("220mail.example.test")),
    _one("greeting-2200", "greeting", say("2200 mail")),
    _one("greeting-with-leading-blank", "greeting", say(" 220 mail")),
    _one("greeting-empty-line-first", "greeting", say("\n220 mail ESMTP")),
    _one("greeting-utf-8", "greeting", say("220 Grüße aus Köln — 你好")),
    _one("greeting-554-utf-8", "greeting", say("554 Kein Zugang für Sie, 你好")),
    _one("greeting-latin-1", "greeting", raw("554 Kein Zugang für Sie\r\n".encode("latin-1"))),
    _one("greeting-long-line", "greeting", say(f"220 {LONG}")),
    _one("greeting-554-long-line", "greeting", say(f"554 {LONG}")),
    _one("greeting-with-nul", "greeting", raw(b"220 ma\x00il\r\n")),
    _one("greeting-garbage", "greeting", say("what is this")),
    _one("greeting-binary", "greeting", raw(bytes(range(128, 160)) + b"\r\n")),
    _one("greeting-http", "greeting", say(HTTP)),
    _one("greeting-imap", "greeting", say("* OK [CAPABILITY IMAP4rev1] ready")),
    _one("greeting-pop3", "greeting", say("+OK POP3 ready")),
    _one("greeting-ssh", "greeting", say("SSH-2.0-OpenSSH_9.6")),
    _one("greeting-ftp", "greeting", say("220 (vsFTPd 3.0.5)")),
    _ahead("greeting-twice", "greeting", say("220 one\n220 two")),
    _one("greeting-554-twice", "greeting", say("554 one\n554 two")),
    _one("greeting-554-multi-line", "greeting", say("554-first\n554-second\n554 third")),
    _one("greeting-554-and-closes", "greeting", say("554 No service", end="close")),
    _one("greeting-421-and-closes", "greeting", say("421 Too busy", end="close")),
    _one("greeting-600", "greeting", say("600 out of range")),
    _one("greeting-99", "greeting", say("99 too short")),
]
CAPABILITIES = capability_reply(PLAIN_LOGIN).data
REPLIES = [
    _one("ehlo-in-pieces", "ehlo", raw(CAPABILITIES, pieces=9)),
    _one("ehlo-bare-line-feed", "ehlo", raw(CAPABILITIES.replace(b"\r\n", b"\n"))),
    _one("ehlo-lower-case", "ehlo", raw(CAPABILITIES.lower())),
    _one("ehlo-without-text", "ehlo", say("250")),
    _ahead("ehlo-spaces-for-dashes", "ehlo", say("250 mail\n250 AUTH PLAIN")),
    _one("ehlo-mixed-codes", "ehlo", say("250-mail\n550-no\n250 AUTH PLAIN LOGIN")),
    _one("ehlo-never-ends", "ehlo", say("250-mail\n250-AUTH PLAIN LOGIN")),
    _one("ehlo-long-line", "ehlo", say(f"250-mail\n250-{LONG}\n250 AUTH PLAIN LOGIN")),
    _one("ehlo-garbage", "ehlo", say("garbage")),
    _one("auth-535-multi-line", "auth", say("535-5.7.8 Not accepted.\n535 5.7.8 See the help")),
    _one("auth-535-in-pieces", "auth", say("535-5.7.8 Not\n535 5.7.8 accepted", pieces=11)),
    _one("auth-535-utf-8", "auth", say("535 Ungültige Zugangsdaten, ¡adiós!")),
    _one("auth-535-without-text", "auth", say("535")),
    _one("auth-535-long-line", "auth", say(f"535 {LONG}")),
    _one("auth-534-gmail", "auth", say("534-5.7.9 App password required.\n534 5.7.9 help q1")),
    _one("auth-garbage", "auth", say("no code here")),
    _one("auth-235-bare-line-feed", "auth", say("235 fine", line_end="\n")),
    _one("mail-550-bare-line-feed", "mail", say("550-no\n550 way", line_end="\n")),
    _one("mail-550-multi-line", "mail", say("550-5.7.1 not\n550-5.7.1 yours\n550 5.7.1 end")),
    _one("mail-garbage", "mail", say("no code here")),
    _ahead("mail-two-replies", "mail", say("250 ok\n250 ok")),
    _one("rcpt-550-utf-8", "rcpt", say("550 Empfänger unbekannt")),
    _one("rcpt-in-pieces", "rcpt", say("250 Recipient ok", pieces=5)),
    _one("rcpt-garbage", "rcpt", say("no code here")),
    _one("data-garbage", "data", say("no code here")),
    _one("data-in-pieces", "data", say("354 Go ahead", pieces=4)),
    _one("data-354-bare-line-feed", "data", say("354 Go ahead", line_end="\n")),
    _one("message-garbage", "message", say("no code here")),
    _one("message-multi-line", "message", say("250-2.0.0 Ok\n250 2.0.0 queued as ABC")),
    _one("message-utf-8", "message", say("250 Angenommen für später ✓")),
    _one("message-without-text", "message", say("250")),
    _one("message-long-line", "message", say(f"250 {LONG}")),
    _one("message-550-utf-8", "message", say("550 Inhalt abgelehnt: Größe")),
    _one("message-in-pieces", "message", say("250 Queued as 12345", pieces=6)),
    _one("message-accepted-and-closes", "message", say("250 Queued", end="close")),
    _one("message-accepted-and-resets", "message", say("250 Queued", end="reset")),
]


def catalogue() -> list[Behaviour]:
    """All behaviours of this family."""
    return [*GREETINGS, *REPLIES]
