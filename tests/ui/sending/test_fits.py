"""The test panel in each of its states, with large text and long words: every text fits."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from loopmail.catcher.server import MailCatcher
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.widgets.building_blocks import em
from loopmail.ui.widgets.small_parts import BesideOrBelow
from loopmail.ui.widgets.theme import LIGHT, style_sheet
from page_apps import SmallApps, mail
from servers.smtp_double import Script, SmtpDouble
from ui.layout_audit import findings, settle
from ui.pseudo_language import pseudo_language

# A style sheet for the whole application is put on what other tests have left, too.
pytestmark = pytest.mark.own_process

SET_UPS = {"plain": (1.0, 1.0), "150 % text": (1.5, 1.0), "long words": (1.0, 2.0)}


@pytest.fixture(params=SET_UPS, ids=str)
def _dressed(request: pytest.FixtureRequest) -> Iterator[None]:
    """The application with the program's look, the size of its text and the length of its words."""
    text, words = SET_UPS[request.param]
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    font, before = app.font(), app.font()
    font.setPointSizeF(before.pointSizeF() * text)
    with ExitStack() as undo:
        undo.callback(app.setFont, before)
        undo.callback(app.setStyleSheet, app.styleSheet())
        if words != 1.0:
            undo.enter_context(pseudo_language(app, words))
        app.setFont(font)
        app.setStyleSheet(style_sheet(LIGHT))
        yield


@pytest.fixture
def servers() -> Iterator[dict[str, int]]:
    """The ports of a server that takes mail, one that nobody trusts, one that says nothing."""
    with (
        MailCatcher() as good,
        SmtpDouble(Script(implicit="self-signed")) as strange,
        SmtpDouble(Script(silent_at="greeting")) as silent,
    ):
        yield {"good": good.port, "strange": strange.port, "silent": silent.port}


@pytest.fixture
def panel(_dressed: None, small_apps: SmallApps, servers: dict[str, int]) -> SendingPanel:
    sources = {
        name: mail({"type": "smtp", "host": "localhost", "port": port, "secure": name == "strange"})
        for name, port in servers.items()
    }
    models = {"_meta": {"sources": ["loopback/common/models"]}, "Email": {"dataSource": None}}
    state = small_apps.state({"datasources.json": sources, "model-config.json": models})
    state.select("datasource", "good")
    made = small_apps.shown(SendingPanel(state))
    made.resize(em(50), 800)
    made.show()
    return made


def sent(panel: SendingPanel, qtbot: QtBot) -> None:
    panel.message.from_.setText("a@example.com")
    panel.message.to.setText("b@example.com")
    panel.send_test_message()
    qtbot.waitUntil(lambda: not panel.running and not panel.readiness.isHidden(), timeout=20_000)


def fields(panel: SendingPanel, _qtbot: QtBot) -> None:
    panel.message.more.setChecked(True)


def compared(panel: SendingPanel, qtbot: QtBot) -> None:
    sent(panel, qtbot)
    panel.results.setCurrentWidget(panel.results.past)
    panel.results.history.selectAll()


def stale(panel: SendingPanel, _qtbot: QtBot) -> None:
    panel.results.dialogue.open_filter()
    pointer = "/good/transports/0/name"
    panel.state.change(
        "Name", lambda w: [w.edit_value("datasources.json", pointer, "a.example")], pytest.fail
    )


def distrusted(panel: SendingPanel, qtbot: QtBot) -> None:
    panel.state.select("datasource", "strange")
    panel.check_connection()
    qtbot.waitUntil(lambda: not panel.running, timeout=20_000)
    panel.results.setCurrentIndex(1)
    panel.verdict.trust_button.click()
    qtbot.waitUntil(panel.trust.trust_button.isEnabled, timeout=20_000)


def running(panel: SendingPanel, qtbot: QtBot) -> None:
    panel.state.select("datasource", "silent")
    panel.check_connection()
    qtbot.waitUntil(lambda: len(panel.chart.bars) == 3, timeout=20_000)


STATES: dict[str, Callable[[SendingPanel, QtBot], None]] = {
    "fields": fields,
    "sent": sent,
    "compared": compared,
    "stale": stale,
    "distrusted": distrusted,
    "running": running,
}


@pytest.mark.usefixtures("patient")
def test_every_text_of_the_panel_fits(panel: SendingPanel, qtbot: QtBot) -> None:
    found = []
    for name, show in STATES.items():
        show(panel, qtbot)
        settle()
        found += [f"{name}: {one}" for one in findings(panel)]
    panel.stop()
    qtbot.waitUntil(lambda: not panel.running, timeout=20_000)
    assert not found, "\n".join(found)


def test_parts_stand_below_each_other_where_they_do_not_fit(qtbot: QtBot) -> None:
    one, two = QPushButton("first button"), QPushButton("second button")
    parts = BesideOrBelow(one, (two, 1))
    qtbot.addWidget(parts)
    wide = one.sizeHint().width() + two.sizeHint().width() + 40
    parts.resize(wide, 100)
    parts.show()
    assert one.geometry().top() == two.geometry().top()
    assert two.geometry().right() == parts.width() - 1
    high = parts.heightForWidth(wide)
    parts.resize(wide // 2 + 10, 100)
    assert two.geometry().top() > one.geometry().bottom()
    assert parts.heightForWidth(parts.width()) > high
    one.hide()
    settle()
    assert two.geometry().top() == 0
