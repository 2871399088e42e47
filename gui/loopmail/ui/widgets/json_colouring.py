"""JSON in colours: keys, texts, numbers and words, the variables in texts, what is hidden."""

import re
from collections.abc import Iterator

from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat

from loopmail.ui.widgets.text_view import TextView, utf16
from loopmail.ui.widgets.theme import colours

# Longer texts stay plain: giving each line its colours takes Python some 20 µs.
MOST_LINES = 3000
_LONGEST = 2000  # characters of a line that are looked at
_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*+"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*+"?)'
    r"|(?P<number>-?\d[\d.eE+-]*+)|(?P<word>\b(?:true|false|null)\b)"
)
_VARIABLE = re.compile(r"\$\{[^}\"]*\}")
_COLOURS = {
    "key": "json_key",
    "text": "json_text",
    "number": "json_number",
    "word": "json_word",
    "variable": "accent",
    "dots": "muted",
}


def tokens(line: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, length and kind of what has a colour in a line of JSON; later ones cover."""
    for match in _TOKEN.finditer(line, 0, _LONGEST):
        kind = match.lastgroup or "text"
        yield match.start(), match.end() - match.start(), kind
        if kind == "text":
            if "•" in match.group():
                yield match.start(), match.end() - match.start(), "dots"
            for variable in _VARIABLE.finditer(match.group()):
                start, end = variable.span()
                yield match.start() + start, end - start, "variable"


class JsonColouring(QSyntaxHighlighter):
    """Colours the text of a view, also after the theme has changed."""

    def __init__(self, view: TextView) -> None:
        super().__init__(view.document())
        self._formats: dict[str, QTextCharFormat] = {}
        self._scheme: object = None
        view.restyled.connect(self._follow)

    def _follow(self) -> None:
        if self._scheme is not colours():
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:  # noqa: N802
        """Colour a line (Qt's virtual method)."""
        if not text or self.document().blockCount() > MOST_LINES:
            return
        if self._scheme is not colours():
            self._scheme = colours()
            self._formats = {kind: _format(name) for kind, name in _COLOURS.items()}
        wide = not text.isascii()  # Qt counts in UTF-16 units
        for start, length, kind in tokens(text):
            if wide:
                length = utf16(text[start : start + length])
                start = utf16(text[:start])
            self.setFormat(start, length, self._formats[kind])


def _format(name: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(QColor(getattr(colours(), name)))
    return made
