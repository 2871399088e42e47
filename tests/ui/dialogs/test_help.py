"""The dialogs of the menu Help: shortcuts, About with its licences, how LoopBack reads."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from loopmail import __version__
from loopmail.core.loopback.how_it_reads import how_it_reads
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.log import log_folder
from loopmail.ui.dialogs.about import AboutDialog, licences, licences_text
from loopmail.ui.dialogs.how_it_reads import HowItReadsDialog
from loopmail.ui.dialogs.shortcuts import ShortcutsDialog
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from loopmail.ui.window.main_window import MainWindow
from page_apps import SmallApps, mail

# --- shortcuts -------------------------------------------------------------------------------


def _items(dialog: ShortcutsDialog) -> Iterator[tuple[QTreeWidgetItem, QTreeWidgetItem]]:
    for at in range(dialog.list.topLevelItemCount()):
        group = dialog.list.topLevelItem(at)
        assert group is not None
        for number in range(group.childCount()):
            child = group.child(number)
            assert child is not None
            yield group, child


def _shown(dialog: ShortcutsDialog) -> set[tuple[str, str]]:
    return {
        (group.text(0), item.text(0))
        for group, item in _items(dialog)
        if not group.isHidden() and not item.isHidden()
    }


def test_every_action_with_keys_is_listed_under_its_menu(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(window.menuBar(), window)
    qtbot.addWidget(dialog)
    listed = {item.text(0) for _, item in _items(dialog)}
    for action in window.menu_actions.all():
        if not action.shortcut().isEmpty():
            assert action.text().replace("&", "") in listed
    assert ("File", "Save") in _shown(dialog)
    assert ("In the tree", "Add a data source") in _shown(dialog)


def test_what_is_typed_leaves_out_the_rest(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(window.menuBar(), window)
    qtbot.addWidget(dialog)
    dialog.search.setText("send test")
    assert _shown(dialog) == {("Mail", "Send Test Message")}
    dialog.search.setText("ctrl+s")
    assert ("File", "Save") in _shown(dialog)
    assert not {text for group, text in _shown(dialog) if group == "Help"}
    dialog.search.setText("no such thing")
    assert not _shown(dialog)
    dialog.search.clear()
    assert len(_shown(dialog)) > 15


# --- About -----------------------------------------------------------------------------------


def test_about_tells_versions_and_folders_and_copies_them(opened: AppState, qtbot: QtBot) -> None:
    dialog = AboutDialog(opened, "/settings/loopmail.conf")
    qtbot.addWidget(dialog)
    facts = dict(dialog.facts)
    assert facts["loopmail"] == __version__
    assert facts["LoopBack"].startswith(opened.versions.loopback)
    assert facts["Nodemailer"].startswith(opened.versions.nodemailer)
    assert facts["Log"] == str(log_folder())
    assert facts["Settings"] == "/settings/loopmail.conf"
    dialog._copy()
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines()[0] == f"loopmail: {__version__}"
    assert "Qt: " in copied
    assert "PySide: " in copied


def test_about_without_an_app_says_so(state: AppState, qtbot: QtBot) -> None:
    dialog = AboutDialog(state, "")
    qtbot.addWidget(dialog)
    assert dict(dialog.facts)["LoopBack"] == "no app is open"


def test_licences_are_read_when_they_are_wanted(state: AppState, qtbot: QtBot) -> None:
    dialog = AboutDialog(state, "")
    qtbot.addWidget(dialog)
    assert not dialog.licences.toPlainText()
    dialog.tabs.setCurrentWidget(dialog.licences)
    qtbot.waitUntil(lambda: "PySide6" in dialog.licences.toPlainText(), timeout=10_000)
    wait_for_all()


def test_all_that_is_needed_has_its_licence() -> None:
    found = licences()
    assert found[0].name == "loopmail"
    assert found[0].licence == "MIT"
    names = {one.name.lower().replace("_", "-") for one in found}
    # What certifi, cryptography and the others need comes along.
    assert {"pyside6-essentials", "shiboken6", "keyring", "certifi", "python"} <= names
    try:
        distribution("cffi")
    except PackageNotFoundError:
        pytest.skip("cryptography was installed without cffi")
    assert "cffi" in names
    assert all(one.licence and one.licence != "see its text" for one in found)
    assert not any(one.startswith(("pytest", "ruff")) for one in names)


def test_the_text_begins_with_the_list_and_has_each_licence() -> None:
    text = licences_text()
    assert text.startswith("loopmail")
    assert "Permission is hereby granted" in text
    assert "lgpl-3.0" in text


# --- how LoopBack reads ------------------------------------------------------------------------

BASE = mail({"type": "smtp", "host": "127.0.0.1", "auth": {"user": "me", "pass": "${MAIL_PASS}"}})
LATER = mail({"host": "smtp.example.com"})
FILES = {
    "datasources.json": {"emailDs": BASE, "db": {"connector": "memory"}},
    "datasources.production.json": {"emailDs": LATER},
    "model-config.json": {"Email": {"dataSource": "emailDs"}},
}


def _texts(dialog: HowItReadsDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if not label.isHidden())


def test_it_explains_the_data_source_that_is_shown(small_apps: SmallApps, qtbot: QtBot) -> None:
    state = small_apps.state(FILES)
    state.select("datasource", "emailDs")
    dialog = small_apps.shown(HowItReadsDialog(state))
    said = _texts(dialog)
    assert "emailDs, environment development" in said
    assert "1. datasources.json: read." in said
    assert "datasources.development.json: not there." in said
    assert "no file hides a value" in said
    assert "${MAIL_PASS}: set nowhere here" in said
    assert "emailDs is bound to Email." in said
    state.set_environment("production")
    hides = "host: datasources.production.json decides, and hides the value in datasources.json"
    qtbot.waitUntil(lambda: hides in _texts(dialog))
    state.select("datasource", "db")
    qtbot.waitUntil(lambda: "db is bound to no model." in _texts(dialog))


def test_without_an_app_it_tells_the_rules(state: AppState, qtbot: QtBot) -> None:
    dialog = HowItReadsDialog(state)
    qtbot.addWidget(dialog)
    said = _texts(dialog)
    assert "datasources.json, then datasources.local.json, then datasources.ENV.json" in said
    assert "loopback-boot 2.18.0" in said


def test_what_is_told_is_what_is_loaded(small_apps: SmallApps) -> None:
    """The told order is that of the merge, whatever files there are."""
    files = {**FILES, "datasources.local.json": {"emailDs": mail({"host": "local.example.com"})}}
    snapshot = small_apps.state(files).snapshot()
    view = AppView(snapshot, "production", Variables(), snapshot.app.versions)
    facts = how_it_reads(view, "emailDs")[1].facts
    origin = view.effective.datasources["emailDs"].origins["/transports/0/host"]
    assert origin.file is not None
    assert facts[-1] == (
        f"host: {origin.file} decides, and hides the value in "
        "datasources.json and datasources.local.json."
    )


def test_a_secret_is_not_told(small_apps: SmallApps) -> None:
    secret = mail({"auth": {"user": "me", "pass": "hunter2-x"}})
    state = small_apps.state({**FILES, "datasources.production.json": {"emailDs": secret}})
    state.set_environment("production")
    told = " ".join(line for one in how_it_reads(state.view(), "emailDs") for line in one.facts)
    assert "auth.pass: datasources.production.json decides" in told
    assert "hunter2" not in told


def test_an_app_that_does_not_start_is_explained_too(small_apps: SmallApps) -> None:
    two = mail({"host": "a"}, {"host": "b"})
    state = small_apps.state({**FILES, "datasources.production.json": {"emailDs": two}})
    state.set_environment("production")
    facts = how_it_reads(state.view(), "emailDs")[1].facts
    assert facts[0].startswith("The app does not start: ")
