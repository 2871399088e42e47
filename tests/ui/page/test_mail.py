import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.loopback.datasources import list_datasources
from loopmail.ui.form.card import FormCard
from loopmail.ui.form.key_tree import VALUE
from loopmail.ui.form.problem_card import ProblemLine
from loopmail.ui.page.mail import MailPage
from loopmail.ui.session.state import AppState
from page_apps import SMTP, SmallApps, mail, text, value

MODELS = {
    "_meta": {"sources": ["../common/models"]},
    "Email": {"dataSource": "emailDs", "public": False},
}


Opened = Callable[..., tuple[AppState, MailPage]]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    def open_page(datasources: Any, **files: Any) -> tuple[AppState, MailPage]:
        everything = {"datasources.json": datasources, "model-config.json": MODELS, **files}
        state = small_apps.state(everything)
        page = small_apps.shown(MailPage(state))
        state.select("datasource", "emailDs")
        page.show_datasource("emailDs")
        state.selection_changed.connect(lambda: page.show_datasource(state.selection[1]))
        return state, page

    return open_page


def test_the_header_says_name_kind_and_users(opened: Opened) -> None:
    _, page = opened({"emailDs": mail(SMTP)})
    assert page.header.name.text() == "emailDs"
    assert page.header.kind.text() == "mail"
    assert page.header.users.text() == "used by Email"
    assert page.tabs.isHidden()


def test_renaming_takes_the_bindings_along_in_one_step(opened: Opened, qtbot: QtBot) -> None:
    state, page = opened({"emailDs": mail(SMTP)})
    before = text(state)
    page.header.name.setText("outbox")  # no editingFinished: as assistive software types
    qtbot.waitUntil(lambda: "outbox" in value(state), timeout=3000)
    assert value(state, "model-config.json")["Email"]["dataSource"] == "outbox"
    assert state.selection == ("datasource", "outbox")
    assert page.form.values.datasource == "outbox"
    assert state.undo.count() == 1
    state.undo.undo()
    assert text(state) == before
    assert page.header.name.text() == "emailDs"


def test_a_name_that_is_taken_is_refused_with_a_sentence(opened: Opened, qtbot: QtBot) -> None:
    state, page = opened({"emailDs": mail(SMTP), "db": {"connector": "memory"}})
    page.header.name.setText("db")
    qtbot.waitUntil(lambda: bool(page.header.sentence.text()), timeout=3000)
    assert state.undo.count() == 0
    assert page.header.name.text() == "db"


def test_several_transports_have_tabs(opened: Opened) -> None:
    state, page = opened({"emailDs": mail({**SMTP, "alias": "bulk"}, {"host": "second"})})
    assert not page.tabs.isHidden()
    assert page.tabs.tabText(0) == "bulk"
    page.tabs.setCurrentIndex(1)
    assert page.form.values.index == 1
    assert page.form.values.transport.own("/host") == "second"


def test_transports_are_added_and_removed(opened: Opened) -> None:
    state, page = opened({"emailDs": mail(SMTP)})
    page.header.add_transport.click()
    assert len(value(state)["emailDs"]["transports"]) == 2
    assert page.tabs.count() == 2
    assert page.tabs.currentIndex() == 1
    page.remove_transport()
    assert value(state)["emailDs"]["transports"] == [SMTP]
    assert page.form.values.index == 0


def test_a_single_transport_object_is_edited_in_place(opened: Opened) -> None:
    state, page = opened({"emailDs": {"connector": "mail", "transport": SMTP}})
    page.form.findChild(type(page.header.name), "field-host").setText("h2")  # type: ignore[union-attr]
    assert value(state)["emailDs"]["transport"]["host"] == "h2"
    assert "transports" not in value(state)["emailDs"]


def test_duplicate_and_remove_are_undone(opened: Opened) -> None:
    state, page = opened({"emailDs": mail(SMTP)})
    before = text(state)
    page.duplicate()
    assert list(value(state)) == ["emailDs", "emailDsCopy"]
    assert state.selection == ("datasource", "emailDsCopy")
    page.remove()
    assert list(value(state)) == ["emailDs"]
    while state.undo.canUndo():
        state.undo.undo()
    assert text(state) == before


@pytest.mark.parametrize("odd", ["smtp://x", 7, None, ["a"]])
def test_a_data_source_that_is_no_object_is_shown_as_it_is(opened: Opened, odd: Any) -> None:
    state, page = opened({"emailDs": odd})
    before = text(state)
    page.refresh()
    assert text(state) == before
    info = list_datasources(state.snapshot())[0]
    assert info.broken is not None
    assert not page.banner.isHidden()
    assert page.raw.toPlainText()
    assert page.form.isHidden()


@pytest.mark.parametrize("odd", ["smtp", {"0": SMTP}, 3])
def test_transports_of_a_wrong_type_lose_nothing(opened: Opened, odd: Any) -> None:
    state, page = opened({"emailDs": {"connector": "mail", "transports": odd}})
    before = text(state)
    page.refresh()
    host = page.form.findChild(type(page.header.name), "field-host")
    assert host is not None
    host.setText("mail.example.com")
    if not page.form.isHidden():
        assert value(state)["emailDs"]["transports"] == odd or isinstance(odd, dict)
    state.undo.undo()
    assert text(state) == before


