"""The dialog that asks which of the apps in a folder shall be opened."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from loopmail.ui.widgets.building_blocks import buddy_label, plain_label, set_role
from loopmail.ui.widgets.icons import icon


class ChooseAppDialog(QDialog):
    """Lists the apps by their folders; Return or a double click opens one."""

    chosen = Signal(object)  # Path

    def __init__(self, folder: Path, places: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("chooseApp")
        self.setWindowTitle(self.tr("Choose an App"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_role(self, "page")
        told = self.tr("{0} holds {1} LoopBack apps. Which one shall be opened?")
        self.apps = QListWidget()
        self.apps.setObjectName("apps")
        self.apps.setAccessibleName(self.tr("Apps"))
        self.apps.setUniformItemSizes(True)
        for place in places:
            item = QListWidgetItem(icon("open", "muted"), place.relative_to(folder).as_posix())
            item.setData(Qt.ItemDataRole.UserRole, str(place))
            self.apps.addItem(item)
        self.apps.setCurrentRow(0)
        self.apps.itemActivated.connect(self.accept)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Open | standard.Cancel)
        self.open_button = buttons.button(standard.Open)
        self.open_button.setDefault(True)
        set_role(self.open_button, "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(plain_label(told.format(folder, len(places)), wrap=True))
        layout.addWidget(buddy_label(self.tr("&Apps"), self.apps))
        layout.addWidget(self.apps, 1)
        layout.addWidget(buttons)
        self.apps.setFocus()
        self.resize(520, 340)

    def accept(self) -> None:
        """Say which app was chosen, and close (Qt's virtual method)."""
        item = self.apps.currentItem()
        if item is None or not self.isVisible():
            return
        super().accept()
        self.chosen.emit(Path(item.data(Qt.ItemDataRole.UserRole)))
