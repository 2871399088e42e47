"""The app's own answer beside loopmail's verdict: as JSON, as rows, as a sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from loopmail.core.js import Json
from loopmail.process.ask_app import AppAnswer
from loopmail.smtp.verdict import Stage, Verdict, VerdictOutcome


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison; both values are texts on one line, empty for none."""

    name: str  # of LoopBack's field: outcome, code, command, responseCode, message …
    app: str
    ours: str
    agrees: bool
    difference: str  # what the two give, in a sentence


def answer_json(answer: AppAnswer) -> dict[str, Json]:
    """Return what stands under `app` in the JSON of `send --through-app`."""
    return {
        "ok": answer.ok,
        "outcome": answer.outcome,
        "stage": answer.stage,
        "versions": {"loopback": answer.loopback, "boot": answer.boot, "node": answer.node},
        "code": answer.code,
        "command": answer.command,
        "responseCode": answer.response_code,
        "message": answer.message,
        "response": answer.response,
        "accepted": list(answer.accepted),
        "rejected": list(answer.rejected),
        "messageId": answer.message_id,
        "output": answer.output,
    }


# The stage that an error of Nodemailer's is about (nodemailer 6.10.1, lib/smtp-connection/index.js).
_STAGES: Mapping[str, Stage] = {
    "EDNS": "dns",
    "ECONNECTION": "connect",
    "ESOCKET": "connect",
    "ETIMEDOUT": "connect",
    "ETLS": "tls",
    "EPROTOCOL": "greeting",
    "EAUTH": "auth",
    "EENVELOPE": "rcpt",
    "EMESSAGE": "data",
    "ESTREAM": "data",
}
_OUTCOMES: Mapping[str, VerdictOutcome] = {
    "sent": "sent",
    "nothing-sent": "nothing-sent",
    "boot-error": "boot-error",
    "crash": "crash",
    "cancelled": "cancelled",
}


def verdict_of(answer: AppAnswer, major: int) -> Verdict:
    """Return the app's answer as the verdict of a test that only the app could make."""
    outcome = _OUTCOMES.get(answer.outcome, "failed")
    return Verdict(
        ok=answer.ok,
        outcome=outcome,
        stage=_STAGES.get(answer.code or "", "data") if outcome == "failed" else None,
        major=major,
        code=answer.code,
        command=answer.command,
        response_code=answer.response_code,
        message=answer.message,
        response=answer.response,
        accepted=answer.accepted,
        rejected=answer.rejected,
        message_id=answer.message_id,
    )


# LoopBack's name of a field, ours, and what a sentence calls it.
_FIELDS = (
    ("outcome", "outcome", "the outcome"),
    ("code", "code", "the error code"),
    ("command", "command", "the command"),
    ("responseCode", "response_code", "the reply code"),
    ("accepted", "accepted", "the accepted recipients"),
    ("rejected", "rejected", "the rejected recipients"),
)


def rows(answer: AppAnswer, verdict: Verdict) -> list[Row]:
    """Return the comparison, field by field, an error's text last.

    Texts are compared with what differs from machine to machine left out. A test that was
    stopped on either side compares nothing: there are no rows.
    """
    if "cancelled" in (answer.outcome, verdict.outcome):
        return []
    found = []
    for name, attribute, words in _FIELDS:
        app, ours = getattr(answer, attribute), getattr(verdict, attribute)
        found.append(_row(name, words, app, ours, app == ours))
    if not answer.ok:
        agree = _without_numbers(answer.message) == _without_numbers(verdict.message)
        found.append(_row("message", "the text", answer.message, verdict.message, agree))
    return found


def _row(name: str, words: str, app: object, ours: object, agrees: bool) -> Row:
    def plain(value: object) -> str:
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        return "" if value is None else " ".join(str(value).split())

    def told(value: object) -> str:
        if isinstance(value, tuple):
            return plain(value) or "none"
        return "none" if value is None else f"“{value}”"

    difference = (
        f"The app's own LoopBack differs in {words}: it gives {told(app)}, loopmail {told(ours)}."
    )
    return Row(name, plain(app), plain(ours), agrees, difference)


# What differs from machine to machine: OpenSSL's thread, function and source line, the files that
# asked for a module that is missing, and digits, since servers put queue numbers and times into
# their texts.
_OPENSSL = re.compile(r"(?:[0-9A-F]+:)?(error:[0-9A-F]{8}):[^:\n]*:[^:\n]*:([^:\n]*)(?:[^\n]*\n|$)")
_REQUIRE_STACK = re.compile(r"\nRequire stack:.*", re.DOTALL)


def _without_numbers(text: str | None) -> str:
    text = _OPENSSL.sub(r"\1:\2", text or "")
    return "".join(char for char in _REQUIRE_STACK.sub("", text) if not char.isdigit())


def compare(answer: AppAnswer, verdict: Verdict) -> list[str]:
    """Return the differences between the app's answer and loopmail's verdict in plain words.

    An empty list means that both agree.
    """
    return [row.difference for row in rows(answer, verdict) if not row.agrees]


def sentence(answer: AppAnswer) -> str:
    """Return one plain sentence that begins with Sent, Not sent, Nothing was sent or Stopped."""
    text = " ".join((answer.message or "").split())
    match answer.outcome:
        case "sent":
            return f"Sent. The server said: {answer.response}" if answer.response else "Sent."
        case "nothing-sent":
            return "Nothing was sent, though LoopBack reports success."
        case "cancelled":
            return "Stopped."
        case "boot-error":
            return f"Not sent: the app does not boot: {text}"
        case "crash":
            return f"Not sent: the app crashed: {text}"
        case _:
            return f"Not sent: {text}"


def judge(answer: AppAnswer) -> str:
    """Return which versions answered, e.g. `LoopBack 3.28.0, Node v20.20.2`; empty if unknown."""
    known = [("LoopBack", answer.loopback), ("loopback-boot", answer.boot), ("Node", answer.node)]
    return ", ".join(f"{name} {version}" for name, version in known if version)


def conclusion(answer: AppAnswer, verdict: Verdict) -> str:
    """Return in one sentence whether both agree; empty if one of them was stopped."""
    compared = rows(answer, verdict)
    if not all(row.agrees for row in compared):
        return "The app and loopmail differ: what the app says counts."
    return "The app and loopmail agree." if compared else ""
