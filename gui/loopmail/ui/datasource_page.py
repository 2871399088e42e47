"""The page of a data source that is not mail: its keys and values as the layers have them."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from loopmail.ui.state import AppState
from loopmail.ui.widgets import PAGE_MARGIN, chip, heading, plain_label, set_role


class DatasourcePage(QWidget):
    """A table of keys and values."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._name = ""
        self.setObjectName("datasourcePage")
        set_role(self, "page")
        self.title = heading()
        self.connector = chip()
        self.used_by = plain_label("", "muted")
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.connector)
        head.addWidget(self.used_by, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(PAGE_MARGIN, 18, PAGE_MARGIN, 18)
        rows.addLayout(head)
        rows.addStretch(1)

    def show_datasource(self, name: str) -> None:
        """Show a data source by its name."""
        self._name = name
        self.title.setText(name)
