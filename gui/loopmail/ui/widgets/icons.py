"""The program's own SVG icons, drawn in the palette's colours and sharp at every scale."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from loopmail.assets import read_text
from loopmail.ui.widgets.theme import colours


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    text = read_text(f"icons/{name}.svg").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(text.encode()))


class _Engine(QIconEngine):
    """Draws an SVG whose `currentColor` becomes a colour of the theme, asked at each painting."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        """Draw (Qt's virtual method)."""
        role = "muted" if mode == QIcon.Mode.Disabled else self._colour
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(0.55)
        _renderer(self._name, getattr(colours(), role)).render(painter, QRectF(rect))
        painter.setOpacity(1.0)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return a picture of this size in device pixels (Qt's virtual method)."""
        pixmap = QPixmap(size)
        if pixmap.isNull():  # a button that has no room yet: there is nothing to draw on
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        """Copy (Qt's virtual method)."""
        return _Engine(self._name, self._colour)


def icon(name: str, colour: str = "text") -> QIcon:
    """Return the icon `icons/<name>.svg`; `colour` names one of the theme's colours."""
    return QIcon(_Engine(name, colour))


# The severities of problems are the names of their icons, too.
SEVERITY_COLOURS = {"error": "error", "warning": "warn", "info": "accent"}


def severity_icon(severity: str) -> QIcon:
    """Return the icon of a problem's severity, in its colour."""
    return icon(severity, SEVERITY_COLOURS[severity])
