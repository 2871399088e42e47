"""The app's own answer beside loopmail's verdict: as JSON, as rows, as a sentence."""

from dataclasses import dataclass

from loopmail.core.js import Json
from loopmail.process.ask_app import AppAnswer, compare, texts_agree
from loopmail.smtp.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison; both values are texts, empty for none."""

    name: str  # of LoopBack's field: outcome, code, command, responseCode, message …
    app: str
    ours: str
    agrees: bool


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


def rows(answer: AppAnswer, verdict: Verdict) -> list[Row]:
    """Return the comparison, field by field; all agree exactly when `compare` finds nothing.

    A test that was stopped on either side compares nothing: there are no rows.
    """
    if "cancelled" in (answer.outcome, verdict.outcome):
        return []
    pairs: list[tuple[str, object, object]] = [
        ("outcome", answer.outcome, verdict.outcome),
        ("code", answer.code, verdict.code),
        ("command", answer.command, verdict.command),
        ("responseCode", answer.response_code, verdict.response_code),
        ("accepted", answer.accepted, verdict.accepted),
        ("rejected", answer.rejected, verdict.rejected),
    ]
    found = [Row(name, _text(app), _text(ours), app == ours) for name, app, ours in pairs]
    if not answer.ok:
        agree = texts_agree(answer.message, verdict.message)
        found.append(Row("message", _text(answer.message), _text(verdict.message), agree))
    return found


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else " ".join(str(value).split())


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
    if "cancelled" in (answer.outcome, verdict.outcome):
        return ""
    if compare(answer, verdict):
        return "The app and loopmail differ: what the app says counts."
    return "The app and loopmail agree."
