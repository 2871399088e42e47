"""Every real app can be looked at on every page, and looking changes nothing."""

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import AppError
from loopmail.core.loopback.datasources import list_datasources
from loopmail.ui.page.bindings import BindingsPage
from loopmail.ui.page.catcher import CatcherPage
from loopmail.ui.page.mail import MailPage
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session.state import AppState
from memory_store import MemoryStore
from page_apps import settle


def apps(folder: Path) -> list[Workspace]:
    found = []
    for path in sorted(folder.iterdir()):
        if not path.is_dir():
            continue
        try:
            found.append(Workspace.open(path))
        except AppError:
            continue
    return found


def test_looking_at_real_apps_changes_nothing(qtbot: QtBot, corpus: Path) -> None:
    state = AppState(MemoryStore())
    page, bindings, panel = MailPage(state), BindingsPage(state), SendingPanel(state)
    for widget in (page, bindings, panel):
        qtbot.addWidget(widget)
    page.form.more.unfold(True)
    seen = 0
    for workspace in apps(corpus):
        texts = {name: document.text for name, document in workspace.documents.items()}
        state.set_workspace(workspace)
        for env in (*workspace.app.environments, None):
            state.set_environment(env)
            for info in list_datasources(state.snapshot()):
                state.select("datasource", info.name)
                page.show_datasource(info.name)
                for index in range(page.tabs.count()):
                    page.tabs.setCurrentIndex(index)
                    seen += 1
        assert state.undo.count() == 0
        assert {n: d.text for n, d in workspace.documents.items() if n in texts} == texts
        assert workspace.modified() == []
    settle(state, qtbot)
    assert seen > 20


def test_making_the_pages_opens_no_window(qtbot: QtBot) -> None:
    state = AppState(MemoryStore())
    pages = [make(state) for make in (MailPage, BindingsPage, SendingPanel, CatcherPage)]
    for page in pages:
        qtbot.addWidget(page)
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert shown == []
