"""The one way from an app's view and a message to a SendRequest: plain data for a worker.

And the fingerprint of both, which tells whether a result still is that of what is there now.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from loopmail.core.app.versions import Versions
from loopmail.core.checks.problem import Problem
from loopmail.core.js import Json
from loopmail.core.jsontext.pointer import leaves
from loopmail.core.loopback.view import AppView
from loopmail.core.nodemailer import NodeSettings
from loopmail.core.secret_names import mask_at
from loopmail.smtp.diagnosis import concerning
from loopmail.smtp.message import Message
from loopmail.smtp.send import SendRequest


def make_request(
    view: AppView,
    datasource: str,
    message: Message,
    *,
    transport: str | None = None,
    verify_only: bool = False,
    timeout: float | None = None,
    problems: Sequence[Problem] = (),
) -> SendRequest:
    """Return the request for what LoopBack would load, for the window and the command line alike.

    Whatever stops the app's start decides, be it another data source or a model: the request's
    `boot_error` says so, and `datasource` is the one to blame (empty if it is none). Raise
    UsageError for a data source that does not exist or is not for mail. `transport` is the alias
    as in `send({transport: …})`, `timeout` in seconds; the fixes of those `problems` that concern
    the data source are offered with the verdict.
    """
    error = view.boot_error
    name = view.default_datasource(datasource) if error is None else error.datasource
    return SendRequest(
        settings=view.mail[name].settings if error is None else {},
        versions=view.versions,
        message=message,
        transport=transport,
        verify_only=verify_only,
        timeout=timeout,
        modules=view.transport_modules,
        node=view.node,
        boot_error=None if error is None else error.text,
        boot_code=None if error is None else error.code,
        datasource=name,
        secrets=view.secrets,
        problems=tuple(concerning(problems, name)),
        notes=(view.unread,) if view.unread else (),
    )


def connection_request(
    transport: Mapping[str, Json], versions: Versions, timeout: float, node: NodeSettings
) -> SendRequest:
    """Return the request that only connects through a transport that no app has; in seconds."""
    settings = {"connector": "mail", "transports": [transport]}
    return SendRequest(settings, versions, Message(), verify_only=True, timeout=timeout, node=node)


# --- What a result belongs to ---------------------------------------------------------

_KEY = secrets.token_bytes(32)  # of this process alone: a fingerprint tells nobody a password


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What was tested, as two hashes from which nothing can be read back.

    `plan`: the effective settings, the LoopBack that applies, the transport chosen and whether the
    app starts. `message`: the message; empty for a test that sends none.
    """

    plan: bytes
    message: bytes = b""


def fingerprint(
    view: AppView, datasource: str, message: Message | None, transport: str | None = None
) -> Fingerprint:
    """Return the fingerprint of a test of a data source; `message` None: it sends none.

    It is the same again once what was changed has been changed back.
    """
    source, error = view.mail.get(datasource), view.boot_error
    settings = None if source is None else source.settings
    why = None if error is None else (error.datasource, error.code, error.text)
    plan = _hash([datasource, settings, asdict(view.versions), repr(view.node), transport, why])
    return Fingerprint(plan, b"" if message is None else _hash(asdict(message)))


def _hash(value: object) -> bytes:
    # UNDEFINED and paths are written as nothing that a JSON text is likely to hold.
    text = json.dumps(value, default=lambda other: ["\0", str(other)], check_circular=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=_KEY).digest()


# --- What was set, to be compared later -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a test: its path, what may be shown of it, and a hash that tells it apart."""

    path: str
    shown: str
    mark: bytes


def settings_of(view: AppView, datasource: str) -> tuple[Setting, ...]:
    """Return the effective settings of a data source, leaf by leaf, secrets masked."""
    source = view.mail.get(datasource)
    if source is None:
        return ()
    found = []
    for tokens, value in leaves(source.settings):
        shown = mask_at(tokens, value)
        text = shown if isinstance(shown, str) else json.dumps(shown, default=str)
        found.append(Setting(" › ".join(map(str, tokens)), text, _hash(value)))
    return tuple(found)
