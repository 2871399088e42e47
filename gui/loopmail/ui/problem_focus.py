"""Goes to the place where a problem can be mended: page, layer, transport, field."""

from PySide6.QtWidgets import QScrollArea, QTabBar, QWidget

from loopmail.core.checks.problem import Problem
from loopmail.core.jsontext.pointer import parse_pointer
from loopmail.ui.app_tree_model import place_of
from loopmail.ui.file_page import FilePage
from loopmail.ui.pages import Pages
from loopmail.ui.state import AppState


def go_to_problem(state: AppState, pages: Pages, problem: Problem) -> None:
    """Show the problem's page and put the focus into its field, or near it."""
    if problem.file in state.layers():
        state.set_layer(problem.file)
    state.select(*place_of(problem))
    page = pages.currentWidget()
    if isinstance(page, FilePage):
        page.text.go_to(problem.line, problem.column)
        page.text.setFocus()
        return
    if page is None:
        return
    tokens = parse_pointer(problem.pointer)[1:]
    if len(tokens) > 1 and tokens[0] == "transports" and tokens[1].isdigit():
        tabs = page.findChild(QTabBar)
        if tabs is not None and int(tokens[1]) < tabs.count():
            tabs.setCurrentIndex(int(tokens[1]))
        tokens = tokens[2:]
    elif tokens[:1] == ("transport",):
        tokens = tokens[1:]
    _focus_field(page, tokens)


def _focus_field(page: QWidget, tokens: tuple[str, ...]) -> None:
    """Focus the field of this path, else that of the nearest path around it, else the page."""
    while tokens:
        field = page.findChild(QWidget, "field-" + "-".join(tokens))
        if field is not None and field.isEnabled():
            field.setFocus()
            for scroller in page.findChildren(QScrollArea):
                if scroller.isAncestorOf(field):
                    scroller.ensureWidgetVisible(field, 0, 80)
            return
        tokens = tokens[:-1]
    page.setFocus()
