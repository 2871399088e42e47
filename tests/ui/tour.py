"""A walk through all pages, panels and dialogs of the window, each in a state that shows it well.

`Tour` brings a window from stop to stop. Tests look at every stop, `make screenshots` draws them.
A new page or dialog gets a method here whose name begins with its number in the walk.
"""

import contextlib
import shutil
import smtplib
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from importlib.resources import as_file
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QEventLoop, QPoint
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from app_builder import write_app
from loopmail.assets import resource
from loopmail.core.edit.presets import find_preset
from loopmail.core.secrets.store import SecretStore, service_name
from loopmail.ui.dialogs.about import AboutDialog
from loopmail.ui.form.values import TransportValues
from loopmail.ui.session.settings import Settings
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from loopmail.ui.window.bottom import PANELS
from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from servers.smtp_double import PASSWORD, USER, Script, SmtpDouble
from small_app import FakeDialogs

Shown = TypeVar("Shown", bound=QWidget)
MESSAGES = {
    "Your table is booked": "We look forward to seeing you on Friday at 7 pm.",
    "Your order 4711 is on its way": "Two bags of Darjeeling will arrive on Thursday.",
}
REFUSAL = "Username and Password not accepted"
_PATIENCE = 20.0  # seconds, for what takes milliseconds

_MODELS = {
    "_meta": {"sources": ["../common/models", "./models"]},
    "User": {"dataSource": "db", "public": False},
    "Email": {"dataSource": "emailDs"},
    "Newsletter": {"dataSource": "newsletterDs", "public": False},
}


def _caught() -> Iterator[EmailMessage]:
    """Messages as a shop sends them."""
    for subject, words in MESSAGES.items():
        message = EmailMessage()
        message["From"] = "barista@example.com"
        message["To"] = "customer@example.com"
        message["Subject"] = subject
        message.set_content(f"{words}\n\nhttps://shop.example.com/orders/4711\n")
        link = '<a href="https://shop.example.com/orders/4711">See your order</a>'
        page = f"<h2>{subject}</h2><p>{words}</p><p>{link}</p>"
        message.add_alternative(page, subtype="html")
        message.add_attachment("Darjeeling, 2 x 250 g: 19.80\n", filename="bill-4711.txt")
        yield message


