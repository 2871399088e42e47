"""“More”: sections, search over all settings, what is changed, and taking one back."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from loopmail.core.edit.fields import SECTIONS
from loopmail.ui.form.all_settings import AllSettings, section_title
from loopmail.ui.form.card import more_fields
from loopmail.ui.form.form import TransportForm
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps, text, transport

Opened = Callable[..., tuple[AppState, TransportForm]]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    return small_apps.transport_form


def settings_of(form: TransportForm) -> AllSettings:
    found = form.more.findChild(AllSettings)
    assert isinstance(found, AllSettings)
    return found


def child(form: TransportForm, name: str) -> QWidget:
    found = form.findChild(QWidget, name)
    assert isinstance(found, QWidget)
    return found


def shown(form: TransportForm) -> set[str]:
    """The paths of the settings that a search leaves."""
    inner = settings_of(form)
    rows = [(b.field.path, b.row) for b in inner.bindings]
    rows += [(one.path, one.row) for one in inner.secrets]
    return {path for path, row in rows if not row.isHidden()}


@pytest.mark.parametrize("major", [2, 4, 6])
def test_every_further_setting_has_its_section(major: int) -> None:
    assert all(field.section in SECTIONS for field in more_fields(major))
    assert len({section_title(one) for one in SECTIONS}) == len(SECTIONS)


def test_nothing_is_made_before_it_is_asked_for(opened: Opened) -> None:
    _, form = opened(SMTP)
    assert form.more.findChild(AllSettings) is None
    form.more.search_button.click()
    assert form.more.findChild(AllSettings) is not None


def test_the_header_counts_what_is_set(opened: Opened) -> None:
    _, form = opened({**SMTP, "connectionTimeout": 5, "pool": True, "maxMessages": 3, "x": 1})
    summary = form.more.summary.text()
    assert "Time-outs 1 · " in summary
    assert "Pool 2 · " in summary
    assert "DKIM · " in summary
    assert summary.endswith("1 other key")
    assert form.more.count.text() == "4 set"
    form.more.unfold(True)
    child(form, "field-connectionTimeout").setProperty("text", "")
    assert form.more.count.text() == "3 set"


@pytest.mark.parametrize("word", ["timeout", "Time-out", "TIME OUT", "time-outs"])
def test_a_search_finds_a_word_however_it_is_written(opened: Opened, word: str) -> None:
    _, form = opened(SMTP)
    form.more.search(word)
    assert {"/connectionTimeout", "/greetingTimeout", "/socketTimeout", "/dnsTimeout"} <= shown(
        form
    )
    assert "/pool" not in shown(form)
    settings_of(form).search.clear()
    assert "/pool" in shown(form)


def test_enter_leads_to_what_was_found_also_on_the_other_cards(
    opened: Opened, qtbot: QtBot
) -> None:
    _, form = opened(SMTP)
    form.show()
    form.activateWindow()
    form.more.search("dnsTimeout")
    QTest.keyClick(settings_of(form).search, Qt.Key.Key_Return)
    qtbot.waitUntil(child(form, "field-dnsTimeout").hasFocus)
    form.more.search("host")
    links = [b for b in settings_of(form).findChildren(QPushButton) if b.text() == "Host"]
    assert links[0].accessibleName() == "Go to Host"
    links[0].click()
    assert form.server.host.widget.hasFocus()
    form.more.search("there is none such")
    assert not settings_of(form).nothing.isHidden()


def test_only_what_is_changed(opened: Opened) -> None:
    _, form = opened({**SMTP, "pool": True, "tls": {"minVersion": "TLSv1.3"}})
    form.more.unfold(True)
    settings_of(form).changed_only.setChecked(True)
    assert shown(form) == {"/pool", "/tls/minVersion"}


def test_a_setting_is_taken_back_in_one_step(opened: Opened) -> None:
    state, form = opened({**SMTP, "pool": True})
    before = text(state)
    form.more.unfold(True)
    (binding,) = [b for b in settings_of(form).bindings if b.field.path == "/pool"]
    (reset,) = [b for b in binding.row.findChildren(QPushButton) if b.text() == "Reset"]
    assert reset.accessibleName() == "Reset Keep connections"
    reset.click()
    assert transport(state) == SMTP
    assert reset.isHidden()
    state.undo.undo()
    assert text(state) == before


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/requireTLS", "field-connection-security"),
        ("/opportunisticTLS", "field-connection-security"),
        ("/port", "field-port"),
        ("/socketTimeout", "field-socketTimeout"),
        ("/tls/ciphers", "field-tls-ciphers"),
    ],
)
def test_a_problem_leads_to_its_field(opened: Opened, qtbot: QtBot, path: str, name: str) -> None:
    _, form = opened(SMTP)
    form.show()
    form.activateWindow()
    assert form.lead_to(path)
    qtbot.waitUntil(child(form, name).hasFocus)
    assert not form.lead_to("/nowhere")


def test_a_problem_of_a_key_of_the_security_row_is_not_said_twice(
    opened: Opened, qtbot: QtBot
) -> None:
    state, form = opened({**SMTP, "opportunisticTLS": True})
    qtbot.waitUntil(lambda: state.finder.known)
    form.more.unfold(True)
    form.show_problems()
    found: list[Any] = form.findChildren(QWidget, "problem-opportunistic-plaintext")
    assert [form.server.security.isAncestorOf(one) for one in found] == [True]
