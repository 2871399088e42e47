"""The tab Plan: what LoopBack would do, a headline with an icon for each step, dangers first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QEvent, QUrl, Signal
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from loopmail.core.checks.problem import Problem
from loopmail.core.loopback.forecast import Forecast, PlanSection
from loopmail.ui.widgets.building_blocks import em
from loopmail.ui.widgets.icons import SEVERITY_COLOURS, icon
from loopmail.ui.widgets.text_view import displayable
from loopmail.ui.widgets.theme import colours

_ICON = 2.25  # digits
# By what a sentence is about: the icon and its colour.
_LOOKS = {
    "failure": ("error", "error"),
    "nothing": ("warning", "warn"),
    "connect": ("plug", "accent"),
    "certificate": ("shield", "accent"),
    "sign-in": ("key", "accent"),
    "note": ("info", "accent"),
}
_FIRST = ("failure", "nothing")


Danger = tuple[Problem, str]  # with its place in words


@dataclass(frozen=True, slots=True)
class _Row:
    """An icon and its colour, a sentence, what there is to say besides, the problem behind it."""

    look: tuple[str, str]
    headline: str
    details: Sequence[str] = ()
    problem: int = -1


class PlanView(QTextBrowser):
    """A text to read; a link leads to the problem in full."""

    problem_wanted = Signal(object)  # a Problem

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan")
        self.setAccessibleName(self.tr("Plan"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setTabChangesFocus(False)  # Tab goes through the links, then on
        self._shown: tuple[Forecast, Sequence[Danger]] | None = None
        self._html = ""
        self._said = ""
        self.anchorClicked.connect(self._follow)

    def say(self, text: str) -> None:
        """Show a sentence in place of a plan."""
        self._shown, self._said = None, text
        self._draw()

    def show_plan(self, forecast: Forecast, dangers: Sequence[Danger]) -> None:
        """Show a plan, below what the checks warn of in this data source and environment."""
        self._shown = (forecast, dangers)
        self._draw()

    def _draw(self) -> None:
        said = [f"<p>{escape(self._said)}</p>"]
        html = "".join(said if self._shown is None else self._parts(*self._shown))
        if html == self._html:
            return
        self._html = html
        bar = self.verticalScrollBar().value()
        for name, colour in {*_LOOKS.values(), *SEVERITY_COLOURS.items()}:
            picture = icon(name, colour).pixmap(em(_ICON), em(_ICON))
            place = QUrl(f"icon:{name}-{colour}")
            self.document().addResource(
                QTextDocument.ResourceType.ImageResource.value, place, picture
            )
        self.setHtml(displayable(html))
        self.verticalScrollBar().setValue(bar)

    # -- what is told --------------------------------------------------------------------------

    def _parts(self, forecast: Forecast, dangers: Sequence[Danger]) -> Iterator[str]:
        first = [
            _Row((one.severity, SEVERITY_COLOURS[one.severity]), one.text, (place,), number)
            for number, (one, place) in enumerate(dangers)
        ]
        if forecast.error is not None:
            text = self.tr("The app does not start: {0}").format(forecast.error)
            yield self._table([_Row(_LOOKS["failure"], text), *first])
            return
        yield self._table(first)
        for section in forecast.plan:
            if section.title:
                yield f"<h4>{escape(section.title)}</h4>"
            yield self._table(self._rows(section))
        if not forecast.plan:
            text = self.tr("This is no mail data source; its values stand under Values.")
            yield f"<p>{escape(text)}</p>"
        read = self.tr("Files, in the order in which LoopBack merges them:")
        files = "".join(f"<br>• {escape(file)}" for file in forecast.files)
        yield f'<p style="color: {colours().muted}">{escape(read)}{files}</p>'

    def _rows(self, section: PlanSection) -> list[_Row]:
        rows = [
            _Row(
                _LOOKS[line.kind],
                line.text,
                section.offers if line.kind == "sign-in" else (),
            )
            for line in section.lines
        ]
        bad = {_LOOKS[kind] for kind in _FIRST}
        return sorted(rows, key=lambda one: one.look not in bad)

    def _table(self, rows: Iterable[_Row]) -> str:
        cells = "".join(map(self._row, rows))
        return f'<table cellpadding="4" width="100%">{cells}</table>' if cells else ""

    def _row(self, one: _Row) -> str:
        name, colour = one.look
        size = em(_ICON)
        picture = f'<img src="icon:{name}-{colour}" width="{size}" height="{size}">'
        details = "".join(
            f'<br><span style="color: {colours().muted}">{escape(text)}</span>'
            for text in one.details
        )
        text = f"<b>{escape(one.headline)}</b>{details}"
        link = ""
        if one.problem >= 0:
            words = escape(self.tr("Show Problem"))
            link = f'<a style="color: {colours().accent}" href="problem:{one.problem}">{words}</a>'
        return f'<tr><td width="{size + 8}">{picture}</td><td>{text}</td><td>{link}</td></tr>'

    # -- Qt's signals and virtual methods --------------------------------------------------------

    def _follow(self, url: QUrl) -> None:
        number = url.path()
        if self._shown is not None and number.isdigit():
            self.problem_wanted.emit(self._shown[1][int(number)][0])

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Draw again in the colours of another theme (Qt's virtual method)."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._html:
            self._html = ""
            self._draw()
