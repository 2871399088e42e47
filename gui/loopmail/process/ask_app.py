"""Asks the app's own LoopBack: the same message through its own loopback and loopback-boot.

This executes the project's code (its models, its `.js` layers, with `boot_scripts` also those), so
callers must have the user's consent. The app boots in a child process that does not listen. The
question goes in on standard input, secrets travel in the environment alone, and what comes out is
masked and bounded.
"""

import contextlib
import json
import os
import secrets as randomness
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file
from pathlib import Path
from typing import IO, Literal

from loopmail.assets import resource
from loopmail.core.app.folder import AppFolder
from loopmail.core.disk.programs import find_tool, tool_environment
from loopmail.core.errors import LoopmailError, SendError
from loopmail.core.js import Json
from loopmail.core.secrets.output import mask_text
from loopmail.core.secrets.scattered import ScatteredMask
from loopmail.net.cancel import Cancel
from loopmail.process.child import end_group, open_reader, start_child
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


def require_node(outside: Path) -> str:
    """Return the path of the node program; raise SendError, saying what to do, if there is none.

    One inside the app's folder does not count.
    """
    node = find_tool("node", outside) or find_tool("nodejs", outside)
    if node is None:
        raise SendError(
            "Node.js is not installed or not on the PATH, so the app itself cannot be asked. "
            "Install Node.js, or use loopmail's own test."
        )
    return str(node)


def ask_app(app: AppFolder, request: AskRequest, cancel: Cancel | None = None) -> AppAnswer:
    """Boot the app with its own LoopBack, send the message, return the answer; blocks.

    Raises SendError, saying what to do, when node or LoopBack is missing, when an attachment cannot be
    read or when there is no such model.
    """
    node = require_node(app.root)
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
    ours = tool_environment(app.root)
    path = ours["PATH"]  # whatever a placeholder is called
    environment = {**ours, **request.variables, "PATH": path, "NODE_ENV": request.env}
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


# --- The child process that answers with one marked line ------------------------------

_PRINTED_LIMIT = 64 * 1024
_ANSWER_LIMIT = 1024 * 1024
_TURN = 0.05  # seconds between looks at the clock, the cancel flag and the process

End = Literal["answered", "ended", "timed-out", "cancelled"]


@dataclass(frozen=True, slots=True)
class ChildOutput:
    """The marked line without its marker (empty: it never came) and what else was printed."""

    answer: str
    printed: str
    end: End
    status: int | None = None


def run_child(
    command: list[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    marker: str,
    timeout: float,
    cancel: Cancel,
) -> ChildOutput:
    """Run the command until its marked line, its end, `timeout` seconds or the cancel.

    The process and all it started are killed before this returns; what has left its group may
    live on, but is not waited for. Raises SendError if it cannot be started.
    """
    pipe = subprocess.PIPE
    try:
        process = start_child(command, folder, environment, stdin=pipe, stderr=subprocess.STDOUT)
    except LoopmailError as error:
        raise SendError(str(error)) from error
    assert process.stdin is not None
    assert process.stdout is not None

    def feed(stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), stream:
            stream.write(stdin)

    writer = threading.Thread(target=feed, args=(process.stdin,), daemon=True)
    status = None
    try:
        writer.start()
        end, answer, printed = _listen(process, process.stdout, marker.encode(), timeout, cancel)
        if end == "ended":
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = process.wait(timeout=2)
    finally:
        end_group(process, force=True)
        process.wait()
        writer.join(timeout=2)
        process.stdout.close()
    return ChildOutput(
        answer.decode("utf-8", "replace"), printed.decode("utf-8", "replace").strip(), end, status
    )


def _listen(
    process: subprocess.Popen[bytes],
    stdout: IO[bytes],
    marker: bytes,
    timeout: float,
    cancel: Cancel,
) -> tuple[End, bytes, bytes]:
    """Read lines until the marked one; return how that ended, the answer and the rest's beginning.

    The process counts as ended once it is gone and quiet, though others may hold its output.
    """
    read, deadline = open_reader(stdout), time.monotonic() + timeout
    printed, unfinished = bytearray(), b""
    end: End = "timed-out"
    while time.monotonic() < deadline:
        if cancel.is_set:
            end = "cancelled"
            break
        data = read(_TURN)
        if data is None and process.poll() is None:
            continue
        lines = (unfinished + (data or b"")).splitlines(keepends=True)
        unfinished = b""
        if data and not lines[-1].endswith(b"\n") and len(lines[-1]) < _ANSWER_LIMIT:
            unfinished = lines.pop()
        for line in lines:
            if line.startswith(marker):
                return "answered", line[len(marker) :], bytes(printed)
            printed += line[: _PRINTED_LIMIT - len(printed)]
        if not data:
            end = "ended"
            break
    return end, b"", bytes(printed + unfinished)[:_PRINTED_LIMIT]


# --- What came of it ---------------------------------------------------------------------


def _answer(app: AppFolder, request: AskRequest, output: ChildOutput) -> AppAnswer:
    hidden = sorted({*request.secrets, *request.variables.values()} - {""}, key=len, reverse=True)
    printed = _masked(output.printed, hidden, cut=len(output.printed) >= _PRINTED_LIMIT)
    if output.end != "answered":
        # Why there is none is an outcome itself: cancelled, timed-out or ended.
        text = {
            "cancelled": "Stopped.",
            "timed-out": f"The app did not answer within {request.timeout:g} seconds and was stopped.",
            "ended": f"The app ended (exit status {output.status}) before the message was sent.",
        }[output.end]
        return AppAnswer(ok=False, outcome=output.end, message=text, output=printed)
    value = json.loads(output.answer)
    if value["outcome"] == "not-installed":
        raise SendError(
            f'The app\'s own "{value["message"]}" is not installed. Run "npm install" in '
            f"{app.root} and ask again."
        )
    if value["outcome"] == "no-model":
        raise SendError(f"{value['message']} Bind a model to the data source and ask again.")
    versions = value.get("versions", {})
    for key in ("message", "response"):
        if value.get(key) is not None:
            value[key] = _masked(value[key], hidden)
    return AppAnswer(
        ok=value["ok"],
        outcome=value["outcome"],
        code=value.get("code"),
        command=value.get("command"),
        response_code=value.get("responseCode"),
        message=value.get("message"),
        response=value.get("response"),
        message_id=value.get("messageId"),
        accepted=tuple(map(str, value.get("accepted", ()))),
        rejected=tuple(map(str, value.get("rejected", ()))),
        stage=value.get("stage"),
        loopback=versions.get("loopback"),
        boot=versions.get("boot"),
        node=versions.get("node"),
        output=printed,
    )


def _masked(text: str, hidden: list[str], *, cut: bool = False) -> str:
    # JSON can carry lone surrogates, which no encoding can.
    plain = mask_text(text.encode("utf-8", "replace").decode(), hidden, cut=cut)
    return ScatteredMask(hidden)(plain)
