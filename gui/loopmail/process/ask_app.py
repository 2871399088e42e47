"""Asks the app's own LoopBack: the same message through its own loopback and loopback-boot.

This executes the project's code (its models, its `.js` layers, with `boot_scripts` also those), so
callers must have the user's consent. The app boots in a child process that does not listen. The
question goes in on standard input, secrets travel in the environment alone, and what comes out is
masked and bounded.
"""

import json
import os
import re
import secrets as randomness
import shutil
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file
from typing import Literal

from loopmail.assets import resource
from loopmail.core.app.folder import AppFolder
from loopmail.core.errors import SendError
from loopmail.core.js import Json
from loopmail.core.secrets.output import mask_text
from loopmail.net.cancel import Cancel
from loopmail.process.child import ChildOutput, run_child
from loopmail.smtp.message import Message
from loopmail.smtp.verdict import Verdict

AnswerOutcome = Literal[
    "sent", "failed", "nothing-sent", "boot-error", "crash", "timed-out", "ended", "cancelled"
]


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What to ask: a model (or a data source) of the app and a message.

    Without `model` the first model bound to `datasource` (or to any mail data source) is taken;
    if none is, one is made for the question. `variables` are the placeholders' values, put into
    the child's environment; they and `secrets` are masked in everything that comes back.
    `timeout` is in seconds.
    """

    message: Message
    env: str = "development"
    model: str | None = "Email"
    datasource: str | None = None
    transport: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    boot_scripts: bool = False
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """What the app's callback got. `ended`: the app ended the process before answering."""

    ok: bool
    outcome: AnswerOutcome
    code: str | None = None
    command: str | None = None
    response_code: int | None = None
    message: str | None = None
    response: str | None = None
    message_id: str | None = None
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    stage: str | None = None  # "load", "boot" or "send"
    loopback: str | None = None  # the versions that answered
    boot: str | None = None
    node: str | None = None
    output: str = ""  # what the app printed meanwhile, masked, its beginning


def node_available() -> str | None:
    """Return the path of the node program, or None."""
    return shutil.which("node") or shutil.which("nodejs")


def require_node() -> str:
    """Return the path of the node program; raise SendError, saying what to do, if there is none."""
    node = node_available()
    if node is None:
        raise SendError(
            "Node.js is not installed or not on the PATH, so the app itself cannot be asked. "
            "Install Node.js, or use loopmail's own test."
        )
    return node


def ask_app(app: AppFolder, request: AskRequest, cancel: Cancel | None = None) -> AppAnswer:
    """Boot the app with its own LoopBack, send the message, return the answer; blocks.

    Raises SendError, saying what to do, when node or LoopBack is missing, when an attachment cannot be
    read or when there is no such model.
    """
    node = require_node()
    marker = f"loopmail-{randomness.token_hex(16)}:"
    question = json.dumps(_question(app, request, marker)).encode()
    environment = {**os.environ, **request.variables, "NODE_ENV": request.env}
    with as_file(resource("node/ask_app.js")) as script:
        output = run_child(
            [node, str(script)],
            folder=app.root,
            environment=environment,
            stdin=question,
            marker=marker,
            timeout=request.timeout,
            cancel=cancel or Cancel(),
        )
    return _answer(app, request, output)


def _question(app: AppFolder, request: AskRequest, marker: str) -> dict[str, Json]:
    return {
        "marker": marker,
        "server": str(app.server),
        "env": request.env,
        "model": request.model,
        "datasource": request.datasource,
        "bootScripts": request.boot_scripts,
        "message": message_options(request.message, request.transport),
    }


def message_options(message: Message, transport: str | None = None) -> dict[str, Json]:
    """Return the object that `Email.send` is given for this message (Nodemailer's field names)."""
    options: dict[str, Json] = {
        "from": message.sender,
        "to": list(message.to),
        "cc": list(message.cc),
        "bcc": list(message.bcc),
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "transport": transport,
        "headers": [{"key": key, "value": value} for key, value in message.headers],
        "attachments": [_attachment(path) for path in message.attachments],
    }
    return {key: value for key, value in options.items() if value}


def _attachment(path: os.PathLike[str]) -> dict[str, str]:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise SendError(
            f"The attachment {os.fspath(path)} cannot be read: {error.strerror}."
        ) from None
    name = os.path.basename(path)
    return {"filename": name, "content": b64encode(content).decode(), "encoding": "base64"}


