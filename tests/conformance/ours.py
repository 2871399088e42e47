"""Runs a case through loopmail."""

from typing import Any

from conformance import normal
from conformance.cases import Case
from conformance.server.listener import MisbehavingServer
from loopmail.core.app.versions import Versions
from loopmail.core.js import UNDEFINED
from loopmail.smtp.message import Message
from loopmail.smtp.send import SendRequest, send


def versions_of(recorded: dict[str, str]) -> Versions:
    """Return the versions that gave the recorded answers."""
    boot = "2.28.0" if recorded["loopback"].startswith("2") else "3.3.1"
    return Versions(recorded["loopback"], boot, recorded["nodemailer"], False, "node_modules")


def with_undefined(value: Any) -> Any:
    """Put UNDEFINED where a `${VAR}` found no value."""
    if isinstance(value, dict):
        return {key: with_undefined(part) for key, part in value.items()}
    if isinstance(value, list):
        return [with_undefined(part) for part in value]
    return UNDEFINED if value == "{undefined}" else value


def our_answer(case: Case, recorded: dict[str, str]) -> dict[str, Any]:
    """Return loopmail's answer and what the server saw, made comparable."""
    options = case.message
    message = Message(
        sender=options["from"],
        to=tuple(options["to"]),
        cc=tuple(options.get("cc", ())),
        bcc=tuple(options.get("bcc", ())),
        subject=options["subject"],
        text=options["text"],
    )
    with MisbehavingServer(case.behaviour, case.configuration.wrap) as server:
        verdict = send(
            SendRequest(
                settings=with_undefined(case.settings(server.port)),
                versions=versions_of(recorded),
                message=message,
                transport=options.get("transport"),
                datasource=case.datasource,
            )
        )
        value = {
            "ok": verdict.ok,
            "outcome": verdict.outcome,
            "code": verdict.code,
            "command": verdict.command,
            "responseCode": verdict.response_code,
            "message": None if verdict.ok else verdict.message,
            "response": verdict.response,
            "accepted": list(verdict.accepted),
            "rejected": list(verdict.rejected),
        }
        if any(note.startswith("The app would wait for ever") for note in verdict.notes):
            value = {"ok": False, "outcome": normal.NO_ANSWER}
        saw = normal.dialogues(server.saw(), str(value["outcome"]), server.port)
        return {**normal.answer(value, server.port), "saw": saw}
