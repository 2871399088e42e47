"""The menu Help in the window: explaining a field, the log's folder, dialogs that block nothing."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLineEdit, QWhatsThis, QWidget

from loopmail.log import log_folder
from loopmail.ui.window import help as helps
from loopmail.ui.window.main_window import MainWindow


def test_shift_f1_explains_the_field_with_the_focus(open_window: MainWindow) -> None:
    open_window.activateWindow()
    host = open_window.findChild(QLineEdit, "field-host")
    assert host is not None
    host.setFocus()
    open_window.menu_actions["whats_this"].trigger()
    assert _explanations()
    assert "Host (host)" in host.whatsThis()
    assert not QWhatsThis.inWhatsThisMode()
    QWhatsThis.hideText()


def _explanations() -> list[QWidget]:
    top = QApplication.topLevelWidgets()
    return [one for one in top if one.metaObject().className() == "QWhatsThat" and one.isVisible()]


def test_without_a_field_one_is_chosen_by_the_mouse(window: MainWindow) -> None:
    window.activateWindow()
    window.parts.pages.welcome.open.setFocus()
    window.menu_actions["whats_this"].trigger()
    assert QWhatsThis.inWhatsThisMode()
    QWhatsThis.leaveWhatsThisMode()


def test_every_field_of_the_form_is_explained(open_window: MainWindow) -> None:
    form = open_window.parts.pages.mail.form
    form.more.toggle.setChecked(True)
    bindings = [one for card in form.cards for one in card.bindings]
    secrets = [one for card in form.cards for one in card.secrets]
    assert len(bindings) > 5
    for binding in bindings:
        assert f"({binding.field.key})" in binding.widget.whatsThis().splitlines()[0]
    for secret in secrets:
        assert f"({secret.path.strip('/').replace('/', '.')})" in secret.edit.whatsThis()


def test_the_logs_folder_is_made_and_opened(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    window.menu_actions["open_log"].trigger()
    assert opened == [str(log_folder())]
    assert log_folder().is_dir()
    assert not window.messages.texts()


def test_where_nothing_opens_folders_the_place_is_told(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    window.menu_actions["open_log"].trigger()
    assert str(log_folder()) in window.messages.texts()[0]


def test_where_the_folder_cannot_be_made_it_is_told(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(helps, "log_folder", lambda: tmp_path / "file" / "log")
    window.menu_actions["open_log"].trigger()
    assert "cannot be made" in window.messages.texts()[0]


def test_the_dialogs_of_help_can_stay_open_beside_the_work(open_window: MainWindow) -> None:
    for name in ("shortcuts", "how_it_reads", "about"):
        open_window.menu_actions[name].trigger()
    dialogs = [
        one for one in open_window.findChildren(QWidget) if one.isWindow() and one.isVisible()
    ]
    names = {one.objectName() for one in dialogs}
    assert {"shortcuts", "howItReads", "about"} <= names
    assert not any(one.isModal() for one in dialogs)
    for one in dialogs:
        one.close()
