"""A picture of the stages of a test: one bar each, on one time line."""

from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loopmail.smtp.verdict import STAGES, Stage, StageTime
from loopmail.ui.widgets.theme import colours

_ROW = 22
_BAR = 10
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
            took = self.tr("running") if bar.ms is None else duration(bar.ms)
            parts.append(told.format(self.name(bar.stage), took))
        return "; ".join(parts)

    def _changed(self) -> None:
        self.setAccessibleDescription(self.description())
        self.setToolTip(self.description())
        self.updateGeometry()
        self.update()

    # --- painting ------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows."""
        return QSize(260, len(self.bars) * _ROW)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows."""
        return QSize(180, len(self.bars) * _ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw the rows."""
        if not self.bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        left = max(metrics.horizontalAdvance(self.name(bar.stage)) for bar in self.bars) + _GAP
        right = metrics.horizontalAdvance("120.00 s") + _GAP
        total = max(self._end(bar) for bar in self.bars) - self._first() or 1.0
        scale = max(10.0, self.width() - left - right) / total
        for at, bar in enumerate(self.bars):
            self._paint_row(painter, at * _ROW, left, scale, bar)
        painter.end()

    def _first(self) -> float:
        """When the first stage began: there the picture begins."""
        return min(bar.start_ms for bar in self.bars)

    def _end(self, bar: Bar) -> float:
        ms = bar.ms if bar.ms is not None else max(0.0, float(self._clock.elapsed()))
        return bar.start_ms + ms

    def _paint_row(self, painter: QPainter, top: int, left: int, scale: float, bar: Bar) -> None:
        palette = colours()
        failed = bar.stage == self.failed
        grey = palette.muted if self.stale else ""
        painter.setPen(QColor(grey or (palette.error if failed else palette.muted)))
        flags = Qt.AlignmentFlag.AlignVCenter
        name_box = QRectF(0, top, left - _GAP, _ROW)
        painter.drawText(name_box, flags | Qt.AlignmentFlag.AlignRight, self.name(bar.stage))
        begin = left + (bar.start_ms - self._first()) * scale
        width = max(3.0, (self._end(bar) - bar.start_ms) * scale)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(grey or (palette.error if failed else palette.accent)))
        painter.setOpacity(0.55 if bar.ms is None or self.stale else 1.0)
        painter.drawRoundedRect(QRectF(begin, top + (_ROW - _BAR) / 2, width, _BAR), 3, 3)
        painter.setOpacity(1.0)
        painter.setPen(QColor(grey or palette.text))
        text = duration(self._end(bar) - bar.start_ms)
        text_box = QRectF(begin + width + 6, top, 90, _ROW)
        painter.drawText(text_box, flags | Qt.AlignmentFlag.AlignLeft, text)


def duration(ms: float) -> str:
    """Return milliseconds as people read them: `0.4 ms`, `38 ms`, `1.2 s`."""
    if ms < 0.95:
        return f"{ms:.1f} ms"
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
