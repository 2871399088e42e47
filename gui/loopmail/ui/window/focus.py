"""Where the focus goes, and whose the keys for undo, redo and paste are."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QSplitter,
    QTabWidget,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid


class FieldKeys(QObject):
    """Watches the focused widget and leaves it neither the keys for undo nor, at times, for paste.

    A line edit keeps a history of its own. On the pages, whose every change is an undo step
    already, that second history would undo letters that the window then takes for new changes. And
    a mail server that is pasted into one field of many would stand there with its password.
    """

    def __init__(self, window: QWidget, pages: QWidget) -> None:
        super().__init__(window)
        self._window, self._pages = window, pages
        self._watched: QWidget | None = None
        self._on_page = False
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._watch)

    def _watch(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and isValid(self._watched):  # it may go with its window
            self._watched.removeEventFilter(self)
            self._watched.destroyed.disconnect(self._forget)
        self._watched = None
        on_page = new is not None and self._pages.isAncestorOf(new)
        takes_text = isinstance(new, QLineEdit) and new.window() is self._window
        if new is not None and (on_page or takes_text):
            self._on_page = on_page
            new.installEventFilter(self)
            new.destroyed.connect(self._forget)
            self._watched = new

    def _forget(self) -> None:
        self._watched = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Say that the field does not want these keys (Qt's virtual method)."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            standard = QKeySequence.StandardKey
            undo = event.matches(standard.Undo) or event.matches(standard.Redo)
            if (undo and self._on_page) or (event.matches(standard.Paste) and _takes(watched)):
                event.ignore()
                return True
        return super().eventFilter(watched, event)


def _takes(field: QObject) -> bool:
    """Tell whether what the clipboard holds is a mail server, and not meant for this field alone."""
    if not isinstance(field, QLineEdit) or field.objectName() == "field-url":
        return False
    room = field.parentWidget()
    if room is not None and isinstance(room.parentWidget(), QAbstractItemView):  # in a cell
        return False
    from loopmail.core.edit.pasted import read_pasted

    return read_pasted(QGuiApplication.clipboard().text()) is not None


# --- F6 and Shift+F6: from one part of the window to the next -------------------------


def go_to_part(parts: Sequence[QWidget], step: int) -> None:
    """Move the focus `step` visible parts on, to what had it there last, else to the first field."""
    shown = [part for part in parts if part.isVisible()]
    if not shown:
        return
    focus = QApplication.focusWidget()
    at = next((i for i, part in enumerate(shown) if focus and part.isAncestorOf(focus)), None)
    first = 0 if step > 0 else len(shown) - 1
    for tried in range(len(shown)):
        next_one = first + tried * step if at is None else at + (tried + 1) * step
        target = focus_stop(shown[next_one % len(shown)])
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def focus_stop(part: QWidget) -> QWidget | None:
    """Return what had the focus in a part last, else its first field; None if it has none."""
    last = part.focusWidget()
    if last is not None and _takes_tab(last):
        return last
    return next(iter(stops(part)), None)


def _takes_tab(widget: QWidget) -> bool:
    tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    proxy = widget.focusProxy()  # of which one has the focus, and it is listed itself
    return widget.isVisible() and widget.isEnabled() and bool(tab) and proxy is None


# --- Tab: the order of reading, whenever the widgets were made ------------------------------

# Nothing inside these takes the focus on its own.
_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)


def stops(root: QWidget, also: QWidget | None = None) -> list[QWidget]:
    """Return what Tab goes to inside `root`, in the order of reading.

    Qt's own order is that in which widgets were made, which for parts made late is no order.
    `also` is listed even if it can no longer have the focus.
    """
    found: list[QWidget] = []
    _add_stops(root, also, found)
    return found


def _add_stops(widget: QWidget, also: QWidget | None, found: list[QWidget]) -> None:
    if widget is also or (_takes_tab(widget) and type(widget) is not QScrollArea):
        found.append(widget)
    if isinstance(widget, QAbstractItemView):  # buttons beside its rows
        found.extend(one for one in widget.findChildren(QToolButton) if _takes_tab(one))
    if isinstance(widget, _WHOLE):
        return
    for child in _in_reading_order(widget):
        hidden = child.isHidden() or child.isWindow()
        if not hidden or (also is not None and (child is also or child.isAncestorOf(also))):
            _add_stops(child, also, found)


def _in_reading_order(widget: QWidget) -> list[QWidget]:
    """Return the children of a widget as they are laid out, then those that are not."""
    placed: Sequence[QWidget | None] = []
    rest = widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if isinstance(widget, QSplitter):
        placed = [widget.widget(at) for at in range(widget.count())]
    elif isinstance(widget, QScrollArea):
        inside = widget.widget()
        return [] if inside is None else [inside]
    elif isinstance(widget, QTabWidget):
        placed = [widget.tabBar()]
    elif isinstance(widget, QMainWindow):  # where Tab begins comes first, what has keys last
        placed = [widget.centralWidget(), widget.statusBar()]
    elif (layout := widget.layout()) is not None:
        placed = _laid_out(layout, rest)
    return [one for one in placed if one is not None] + [one for one in rest if one not in placed]


def _laid_out(layout: QLayout, widgets: Sequence[QWidget]) -> list[QWidget]:
    """Return those of these widgets that a layout and the layouts in it hold, in its order.

    No item of a layout is asked for: PySide keeps what stands for one after Qt has deleted it, and
    takes it for whatever Qt puts at the same address then.
    """
    inner = [one for one in layout.children() if isinstance(one, QLayout)]
    placed: list[tuple[int, QWidget | QLayout]] = [(layout.indexOf(w), w) for w in widgets]
    placed += [(layout.indexOf(one), one) for one in inner]
    there = [(at, one) for at, one in placed if at >= 0]
    if isinstance(layout, QGridLayout):
        there.sort(key=lambda one: layout.getItemPosition(one[0])[:2])  # type: ignore[index]
    else:
        there.sort(key=lambda one: one[0])
    found: list[QWidget] = []
    for _, one in there:
        found.extend(_laid_out(one, widgets) if isinstance(one, QLayout) else [one])
    return found


def move_focus(window: QWidget, parts: Sequence[QWidget], home: QWidget, forward: bool) -> bool:
    """Move the focus one stop on; tell whether there is one.

    What loses the focus because it was hidden or disabled hands it to its neighbour in the same
    of the `parts`, before it if possible: a button under a field to the field. A bar hands it to
    what had it last at `home`.
    """
    focus = window.focusWidget()
    lost = focus is not None and not (focus.isVisible() and focus.isEnabled())
    order = stops(window, focus)
    at = next((i for i, one in enumerate(order) if one is focus), None)
    if at is None and focus is not None:
        at = next((i for i, one in enumerate(order) if one.isAncestorOf(focus)), None)
    target: QWidget | None = None
    if lost and at is not None:
        target = _heir(order, at, parts) or focus_stop(home)
    if target is None:
        step = 1 if forward else -1
        usable = [one for one in order if _takes_tab(one)]
        if at is None:
            target = next(iter(usable), None)
        else:
            turned = order[at + 1 :] + order[:at] if step > 0 else order[:at][::-1] + order[:at:-1]
            target = next((one for one in turned if _takes_tab(one)), None)
    if target is None:
        return False
    reasons = Qt.FocusReason
    reason = reasons.TabFocusReason if forward else reasons.BacktabFocusReason
    target.setFocus(reasons.OtherFocusReason if lost else reason)
    return True


def _heir(order: Sequence[QWidget], at: int, parts: Sequence[QWidget]) -> QWidget | None:
    part = next((one for one in parts if one.isAncestorOf(order[at])), None)
    if part is None:
        return None
    for one in (*reversed(order[:at]), *order[at + 1 :]):
        if part.isAncestorOf(one) and _takes_tab(one):
            return one
    return None
