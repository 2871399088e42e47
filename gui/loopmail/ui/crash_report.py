"""What is shown and logged of an error that nobody expected: places in the program, no values."""

import platform
import traceback
from types import TracebackType

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from loopmail import __version__
from loopmail.ui.widgets import plain_label

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
    dialog.setWindowTitle(_report_tr("Report of an unexpected error"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    rows = QVBoxLayout(dialog)
    told = _report_tr(
        "The report names places in the program, and nothing of your files or passwords."
    )
    rows.addWidget(plain_label(told, wrap=True))
    shown = QPlainTextEdit(text)
    shown.setReadOnly(True)
    shown.setAccessibleName(_report_tr("Report"))
    shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    rows.addWidget(shown)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    copy = QPushButton(_report_tr("Copy"))
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
    buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
    buttons.rejected.connect(dialog.close)
    rows.addWidget(buttons)
    dialog.resize(620, 360)
    dialog.show()
    return dialog


def _report_tr(text: str) -> str:
    return QCoreApplication.translate("CrashReport", text)
