import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.ui.window.main_window import MainWindow
from memory_store import MemoryStore
from page_apps import mail

SERVER = {"type": "smtp", "host": "smtp.example.com", "auth": {"user": "shop@example.com"}}


@pytest.fixture
def base(window: MainWindow, make_app: Callable[..., Path], qtbot: QtBot) -> Path:
    """Open an app without a password, type one, and return the file."""
    folder = make_app("tea", datasources={"emailDs": mail(SERVER)})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(folder)
    field = window.findChild(QLineEdit, "field-auth-pass")
    assert field is not None
    field.setText("s3cret")
    return folder / "server" / "datasources.json"


def auth(base: Path) -> Any:
    return json.loads(base.read_text())["emailDs"]["transports"][0]["auth"]


def test_saving_right_after_typing_a_password_waits_for_the_keyring(
    window: MainWindow, base: Path, qtbot: QtBot, store: MemoryStore
) -> None:
    window.menu_actions["save"].trigger()
    qtbot.waitUntil(lambda: auth(base).get("pass") == "${EMAIL_DS_PASS}", timeout=5000)
    assert store.get("loopmail:tea", "EMAIL_DS_PASS") == "s3cret"
    assert not window.state.modified


def test_closing_right_after_typing_a_password_asks_about_it(
    window: MainWindow, base: Path, qtbot: QtBot, dialogs: Any
) -> None:
    assert not window.close()
    qtbot.waitUntil(lambda: dialogs.asked == ["unsaved datasources.json"], timeout=5000)
    assert "pass" not in auth(base)
