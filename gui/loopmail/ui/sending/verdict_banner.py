"""The verdict in one sentence, what LoopBack would report, why, and what to do."""

from PySide6.QtCore import QDate, QLocale, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from loopmail.core.checks.problem import Fix
from loopmail.smtp.verdict import Diagnosis, Verdict
from loopmail.ui.form.fix_button import FixButton
from loopmail.ui.widgets.building_blocks import Banner, Tone, plain_label

_TONES: dict[str, Tone] = {"sent": "ok", "nothing-sent": "warn", "cancelled": "info"}


def loopback_report(verdict: Verdict) -> str:
    """Return what the app's callback would get, in one line; an empty text after a stop."""
    if verdict.outcome == "cancelled":
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.banner = Banner("info")
        self.verdict = self.banner.title
        self.verdict.setObjectName("Verdict")
        self.verdict.setAccessibleDescription(self.tr("Verdict"))
        self.label = QLabel(self.tr("Verdict"))
        self.label.setProperty("role", "muted")
        self.label.setBuddy(self.verdict)
        layout.addWidget(self.label)
        layout.addWidget(self.banner)
        self.fixes = QVBoxLayout()
        self.fixes.setSpacing(4)
        layout.addLayout(self.fixes)
        self.notes = plain_label("", "muted", wrap=True)
        self.notes.hide()
        layout.addWidget(self.notes)
        self.hide()

    def clear(self) -> None:
        """Take the last verdict away."""
        self.hide()
        self._clear_fixes()

    def say(self, text: str, tone: Tone = "warn") -> None:
        """Show a sentence that is no verdict, e.g. why a test cannot begin."""
        self._clear_fixes()
        self.label.hide()
        self.notes.hide()
        self.banner.say(text, "", tone)
        self.show()

    def show_verdict(self, verdict: Verdict, fixes: list[Fix]) -> None:
        """Show a verdict and the fixes that belong to it."""
        self.label.show()
        self._clear_fixes()
        lines = self._explanation(verdict.diagnosis) if verdict.diagnosis is not None else []
        if report := loopback_report(verdict):
            lines.append(
                self.tr("LoopBack %1 would report: %2")
                .replace("%1", str(verdict.major))
                .replace("%2", report)
            )
        tone = _TONES.get(verdict.outcome, "error")
        self.banner.say(self._title(verdict), "\n\n".join(lines), tone)
        for fix in fixes:
            self.fixes.addWidget(self._fix_button(fix))
        self.notes.setText("\n".join(verdict.notes))
        self.notes.setVisible(bool(verdict.notes))
        self.show()

    def _title(self, verdict: Verdict) -> str:
        """Say what is wrong in plain words; the error's own words follow below."""
        if verdict.outcome != "failed" or verdict.diagnosis is None:
            return verdict.sentence()
        title = verdict.diagnosis.title
        return self.tr("Not sent: %1").replace("%1", title) + "."

    def _explanation(self, found: Diagnosis) -> list[str]:
        why = found.why
        if found.as_of is not None:
            day = QLocale().toString(QDate.fromString(found.as_of, Qt.DateFormat.ISODate))
            why += " " + self.tr("(As of %1.)").replace("%1", day)
        steps = "\n".join(f"{at}. {step}" for at, step in enumerate(found.steps, 1))
        return [why, steps] if steps else [why]

    def _fix_button(self, fix: Fix) -> QPushButton:
        button = FixButton(fix.summary, fix)
        button.clicked.connect(lambda _checked=False: self.fix_requested.emit(fix))
        return button

    def fixed(self, fix: Fix) -> None:
        """Take a fix's button away, now that it was applied; the verdict is that of before."""
        for button in self.findChildren(FixButton):
            if button.fix is fix:
                self.fixes.removeWidget(button)
                button.hide()
                button.deleteLater()
                self.notes.setText(self.tr("Done: %1. Test again.").replace("%1", fix.summary))
                self.notes.show()

    def _clear_fixes(self) -> None:
        while (item := self.fixes.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
