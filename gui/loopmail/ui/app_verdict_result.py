"""The app's answer as a banner, and field by field beside loopmail's."""

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from loopmail.mail.app_itself import AppAnswer
from loopmail.mail.app_report import conclusion, judge, rows, sentence
from loopmail.mail.verdict import Verdict
from loopmail.ui.text_table import TextTable
from loopmail.ui.widgets import Banner, Tone, chip, link_button, plain_label, set_tone

_TONES: dict[str, Tone] = {"sent": "ok", "nothing-sent": "warn", "cancelled": "info"}
_OUTPUT_HEIGHT = 130  # pixels


class AppResult(QWidget):
    """A second banner under loopmail's own; the table names what differs in bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = plain_label("", "muted", wrap=True)
        self.banner = Banner("info")
        self.banner.title.setAccessibleDescription(self.tr("The app's verdict"))
        self.agreement = chip()
        self.agreement.setAccessibleDescription(self.tr("Whether the app and loopmail agree"))
        columns = (self.tr("Field"), self.tr("The app"), self.tr("loopmail"))
        self.table = TextTable(self.tr("The app beside loopmail"), columns)
        self.table.setColumnWidth(0, 104)
        self.table.setColumnWidth(1, 120)
        self.printed_button = link_button(self.tr("What the App Printed"))
        self.printed_button.setCheckable(True)
        self.printed = QPlainTextEdit()
        self.printed.setReadOnly(True)
        self.printed.setTabChangesFocus(True)
        self.printed.setAccessibleName(self.tr("What the app printed"))
        self.printed.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.printed.setFixedHeight(_OUTPUT_HEIGHT)
        self.printed_button.toggled.connect(self.printed.setVisible)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self._parts = (self.label, self.agreement, self.table, self.printed_button, self.printed)
        for widget in (self.label, self.banner, *self._parts[1:]):
            layout.addWidget(widget)
        self.hide()

    def say(self, text: str, tone: Tone) -> None:
        """Show a sentence that is no answer of the app."""
        for part in self._parts:
            part.hide()
        self.banner.say(text, "", tone)
        self.show()

    def show_answer(self, answer: AppAnswer, verdict: Verdict) -> None:
        """Show the answer and where loopmail's verdict differs."""
        self.say(sentence(answer), _TONES.get(answer.outcome, "error"))
        versions = judge(answer)
        self.label.setText(self.tr("The app itself") + (f" ({versions})" if versions else ""))
        self.label.show()
        compared = [row for row in rows(answer, verdict) if row.app or row.ours]
        differing = [at for at, row in enumerate(compared) if not row.agrees]
        if compared:
            self.agreement.setText(self.tr("differs") if differing else self.tr("agree"))
            self.agreement.setToolTip(conclusion(answer, verdict))
            set_tone(self.agreement, "warn" if differing else "ok")
            self.agreement.show()
            self._show_table([(r.name, r.app or "–", r.ours or "–") for r in compared], differing)
        self.printed.setPlainText(answer.output)
        self.printed_button.setChecked(False)
        self.printed_button.setVisible(bool(answer.output))

    def _show_table(self, lines: list[tuple[str, str, str]], differing: list[int]) -> None:
        self.table.rows.show(lines, strong=differing)
        height = self.table.verticalHeader().defaultSectionSize()
        self.table.setFixedHeight(height * len(lines) + self.table.horizontalHeader().height() + 6)
        self.table.show()
