"""The sample app in a temporary folder, its mail data sources pointed at the mail catcher."""

import shutil
import tempfile
from importlib.resources import as_file
from pathlib import Path

from loopmail.assets import resource
from loopmail.catcher.received import CaughtMessage
from loopmail.catcher.server import MailCatcher
from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import BASE_FILE
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import FileUnwritable, SendError
from loopmail.core.jsontext import format_pointer
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.smtp.message import Message
from loopmail.smtp.request import make_request
from loopmail.smtp.send import send

_DATASOURCE = "emailDs"
_PREFIX = "loopmail-demo-"
_ARRIVAL = 10.0  # seconds that a message may take within one computer


def make_demo_app(catcher: MailCatcher) -> Path:
    """Copy the sample app into a fresh folder that only the user can read; return its path.

    Its mail data sources deliver to the running catcher. The caller removes it with
    `remove_sample_app`. Raise FileUnwritable.
    """
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))  # mode 0700
    app = folder / "coffee-shop"
    try:
        try:
            with as_file(resource("sample_app")) as source:
                shutil.copytree(source, app, ignore=shutil.ignore_patterns("__pycache__"))
        except OSError as error:
            raise FileUnwritable(
                folder, f"The sample app could not be copied to {folder}: {error.strerror}."
            ) from error
        _point_at(catcher, Workspace.open(app))
    except BaseException:
        remove_sample_app(app)
        raise
    return app


def remove_sample_app(app: Path) -> None:
    """Remove what `make_demo_app` made."""
    if app.parent.name.startswith(_PREFIX):
        shutil.rmtree(app.parent, ignore_errors=True)


def _point_at(catcher: MailCatcher, workspace: Workspace) -> None:
    """The catcher speaks no TLS and asks for no sign-in, so these keys go."""
    wanted = {"host": catcher.host, "port": catcher.port, "secure": False}
    builder = ChangeBuilder(workspace)
    for name in (_DATASOURCE, "newsletterDs"):
        for key, value in wanted.items():
            builder.set(BASE_FILE, format_pointer((name, "transports", 0, key)), value)
        for key in ("requireTLS", "tls", "auth"):
            builder.remove(BASE_FILE, format_pointer((name, "transports", 0, key)))
    workspace.apply(builder.changes)
    workspace.save()


def demo_message() -> Message:
    """Return the message the demo sends."""
    return Message(
        sender="Coffee Shop <barista@example.com>",
        to=("customer@example.com",),
        subject="Hello from the coffee shop",
        text="Your first cup is on us.\n",
        html="<p>Your <b>first cup</b> is on us.</p>\n",
    )


def run_demo(catcher: MailCatcher) -> tuple[str, CaughtMessage]:
    """Send a test message through the sample app to the running catcher.

    Return the verdict's sentence and the message as it arrived; raise SendError if it did not.
    """
    app = make_demo_app(catcher)
    try:
        snapshot = Workspace.open(app).snapshot()
        view = AppView(snapshot, None, Variables(), snapshot.app.versions)
        request = make_request(view, _DATASOURCE, demo_message(), timeout=_ARRIVAL)
    finally:
        remove_sample_app(app)
    before = len(catcher.messages())
    verdict = send(request)
    if not verdict.ok:
        raise SendError(verdict.sentence())
    messages = catcher.wait_for(before + 1, _ARRIVAL)
    if len(messages) <= before:
        raise SendError("The message was sent, but the mail catcher has not received it.")
    return verdict.sentence(), messages[-1]
