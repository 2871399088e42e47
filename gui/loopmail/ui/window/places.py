"""Going to a place in the app's files: the page that shows it, the field that writes it.

Imported when one is gone to, since only an open app has places.
"""

from PySide6.QtWidgets import QScrollArea, QTabBar, QWidget

from loopmail.core.checks.problem import Problem
from loopmail.core.edit.fields import TRANSPORT_FIELDS
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.ui.page.file import FilePage
from loopmail.ui.page.mail import MailPage
from loopmail.ui.page.tree_model import page_at, page_of
from loopmail.ui.session.state import AppState
from loopmail.ui.window.pages import Pages


def go_to_problem(state: AppState, pages: Pages, problem: Problem) -> None:
    """Show the problem's page and put the focus into its field, or near it."""
    place = (problem.line, problem.column)
    _go(state, pages, page_of(problem), problem.file, problem.pointer, place)


def go_to_place(state: AppState, pages: Pages, file: str, pointer: str) -> None:
    """Show the page of a value of a file and put the focus into its field, or near it."""
    workspace = state.workspace
    document = workspace.documents.get(file) if workspace is not None else None
    place = document.position(pointer) if document is not None else None
    _go(state, pages, page_at(file, pointer), file, pointer, place or (1, 1))


def _go(
    state: AppState,
    pages: Pages,
    key: tuple[str, str],
    file: str,
    pointer: str,
    place: tuple[int, int],
) -> None:
    if file in state.layers():
        state.set_layer(file)
    state.select(*key)
    page = pages.currentWidget()
    if isinstance(page, FilePage):
        page.text.go_to(*place)
        page.text.setFocus()
        return
    if page is None:
        return
    tokens = parse_pointer(pointer)[1:]
    if len(tokens) > 1 and tokens[0] == "transports" and tokens[1].isdigit():
        tabs = page.findChild(QTabBar)
        if tabs is not None and int(tokens[1]) < tabs.count():
            tabs.setCurrentIndex(int(tokens[1]))
        tokens = tokens[2:]
    elif tokens[:1] == ("transport",):
        tokens = tokens[1:]
    focus_field(page, tokens)


# *Connection security* stands for several keys, of which this one says most.
_FIELDS = {"field-connection-security": "/secure"} | {
    "field" + field.path.replace("/", "-"): field.path for field in TRANSPORT_FIELDS
}


def place_of_field(pages: Pages, field: QWidget) -> tuple[str, str] | None:
    """Return the file and the JSON Pointer that a field of the page in view writes, or None."""
    path = _FIELDS.get(field.objectName())
    page = pages.currentWidget()
    if path is None or "mail" not in vars(pages) or page is not pages.mail:
        return None
    transport = pages.mail.form.values.transport
    return (transport.file, transport.pointer(path)) if page.isAncestorOf(field) else None


def focus_field(page: QWidget, tokens: tuple[str, ...]) -> None:
    """Focus the field of this path, else that of the nearest path around it, else the page."""
    if isinstance(page, MailPage) and page.form.lead_to(format_pointer(tokens)):
        return
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
