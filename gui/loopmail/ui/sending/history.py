"""The tests of this session as rows, and two of them beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyleOptionViewItem,
    QWidget,
)

from loopmail.smtp.verdict import STAGES, Verdict
from loopmail.ui.sending.one_test import Finished
from loopmail.ui.sending.stage_chart import duration
from loopmail.ui.sending.verdict_banner import SIGNS, TONES, loopback_report
from loopmail.ui.widgets.building_blocks import column, plain_label, plain_tip, say
from loopmail.ui.widgets.drawn_rows import TwoLines, mirrored, smaller
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.table import Index, TextTable
from loopmail.ui.widgets.theme import colours

_MOST = 200  # tests that are kept
_GAP = 8


def outcome(verdict: Verdict) -> str:
    """Return what came of a test, in its first words: `Sent`, `Not sent: the reason`."""
    found = verdict.diagnosis
    if found is not None and verdict.outcome == "failed":
        text = QCoreApplication.translate("History", "Not sent: {0}")
        return text.format(found.title)
    if verdict.outcome == "sent" and verdict.response:
        return QCoreApplication.translate("History", "Sent")
    return verdict.sentence()


def place_of(finished: Finished) -> str:
    """Return where a test was made: data source, environment, server."""
    return " · ".join(filter(None, [finished.datasource, finished.env, finished.about.server]))


# --- Two tests beside each other ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of a comparison."""

    name: str
    left: str
    right: str
    measured: bool = False  # times, which are never the same

    @property
    def differs(self) -> bool:
        """Whether the two are not the same, and it means something."""
        return self.left != self.right and not self.measured


def compare(left: Finished, right: Finished) -> list[Compared]:
    """Return verdicts, settings and stages of two tests, of the settings only what differs.

    Of a secret it is said that it differs, not what it is.
    """

    def tr(text: str) -> str:
        return QCoreApplication.translate("History", text)

    found = [
        Compared(tr("Verdict"), outcome(left.verdict), outcome(right.verdict)),
        Compared(tr("Reported"), loopback_report(left.verdict), loopback_report(right.verdict)),
        Compared(tr("Where"), place_of(left), place_of(right)),
    ]
    mine = {one.path: one for one in left.about.settings}
    theirs = {one.path: one for one in right.about.settings}
    for path in dict.fromkeys([*mine, *theirs]):
        a, b = mine.get(path), theirs.get(path)
        if a is not None and b is not None and a.mark == b.mark:
            continue
        first, second = (one.shown if one is not None else tr("not set") for one in (a, b))
        if first == second:  # a secret: both are dots
            second = tr("another one")
        found.append(Compared(path, first, second))
    spent = [{stage.stage: stage.ms for stage in one.verdict.stages} for one in (left, right)]
    for stage, kind in STAGES.items():
        times = [duration(each[stage]) if stage in each else "" for each in spent]
        if any(times):
            found.append(Compared(tr(kind.words), times[0], times[1], measured=True))
    return found


# --- Rows ---------------------------------------------------------------------------------


class _Test(TwoLines):
    """An icon, what came of it and when, and below that where."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row (Qt's virtual method)."""
        box, palette = self.ground(painter, option, index, _GAP), colours()
        finished: Finished = index.data(Qt.ItemDataRole.UserRole)
        metrics = QFontMetrics(option.font)
        line, time = metrics.height(), f"{finished.when:%H:%M:%S}"
        painter.save()
        picture = QRect(box.left(), box.top(), line, line)
        name, colour = SIGNS[TONES.get(finished.verdict.outcome, "error")]
        icon(name, colour).paint(painter, mirrored(option, picture))
        left = box.left() + line + _GAP
        clock = metrics.horizontalAdvance(time) + _GAP
        words = QRect(left, box.top(), box.right() - left - clock, line)
        self.write(painter, option, words, outcome(finished.verdict), palette.text)
        when = QRect(box.right() - clock, box.top(), clock, line)
        self.write(painter, option, when, time, palette.muted)
        below = QRect(left, box.top() + line, box.right() - left, line)
        small = smaller(option.font, 0.92)
        self.write(painter, option, below, place_of(finished), palette.muted, small)
        painter.restore()


class HistoryList(QListWidget):
    """The tests, the newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("History"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegate(_Test(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def put_first(self, finished: Finished) -> None:
        """Add the newest test."""
        text = f"{finished.when:%H:%M:%S}  {place_of(finished)}  {finished.verdict.sentence()}"
        item = QListWidgetItem(text)
        item.setToolTip(plain_tip(text))
        item.setData(Qt.ItemDataRole.UserRole, finished)
        self.insertItem(0, item)

    def chosen(self) -> list[Finished]:
        """Return the chosen tests, the oldest first."""
        found: list[Finished] = [one.data(Qt.ItemDataRole.UserRole) for one in self.selectedItems()]
        return sorted(found, key=lambda one: one.when)


class History(QWidget):
    """The list; one chosen test is shown again, two are compared below."""

    chosen = Signal(object)  # Finished

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finished: list[Finished] = []
        self.list = HistoryList()
        self.list.itemSelectionChanged.connect(self._choose)
        self.hint = plain_label("", "muted", wrap=True)
        names = (self.tr("What"), self.tr("Earlier"), self.tr("Later"))
        self.table = TextTable(self.tr("Two tests compared"), names)
        self.table.hide()
        column((self.list, 1), self.hint, (self.table, 1), spacing=6, inside=self)
        self._say()

    def end(self, finished: Finished) -> None:
        """A test has ended: put it on top."""
        self.finished.insert(0, finished)
        self.list.blockSignals(True)
        self.list.put_first(finished)
        self.list.clearSelection()
        while len(self.finished) > _MOST:
            self.finished.pop()
            self.list.takeItem(self.list.count() - 1)
        self.list.blockSignals(False)
        self._compare([])

    def forget(self) -> None:
        """Drop all tests."""
        self.finished.clear()
        self.list.clear()
        self._compare([])

    def _choose(self) -> None:
        chosen = self.list.chosen()
        self._compare(chosen)
        if len(chosen) == 1:
            self.chosen.emit(chosen[0])

    def _compare(self, chosen: Sequence[Finished]) -> None:
        both = len(chosen) == 2
        if both:
            rows = compare(*chosen)
            differing = [at for at, one in enumerate(rows) if one.differs]
            left, right = (f"{one.when:%H:%M:%S}" for one in chosen)
            lines = [(one.name, one.left, one.right) for one in rows]
            names = (self.tr("What"), left, right)
            self.table.rows.show(lines, names, strong=differing)
        self.table.setVisible(both)
        if both:
            self.table.share_width()
        self._say()

    def _say(self) -> None:
        more = len(self.finished) > 1 and self.table.isHidden()
        say(self.hint, self.tr("Choose two tests to compare them.") if more else "")
