"""Secrets in the clipboard: marked for clipboard managers, and gone after a while."""

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QClipboard, QGuiApplication

from loopmail.ui.widgets import single_shot

KEEP_SECONDS = 45


class BriefClipboard(QObject):
    """Puts a secret into the clipboard and takes it out again unless something else is there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._timer = single_shot(self, KEEP_SECONDS * 1000, self.clear)

    def copy(self, text: str) -> None:
        """Copy a secret for KEEP_SECONDS."""
        data = QMimeData()
        data.setText(text)
        # KDE's and others' clipboard managers do not keep what is marked so.
        data.setData("x-kde-passwordManagerHint", b"secret")
        QGuiApplication.clipboard().setMimeData(data, QClipboard.Mode.Clipboard)
        self._text = text
        self._timer.start()

    def clear(self) -> None:
        """Take the secret out, if it is still there."""
        self._timer.stop()
        clipboard = QGuiApplication.clipboard()
        if self._text and clipboard.text() == self._text:
            clipboard.clear()
        self._text = ""
