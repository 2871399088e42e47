"""The verdict in one sentence, what LoopBack would report, why, and what to do."""

from PySide6.QtCore import QDate, QLocale, Qt, QUrl, Signal
from PySide6.QtWidgets import QLabel, QWidget

from loopmail.core.checks.problem import Fix
from loopmail.smtp.trust import authority
from loopmail.smtp.verdict import Diagnosis, Verdict
from loopmail.ui.form.fix_button import FixButton, state_of
from loopmail.ui.sending.stage_chart import duration
from loopmail.ui.session.browser import open_address
from loopmail.ui.widgets.building_blocks import (
    Banner,
    Tone,
    buddy_label,
    button,
    column,
    dim,
    em,
    link_button,
    plain_label,
    row,
    say,
    set_tone,
    take_all,
)
from loopmail.ui.widgets.small_parts import (
    BesideOrBelow,
    ElidedLabel,
    IconLabel,
    MachineLine,
    put_icon,
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


_LONGEST_FIX = 30.0  # em of a button's text; its tip has the whole
SIGNS: dict[Tone, tuple[str, str]] = {
    "ok": ("ok", "ok"),
    "warn": ("warning", "warn"),
    "error": ("error", "error"),
    "info": ("info", "muted"),
}


class VerdictBanner(QWidget):
    """The banner under the buttons of the test panel.

    Only the headline and its icon are coloured. A server's words are plain text wherever they
    stand; the one link leads to a page that the catalogue of replies names.
    """

    fix_requested = Signal(object)
    trust_wanted = Signal()
    again_wanted = Signal()  # the same test, with the settings of now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.banner = Banner("info")
        self.icon = IconLabel("info", scale=1.35)
        self.verdict = self.banner.title
        self.verdict.setObjectName("Verdict")
        self.verdict.setAccessibleDescription(self.tr("Verdict"))
        font = self.verdict.font()
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.verdict.setFont(font)
        self.banner.text.setProperty("role", "body")
        self.label = buddy_label(self.tr("Verdict"), self.verdict, "muted")
        self.facts = ElidedLabel(role="muted")
        self.facts.setAlignment(Qt.AlignmentFlag.AlignTrailing)
        self.steps = column(spacing=4)
        self.report = plain_label("", "body", wrap=True)
        self.said = MachineLine(self.tr("What was reported"), self.tr("Copy What Was Reported"))
        self.page = link_button("", self._open_page)
        self.trust_button = button(self.tr("Trust Certificate…"), self.trust_wanted, role="small")
        self.why_not = plain_label("", "body", wrap=True)
        self.fixes = column(spacing=4)
        self.stale = plain_label("", "muted", wrap=True)
        self.again = button(self.tr("Test Again"), self.again_wanted)
        self.notes = plain_label("", "muted", wrap=True)
        self._address = ""
        self._tone: Tone = "info"
        self._lay_out()
        self.set_stale("")
        self.hide()

    def _lay_out(self) -> None:
        self._stale_row = BesideOrBelow((self.stale, 1), self.again)
        self._fix_place = QWidget()
        self._fix_place.setLayout(self.fixes)
        self._step_place = QWidget()
        self._step_place.setLayout(self.steps)
        words = self.banner.words
        words.setSpacing(5)
        words.insertWidget(0, self._stale_row)
        for part in (self._step_place, self.report, self.said):
            words.addWidget(part)
        words.addWidget(self.why_not)
        words.addWidget(BesideOrBelow(self.trust_button, self.page, 1))
        words.addWidget(self._fix_place)
        put_icon(self.banner, self.icon)
        self.notes.hide()
        caption = row(self.label, (self.facts, 1), spacing=8)
        column(caption, self.banner, self.notes, spacing=4, inside=self)

    def clear(self) -> None:
        """Take the last verdict away."""
        self.hide()
        self._empty()

    def _empty(self) -> None:
        take_all(self.fixes)
        take_all(self.steps)
        self.offer_trust(None)
        for part in (self.said, self.facts):
            part.say("")
        for label in (self.report, self.notes):
            say(label, "")
        self._show_page("")
        self.set_stale("")

    def say(self, text: str, tone: Tone = "warn") -> None:
        """Show a sentence that is no verdict, e.g. why a test cannot begin."""
        self._empty()
        self.label.hide()
        self._show(text, "", tone)

    def _show(self, title: str, text: str, tone: Tone) -> None:
        self._tone = tone
        self.icon.show_icon(*SIGNS.get(tone, SIGNS["info"]))
        self.banner.say(title, text, tone)
        self.show()

    def show_verdict(self, verdict: Verdict, fixes: list[Fix], facts: str = "") -> None:
        """Show a verdict, the fixes that belong to it, and `facts`: where and when it was made."""
        self._empty()
        self.label.show()
        self.facts.say(facts)
        found = verdict.diagnosis
        failed = found is not None and verdict.outcome == "failed"
        title = self._title(verdict, found if failed else None)
        why = self._why(found, verdict) if found is not None else ""
        for number, step in enumerate(found.steps if found is not None else (), 1):
            self.steps.addWidget(self._step(number, step))
        self._step_place.setVisible(bool(self.steps.count()))
        told = "\n".join([title, why, *(found.steps if found is not None else ())])
        if report := loopback_report(verdict, told=told):
            # What came over the wire is told apart from our own words.
            say(self.report, self.tr("LoopBack {0} would report:").format(verdict.major))
            self.said.say(report)
        elif verdict.refused:
            why = "\n\n".join(filter(None, [why, verdict.message]))
        self._show_page(found.page or "" if found is not None else "")
        self._show(title, why, TONES.get(verdict.outcome, "error"))
        self.set_stale("")
        for fix in fixes:
            shown = self.fontMetrics().elidedText(
                fix.summary, Qt.TextElideMode.ElideRight, em(_LONGEST_FIX)
            )
            mend = FixButton(shown, fix)
            mend.clicked.connect(lambda _checked=False, one=fix: self.fix_requested.emit(one))
            self.fixes.addWidget(mend, 0, Qt.AlignmentFlag.AlignLeading)
        say(self.notes, "\n".join(verdict.notes))

    def _title(self, verdict: Verdict, found: Diagnosis | None) -> str:
        """The headline: in plain words where they are known; the error's own words follow below."""
        if found is not None:
            return self.tr("Not sent: {0}.").format(found.title)
        if verdict.outcome == "sent" and verdict.response:
            spent = sum(stage.ms for stage in verdict.stages)
            return self.tr("Sent. The server accepted it in {0}.").format(duration(spent))
        return verdict.sentence()

    def _step(self, number: int, text: str) -> QWidget:
        made, what = QWidget(), plain_label(text, "body", wrap=True)
        count: QLabel = plain_label(f"{number}.", "body")
        count.setMinimumWidth(em(2))
        line = row(count, (what, 1), spacing=4, inside=made)
        line.setAlignment(count, Qt.AlignmentFlag.AlignTop)
        return made

    def words(self) -> str:
        """Return all that the banner says below its headline, line by line."""
        steps = [
            " ".join(label.text() for label in place.findChildren(QLabel))
            for at in range(self.steps.count())
            if (item := self.steps.itemAt(at)) is not None and (place := item.widget()) is not None
        ]
        parts = (self.banner.text.text(), *steps, self.report.text(), self.said.whole)
        return "\n".join(part for part in parts if part)

    def note(self, text: str) -> None:
        """Show a note below the verdict."""
        say(self.notes, text)

    def offer_trust(self, verdict: Verdict | None) -> None:
        """Offer to trust the certificate that was refused, or say why that would not help."""
        failed = verdict is not None and verdict.outcome == "failed"
        offer = authority(verdict.tls) if verdict is not None and failed else None
        self.trust_button.setVisible(offer is not None and not isinstance(offer, str))
        say(self.why_not, offer if isinstance(offer, str) else "")

    # --- the provider's page ---------------------------------------------------------------

    def _show_page(self, address: str) -> None:
        self._address = address if address.startswith("https://") else ""
        host = QUrl(self._address).host()
        self.page.setText(self.tr("See {0}").format(host))
        self.page.setToolTip(self._address)
        self.page.setVisible(bool(host))

    def _open_page(self) -> None:
        open_address(state_of(self), self._address)

    # --- out of date, mended -----------------------------------------------------------------

    def set_stale(self, text: str) -> None:
        """Dim the verdict, which is that of what was there before; an empty text: it is not."""
        self.stale.setText(text)
        self._stale_row.setVisible(bool(text))
        self._fix_place.setVisible(not text and bool(self.fixes.count()))
        self.trust_button.setEnabled(not text)
        tone: Tone = "info" if text else self._tone
        set_tone(self.banner, tone)
        name, colour = SIGNS.get(self._tone, SIGNS["info"])
        self.icon.show_icon(name, "muted" if text else colour)
        dim(self.banner, bool(text))
        said = self.tr("Verdict. {0}").format(text) if text else self.tr("Verdict")
        self.verdict.setAccessibleDescription(said)

    def _why(self, found: Diagnosis, verdict: Verdict) -> str:
        why = verdict.explanation()
        if found.as_of is None:
            return why
        day = QLocale().toString(QDate.fromString(found.as_of, Qt.DateFormat.ISODate))
        return self.tr("{0} (As of {1}.)").format(why, day)

    def fixed(self, fix: Fix) -> None:
        """Take a fix's button away, now that it was applied; the verdict is that of before."""
        for mend in self.findChildren(FixButton):
            if mend.fix is fix:
                self.fixes.removeWidget(mend)
                mend.hide()
                mend.deleteLater()
                say(self.notes, self.tr("Done: {0}. Test again.").format(fix.summary))
