from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from loopmail.net.certificates import CertificateFacts, TlsFacts
from loopmail.smtp.verdict import StageTime, Verdict
from loopmail.ui.sending.certificate import CertificateView
from loopmail.ui.sending.stage_chart import StageChart, duration
from loopmail.ui.sending.verdict_banner import VerdictBanner, loopback_report

LEAF = CertificateFacts(
    "CN=mail.example.com",
    "CN=Some CA",
    ("mail.example.com", "<b>bold</b>.example.com"),
    "2026-01-01T00:00:00Z",
    "2027-01-01T00:00:00Z",
)
ROOT = CertificateFacts("CN=Some CA", "CN=Some CA", (), "2020-01-01", "2040-01-01")


def colours_of(chart: StageChart, size: QSize) -> set[int]:
    chart.resize(size)
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    chart.render(image)
    return {image.pixel(x, y) for x in range(size.width()) for y in range(size.height())}


def test_the_chart_says_in_words_what_it_paints(qtbot: QtBot) -> None:
    chart = StageChart()
    qtbot.addWidget(chart)
    chart.begin("dns", 0)
    assert chart.accessibleDescription() == "DNS running"
    chart.end(StageTime("dns", 0.42, 0))
    chart.begin("connect", 0.42)
    chart.end(StageTime("connect", 1234, 0.42))
    assert chart.accessibleDescription() == "DNS 0.4 ms; Connect 1.2 s"
    chart.show_stages((StageTime("dns", 3, 0), StageTime("auth", 38, 3)), "auth")
    assert chart.accessibleDescription() == "DNS 3 ms; Sign-in 38 ms, failed"
    chart.clear()
    assert chart.accessibleDescription() == ""


def test_the_chart_paints_its_bars(qtbot: QtBot) -> None:
    chart = StageChart()
    qtbot.addWidget(chart)
    size = QSize(300, 80)
    empty = colours_of(chart, size)
    chart.show_stages((StageTime("dns", 3, 0), StageTime("auth", 38, 3)), "auth")
    assert len(colours_of(chart, size)) > len(empty) + 2


@pytest.mark.parametrize(
    ("ms", "text"), [(0.04, "0.0 ms"), (1.4, "1 ms"), (999, "999 ms"), (60_000, "60.0 s")]
)
def test_durations_are_short(ms: float, text: str) -> None:
    assert duration(ms) == text


def rows(view: CertificateView) -> list[tuple[str, str]]:
    model = view.model()
    return [
        (model.index(row, 0).data(), model.index(row, 1).data()) for row in range(model.rowCount())
    ]


def test_the_certificate_table_holds_chain_names_and_validity(qtbot: QtBot) -> None:
    view = CertificateView()
    qtbot.addWidget(view)
    assert rows(view) == [("TLS", "not used")]
    facts = TlsFacts("TLSv1.3", "AES", False, LEAF, (LEAF, ROOT), "self-signed")
    view.show_facts(facts)
    shown = [(what.strip(), value) for what, value in rows(view)]
    assert ("Verified", "no") in shown
    assert ("Problem", "self-signed") in shown
    assert ("Names", "mail.example.com\n<b>bold</b>.example.com") in shown
    assert ("Issued by", "CN=Some CA") in shown
    assert ("Issued by", "itself") in shown
    assert [value for what, value in shown if what == "Valid"][1].startswith(
        "2026-01-01 – 2027-01-01, "
    )


def test_the_chain_is_set_in_from_its_top_to_the_servers_own(qtbot: QtBot) -> None:
    view = CertificateView()
    qtbot.addWidget(view)
    facts = TlsFacts("TLSv1.3", "AES", False, LEAF, (LEAF, ROOT), "unknown", untrusted=True)
    view.show_facts(facts)
    headings = [one for one in view.facts.rows if one.icon]
    assert [(one.level, one.what) for one in headings] == [
        (0, "Some CA · not trusted"),
        (1, "mail.example.com"),
        (0, "Connection"),
    ]
    model = view.model()
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "Some CA · not trusted"
    names = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert names.index("\u2003mail.example.com") > names.index("Some CA · not trusted")


@pytest.mark.parametrize(
    ("more", "report"),
    [
        ({"ok": True, "outcome": "sent", "response": "250 OK"}, "250 OK"),
        ({"ok": True, "outcome": "nothing-sent"}, "success"),
        ({"ok": False, "outcome": "cancelled"}, ""),
        (
            {"ok": False, "outcome": "failed", "code": "EAUTH", "message": "No", "command": "API"},
            "EAUTH: No (API)",
        ),
    ],
)
def test_what_loopback_would_report(more: dict[str, Any], report: str) -> None:
    assert loopback_report(Verdict(stage=None, major=3, **more)) == report


def test_the_verdicts_label_is_found_by_its_name_and_keeps_its_text(qtbot: QtBot) -> None:
    banner = VerdictBanner()
    qtbot.addWidget(banner)
    banner.show_verdict(Verdict(False, "cancelled", "connect", 3, notes=("A note.",)), [])
    assert banner.verdict.objectName() == "Verdict"
    assert banner.verdict.accessibleName() == ""
    assert banner.verdict.text().startswith("Stopped")
    assert banner.label.buddy() is banner.verdict
    assert banner.notes.text() == "A note."
