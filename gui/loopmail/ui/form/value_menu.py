"""What else can be done with a field's value: copy it to another layer, or take it away.

Opened by the right mouse button, the Menu key or Shift+F10.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit, QWidget

from loopmail.core.edit.layers import all_layers, copy_values
from loopmail.core.js import UNDEFINED
from loopmail.ui.form.values import TransportValues

translate = QCoreApplication.translate


def give_menu(
    widget: QWidget,
    values: TransportValues,
    paths: Sequence[str],
    label: str,
    say: Callable[[str], object],
) -> None:
    """Let a field have the menu; `say` gets a sentence if something cannot be done."""
    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def open_menu(position: QPoint) -> None:
        menu = value_menu(widget, values, paths, label, say)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(widget.mapToGlobal(position))

    widget.customContextMenuRequested.connect(open_menu)


def value_menu(
    widget: QWidget,
    values: TransportValues,
    paths: Sequence[str],
    label: str,
    say: Callable[[str], object],
) -> QMenu:
    """Return the menu of a field, below what Qt offers for its text."""
    menu: QMenu | None = None
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        menu = widget.createStandardContextMenu()
    if menu is None:
        menu = QMenu(widget)
    else:
        menu.addSeparator()
    state, transport = values.state, values.transport
    given = any(transport.effective(path) is not UNDEFINED for path in paths)
    to = menu.addMenu(translate("ValueMenu", "Copy This Value To"))
    to.setEnabled(given)
    if state.workspace is not None:
        for file in all_layers(state.snapshot(), state.env):
            if file != transport.file:
                to.addAction(file, partial(_copy, values, paths, label, file, say))
    reset = menu.addAction(
        translate("ValueMenu", "Reset"), partial(values.take_away, paths, label, say)
    )
    reset.setEnabled(any(transport.own(path) is not UNDEFINED for path in paths))
    return menu


def _copy(
    values: TransportValues,
    paths: Sequence[str],
    label: str,
    file: str,
    say: Callable[[str], object],
) -> None:
    text = translate("ValueMenu", "Copy {value} to {file}").format(value=label, file=file)
    source = values.transport
    values.state.change(text, lambda workspace: copy_values(workspace, source, paths, file), say)
