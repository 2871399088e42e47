"""Every text fits, at any size of window and text, in long words and from right to left."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from loopmail.core.edit.presets import find_preset
from loopmail.ui.dialogs.review import ReviewDialog
from loopmail.ui.form.more import MoreCard
from loopmail.ui.page.mail import MailPage
from loopmail.ui.session.settings import AppNote
from loopmail.ui.widgets.theme import LIGHT, make_palette, style_sheet
from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp
from ui.layout_audit import findings, settle
from ui.pseudo_language import pseudo_language


@dataclass(frozen=True)
class SetUp:
    """A window's size in pixels, the size of its text, the length of its words, the direction."""

    width: int
    height: int
    text: float = 1.0
    words: float = 1.0
    right_to_left: bool = False


# A style sheet for the whole application is put on what other tests have left, too.
pytestmark = pytest.mark.own_process

SET_UPS = {
    "1024": SetUp(1024, 700),
    "4K": SetUp(3840, 2160),
    "150 % text, small": SetUp(1024, 700, text=1.5),
    "long words, small": SetUp(1024, 700, words=2.0),
    "right to left": SetUp(1280, 800, right_to_left=True),
}
# Between those, where something fits if it does there: with LOOPMAIL_TORTURE=full.
if os.environ.get("LOOPMAIL_TORTURE") == "full":
    SET_UPS |= {
        "1280": SetUp(1280, 800),
        "150 % text": SetUp(1440, 900, text=1.5),
        "long words": SetUp(1440, 900, words=2.0),
    }


@pytest.fixture(params=SET_UPS, ids=str)
def set_up(request: pytest.FixtureRequest) -> Iterator[SetUp]:
    """The application as one person has it, with the program's look."""
    chosen = SET_UPS[request.param]
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    font, before = app.font(), app.font()
    font.setPointSizeF(before.pointSizeF() * chosen.text)
    with ExitStack() as undo:
        undo.callback(app.setFont, before)
        undo.callback(app.setLayoutDirection, app.layoutDirection())
        undo.callback(app.setStyleSheet, app.styleSheet())
        undo.callback(app.setPalette, app.palette())
        if chosen.words != 1.0:
            undo.enter_context(pseudo_language(app, chosen.words))
        app.setFont(font)
        app.setPalette(make_palette(LIGHT))
        app.setStyleSheet(style_sheet(LIGHT))
        if chosen.right_to_left:
            app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        yield chosen


@pytest.fixture
def window_size(set_up: SetUp) -> tuple[int, int]:
    """The size of this set-up."""
    return set_up.width, set_up.height


@pytest.fixture
def sized(window: MainWindow) -> MainWindow:
    """A window of this set-up, with no app open."""
    return window


