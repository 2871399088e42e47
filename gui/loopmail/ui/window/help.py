"""Help › About, Help › Keyboard Shortcuts, and the report of an unexpected error."""

import platform
import traceback
from types import TracebackType

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from loopmail import __version__
from loopmail.ui.session.actions import Actions
from loopmail.ui.widgets.building_blocks import heading, plain_label


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


# --- Reports of unexpected errors -----------------------------------------------------

_MOST_FRAMES = 40


def report_text(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Return the report: kind of error, versions, modules and lines.

    The error's own text is left out, as are source lines and variables: each may hold a secret.
    """
    lines = [
        f"loopmail {__version__}, Python {platform.python_version()}, {platform.system()}",
        f"{kind.__module__}.{kind.__qualname__}",
    ]
    frames = [] if trace is None else list(traceback.walk_tb(trace))[-_MOST_FRAMES:]
    for frame, line in frames:
        lines.append(f"  {frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}")
    return "\n".join(lines) + "\n"


def show_report(parent: QWidget, text: str) -> QDialog:
    """Show a report with a button that copies it; not modal."""
    dialog = QDialog(parent)
    dialog.setObjectName("crashReport")
    dialog.setWindowTitle(_report_crash_tr("Report of an unexpected error"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    rows = QVBoxLayout(dialog)
    told = _report_crash_tr(
        "The report names places in the program, and nothing of your files or passwords."
    )
    rows.addWidget(plain_label(told, wrap=True))
    shown = QPlainTextEdit(text)
    shown.setReadOnly(True)
    shown.setAccessibleName(_report_crash_tr("Report"))
    shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    rows.addWidget(shown)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    copy = QPushButton(_report_crash_tr("Copy"))
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
    buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
    buttons.rejected.connect(dialog.close)
    rows.addWidget(buttons)
    dialog.resize(620, 360)
    dialog.show()
    return dialog


def _report_crash_tr(text: str) -> str:
    return QCoreApplication.translate("CrashReport", text)
