"""Making and emptying an environment's file from the page's menu."""

from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from loopmail.ui.page.mail import MailPage
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps, mail, text, value

STAGING = "datasources.staging.json"
PRODUCTION = "datasources.production.json"


def page_of(small_apps: SmallApps) -> tuple[AppState, MailPage]:
    files = {
        "datasources.json": {"emailDs": mail(SMTP)},
        PRODUCTION: {"emailDs": {"transports": [{"host": "b"}]}},
    }
    state = small_apps.state(files)
    page = small_apps.shown(MailPage(state))
    page.show_datasource("emailDs")
    return state, page


def test_a_file_is_made_and_edited_in_one_step(small_apps: SmallApps) -> None:
    state, page = page_of(small_apps)
    page.layer_actions.create.trigger()
    (dialog,) = page.findChildren(QInputDialog)
    dialog.setTextValue(" staging ")
    dialog.accept()
    assert (state.env, state.layer) == ("staging", STAGING)
    assert value(state, STAGING) == {}
    assert state.undo.count() == 1
    assert page.header.environment.text() == "staging"
    state.undo.undo()
    assert state.workspace is not None
    assert STAGING not in state.workspace.documents


def test_what_cannot_be_is_said(small_apps: SmallApps) -> None:
    state, page = page_of(small_apps)
    page.layer_actions.make("production")
    assert page.header.sentence.text() == f"There is a {PRODUCTION} already."
    assert state.undo.count() == 0


def test_a_layer_is_emptied_and_comes_back(small_apps: SmallApps, qtbot: QtBot) -> None:
    state, page = page_of(small_apps)
    empty = page.layer_actions.empty
    menu = page.header.more.menu()
    assert menu is not None
    menu.aboutToShow.emit()
    assert not empty.isEnabled()
    state.set_environment("production")
    state.set_layer(PRODUCTION)
    menu.aboutToShow.emit()
    assert empty.text() == f"Empty {PRODUCTION}"
    before = text(state, PRODUCTION)
    empty.trigger()
    assert value(state, PRODUCTION) == {}
    assert page.form.server.host.widget.property("placeholderText") == SMTP["host"]
    state.undo.undo()
    assert text(state, PRODUCTION) == before
