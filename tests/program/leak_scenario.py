"""Uses the window with recognisable secrets and writes down everything that it shows.

Usage: leak_scenario.py APP-FOLDER OUT-FOLDER; the secrets come as JSON on standard input.
"""

import base64
import json
import logging
import shlex
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
)

from leak_texts import label_of, texts_of
from loopmail import app as program
from loopmail.core.errors import KeyringRefused, LoopmailError
from loopmail.ui.dialogs.adopt import AdoptDialog
from loopmail.ui.dialogs.passwords import PasswordsDialog
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.worker import Job
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from oauth import provider as oauth_provider

SERVICE = "loopmail:leaky"


class FailingStore(MemoryStore):
    """A keyring whose own errors reveal too much."""

    failing = False

    def set(self, service: str, user: str, secret: str) -> None:
        """Store, or fail with the secret in the cause's text."""
        if self.failing:
            try:
                raise RuntimeError(f"cannot write {secret}")
            except RuntimeError as error:
                raise KeyringRefused(f"The keyring failed while storing {user}.") from error
        super().set(service, user, secret)


class EchoServer(threading.Thread):
    """An SMTP server that repeats the sign-in in its answer; `good` accepts it."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="echo")
        self.good = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.start()

    def run(self) -> None:
        """Serve one client after the other."""
        while True:
            client, _ = self._socket.accept()
            with client, client.makefile("rwb") as lines:
                self._serve(lines)

    def _serve(self, lines: Any) -> None:
        def say(text: bytes) -> None:
            lines.write(text + b"\r\n")
            lines.flush()

        say(b"220 echo")
        data = False
        for raw in lines:
            line = raw.rstrip(b"\r\n")
            word = line[:4].upper()
            if data:
                data = line != b"."
                if not data:
                    say(b"250 kept")
            elif word == b"EHLO":
                say(b"250-echo\r\n250 AUTH PLAIN")
            elif word == b"AUTH":
                sent = line.rsplit(b" ", 1)[-1]
                plain = base64.b64decode(sent).replace(b"\0", b" ")
                code = b"235" if self.good else b"535"
                say(code + b" you sent " + sent + b", that is " + plain)
            elif word == b"DATA":
                data = True
                say(b"354 go on")
            elif word == b"QUIT":
                say(b"221 bye")
                return
            else:
                say(b"250 fine")


class Scenario:
    """One user's morning."""

    def __init__(self, folder: Path, out: Path, secrets: dict[str, str]) -> None:
        self.folder, self.out, self.secrets = folder, out, secrets
        self.seen: list[str] = []
        self.server = EchoServer()
        datasources = folder / "server" / "datasources.json"
        text = datasources.read_text().replace('"PORT"', str(self.server.port))
        datasources.write_text(text)
        self.app = program.make_application()
        self.window: MainWindow = program.make_window(Settings())
        self.store = FailingStore()
        self.store.set(SERVICE, "SECOND_PASS", secrets["keyring"])
        self.window.state.store = self.store
        self.window.show()

    def until(self, what: str, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Let the window work until something is true."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: {self.window.messages.texts()}")
            self.app.processEvents()
            time.sleep(0.005)
        self.look()

    def look(self) -> None:
        """Note every text that any window shows, but for what is typed hidden."""
        for widget in QApplication.allWidgets():
            self.seen += texts_of(widget)
        stack = self.window.state.undo
        self.seen += [stack.text(at) for at in range(stack.count())]

    def auth(self, name: str) -> Any:
        """Return a data source's auth block."""
        value = self.window.state.snapshot().values["datasources.json"]
        return value[name]["transports"][0]["auth"]

    # -- what the user does -------------------------------------------------------------------

    def open(self) -> None:
        """Open the app and type a password."""
        state = self.window.state
        self.window.files.open(self.folder)
        self.until("open", lambda: state.workspace is not None and state.finder.known)
        state.select("datasource", "third")
        self.until("page", lambda: self.window.findChild(QLineEdit, "field-auth-pass") is not None)
        field = self.window.findChild(QLineEdit, "field-auth-pass")
        assert field is not None
        field.setText(self.secrets["typed"])
        self.until("typed", lambda: self.auth("third").get("pass") == "${THIRD_PASS}")

    def undo_and_redo(self) -> None:
        """Take it back and do it again, and save, once with a keyring that fails."""
        state = self.window.state
        state.undo.undo()
        state.undo.redo()
        self.store.failing = True
        assert not self.window.files.save()
        self.store.failing = False
        assert self.window.files.save()
        assert self.store.get(SERVICE, "THIRD_PASS") is not None

    def test(self, source: str, *, good: bool) -> None:
        """Send a message and save the report."""
        self.server.good = good
        self.window.state.select("datasource", source)
        self.until("keyring", lambda: self.window.state.keyring.name is not None)
        panel = self.window.parts.test.panel
        assert panel is not None
        for name in ("From", "To"):
            fields = panel.message.findChildren(QLineEdit)
            next(f for f in fields if f.accessibleName() == name or label_of(f) == name).setText(
                "me@example.com"
            )
        panel.send_test_message()
        begin = ("Sent",) if good else ("Not sent",)

        def said() -> str:
            return panel.verdict.verdict.text()

        self.until("verdict", panel.send_button.isEnabled)
        assert said().strip().startswith(begin), said()
        panel.results.save_report(self.out / f"report-{source}-{good}.txt")
        panel.results.copy_report()
        self.seen.append(QGuiApplication.clipboard().text())

    def sign_in(self) -> None:
        """Get a refresh token through the browser."""
        import urllib.request

        state = self.window.state
        state.select("datasource", "oauth")
        with oauth_provider.running() as provider:
            provider.answer = {
                "access_token": self.secrets["access"],
                "refresh_token": self.secrets["refresh"],
            }
            page = self.window.parts.pages.currentWidget()
            rows = page.form.sign_in.oauth  # type: ignore[union-attr]
            text = json.dumps(provider.url)
            changes = rows.browser.values.changes({"/auth/accessUrl": json.loads(text)})
            state.push("Change Token address", changes)

            def visit(address: str) -> bool:
                back = provider.authorize(address)
                get = lambda: urllib.request.urlopen(back, timeout=10).read()  # noqa: E731
                threading.Thread(target=get).start()
                return True

            rows.browser.open_address = visit
            rows.browser.begin()
            self.until("token", lambda: "refreshToken" in self.auth("oauth"))
            self.until("ended", rows.browser.button.isEnabled)

    def fail(self) -> None:
        """Let things go wrong whose texts hold a secret."""
        secret = self.secrets["typed"]

        def surprise() -> None:
            raise ValueError(f"unexpected {secret}")

        QTimer.singleShot(0, surprise)
        bar = self.window.messages
        self.until("surprise", lambda: bar.has("surprise"))
        errors: list[LoopmailError] = []
        job = Job(surprise)
        job.failed.connect(errors.append)
        job.start()
        self.until("failed", lambda: bool(errors))
        self.seen.append(str(errors[0]))

    def move_home(self) -> None:
        """Move a password to the file and back, leaving the unsaved state for the journal."""
        state = self.window.state
        state.select("datasource", "third")
        home = self.window.findChild(QComboBox, "field-password-home")
        assert home is not None
        home.setCurrentIndex(2)
        self.until("file", lambda: self.auth("third")["pass"] == self.secrets["typed"])
        self.until("journal", lambda: any(Path(_state()).rglob("journal/*.json")))
        home.setCurrentIndex(0)
        self.until("keyring", lambda: self.auth("third")["pass"] == "${THIRD_PASS}")

    def adopt(self) -> None:
        """Move all plain secrets of the files to the keyring and save."""
        self.window.menu_actions["adopt"].trigger()
        dialog = self.window.findChild(AdoptDialog)
        assert dialog is not None
        self.until("git", lambda: "Looking" not in dialog.status.text())
        dialog.go.click()
        self.until("adopted", lambda: not dialog.outcome.isHidden())
        self.window.menu_actions["save"].trigger()
        self.until("saved", lambda: not self.window.state.modified)
        dialog.close()

    def run_app(self) -> None:
        """Run a program that prints the passwords it got."""
        pane = self.window.parts.bottom.run
        code = (
            "import os, base64, json, urllib.parse\n"
            "for s in (os.environ['SECOND_PASS'], os.environ['FIRST_PASS']):\n"
            "    print(s, base64.b64encode(s.encode()).decode(), json.dumps(s), "
            "urllib.parse.quote(s), base64.b64encode(b'\\0me\\0' + s.encode()).decode())\n"
        )
        pane.command.setText(shlex.join([sys.executable, "-c", code]))
        self.window.menu_actions["run_app"].trigger()
        self.until("ended", lambda: pane.status.text().startswith("Ended"))
        assert pane.output.toPlainText().count("********") >= 4
        (self.out / "run.txt").write_text(pane.output.toPlainText())

    def passwords(self) -> None:
        """Copy the export lines and let the time pass."""
        self.window.menu_actions["passwords"].trigger()
        dialog = self.window.findChild(PasswordsDialog)
        assert dialog is not None
        self.until("listed", lambda: dialog.model.rowCount() > 0)
        dialog.clipboard.copy(self.secrets["typed"])
        dialog.clipboard._timer.timeout.emit()
        self.seen.append("clipboard: " + QGuiApplication.clipboard().text())
        dialog.close()

    def finish(self) -> None:
        """Close the window and write down what was seen."""
        self.look()
        self.window.close()
        self.app.processEvents()
        (self.out / "seen.txt").write_text("\n".join(dict.fromkeys(self.seen)))


def _state() -> str:
    from platformdirs import user_state_path

    return str(user_state_path("loopmail"))


def main() -> None:
    """Play the scenario."""
    logging.basicConfig(level=logging.DEBUG)
    out = Path(sys.argv[2])
    scenario = Scenario(Path(sys.argv[1]), out, json.load(sys.stdin))
    try:
        scenario.open()
        scenario.undo_and_redo()
        scenario.test("second", good=False)
        scenario.test("second", good=True)
        scenario.move_home()
        scenario.sign_in()
        scenario.fail()
        scenario.adopt()
        scenario.run_app()
        scenario.passwords()
        scenario.finish()
    except BaseException:
        (out / "trouble.txt").write_text(traceback.format_exc())
        raise


if __name__ == "__main__":
    main()
