"""What the window logs while it is worked with: what was done, and no secret of the app."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app_builder import write_app
from loopmail.app import catch_surprises
from loopmail.core.secrets.output import encoded_forms
from loopmail.core.secrets.store import service_name
from loopmail.log import log_to_file, stop_logging
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.worker import Job, wait_for_all
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from secret_table import SECRETS
from servers.smtp_double import Script, SmtpDouble

STORED, TYPED = "Kept-in-the-keyring-7", "Typed-just-now-8"


@pytest.fixture
def log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Path]:
    caplog.set_level(logging.DEBUG, "loopmail")
    handler = log_to_file(folder=tmp_path / "log", verbose=True)
    yield tmp_path / "log" / "loopmail.log"
    stop_logging(handler)


def _app(folder: Path, port: int) -> tuple[Path, set[str]]:
    """An app with a secret under every name of the table, and one in the keyring."""
    values = {name: f"Secret-{number:03d}-{name[::-1]}" for number, name in enumerate(SECRETS)}
    auth = {"user": "me@example.com", "pass": "${EMAIL_DS_PASS}"}
    transport = {"type": "smtp", "host": "127.0.0.1", "port": port, "auth": auth}
    sources = {
        "emailDs": {"name": "emailDs", "connector": "mail", "transports": [transport]},
        "db": {"name": "db", "connector": "memory", **values},
        "cache": {"name": "cache", "connector": "kv-redis", "url": "redis://me:Url-secret-9@db/1"},
    }
    app = write_app(folder / "app", {"datasources.json": sources}, name="tea-shop")
    return app, {*values.values(), STORED, TYPED, "Url-secret-9"}


@pytest.mark.usefixtures("patient")
def test_the_windows_log_tells_what_was_done_without_secrets(
    window: MainWindow,
    store: MemoryStore,
    log: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    catch_surprises(window)
    refusing = Script(replies={"AUTH": f"535 you said {TYPED} and {STORED}".encode()})
    with SmtpDouble(refusing) as server:
        app, secrets = _app(tmp_path, server.port)
        store.set(service_name("tea-shop"), "EMAIL_DS_PASS", STORED)
        with qtbot.waitSignal(window.state.opened):
            window.files.open(app)
        qtbot.waitUntil(lambda: window.state.finder.known, timeout=15_000)
        window.state.select("datasource", "emailDs")
        TransportValues(window.state, "emailDs", 0).write("/auth/pass", TYPED, "Password", str)
        window.menu_actions["check_connection"].trigger()
        panel = window.parts.test.panel
        assert panel is not None
        qtbot.waitUntil(lambda: not panel.running, timeout=15_000)
        with qtbot.waitSignal(window.state.saved):
            window.files.save()
        try:
            raise KeyError(STORED)
        except KeyError as error:
            sys.excepthook(KeyError, error, error.__traceback__)

        def fail() -> None:
            raise RuntimeError(TYPED)

        job = Job(fail)
        with qtbot.waitSignal(job.failed):
            job.start()
        window.files.open(tmp_path / "missing")
        wait_for_all()
    said = log.read_text(encoding="utf-8")
    for told in (
        f"opened {app}",
        "checked development: ",
        "checked emailDs (127.0.0.1): failed, at auth, EAUTH",
        "saved ['datasources.json']",
        "Unexpected error",
        "builtins.KeyError",
        "A job failed unexpectedly: RuntimeError",
    ):
        assert told in said
    for secret in secrets:
        for form in encoded_forms(secret, ["me@example.com"]):
            assert form.decode("latin-1") not in said
