"""A small app and answers to the window's questions, for the tests of the window."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from loopmail.ui.session.messages import Answer, Dialogs

MakeApp = Callable[..., Path]

MAIL = {
    "emailDs": {
        "name": "emailDs",
        "connector": "mail",
        "transports": [
            {
                "type": "smtp",
                "host": "smtp.example.com",
                "port": 465,
                "secure": True,
                "auth": {"user": "shop@example.com", "pass": "${EMAIL_DS_PASS}"},
            }
        ],
    },
    "db": {"name": "db", "connector": "memory"},
}
BINDINGS = {"Email": {"dataSource": "emailDs"}, "Order": {"dataSource": "db"}}


class FakeDialogs(Dialogs):
    """Answers the modal questions and notes that they were asked."""

    def __init__(self) -> None:
        self.chosen: Path | None = None
        self.answer: Answer = "cancel"
        self.agreed = True
        self.asked: list[str] = []
        self.texts: list[str] = []  # of the confirmations

    def folder(self, parent: QWidget, start: Path | None) -> Path | None:
        self.asked.append("folder")
        return self.chosen

    def unsaved(self, parent: QWidget, app_name: str, lost: Sequence[str]) -> Answer:
        self.asked.append("unsaved " + "; ".join(lost))
        return self.answer

    def confirm(self, parent: QWidget, title: str, text: str, yes: str) -> bool:
        self.asked.append(f"confirm {title}")
        self.texts.append(text)
        return self.agreed
