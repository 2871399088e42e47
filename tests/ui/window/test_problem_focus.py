import pytest
from pytestqt.qtbot import QtBot

from loopmail.core.checks.problem import Problem
from loopmail.ui.page.file import FilePage
from loopmail.ui.window.main_window import MainWindow
from small_app import MakeApp

TWO = {
    "emailDs": {
        "connector": "mail",
        "transports": [{"type": "smtp", "host": "a"}, {"type": "smtp", "alias": "b", "host": "b"}],
    }
}


def _go(window: MainWindow, file: str, pointer: str, check: str = "schema") -> None:
    problem = Problem(check, "error", file, 2, 3, pointer, None, "text")
    window.parts.bottom.problems.place_wanted.emit(problem)


@pytest.fixture
def two(window: MainWindow, make_app: MakeApp, qtbot: QtBot) -> MainWindow:
    path = make_app(datasources=TWO, **{"datasources.local": "{"})
    with qtbot.waitSignal(window.state.opened):
        window.files.open(path)
    return window


def _focused(window: MainWindow) -> str:
    widget = window.focusWidget()  # also when another window is the active one
    assert widget is not None
    return widget.objectName()


def test_the_field_of_the_problem_gets_the_focus(two: MainWindow) -> None:
    two.state.select("bindings")
    _go(two, "datasources.json", "/emailDs/transports/0/host")
    assert two.state.selection == ("datasource", "emailDs")
    assert _focused(two) == "field-host"


def test_the_right_transport_is_shown(two: MainWindow) -> None:
    _go(two, "datasources.json", "/emailDs/transports/1/port")
    assert _focused(two) == "field-port"
    page = two.parts.pages.currentWidget()
    assert page is not None
    assert page.form.values.index == 1  # type: ignore[attr-defined]


def test_the_layer_becomes_the_one_with_the_problem(two: MainWindow) -> None:
    two.state.set_layer("datasources.local.json")
    _go(two, "datasources.json", "/emailDs/transports/0/host")
    assert two.state.layer == "datasources.json"


def test_a_broken_files_text_gets_the_focus_at_the_place(two: MainWindow) -> None:
    _go(two, "datasources.local.json", "", "json-invalid")
    assert _focused(two) == "fileText"


def test_a_problem_of_the_bindings_shows_their_page(two: MainWindow) -> None:
    _go(two, "model-config.json", "/Email/dataSource")
    assert two.state.selection == ("bindings", "")


def test_a_secret_of_a_file_without_a_form_is_shown_in_its_text_as_dots(
    window: MainWindow, make_app: MakeApp, qtbot: QtBot
) -> None:
    config = '{\n  "cookieSecret": "s3cret-3",\n  "port": 1\n}\n'
    with qtbot.waitSignal(window.state.opened):
        window.files.open(make_app(config=config))
    _go(window, "config.json", "/cookieSecret", "secret-in-file")
    page = window.parts.pages.currentWidget()
    assert isinstance(page, FilePage)
    assert page.banner.title.text() == "config.json has no form."
    assert page.text.textCursor().blockNumber() == 1
    assert "s3cret" not in page.text.toPlainText()
