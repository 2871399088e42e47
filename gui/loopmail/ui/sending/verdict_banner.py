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
    column,
    plain_label,
    say,
    take_all,
)

TONES: dict[str, Tone] = {"sent": "ok", "nothing-sent": "warn", "cancelled": "info"}


def loopback_report(verdict: Verdict) -> str:
    """Return what the app's callback would get, in one line; empty where nobody knows."""
    if verdict.outcome == "cancelled" or verdict.refused:
        return ""
    if verdict.ok:
        said = verdict.response if verdict.outcome == "sent" else None
        return said or "success"
    parts = [verdict.code, " ".join((verdict.message or "").split())]
    text = ": ".join(part for part in parts if part)
    return f"{text} ({verdict.command})" if verdict.command else text


class VerdictBanner(QWidget):
    """The banner under the buttons of the test panel."""

    fix_requested = Signal(object)

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
        column(self.label, self.banner, self.fixes, self.notes, spacing=4, inside=self)
        self.hide()

    def clear(self) -> None:
        """Take the last verdict away."""
        self.hide()
        take_all(self.fixes)

    def say(self, text: str, tone: Tone = "warn") -> None:
        """Show a sentence that is no verdict, e.g. why a test cannot begin."""
        take_all(self.fixes)
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
        lines = self._explanation(found) if found is not None else []
        if report := loopback_report(verdict):
            would = self.tr("LoopBack {0} would report: {1}")
            lines.append(would.format(verdict.major, report))
        elif verdict.refused:
            lines.append(verdict.message or "")
        self.banner.say(title, "\n\n".join(lines), TONES.get(verdict.outcome, "error"))
        for fix in fixes:
            button = FixButton(fix.summary, fix)
            button.clicked.connect(lambda _checked=False, one=fix: self.fix_requested.emit(one))
            self.fixes.addWidget(button)
        say(self.notes, "\n".join(verdict.notes))
        self.show()

    def _explanation(self, found: Diagnosis) -> list[str]:
        why = found.why
        if found.as_of is not None:
            day = QLocale().toString(QDate.fromString(found.as_of, Qt.DateFormat.ISODate))
            why += " " + self.tr("(As of {0}.)").format(day)
        steps = "\n".join(f"{at}. {step}" for at, step in enumerate(found.steps, 1))
        return [why, steps] if steps else [why]

    def fixed(self, fix: Fix) -> None:
        """Take a fix's button away, now that it was applied; the verdict is that of before."""
        for button in self.findChildren(FixButton):
            if button.fix is fix:
                self.fixes.removeWidget(button)
                button.hide()
                button.deleteLater()
                say(self.notes, self.tr("Done: {0}. Test again.").format(fix.summary))