def _answer(app: AppFolder, request: AskRequest, output: ChildOutput) -> AppAnswer:
    hidden = sorted({*request.secrets, *request.variables.values()} - {""}, key=len, reverse=True)
    printed = _masked(output.printed, hidden)
    if output.answer is None:
        return _no_answer(request, output, printed)
    value = json.loads(output.answer)
    if value["outcome"] == "not-installed":
        raise SendError(
            f'The app\'s own "{value["message"]}" is not installed. Run "npm install" in '
            f"{app.root} and ask again."
        )
    if value["outcome"] == "no-model":
        raise SendError(f"{value['message']} Bind a model to the data source and ask again.")
    versions = value.get("versions", {})
    return AppAnswer(
        ok=value["ok"],
        outcome=value["outcome"],
        code=value.get("code"),
        command=value.get("command"),
        response_code=value.get("responseCode"),
        message=_masked_or_none(value.get("message"), hidden),
        response=_masked_or_none(value.get("response"), hidden),
        message_id=value.get("messageId"),
        accepted=tuple(map(str, value.get("accepted", ()))),
        rejected=tuple(map(str, value.get("rejected", ()))),
        stage=value.get("stage"),
        loopback=versions.get("loopback"),
        boot=versions.get("boot"),
        node=versions.get("node"),
        output=printed,
    )


def _no_answer(request: AskRequest, output: ChildOutput, printed: str) -> AppAnswer:
    if output.end == "cancelled":
        return AppAnswer(ok=False, outcome="cancelled", message="Stopped.", output=printed)
    if output.end == "timed-out":
        text = f"The app did not answer within {request.timeout:g} seconds and was stopped."
        return AppAnswer(ok=False, outcome="timed-out", message=text, output=printed)
    text = f"The app ended (exit status {output.status}) before the message was sent."
    return AppAnswer(ok=False, outcome="ended", message=text, output=printed)


def _masked(text: str, hidden: list[str]) -> str:
    # JSON can carry lone surrogates, which no encoding can.
    return mask_text(text.encode("utf-8", "replace").decode(), hidden)


def _masked_or_none(text: str | None, hidden: list[str]) -> str | None:
    return None if text is None else _masked(text, hidden)


def compare(answer: AppAnswer, verdict: Verdict) -> list[str]:
    """Return the differences between the app's answer and loopmail's verdict in plain words.

    An empty list means that both agree. Texts are compared with runs of digits left out, since
    servers put queue numbers and times into them.
    """
    if "cancelled" in (answer.outcome, verdict.outcome):
        return []
    pairs: list[tuple[str, object, object]] = [
        ("the outcome", answer.outcome, verdict.outcome),
        ("the error code", answer.code, verdict.code),
        ("the command", answer.command, verdict.command),
        ("the reply code", answer.response_code, verdict.response_code),
        ("the accepted recipients", answer.accepted, verdict.accepted),
        ("the rejected recipients", answer.rejected, verdict.rejected),
    ]
    found = [_difference(what, app, ours) for what, app, ours in pairs if app != ours]
    if not answer.ok and not texts_agree(answer.message, verdict.message):
        found.append(_difference("the text", answer.message, verdict.message))
    return found


def _difference(what: str, app: object, ours: object) -> str:
    def words(value: object) -> str:
        if isinstance(value, tuple):
            return ", ".join(value) or "none"
        return "none" if value is None else f"“{value}”"

    return (
        f"The app's own LoopBack differs in {what}: it gives {words(app)}, loopmail {words(ours)}."
    )


def texts_agree(one: str | None, other: str | None) -> bool:
    """Tell whether two error texts say the same, ignoring digits."""
    return _without_numbers(one) == _without_numbers(other)


# What differs from machine to machine: OpenSSL's thread, function and source line, and the files
# that asked for a module that is missing.
_OPENSSL = re.compile(r"(?:[0-9A-F]+:)?(error:[0-9A-F]{8}):[^:\n]*:[^:\n]*:([^:\n]*)(?:[^\n]*\n|$)")
_REQUIRE_STACK = re.compile(r"\nRequire stack:.*", re.DOTALL)


def _without_numbers(text: str | None) -> str:
    text = _OPENSSL.sub(r"\1:\2", text or "")
    return "".join(char for char in _REQUIRE_STACK.sub("", text) if not char.isdigit())
