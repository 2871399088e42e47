"""A small window that asks for a data source's name; not modal, and checked while typing."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from loopmail.ui.widgets import plain_label, set_tone


class NameDialog(QDialog):
    """Calls `accept_name` with a name for which `why_not` has no objection."""

    def __init__(
        self,
        title: str,
        start: str,
        button: str,
        why_not: Callable[[str], str | None],
        accept_name: Callable[[str], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("nameDialog")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(380)
        self._why_not = why_not
        self._accept_name = accept_name
        self.name = QLineEdit(start)
        self.name.setObjectName("newName")
        self.name.selectAll()
        self.name.textChanged.connect(self._check)
        form = QFormLayout()
        form.addRow(self.tr("&Name"), self.name)
        self.sentence = plain_label("", "error", wrap=True)
        self.sentence.setMinimumHeight(self.sentence.fontMetrics().height() * 2)
        buttons = QDialogButtonBox()
        self.go = buttons.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._go)
        buttons.rejected.connect(self.reject)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 16, 18, 14)
        rows.setSpacing(10)
        rows.addLayout(form)
        rows.addWidget(self.sentence)
        rows.addWidget(buttons)
        self._check(start)

    def _check(self, text: str) -> None:
        sentence = self._why_not(text) or ""
        self.sentence.setText(sentence)
        set_tone(self.name, "error" if sentence else None)
        self.go.setEnabled(not sentence)

    def _go(self) -> None:
        if self.go.isEnabled():
            self.accept()
            self._accept_name(self.name.text())