def _open(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    qtbot.waitUntil(lambda: window.state.finder.known)


def _mail(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.parts.test.panel is not None)


def _drawer(window: MainWindow, qtbot: QtBot) -> None:
    _mail(window, qtbot)
    window.menu_actions["view_test"].setChecked(True)


def _bindings(window: MainWindow, _qtbot: QtBot) -> None:
    window.state.select("bindings", "")


def _panel(name: str) -> Callable[[MainWindow, QtBot], None]:
    return lambda window, _qtbot: window.menu_actions[name].setChecked(True)


def _chosen_problem(window: MainWindow, qtbot: QtBot) -> None:
    table = window.parts.bottom.problems
    window.menu_actions["view_problems"].setChecked(True)
    qtbot.waitUntil(lambda: table.rows.rowCount() > 0)
    table.setCurrentIndex(table.rows.index(0, 0))


def _draft(window: MainWindow, _qtbot: QtBot) -> None:
    window.menu_actions["view_json"].setChecked(True)
    bottom = window.parts.bottom
    bottom.json.insertPlainText("x")
    bottom.json_area.finder.edit.setText("a")


def _maximised(window: MainWindow, _qtbot: QtBot) -> None:
    window.menu_actions["view_json"].setChecked(True)
    window.parts.bottom.maximise.setChecked(True)


def _production(window: MainWindow, qtbot: QtBot) -> None:
    _mail(window, qtbot)
    window.state.set_environment("production")


def _more(window: MainWindow, qtbot: QtBot) -> None:
    _mail(window, qtbot)
    found = window.findChild(MoreCard)
    assert found is not None
    found.unfold(True)


def _narrow_layer(window: MainWindow, qtbot: QtBot) -> None:
    """A value set in one file and given by another, and what is wrong with it."""
    _production(window, qtbot)
    window.state.set_layer("datasources.production.json")
    page = window.findChild(MailPage)
    assert page is not None
    page.form.server.host.write("smtp.example.com:587")
    page.form.server.security.combo.setCurrentIndex(0)
    qtbot.waitUntil(lambda: bool(page.form.server.host.row.problems))


# One after the other in one window; the last ones leave what would be in the others' way.
STATES: dict[str, Callable[[MainWindow, QtBot], None]] = {
    "mail": _mail,
    "test": _drawer,
    "production": _production,
    "more": _more,
    "set in a layer": _narrow_layer,
    "problems": _panel("view_problems"),
    "a problem": _chosen_problem,
    "plan": _panel("view_forecast"),
    "values": _panel("view_values"),
    "environments": _panel("view_environments"),
    "JSON": _panel("view_json"),
    "output": _panel("view_run"),
    "bindings": _bindings,
    "draft": _draft,
    "maximised": _maximised,
}


@pytest.mark.usefixtures("patient")
def test_every_text_of_an_app_fits(sized: MainWindow, make_app: MakeApp, qtbot: QtBot) -> None:
    _open(sized, make_app(), qtbot)
    found: dict[str, str] = {}  # a finding, and the first state that has it
    for name, show in STATES.items():
        show(sized, qtbot)
        settle()
        for one in findings(sized):
            found.setdefault(one, name)
    assert not found, "\n".join(f"{name}: {one}" for one, name in found.items())


# Each is taken back before the next one.
FIRST_STEPS: dict[str, Callable[[MainWindow], object]] = {
    "providers": lambda window: window.parts.pages.no_mail.begin(),
    "all providers": lambda window: window.parts.pages.no_mail.all.click(),
    "nothing found": lambda window: window.parts.pages.no_mail.search.setText("me@a.example"),
    "regions": lambda window: window.parts.pages.no_mail.grid.tiles[4].click(),
    "name": lambda window: window.set_up.add(),
    "GMail": lambda window: window.set_up.choose(find_preset("gmail")),
    "SendGrid": lambda window: window.set_up.choose(find_preset("sendgrid")),
    "another server": lambda window: window.set_up.other_server(),
}


@pytest.mark.usefixtures("patient")
def test_every_text_of_the_review_fits(sized: MainWindow, make_app: MakeApp, qtbot: QtBot) -> None:
    _open(sized, make_app(), qtbot)
    state = sized.state
    assert state.workspace is not None
    change = state.workspace.edit_value("datasources.json", "/emailDs/name", "other")
    state.push("Change", [change])
    _draft(sized, qtbot)
    sized.files.review()
    review = sized.findChild(ReviewDialog)
    assert review is not None
    qtbot.waitUntil(lambda: bool(review.text.toPlainText()))
    settle()
    found = findings(review)
    assert not found, "\n".join(found)


@pytest.mark.usefixtures("patient")
def test_every_text_fits_of_an_app_without_mail(
    sized: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    app = make_app(
        datasources={"db": {"name": "db", "connector": "memory"}}, **{"model-config": {}}
    )
    _open(sized, app, qtbot)
    found: dict[str, str] = {}  # a finding, and the first step that has it
    for name, show in FIRST_STEPS.items():
        show(sized)
        settle()
        for one in findings(sized):
            found.setdefault(one, name)
        sized.set_up.cancel()
        sized.parts.pages.no_mail.begin()
    assert not found, "\n".join(f"{name}: {one}" for one, name in found.items())


@pytest.mark.usefixtures("patient")
def test_every_text_of_the_welcome_page_fits(sized: MainWindow) -> None:
    for path, note in (
        (Path("/srv/coffee-shop"), AppNote("production", "emailDs", "emailDs", "smtp.gmail.com")),
        (Path("/srv") / ("deep/" * 30) / "shop", AppNote("development")),
    ):
        sized.settings.add_recent(path)
        sized.settings.set_note(path, note)
    sized.state.opened.emit()
    settle()
    found = findings(sized)
    assert not found, "\n".join(found)


@pytest.mark.usefixtures("patient")
def test_every_text_of_the_help_fits(sized: MainWindow, make_app: MakeApp, qtbot: QtBot) -> None:
    _open(sized, make_app(), qtbot)
    found: list[str] = []
    for action, name in (
        ("shortcuts", "shortcuts"),
        ("how_it_reads", "howItReads"),
        ("about", "about"),
    ):
        sized.menu_actions[action].trigger()
        dialog = sized.findChild(QDialog, name)
        assert dialog is not None
        settle()
        found += findings(dialog)
        dialog.close()
    assert not found, "\n".join(found)
