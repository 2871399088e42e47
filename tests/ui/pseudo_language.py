"""A language nobody speaks, for tests: every text accented, stretched and in brackets.

`⟦Ĥôšţ ~~~~⟧` is `Host` by the factor 2. What stands on the screen without brackets has not come
through `tr`; what does not fit will not fit in German either.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, QTranslator

OPENING, CLOSING = "⟦", "⟧"
_PLAIN = "ABCDEGHIJKLNOPRSTUWYZabcdeghijklnoprstuwyz"
_ACCENTED = "ÀƁĆĎÊĜĤÎĴĶĻÑÔÞŔŠŢÛŴÝŽàƀćďêĝĥîĵķļñôþŕšţûŵýž"
_ACCENTS = str.maketrans(_PLAIN, _ACCENTED)
# Mnemonics, placeholders of str.format and of Qt, markup, entities: they stay as they are.
_KEPT = re.compile(r"&\w+;|&.|\{[^{}]*\}|%L?\d{1,2}|%n|<[^<>]*>")
# Qt looks up other things by its translators than texts: key names, font styles, the direction.
_NO_LANGUAGE = ("QShortcut", "QFontDatabase", "QGuiApplication")
_LONGEST_WORD = 9  # letters; words are broken between, as those of a sentence are
_LETTERS = re.compile(r"[^\W\d_]{2,}")


class PseudoTranslator(QTranslator):
    """Translates every text; `factor` is the length of its answers, with 1 for that of ours."""

    def __init__(self, factor: float = 2.0) -> None:
        super().__init__()
        self._factor = factor
        self.asked: set[tuple[str, str]] = set()  # context and text, as lupdate would find them

    def isEmpty(self) -> bool:  # noqa: N802
        """Qt would not install a translator that is empty (Qt's virtual method)."""
        return False

    def translate(
        self, context: str, text: str, _disambiguation: str | None = None, _number: int = -1
    ) -> str | None:
        """Return the text in this language; None leaves it to the next translator."""
        if context in _NO_LANGUAGE or not text.strip():
            return None
        self.asked.add((context, text))
        return stretched(text, self._factor)


def stretched(text: str, factor: float = 2.0) -> str:
    """Return a text in the pseudo-language, `factor` times as long if that leaves it its letters."""
    parts, at = [], 0
    for kept in _KEPT.finditer(text):
        parts += [text[at : kept.start()].translate(_ACCENTS), kept.group()]
        at = kept.end()
    parts.append(text[at:].translate(_ACCENTS))
    # A mnemonic and an entity are one letter, the other marks none that is known.
    shown = len(_KEPT.sub(lambda kept: "x" if kept.group()[0] == "&" else "", text))
    missing = round(shown * factor) - shown - len(OPENING + CLOSING)
    filling = ""
    while missing > 1:
        word = min(missing - 1, _LONGEST_WORD)
        filling += " " + "~" * word
        missing -= word + 1
    return OPENING + "".join(parts) + filling + CLOSING


def untranslated(text: str) -> str:
    """Return what stands outside of the brackets, if there are words in it, else an empty text."""
    depth, outside = 0, []
    for letter in text:
        depth += (letter == OPENING) - (letter == CLOSING)
        if depth <= 0 and letter != CLOSING:
            outside.append(letter)
    left = "".join(outside).strip()
    return left if _LETTERS.search(left) else ""


@contextmanager
def pseudo_language(app: QCoreApplication, factor: float = 2.0) -> Iterator[PseudoTranslator]:
    """Let all widgets that are made meanwhile speak the pseudo-language."""
    translator = PseudoTranslator(factor)
    assert app.installTranslator(translator)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LanguageChange.value)
    try:
        yield translator
    finally:
        app.removeTranslator(translator)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LanguageChange.value)
