"""The first page: open a folder, recent apps, the sample app."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from loopmail.ui.widgets.building_blocks import (
    Card,
    heading,
    plain_label,
    plain_tip,
    primary_button,
    set_role,
)
from loopmail.ui.widgets.icons import icon


class WelcomePage(QScrollArea):
    """Says what the program is for and offers the ways to begin."""

    open_wanted = Signal()
    recent_wanted = Signal(object)  # Path
    sample_wanted = Signal()
    catcher_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcomePage")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        set_role(page, "page")
        column = QWidget()
        column.setMaximumWidth(620)
        self._rows = QVBoxLayout(column)
        self._rows.setSpacing(16)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(column, 8)
        middle.addStretch(1)
        outer = QVBoxLayout(page)
        outer.setContentsMargins(24, 32, 24, 24)
        outer.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(2)
        self.setWidget(page)
        self._build()

    def _build(self) -> None:
        self._rows.addWidget(heading(self.tr("Make your LoopBack app send mail"), scale=1.9))
        self._rows.addWidget(
            plain_label(
                self.tr(
                    "Open the folder of a LoopBack 2 or 3 app, set up its mail data source, keep"
                    " the password in the keyring, and send a test message exactly as the app"
                    " would."
                ),
                "muted",
                wrap=True,
            )
        )
        row = QHBoxLayout()
        self.open = primary_button(self.tr("Open Folder…"))
        self.sample = QPushButton(icon("send"), self.tr("Try the sample app"))
        self.catcher = QPushButton(icon("inbox"), self.tr("Start mail catcher"))
        for button, signal in (
            (self.open, self.open_wanted),
            (self.sample, self.sample_wanted),
            (self.catcher, self.catcher_wanted),
        ):
            button.clicked.connect(lambda _checked=False, one=signal: one.emit())
            row.addWidget(button)
        self.open.setObjectName("welcomeOpen")
        self.sample.setObjectName("welcomeSample")
        self.catcher.setObjectName("welcomeCatcher")
        row.addStretch(1)
        self._rows.addLayout(row)
        self._rows.addWidget(
            plain_label(self.tr("You can also drop a folder on this window."), "muted")
        )
        self.recent = Card(self.tr("Recent apps"))
        self._rows.addWidget(self.recent)

    def show_recent(self, paths: list[Path]) -> None:
        """List the apps that were opened last."""
        form = self.recent.form
        while form.rowCount():
            form.removeRow(0)
        for path in paths:
            form.addRow(self._recent_button(path))
        self.recent.setVisible(bool(paths))

    def _recent_button(self, path: Path) -> QPushButton:
        button = QPushButton(icon("open", "muted"), f"{path.name}    {_short(path.parent)}")
        button.setProperty("role", "row")
        button.setToolTip(plain_tip(str(path)))
        button.setAccessibleName(self.tr("Open {0}").format(path))
        button.clicked.connect(lambda: self.recent_wanted.emit(path))
        return button


def _short(path: Path) -> str:
    home = Path.home()
    text = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
    return text if len(text) <= 60 else "…" + text[-59:]
