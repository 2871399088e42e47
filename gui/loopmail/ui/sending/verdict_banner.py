"""The verdict in one sentence, what LoopBack would report, why, and what to do."""

from PySide6.QtCore import QDate, QLocale, Qt, Signal
from PySide6.QtWidgets import QWidget

from loopmail.core.checks.problem import Fix
from loopmail.smtp.verdict import Diagnosis, Verdict
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.widgets.building_blocks import (
    Banner,
    Tone,
    buddy_label,
    button,
    column,
    dim,
    plain_label,
    row,
    say,
    sentences,
    set_tone,
    take_all,
)

TONES: dict[str, Tone] = {"sent": "ok", "nothing-sent": "warn", "cancelled": "info"}


def loopback_report(verdict: Verdict, told: str = "") -> str:
    """Return what the app's callback would get, in one line; empty where nobody knows.

    Words that `told` has said already are left out.
    """
    if verdict.outcome in ("cancelled", "not-testable") or verdict.refused:
        return ""
    if verdict.ok:
        said = verdict.response if verdict.outcome == "sent" else None
        return "success" if not said or said in told else said
    message = " ".join((verdict.message or "").split())
    parts = [verdict.code, "" if message in told else message]
    text = ": ".join(part for part in parts if part)
    return f"{text} ({verdict.command})" if verdict.command else text


class VerdictBanner(QWidget):
    """The banner under the buttons of the test panel."""

    fix_requested = Signal(object)
    again_wanted = Signal()  # the same test, with the settings of now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner("info")
        self.verdict = self.banner.title
        self.verdict.setObjectName("Verdict")
        self.verdict.setAccessibleDescription(self.tr("Verdict"))
        self.label = buddy_label(self.tr("Verdict"), self.verdict, "muted")
        self.fixes = column(spacing=4)
        self.notes = plain_label("", "muted", wrap=True)
        self.notes.hide()
        self.stale = plain_label("", "muted", wrap=True)
        self.again = button(self.tr("Test Again"), self.again_wanted)
        self._stale_row = QWidget()
        row((self.stale, 1), self.again, spacing=8, inside=self._stale_row)
        self._fix_place = QWidget()
        self._fix_place.setLayout(self.fixes)
        parts = (self._stale_row, self.label, self.banner, self._fix_place, self.notes)
        column(*parts, spacing=4, inside=self)
        self._tone: Tone = "info"
        self.set_stale("")
        self.hide()

    def clear(self) -> None:
        """Take the last verdict away."""
        self.hide()
        take_all(self.fixes)

    def say(self, text: str, tone: Tone = "warn") -> None:
        """Show a sentence that is no verdict, e.g. why a test cannot begin."""
        take_all(self.fixes)
        self.set_stale("")
        self.label.hide()
        self.notes.hide()
        self.banner.say(text, "", tone)
        self.show()

    def show_verdict(self, verdict: Verdict, fixes: list[Fix]) -> None:
        """Show a verdict and the fixes that belong to it."""
        self.label.show()
        take_all(self.fixes)
        found = verdict.diagnosis
        title = verdict.sentence()
        if found is not None and verdict.outcome == "failed":
            # What is wrong in plain words; the error's own words follow below.
            title = self.tr("Not sent: {0}.").format(found.title)
        lines = self._explanation(found, verdict) if found is not None else []
        if report := loopback_report(verdict, told="\n".join([title, *lines])):
            would = self.tr("LoopBack {0} would report: {1}")
            lines.append(would.format(verdict.major, report))
        elif verdict.refused:
            lines.append(verdict.message or "")
        self._tone = TONES.get(verdict.outcome, "error")
        self.banner.say(title, "\n\n".join(lines), self._tone)
        self.set_stale("")
        for fix in fixes:
            mend = FixButton(fix.summary, fix)
            mend.clicked.connect(lambda _checked=False, one=fix: self.fix_requested.emit(one))
            self.fixes.addWidget(mend)
        say(self.notes, "\n".join(verdict.notes))
        self.show()

    def set_stale(self, text: str) -> None:
        """Dim the verdict, which is that of what was there before; an empty text: it is not."""
        self.stale.setText(text)
        self._stale_row.setVisible(bool(text))
        self._fix_place.setVisible(not text)
        set_tone(self.banner, "info" if text else self._tone)
        dim(self.banner, bool(text))
        said = self.tr("Verdict. {0}").format(text) if text else self.tr("Verdict")
        self.verdict.setAccessibleDescription(said)

    def _explanation(self, found: Diagnosis, verdict: Verdict) -> list[str]:
        why = verdict.explanation()
        if found.as_of is not None:
            day = QLocale().toString(QDate.fromString(found.as_of, Qt.DateFormat.ISODate))
            why = sentences(why, self.tr("(As of {0}.)").format(day))
        steps = "\n".join(f"{at}. {step}" for at, step in enumerate(found.steps, 1))
        return [text for text in (why, steps) if text]

    def fixed(self, fix: Fix) -> None:
        """Take a fix's button away, now that it was applied; the verdict is that of before."""
        for mend in self.findChildren(FixButton):
            if mend.fix is fix:
                self.fixes.removeWidget(mend)
                mend.hide()
                mend.deleteLater()
                say(self.notes, self.tr("Done: {0}. Test again.").format(fix.summary))
