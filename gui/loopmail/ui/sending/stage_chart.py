"""A picture of the stages of a test: one bar each, on one time line."""

from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loopmail.smtp.verdict import STAGES, Stage, StageTime
from loopmail.ui.widgets.building_blocks import em
from loopmail.ui.widgets.theme import colours

_GAP = 10
_TICK_MS = 60


@dataclass(slots=True)
class Bar:
    """A stage in the picture; `ms` is None while it runs."""

    stage: Stage
    start_ms: float
    ms: float | None


class StageChart(QWidget):
    """Bars with names and durations; the running one grows, a failed one is red."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Stages"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.bars: list[Bar] = []
        self.failed: Stage | None = None
        self.stale = False
        self._clock = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.update)

    # --- what is shown -------------------------------------------------------------------

    def clear(self) -> None:
        """Take all bars away and stop the clock, before another test."""
        self.show_stages((), None)

    def set_stale(self, on: bool) -> None:
        """Show the bars in grey: they do not tell of what is there now."""
        if on != self.stale:
            self.stale = on
            self.update()

    def begin(self, stage: Stage, start_ms: float) -> None:
        """A stage has begun, so many milliseconds after the start."""
        self.bars.append(Bar(stage, start_ms, None))
        self._clock.start()
        self._tick.start()
        self._changed()

    def end(self, stage: StageTime) -> None:
        """A stage has ended."""
        for bar in reversed(self.bars):
            if bar.stage == stage.stage and bar.ms is None:
                bar.start_ms, bar.ms = stage.start_ms, stage.ms
                break
        else:
            self.bars.append(Bar(stage.stage, stage.start_ms, stage.ms))
        if all(bar.ms is not None for bar in self.bars):
            self._tick.stop()
        self._changed()

    def show_stages(self, stages: tuple[StageTime, ...], failed: Stage | None) -> None:
        """Show a test that is over."""
        self._tick.stop()
        self.bars = [Bar(stage.stage, stage.start_ms, stage.ms) for stage in stages]
        self.failed = failed
        self._changed()

    def name(self, stage: Stage) -> str:
        """Return the name people read."""
        return self.tr(STAGES[stage].words)

    def description(self) -> str:
        """Say in words what the picture shows."""
        parts = []
        for bar in self.bars:
            told = self.tr("{0} {1}, failed") if bar.stage == self.failed else self.tr("{0} {1}")
            took = self.tr("running") if bar.ms is None else duration(self._end(bar) - bar.start_ms)
            parts.append(told.format(self.name(bar.stage), took))
        return "; ".join(parts)

    def _told(self, bar: Bar) -> str:
        """How long it took, and whether it failed."""
        text = duration(self._end(bar) - bar.start_ms)
        return self.tr("{0} · failed").format(text) if bar.stage == self.failed else text

    def _changed(self) -> None:
        self.setAccessibleDescription(self.description())
        self.setToolTip(self.description())
        self.updateGeometry()
        self.update()

    # --- painting ------------------------------------------------------------------------

    @property
    def _row(self) -> int:
        """The height of a row."""
        return self.fontMetrics().height() + 1

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows (Qt's virtual method)."""
        return QSize(em(32), len(self.bars) * self._row)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows (Qt's virtual method)."""
        return QSize(em(22), len(self.bars) * self._row)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw the rows (Qt's virtual method)."""
        if not self.bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Mirrored by hand where one reads from the right: the boxes, never the letters.
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        width = self.fontMetrics().horizontalAdvance
        left = max(width(self.name(bar.stage)) for bar in self.bars) + _GAP
        right = max(width(self._told(bar)) for bar in self.bars) + _GAP
        total = max(self._end(bar) for bar in self.bars) - self._first() or 1.0
        scale = max(10.0, self.width() - left - right) / total
        for at, bar in enumerate(self.bars):
            self._paint_row(painter, at * self._row, left, scale, bar)
        painter.end()

    def _first(self) -> float:
        """When the first stage began: there the picture begins."""
        return min(bar.start_ms for bar in self.bars)

    def _end(self, bar: Bar) -> float:
        ms = bar.ms if bar.ms is not None else max(0.0, float(self._clock.elapsed()))
        return bar.start_ms + ms

    def _box(self, left: float, top: float, width: float, height: float) -> QRectF:
        """A place in the picture, on the other side where one reads from the right."""
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return QRectF(self.width() - left - width if mirrored else left, top, width, height)

    def _paint_row(self, painter: QPainter, top: int, left: int, scale: float, bar: Bar) -> None:
        palette, high = colours(), self._row
        failed = bar.stage == self.failed
        near, far = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            near, far = far, near
        flags = Qt.AlignmentFlag.AlignVCenter
        grey = palette.muted if self.stale else ""
        painter.setPen(QColor(grey or (palette.error if failed else palette.muted)))
        painter.drawText(self._box(0, top, left - _GAP, high), flags | far, self.name(bar.stage))
        begin = left + (bar.start_ms - self._first()) * scale
        width = max(3.0, (self._end(bar) - bar.start_ms) * scale)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(grey or (palette.error if failed else palette.accent)))
        painter.setOpacity(0.55 if bar.ms is None or self.stale else 1.0)
        thick = high * 0.5
        painter.drawRoundedRect(self._box(begin, top + (high - thick) / 2, width, thick), 3, 3)
        painter.setOpacity(1.0)
        painter.setPen(QColor(grey or (palette.error if failed else palette.text)))
        text_box = self._box(begin + width + 6, top, self.width() - begin - width - 6, high)
        painter.drawText(text_box, flags | near, self._told(bar))


def duration(ms: float) -> str:
    """Return milliseconds as people read them: `0.4 ms`, `38 ms`, `1.2 s`."""
    if ms < 0.95:
        return f"{ms:.1f} ms"
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
