"""Asks the app's own LoopBack: the same message through its own loopback and loopback-boot.

This executes the project's code (its models, its `.js` layers, with `boot_scripts` also those), so
callers must have the user's consent. The app boots in a child process that does not listen. The
question goes in on standard input, secrets travel in the environment alone, and what comes out is
masked and bounded.
"""

import json
import os
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


def require_node() -> str:
    """Return the path of the node program; raise SendError, saying what to do, if there is none."""
    node = shutil.which("node") or shutil.which("nodejs")
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
    question: dict[str, Json] = {
        "marker": marker,
        "server": str(app.server),
        "env": request.env,
        "model": request.model,
        "datasource": request.datasource,
        "bootScripts": request.boot_scripts,
        "message": message_options(request.message, request.transport),
    }
    environment = {**os.environ, **request.variables, "NODE_ENV": request.env}
    with as_file(resource("node/ask_app.js")) as script:
        output = run_child(
            [node, str(script)],
            folder=app.root,
            environment=environment,
            stdin=json.dumps(question).encode(),
            marker=marker,
            timeout=request.timeout,
            cancel=cancel or Cancel(),
        )
    return _answer(app, request, output)


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
        "attachments": [_attachment(item.path) for item in message.attachments],
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
    if output.end != "answered":
        # Why there is none is an outcome itself: cancelled, timed-out or ended.
        text = {
            "cancelled": "Stopped.",
            "timed-out": f"The app did not answer within {request.timeout:g} seconds and was stopped.",
            "ended": f"The app ended (exit status {output.status}) before the message was sent.",
        }[output.end]
        return AppAnswer(ok=False, outcome=output.end, message=text, output=printed)
    value = json.loads(output.answer or "")
    if value["outcome"] == "not-installed":
        raise SendError(
            f'The app\'s own "{value["message"]}" is not installed. Run "npm install" in '
            f"{app.root} and ask again."
        )
    if value["outcome"] == "no-model":
        raise SendError(f"{value['message']} Bind a model to the data source and ask again.")
    versions = value.get("versions", {})
    texts = {
        key: None if value.get(key) is None else _masked(value[key], hidden)
        for key in ("message", "response")
    }
    return AppAnswer(
        ok=value["ok"],
        outcome=value["outcome"],
        code=value.get("code"),
        command=value.get("command"),
        response_code=value.get("responseCode"),
        message=texts["message"],
        response=texts["response"],
        message_id=value.get("messageId"),
        accepted=tuple(map(str, value.get("accepted", ()))),
        rejected=tuple(map(str, value.get("rejected", ()))),
        stage=value.get("stage"),
        loopback=versions.get("loopback"),
        boot=versions.get("boot"),
        node=versions.get("node"),
        output=printed,
    )


def _masked(text: str, hidden: list[str]) -> str:
    # JSON can carry lone surrogates, which no encoding can.
    return mask_text(text.encode("utf-8", "replace").decode(), hidden)
