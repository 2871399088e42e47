"""Help › How LoopBack Reads This: the rules in plain words, and what comes of them here."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from loopmail.core.loopback.how_it_reads import Topic, how_it_reads
from loopmail.ui.session.state import AppState
from loopmail.ui.widgets.building_blocks import (
    PAGE_MARGINS,
    Card,
    column,
    connect_all,
    em,
    heading,
    plain_label,
    set_role,
    single_shot,
    take_all,
)

_PAUSE_MS = 200  # typing goes on


class HowItReadsDialog(QDialog):
    """Follows the data source and the environment that the window shows."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setObjectName("howItReads")
        self.setWindowTitle(self.tr("How LoopBack Reads This"))
        set_role(self, "page")
        self.title = heading(scale=1.3)
        self.title.setWordWrap(True)
        inside = QWidget()
        self._cards = QVBoxLayout()
        self._cards.setSpacing(8)
        column(self.title, self._cards, 1, spacing=8, margins=PAGE_MARGINS, inside=inside)
        self.area = QScrollArea()
        self.area.setObjectName("howItReadsText")
        self.area.setAccessibleName(self.windowTitle())
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column((self.area, 1), buttons, spacing=8, margins=None, inside=self)
        soon = single_shot(self, _PAUSE_MS, self.refresh)
        connect_all(soon.start, state.changed, state.environment_changed, state.selection_changed)
        self.refresh()
        self.resize(em(92), em(80))

    def refresh(self) -> None:
        """Explain what the window shows now."""
        state = self._state
        kind, name = state.selection
        source = name if kind == "datasource" else None
        view = state.view() if state.workspace is not None else None
        if view is None:
            text = self.tr("How LoopBack reads an app")
        elif source is None:
            text = self.tr("{0}, environment {1}").format(state.app_name, self._environment())
        else:
            text = self.tr("{0}, environment {1}").format(source, self._environment())
        self.title.setText(text)
        take_all(self._cards)
        for topic in how_it_reads(view, source):
            self._cards.addWidget(_card(topic))

    def _environment(self) -> str:
        return self._state.env or self.tr("base file only")


def _card(topic: Topic) -> Card:
    card = Card(topic.title)
    for fact in topic.facts:
        label = plain_label(fact, wrap=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        card.body.addWidget(label)
    for rule in topic.rules:
        card.body.addWidget(plain_label(rule, "muted", wrap=True))
    return card