def until(condition: Callable[[], object], what: str) -> None:
    """Let the window work until the condition holds; raise TimeoutError."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {what}")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)


class Tour:
    """One window and the apps that it opens, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.store: SecretStore = MemoryStore()
        self.settings = Settings(folder / "settings.ini")
        self.state = AppState(self.store)
        self._servers = contextlib.ExitStack()
        refusing = Script(replies={"AUTH": f"535 5.7.8 {REFUSAL}".encode()})
        self._good = self._servers.enter_context(SmtpDouble(Script()))
        self._refusing = self._servers.enter_context(SmtpDouble(refusing))
        self.store.set(service_name("tea-shop"), "EMAIL_DS_PASS", PASSWORD)
        self.apps = {"tea-shop": self._tea_shop(), "book-shop": self._book_shop()}
        self.apps |= {"garden-shop": self._garden_shop(), "coffee-shop": self._sample()}
        for path in self.apps.values():
            self.settings.add_recent(path)
        self.window = MainWindow(self.state, self.settings, FakeDialogs())
        self.state.setParent(self.window)

    def stops(self) -> Iterator[tuple[str, Callable[[], QWidget]]]:
        """Yield the name of each stop, and what goes there and returns what to look at."""
        names = sorted(name for name in dir(self) if name[:1] == "s" and name[1:3].isdigit())
        for name in names:
            yield name[1:].replace("_", "-"), getattr(self, name)

    def close(self) -> None:
        """End what runs, and the window without a question."""
        self._close_dialogs()
        self.state.undo.setClean()
        self.window.close()
        wait_for_all()
        self._servers.close()

    # --- the apps ----------------------------------------------------------------------

    def _sample(self) -> Path:
        with as_file(resource("sample_app")) as source:
            return Path(shutil.copytree(source, self._folder / "coffee-shop"))

    def _tea_shop(self) -> Path:
        """An app that can send, with layers, three data sources and a problem or two."""
        auth = {"user": USER, "pass": "${EMAIL_DS_PASS}"}
        works = {"type": "smtp", "host": "127.0.0.1", "port": self._good.port, "auth": auth}
        fails = {
            **{"type": "smtp", "host": "127.0.0.1", "port": self._refusing.port},
            "auth": {"user": USER, "pass": "wrong-S3cret"},
            "tls": {"rejectUnauthorized": False},
        }
        sources = {
            "db": {"name": "db", "connector": "postgresql", "url": "postgres://tea:x9@db/tea"},
            "emailDs": {"name": "emailDs", "connector": "mail", "transports": [works]},
            "newsletterDs": {"name": "newsletterDs", "connector": "mail", "transports": [fails]},
        }
        production = {"emailDs": {"transports": [{"host": "smtp.example.com", "port": 587}]}}
        files = {
            "datasources.json": sources,
            "datasources.production.json": production,
            "model-config.json": _MODELS,
        }
        return self._write("tea-shop", files)

    def _book_shop(self) -> Path:
        """An app without mail."""
        files = {
            "datasources.json": {"db": {"name": "db", "connector": "memory"}},
            "model-config.json": {"User": {"dataSource": "db", "public": False}},
        }
        return self._write("book-shop", files)

    def _garden_shop(self) -> Path:
        """An app with a broken file."""
        broken = '{\n  "emailDs": {\n    "connector": "mail",\n    "transports": [,]\n  }\n}\n'
        return self._write("garden-shop", {"datasources.json": broken})

    def _write(self, name: str, files: dict[str, Any]) -> Path:
        dependencies = {"loopback": "^3.28.0"}
        return write_app(self._folder / name, files, name=name, dependencies=dependencies)

    # --- ways ------------------------------------------------------------------------------

    def open(self, name: str, source: str = "", env: str = "development") -> None:
        """Open one of the apps, unchanged, on a page."""
        self._close_dialogs()
        path = self.apps[name]
        state = self.state
        self._close_panels()
        if self.window.parts.test.property("role") == "drawer":
            self.window.menu_actions["view_test"].setChecked(False)  # it would hide the page
        if state.workspace is None or state.workspace.app.root != path or state.modified:
            before = state.workspace
            self.window.files.load(path)
            until(lambda: state.workspace not in (None, before), f"{name} to open")
        state.set_environment(env)
        until(lambda: state.finder.known, "the checks")
        if source:
            state.select("datasource", source)
        QApplication.processEvents()

    def act(self, name: str) -> QWidget:
        """Do an action of the menus; return the window."""
        action = self.window.menu_actions[name]
        if action.isCheckable():
            action.setChecked(True)
        else:
            action.trigger()
        QApplication.processEvents()
        return self.window

    def dialog(self) -> QDialog:
        """Return the dialog that was opened last."""
        until(lambda: self._dialogs(), "a dialog")
        return self._dialogs()[-1]

    def _dialogs(self) -> list[QDialog]:
        return [one for one in self.window.findChildren(QDialog) if one.isVisible()]

    def _close_panels(self) -> None:
        for panel in PANELS:
            self.window.menu_actions[panel.action.name].setChecked(False)

    def _close_dialogs(self) -> None:
        for one in self._dialogs():
            one.close()
        QApplication.processEvents()

    def _test(self, action: str) -> None:
        """Run a test to its end."""
        self.act("view_test")
        place = self.window.parts.test
        place.propose("tea@example.com", "customer@example.com")
        panel = place.panel
        assert panel is not None
        self.act(action)
        until(lambda: not panel.running, "the test")
        until(lambda: self.state.finder.known, "the checks")
        QApplication.processEvents()

    # --- stops: pages ------------------------------------------------------------------------

    def s01_welcome(self) -> QWidget:
        self.state.set_workspace(None)
        return self.window

    def s02_no_mail(self) -> QWidget:
        self.open("book-shop")
        self.state.select("add", "")
        return self.window

    def s03_set_up(self) -> QWidget:
        self.open("book-shop")
        gmail = find_preset("gmail")
        self.window.set_up.choose(gmail, "books@gmail.com")
        return self.window

    def s04_mail_page(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        return self.window

    def s05_production(self) -> QWidget:
        self.open("tea-shop", "emailDs", "production")
        return self.window

    def s06_sent(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        self._test("send_test_message")
        return self.window

    def s07_refused(self) -> QWidget:
        self.open("tea-shop", "newsletterDs")
        self._test("check_connection")
        return self.window

    def s08_all_settings(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        more = self.window.parts.pages.mail.form.more
        more.toggle.setChecked(True)
        QApplication.processEvents()
        for area in self.window.parts.pages.mail.findChildren(QScrollArea):
            inside = area.widget()
            if inside is not None and inside.isAncestorOf(more):
                area.verticalScrollBar().setValue(more.mapTo(inside, QPoint()).y())
        return self.window

    def s09_other_connector(self) -> QWidget:
        self.open("tea-shop", "db")
        return self.window

    def s10_bindings(self) -> QWidget:
        self.open("tea-shop")
        self.state.select("bindings", "")
        return self.window

    def s11_broken_file(self) -> QWidget:
        self.open("garden-shop")
        self.state.select("file", "datasources.json")
        return self.window

    # --- stops: the bottom panel ----------------------------------------------------------------

    def s20_problems(self) -> QWidget:
        self.open("tea-shop", "newsletterDs")
        self.act("view_problems")
        table = self.window.parts.bottom.problems
        table.setCurrentIndex(table.rows.index(0, 0))
        QApplication.processEvents()
        return self.window

    def s21_forecast(self) -> QWidget:
        return self._foresight("view_forecast")

    def s22_json(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        return self.act("view_json")

    def s23_app_output(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        return self.act("view_run")

    def s24_values(self) -> QWidget:
        return self._foresight("view_values")

    def s25_environments(self) -> QWidget:
        return self._foresight("view_environments")

    def s26_json_with_error(self) -> QWidget:
        self.s22_json()
        bottom = self.window.parts.bottom
        bottom.json.insertPlainText("x")
        bottom.maximise.setChecked(True)
        QApplication.processEvents()
        return self.window

    def _foresight(self, action: str) -> QWidget:
        self.open("tea-shop", "emailDs", "production")
        self.act(action)
        foresight = self.window.parts.bottom.foresight
        until(lambda: foresight.values.rows.rowCount() > 0, "the plan")
        QApplication.processEvents()
        return self.window

    # --- stops: the catcher -----------------------------------------------------------------------

    def s30_sample_app(self) -> QWidget:
        self._close_dialogs()
        self._close_panels()
        self.state.set_workspace(None)  # without a question about changes
        self.window.open_sample()
        catcher = self.window.catcher.host
        until(lambda: catcher.running and self.state.app_name == "coffee-shop", "the sample app")
        until(lambda: self.state.finder.known, "the checks")
        self._test("send_test_message")
        return self.window

    def s31_catcher(self) -> QWidget:
        catcher = self.window.catcher.host
        if not catcher.running:
            self.s30_sample_app()
        before = len(catcher.messages())
        with smtplib.SMTP("127.0.0.1", catcher.port) as session:
            for message in _caught():
                session.send_message(message)
        until(lambda: len(catcher.messages()) == before + 2, "the messages")
        self.window.messages.close_all()
        self.state.select("catcher", "")
        QApplication.processEvents()
        self.window.parts.pages.catcher.table.selectRow(0)
        QApplication.processEvents()
        return self.window

    # --- stops: dialogs -----------------------------------------------------------------------------

    def s40_find_anything(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        self.act("find")
        return self.dialog()

    def s41_move_passwords(self) -> QWidget:
        self.open("tea-shop", "newsletterDs")
        self.act("adopt")
        return self.dialog()

    def s42_passwords(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        self.act("passwords")
        return self.dialog()

    def s43_review(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        values = TransportValues(self.state, "emailDs", 0)
        values.write("/host", "smtp.tea.example.com", "Host", str)
        values.write("/requireTLS", True, "Require TLS", str)
        self.act("review")
        review = self.dialog()
        text = review.findChild(QPlainTextEdit, "reviewText")
        until(lambda: text is not None and text.toPlainText() != "", "the changes")
        return review

    def s50_shortcuts(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        self.act("shortcuts")
        return self.dialog()

    def s51_how_it_reads(self) -> QWidget:
        self.open("tea-shop", "emailDs", "production")
        self.act("how_it_reads")
        return self.dialog()

    def s52_about(self) -> QWidget:
        self.open("tea-shop", "emailDs")
        self.act("about")
        return self.dialog()

    def s53_licences(self) -> QWidget:
        about = self.s52_about()
        assert isinstance(about, AboutDialog)
        about.tabs.setCurrentWidget(about.licences)
        until(lambda: "PySide" in about.licences.toPlainText(), "the licences")
        return about

    def s54_report(self) -> QWidget:
        from loopmail.ui.window.help import show_report

        self.open("tea-shop", "emailDs")
        show_report(self.window, "loopmail\nbuiltins.ValueError\n  loopmail.ui.page.mail:80 show\n")
        return self.dialog()


@contextlib.contextmanager
def touring(folder: Path) -> Iterator[Tour]:
    """Show a window for the walk, and end all of it."""
    tour = Tour(folder)
    tour.window.show()
    QApplication.processEvents()
    try:
        yield tour
    finally:
        tour.close()
