"""The first page: open a folder, recent apps, the sample app."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from loopmail.ui.session.settings import AppNote
from loopmail.ui.widgets.building_blocks import (
    Card,
    bare,
    button,
    column,
    em,
    heading,
    plain_label,
    plain_tip,
    primary_button,
    row,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.tiles import ElidedLabel, FoldingRow, Picture, Tile


class WelcomePage(QScrollArea):
    """Says what the program is for and offers the ways to begin."""

    open_wanted = Signal()
    recent_wanted = Signal(object)  # Path
    sample_wanted = Signal()
    catcher_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcomePage")
        bare(self)
        about = self.tr(
            "Open the folder of a LoopBack 2 or 3 app, set up its mail data source, keep"
            " the password in the keyring, and send a test message exactly as the app"
            " would."
        )
        self.open = primary_button(self.tr("Open Folder…"), self.open_wanted, name="welcomeOpen")
        self.sample = button(
            self.tr("Try the sample app"), self.sample_wanted, name="welcomeSample"
        )
        self.sample.setIcon(icon("send"))
        self.catcher = button(
            self.tr("Start mail catcher"), self.catcher_wanted, name="welcomeCatcher"
        )
        self.catcher.setIcon(icon("inbox"))
        self.recent = Card(self.tr("Recent apps"))
        title = heading(self.tr("Make your LoopBack app send mail"), scale=1.9)
        title.setWordWrap(True)
        words = QWidget()
        words.setMaximumWidth(em(78))
        column(
            title,
            plain_label(about, "muted", wrap=True),
            FoldingRow(self.open, self.sample, self.catcher),
            plain_label(self.tr("You can also drop a folder on this window."), "muted", wrap=True),
            self.recent,
            spacing=16,
            margins=None,
            inside=words,
        )
        page = QWidget()
        page.setProperty("role", "page")
        column(1, row(1, (words, 8), 1), 2, margins=(24, 32, 24, 24), inside=page)
        self.setWidget(page)

    def show_recent(self, recent: Sequence[tuple[Path, AppNote]]) -> None:
        """List the apps that were opened last, each with what it sends through."""
        form = self.recent.form
        while form.rowCount():
            form.removeRow(0)
        for path, note in recent:
            where = ElidedLabel(_short(path))
            open_it = Tile(Picture("mail", "muted", 2.25), path.name, _sends(note), beside=where)
            open_it.setProperty("role", "row")
            open_it.setToolTip(plain_tip(str(path)))
            open_it.clicked.connect(partial(self.recent_wanted.emit, path))
            open_it.setAccessibleName(self.tr("Open {0}").format(path))
            form.addRow(open_it)
        self.recent.setVisible(bool(recent))


def _sends(note: AppNote) -> str:
    """Say what an app sends through, as far as that was noted."""
    if note.env is None:
        return ""
    if not note.mail:
        return QCoreApplication.translate("WelcomePage", "cannot send mail yet")
    if note.env in ("", "development"):
        text = QCoreApplication.translate("WelcomePage", "{0} → {1}")
        return text.format(note.mail, note.server)
    text = QCoreApplication.translate("WelcomePage", "{0} → {1} · {2}")
    return text.format(note.mail, note.server, note.env)


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
