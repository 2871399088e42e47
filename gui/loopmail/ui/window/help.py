"""Help › About, Help › Keyboard Shortcuts, and the report of an unexpected error."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QPushButton, QWidget

from loopmail import __version__
from loopmail.ui.session.actions import Actions
from loopmail.ui.widgets.building_blocks import (
    Item,
    ReadOnlyText,
    button,
    column,
    heading,
    plain_label,
)

# By this name and with the texts themselves, so that lupdate finds them.
translate = QCoreApplication.translate
_NATIVE = QKeySequence.SequenceFormat.NativeText


def show_about(parent: QWidget) -> QDialog:
    """Say what the program is; not modal."""
    about = translate("Help", "Set up, test and mend the e-mail of LoopBack 2 and 3 applications.")
    return _show(
        parent,
        translate("Help", "About loopmail"),
        heading("loopmail"),
        plain_label(translate("Help", "Version {0}").format(__version__), "muted"),
        plain_label(about, wrap=True),
    )


def show_shortcuts(parent: QWidget, actions: Actions) -> QDialog:
    """List the keys of all actions; not modal."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    lines = [
        (action.text().replace("&", ""), action.shortcut().toString(_NATIVE))
        for action in actions.all()
        if not action.shortcut().isEmpty()
    ]
    for text, key in (
        (translate("Help", "Add a data source (in the tree)"), Qt.Key.Key_Insert),
        (translate("Help", "Remove the data source (in the tree)"), Qt.Key.Key_Delete),
    ):
        lines.append((text, QKeySequence(key).toString(_NATIVE)))
    for row, (name, keys) in enumerate(lines):
        grid.addWidget(plain_label(name), row, 0)
        grid.addWidget(plain_label(keys, "muted"), row, 1)
    return _show(parent, translate("Help", "Keyboard Shortcuts"), grid)


def _show(parent: QWidget, title: str, *items: Item, copy: QPushButton | None = None) -> QDialog:
    """Show these items with a button that closes them; a text that can be copied gets more room."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    if copy is not None:
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        column(*items, buttons, margins=None, inside=dialog)
    else:
        column(*items, buttons, spacing=10, margins=(24, 20, 24, 16), inside=dialog)
    dialog.show()
    return dialog


# --- Reports of unexpected errors -----------------------------------------------------


def show_report(parent: QWidget, text: str) -> QDialog:
    """Show a report with a button that copies it; not modal."""
    told = plain_label(
        translate(
            "Help",
            "The report names places in the program, and nothing of your files or passwords.",
        ),
        wrap=True,
    )
    copy = button(translate("Help", "Copy"), lambda: QGuiApplication.clipboard().setText(text))
    shown = ReadOnlyText(translate("Help", "Report"))
    shown.setPlainText(text)
    dialog = _show(
        parent, translate("Help", "Report of an unexpected error"), told, shown, copy=copy
    )
    dialog.setObjectName("crashReport")
    dialog.resize(620, 360)
    return dialog
