"""Help › About and Help › Keyboard Shortcuts."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from loopmail import __version__
from loopmail.ui.actions import Actions
from loopmail.ui.widgets import heading, plain_label


def show_about(parent: QWidget) -> QDialog:
    """Say what the program is; not modal."""
    dialog, rows = _dialog(parent, _tr("About loopmail"))
    rows.addWidget(heading("loopmail"))
    rows.addWidget(plain_label(_tr("Version {0}").format(__version__), "muted"))
    rows.addWidget(
        plain_label(
            _tr("Set up, test and mend the e-mail of LoopBack 2 and 3 applications."), wrap=True
        )
    )
    return _finish(dialog, rows)


def show_shortcuts(parent: QWidget, actions: Actions) -> QDialog:
    """List the keys of all actions; not modal."""
    dialog, rows = _dialog(parent, _tr("Keyboard Shortcuts"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    lines = [
        (action.text().replace("&", ""), action.shortcut().toString(_NATIVE))
        for action in actions.all()
        if not action.shortcut().isEmpty()
    ]
    lines += [(_tr("Add a data source (in the tree)"), _key(Qt.Key.Key_Insert))]
    lines += [(_tr("Remove the data source (in the tree)"), _key(Qt.Key.Key_Delete))]
    for row, (name, keys) in enumerate(lines):
        grid.addWidget(plain_label(name), row, 0)
        grid.addWidget(plain_label(keys, "muted"), row, 1)
    rows.addLayout(grid)
    return _finish(dialog, rows)


_NATIVE = QKeySequence.SequenceFormat.NativeText


def _key(key: Qt.Key) -> str:
    return QKeySequence(key).toString(_NATIVE)


def _dialog(parent: QWidget, title: str) -> tuple[QDialog, QVBoxLayout]:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    rows = QVBoxLayout(dialog)
    rows.setContentsMargins(24, 20, 24, 16)
    rows.setSpacing(10)
    return dialog, rows


def _finish(dialog: QDialog, rows: QVBoxLayout) -> QDialog:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    rows.addWidget(buttons)
    dialog.show()
    return dialog


def _tr(text: str) -> str:
    return QCoreApplication.translate("Help", text)
