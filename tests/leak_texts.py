"""What the widgets of a window show and say to others, as texts to search."""

from PySide6.QtCore import QAbstractListModel
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)


def texts_of(widget: QWidget) -> list[str]:
    """Return what a widget shows and says to others."""
    texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
    texts += [widget.windowTitle(), widget.statusTip(), widget.whatsThis()]
    if isinstance(widget, QLabel | QAbstractButton):
        texts.append(widget.text())
    elif isinstance(widget, QLineEdit):
        texts += [widget.displayText(), widget.placeholderText()]
    elif isinstance(widget, QPlainTextEdit):
        texts.append(widget.toPlainText())
    elif isinstance(widget, QComboBox):
        texts += [widget.itemText(at) for at in range(widget.count())]
    model = getattr(widget, "model", None)
    found = model() if callable(model) else None
    if found is not None and not isinstance(widget, QComboBox):
        for row in range(found.rowCount()):
            columns = 1 if isinstance(found, QAbstractListModel) else found.columnCount()
            for column in range(columns):
                texts.append(str(found.index(row, column).data() or ""))
    return texts


def label_of(field: QLineEdit) -> str:
    """Return the text of the label that names a field."""
    window = field.window()
    found = [label for label in window.findChildren(QLabel) if label.buddy() is field]
    return found[0].text().replace("&", "") if found else ""