def test_an_app_that_would_not_start_says_so(opened: Opened) -> None:
    two = mail(SMTP, SMTP)
    _, page = opened({"emailDs": mail(SMTP)}, **{"datasources.development.json": {"emailDs": two}})
    assert "would not start" in page.banner.title.text()
    assert "different length" in page.banner.text.text()


def test_a_problem_stands_under_its_field_with_its_fix(opened: Opened, qtbot: QtBot) -> None:
    state, page = opened({"emailDs": mail({**SMTP, "port": 465, "secure": False})})
    row = page.form.server.bindings[1].row

    fix = Fix(
        "Set port to 587",
        True,
        lambda w: [
            w.edit_value("datasources.json", "/emailDs/transports/0/host", "mended.example.com")
        ],
    )
    problem = Problem(
        "port-secure-mismatch",
        "error",
        "datasources.json",
        1,
        1,
        "/emailDs/transports/0/host",
        None,
        "Wrong.",
        fix,
    )
    row.set_problems([problem])
    button = row.findChildren(ProblemLine)[0].button
    assert button is not None
    assert button.toolTip() == "Set port to 587"
    button.click()
    assert value(state)["emailDs"]["transports"][0]["host"] == "mended.example.com"


def test_closing_the_app_leaves_an_empty_page(opened: Opened) -> None:
    state, page = opened({"emailDs": mail(SMTP)})
    state.set_workspace(None)
    page.refresh()
    assert page.name == ""


def test_another_connector_has_a_tree_of_all_its_keys(opened: Opened) -> None:
    state, page = opened({"emailDs": mail(SMTP), "db": {"connector": "memory", "file": "a.json"}})
    page.show_datasource("db")
    assert page.form.isHidden()
    assert page.header.add_transport.isHidden()
    model = page.keys.model
    assert [node.key for node in model.roots] == ["connector", "file"]
    assert model.setData(model.index(1, VALUE), "b.json")
    page.keys.new_key.setText("localStorage")
    page.keys.add_button.click()
    assert value(state)["db"] == {"connector": "memory", "file": "b.json", "localStorage": ""}


@contextmanager
def refreshes(page: MailPage) -> Iterator[list[object]]:
    """Note every time that the page or its form reads the values."""
    watched = {MailPage.refresh.__code__, FormCard.show_values.__code__}
    seen: list[object] = []

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in watched:
            seen.append(frame.f_locals["self"])

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def test_a_letter_and_the_problems_after_it_refresh_the_page_once(
    opened: Opened, qtbot: QtBot
) -> None:
    state, page = opened({"emailDs": mail(SMTP)})
    host = next(b for b in page.form.server.bindings if b.field.path == "/host")
    qtbot.waitUntil(lambda: state.finder.known, timeout=3000)
    with refreshes(page) as seen, qtbot.waitSignal(state.problems_changed, timeout=3000):
        host.widget.setText(" a")  # type: ignore[attr-defined]
    assert seen.count(page) == 1
    assert [seen.count(card) for card in page.form.cards] == [1] * len(page.form.cards)
    assert host.row.findChildren(ProblemLine)[0].button  # a blank before the name has a fix


def test_problems_that_arrive_leave_the_values_alone(opened: Opened, qtbot: QtBot) -> None:
    state, page = opened({"emailDs": mail({**SMTP, "host": " a"})})
    host = next(b for b in page.form.server.bindings if b.field.path == "/host")
    with QSignalBlocker(host.widget):
        host.widget.setText("half-typed")  # type: ignore[attr-defined]
    port = next(b for b in page.form.server.bindings if b.field.path == "/port")
    port.widget.setText("x")  # type: ignore[attr-defined]
    with refreshes(page) as seen:
        qtbot.waitUntil(lambda: bool(host.row.findChildren(ProblemLine)), timeout=3000)
    assert seen == []
    assert host.widget.text() == "half-typed"  # type: ignore[attr-defined]
    assert "not a number" in port.row.sentence.text()


def test_a_data_source_of_another_environment_is_said_to_be_absent(opened: Opened) -> None:
    state, page = opened({}, **{"datasources.production.json": {"emailDs": mail(SMTP)}})
    assert page.banner.title.text() == "There is no such data source in this environment."
    assert "It stands in datasources.production.json" in page.banner.text.text()
    state.set_environment("production")
    assert page.banner.isHidden()


def test_a_layer_that_a_script_hides_is_said_not_to_be_read(opened: Opened) -> None:
    layer = {"datasources.local.json": {"emailDs": {"transports": [{"host": "unused"}]}}}
    script = {"datasources.local.js": "module.exports = {};"}
    state, page = opened({"emailDs": mail(SMTP)}, **layer, **script)
    assert page.banner.isHidden()
    state.set_layer("datasources.local.json")
    title = "datasources.local.json is not read in this environment."
    assert page.banner.title.text() == title
    host = page.form.findChild(QLineEdit, "field-host")
    assert host is not None
    assert (host.text(), host.isReadOnly()) == (SMTP["host"], True)
