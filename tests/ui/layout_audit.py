"""Whether every text of a window fits its place, and nothing overlaps or is out of reach."""

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolBar,
    QWidget,
)

_SLACK = 1  # pixels lost by rounding
_INSIDE = (QComboBox, QAbstractItemView, QLineEdit, QPlainTextEdit, QTabBar)


def settle() -> None:
    """Let the layouts that are due be made, those that these ask for included.

    What a worker hands over meanwhile changes texts, so layouts come last.
    """
    for _ in range(3):
        QApplication.processEvents()
        for _ in range(6):
            QApplication.sendPostedEvents(None, QEvent.Type.Polish.value)
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def findings(root: QWidget) -> list[str]:
    """Return what does not fit in a window that is shown, each with the widget's name."""
    found: list[str] = []
    for widget in _shown(root):
        found.extend(f"{_name(widget)}: {text}" for text in _faults(widget, root))
    return found


def _shown(widget: QWidget) -> Iterator[QWidget]:
    yield widget
    if isinstance(widget, _INSIDE):
        return
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and child.isVisible():
            yield from _shown(child)


def _name(widget: QWidget) -> str:
    own = widget.accessibleName() or widget.objectName()
    text = getattr(widget, "text", None)
    if callable(text) and not isinstance(widget, QLineEdit | QPlainTextEdit):
        own = f"{own} “{text()[:50]}”"
    ancestors: list[str] = []
    up = widget.parentWidget()
    while up is not None and len(ancestors) < 3:
        label = up.objectName() or type(up).__name__
        if not label.startswith("qt_") and type(up) is not QWidget:
            ancestors.append(label)
        up = up.parentWidget()
    return f"{type(widget).__name__} {own} in {'/'.join(ancestors)}"


def _faults(widget: QWidget, root: QWidget) -> Iterator[str]:
    needed = _needed(widget)
    if needed.width() > widget.width() + _SLACK:
        yield f"{widget.width()} wide where its text needs {needed.width()}"
    if needed.height() > widget.height() + _SLACK:
        yield f"{widget.height()} high where its text needs {needed.height()}"
    if _has_text(widget):
        yield from _out_of_reach(widget, root)
    yield from _overlaps(widget)


def _has_text(widget: QWidget) -> bool:
    kinds = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QTabBar)
    return isinstance(widget, kinds) or (isinstance(widget, QLabel) and bool(widget.text()))


def _needed(widget: QWidget) -> QSize:
    """Return the least size in which a widget shows its text; nothing for one that says no more.

    Labels that may be cut say so by the property `elides` and have a tool tip.
    """
    if isinstance(widget, QLabel):
        if widget.property("elides") or not widget.text():
            return QSize()
        if widget.wordWrap():
            return QSize(0, widget.heightForWidth(widget.width()))
        return widget.sizeHint()
    if isinstance(widget, QAbstractButton):
        if not widget.text():
            return QSize()
        if isinstance(widget, QCheckBox):
            return widget.sizeHint()
        return widget.minimumSizeHint().expandedTo(widget.sizeHint()) if widget.text() else QSize()
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            widget,
        )
        shown = widget.fontMetrics().horizontalAdvance(widget.currentText())
        if not option.currentIcon.isNull():
            shown += widget.iconSize().width() + 4
        return QSize(shown + widget.width() - field.width(), widget.fontMetrics().height())
    if isinstance(widget, QLineEdit):
        return QSize(0, widget.fontMetrics().height())
    if isinstance(widget, QTabBar):
        return QSize(0, widget.fontMetrics().height())
    return QSize()


def _out_of_reach(widget: QWidget, root: QWidget) -> Iterator[str]:
    """Tell whether a part of the widget lies outside of what holds it and cannot be scrolled to."""
    rect = QRect(QPoint(0, 0), widget.size())
    inner: QWidget = widget
    while inner is not root:
        outer = inner.parentWidget()
        if outer is None:
            return
        rect = QRect(inner.mapTo(outer, rect.topLeft()), rect.size())
        area = outer.parentWidget()
        if isinstance(area, QAbstractScrollArea) and area.viewport() is outer:
            if not isinstance(area, QScrollArea):
                return
            off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            if area.horizontalScrollBarPolicy() != off:
                return
            rect = QRect(rect.left(), 0, rect.width(), 1)
        if rect.left() < -_SLACK or rect.right() > outer.width() + _SLACK:
            yield f"{rect.left()}…{rect.right()} in {outer.width()} of {_name(outer)}"
            return
        if rect.top() < -_SLACK or rect.bottom() > outer.height() + _SLACK:
            yield f"{rect.top()}…{rect.bottom()} down in {outer.height()} of {_name(outer)}"
            return
        inner = outer


def _overlaps(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QStackedWidget | QSplitter | QToolBar | QAbstractScrollArea):
        return
    kin = [
        one
        for one in widget.children()
        if isinstance(one, QWidget)
        and one.isVisible()
        and not one.isWindow()
        and one.property("role") != "drawer"
        and (_has_text(one) or one.layout() is not None)
    ]
    for at, one in enumerate(kin):
        for other in kin[at + 1 :]:
            both = one.geometry().intersected(other.geometry())
            if both.width() > _SLACK and both.height() > _SLACK and not one.isAncestorOf(other):
                yield f"overlap of {_name(one)} and {_name(other)}"
