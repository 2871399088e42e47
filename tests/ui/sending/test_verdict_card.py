"""The verdict's card: a headline, why, steps as a list, the reported line, one page of ours."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from loopmail.smtp.diagnosis import catalogue, diagnose
from loopmail.smtp.verdict import Diagnosis, StageTime, Verdict
from loopmail.ui.sending.verdict_banner import VerdictBanner
from page_apps import NotedPages

HOSTILE = "550 <a href='https://evil.test/'>click</a> https://evil.test/ <img src=x>"
PAGE = "https://support.example.com/errors"


@pytest.fixture
def banner(qtbot: QtBot) -> VerdictBanner:
    made = VerdictBanner()
    qtbot.addWidget(made)
    return made


def failed(page: str | None = None, **more: Any) -> Verdict:
    steps = ("Look at the address.", "Send again.")
    found = Diagnosis("recipient-unknown", "Nobody has it", "Because.", steps, page=page)
    wanted: dict[str, Any] = {"message": HOSTILE, "diagnosis": found, **more}
    return Verdict(False, "failed", "rcpt", 3, code="EENVELOPE", **wanted)


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def test_headline_reason_steps_and_report_are_told_apart(banner: VerdictBanner) -> None:
    banner.show_verdict(failed(), [])
    assert banner.verdict.text() == "Not sent: Nobody has it."
    assert banner.banner.text.text() == "Because."
    assert "1. Look at the address.\n2. Send again." in banner.words()
    assert banner.said.whole == f"EENVELOPE: {HOSTILE}"


def test_a_servers_words_stay_words(banner: VerdictBanner) -> None:
    banner.show_verdict(failed(), [])
    for label in banner.findChildren(QLabel):
        shown = label.textFormat() == Qt.TextFormat.PlainText or label is banner.label
        assert shown, label.text()
        assert not label.openExternalLinks()
    assert banner.page.isHidden()


def test_the_reported_line_is_copied_as_it_came(banner: VerdictBanner) -> None:
    long = "550 " + "x" * 200
    banner.show_verdict(failed(message=long), [])
    banner.said.copy_button.click()
    assert QApplication.clipboard().text() == f"EENVELOPE: {long}"


def test_the_catalogues_page_is_one_button_away(banner: VerdictBanner, browser: NotedPages) -> None:
    banner.show_verdict(failed(PAGE), [])
    assert banner.page.text() == "See support.example.com"
    banner.page.click()
    assert browser.opened == [PAGE]


@pytest.mark.parametrize("page", ["http://x.test/", "file:///etc/passwd", "javascript:1", ""])
def test_nothing_but_https_is_opened(banner: VerdictBanner, page: str) -> None:
    banner.show_verdict(failed(page), [])
    assert banner.page.isHidden()


def test_providers_alone_have_a_page() -> None:
    """The replies of all servers stand in a standard, which nobody wants to read."""
    refused: dict[str, Any] = {
        "code": "EAUTH",
        "response_code": 535,
        "message": "Invalid login: 535 5.7.8 no",
    }
    verdict = Verdict(False, "failed", "auth", 3, response="535 5.7.8 no", **refused)
    google = diagnose(verdict, "smtp.gmail.com")
    other = diagnose(verdict, "mail.example.com")
    assert google is not None
    assert other is not None
    assert google.page in {entry.get("source") for entry in catalogue()}
    assert str(google.page).startswith("https://support.google.com/")
    assert other.page is None


def test_sent_says_how_long_it_took_and_what_the_server_said(banner: VerdictBanner) -> None:
    stages = (StageTime("dns", 200, 0), StageTime("data", 1000, 200))
    verdict = Verdict(True, "sent", None, 3, response="250 2.0.0 queued", stages=stages)
    banner.show_verdict(verdict, [], "mail.example.com:25 · 10:00:00")
    assert banner.verdict.text() == "Sent. The server accepted it in 1.2 s."
    assert banner.said.whole == "250 2.0.0 queued"
    assert banner.facts.whole == "mail.example.com:25 · 10:00:00"


def test_a_sentence_takes_the_former_verdict_away(banner: VerdictBanner) -> None:
    banner.show_verdict(failed(PAGE), [])
    banner.say("Fill in “To”.")
    assert texts(banner.banner) == ["Fill in “To”."]
    assert banner.page.isHidden()
