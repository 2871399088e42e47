"""What TLS came to: the chain of certificates, and the question whether to trust its top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase
from PySide6.QtWidgets import QFormLayout, QFrame, QTableView, QWidget

from loopmail.core.checks.problem import Fix
from loopmail.net.cancel import Cancel
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    button,
    column,
    em,
    plain_label,
    primary_button,
    say,
)
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.small_parts import BesideOrBelow
from loopmail.ui.widgets.table import STRETCH, Column, Roles, RowsModel, plain_table
from loopmail.ui.widgets.theme import colours

if TYPE_CHECKING:
    from loopmail.net.certificates import CertificateFacts, TlsFacts
    from loopmail.smtp.trust import TrustQuestion

_Role = Qt.ItemDataRole
_TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_SOON = 30  # days before its end from which a certificate's validity is a warning


# --- The chain ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """A row: a heading with an icon, or what is known of the heading above it."""

    level: int
    what: str
    value: str = ""
    icon: str = ""  # of a heading
    colour: str = "text"


class CertificateView(QTableView):
    """The table `Certificate`: the chain from its top to the server's own, all as plain text.

    A row is set in by its depth in the chain, as in a tree.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: RowsModel[Fact] = RowsModel(self)
        first: Roles = {
            _Role.TextAlignmentRole: lambda _: _TOP,
            _Role.DecorationRole: lambda one: icon(one.icon, one.colour) if one.icon else None,
            _Role.FontRole: _weight,
            _Role.ForegroundRole: lambda one: QColor(
                colours().text if one.icon else colours().muted
            ),
            _Role.AccessibleTextRole: lambda one: one.what,
            _Role.ToolTipRole: lambda _: None,
        }
        second: Roles = {
            _Role.TextAlignmentRole: lambda _: _TOP,
            _Role.ForegroundRole: lambda one: QColor(getattr(colours(), one.colour)),
        }
        self.facts.columns = (
            Column(self.tr("What"), _set_in, first),
            Column(self.tr("Value"), lambda one: one.value, second),
        )
        plain_table(self, self.facts, self.tr("Certificate"), (em(17), STRETCH))
        self.setWordWrap(True)
        self.verticalHeader().setMinimumSectionSize(self.fontMetrics().height() + 6)
        self.show_facts(None)

    def show_facts(self, facts: TlsFacts | None) -> None:
        """Show these facts, or that there was no TLS."""
        self.facts.set_rows(self._rows(facts))
        self.clearSpans()
        for at, one in enumerate(self.facts.rows):
            if one.icon:
                self.setSpan(at, 0, 1, 2)
        self.resizeRowsToContents()

    def _rows(self, facts: TlsFacts | None) -> list[Fact]:
        if facts is None:
            return [Fact(-1, self.tr("TLS"), self.tr("not used"))]  # below no heading
        found: list[Fact] = []
        chain = facts.chain or ((facts.certificate,) if facts.certificate else ())
        for level, one in enumerate(reversed(chain)):
            found += self._certificate(level, one, facts, top=level == 0)
        verified = self.tr("yes") if facts.verified else self.tr("no")
        found.append(Fact(0, self.tr("Connection"), icon="plug"))
        if facts.protocol:
            found.append(Fact(0, self.tr("Protocol"), facts.protocol))
            found.append(Fact(0, self.tr("Cipher"), facts.cipher))
        found.append(Fact(0, self.tr("Verified"), verified))
        if facts.problem:
            found.append(Fact(0, self.tr("Problem"), facts.problem, colour="error"))
        return found

    def _certificate(
        self, level: int, one: CertificateFacts, facts: TlsFacts, *, top: bool
    ) -> list[Fact]:
        bad = top and facts.untrusted
        title = self.tr("{0} · not trusted").format(one.name) if bad else one.name
        picture, colour = ("warning", "error") if bad else ("file", "muted")
        found = [Fact(level, title, icon=picture, colour=colour)]
        if one.names:
            found.append(Fact(level, self.tr("Names"), "\n".join(one.names)))
        issuer = self.tr("itself") if one.self_signed else one.issuer
        found += [
            Fact(level, self.tr("Subject"), one.subject),
            Fact(level, self.tr("Issued by"), issuer),
            self._validity(level, one),
        ]
        if one.sha256:
            found.append(Fact(level, self.tr("SHA-256"), one.sha256))
        return found

    def _validity(self, level: int, one: CertificateFacts) -> Fact:
        text, colour = validity(one), "text"
        end = _day(one.not_after)
        if end.isValid():
            left = QDate.currentDate().daysTo(end)
            if left < 0:
                text, colour = self.tr("{0}, expired").format(text), "error"
            else:
                text = self.tr("{0}, {1} days left").format(text, left)
                colour = "warn" if left < _SOON else "ok"
        return Fact(level, self.tr("Valid"), text, colour=colour)


def _set_in(one: Fact) -> str:
    """A heading's or a row's name, set in by its level; U+2003 is as wide as the font is high."""
    return "\u2003" * (one.level if one.icon else one.level + 1) + one.what


def _weight(one: Fact) -> QFont:
    font = QFont()
    font.setBold(bool(one.icon))
    return font


def _day(moment: str) -> QDate:
    return QDate.fromString(moment[:10], Qt.DateFormat.ISODate)


def validity(one: CertificateFacts) -> str:
    """Return from when to when a certificate is valid, in UTC."""
    return f"{one.not_before[:10]} – {one.not_after[:10]}"


# --- Trusting its top ---------------------------------------------------------------------


class TrustCard(QFrame):
    """Shows what would be trusted and what for; its button works once that has been proven.

    The proof runs in a worker: another connection, with the authority, that ends before the
    sign-in.
    """

    trusted = Signal(object)  # Fix

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._job: Job | None = None
        self._fix: Fix | None = None
        self.title = plain_label("", "heading", wrap=True)
        self.name, self.issuer, self.valid = (plain_label("", wrap=True) for _ in range(3))
        self.digest = plain_label("", wrap=True)
        self.digest.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.purpose = plain_label("", wrap=True)
        self.state = plain_label("", "muted", wrap=True)
        self.cancel_button = button(self.tr("Cancel"), self.close_card)
        self.trust_button = primary_button(self.tr("Trust and Test"), self._trust)
        facts = QFormLayout()
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setLabelAlignment(Qt.AlignmentFlag.AlignLeading)
        facts.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for text, label in (
            (self.tr("Name"), self.name),
            (self.tr("Issued by"), self.issuer),
            (self.tr("Valid"), self.valid),
            (self.tr("SHA-256"), self.digest),
        ):
            facts.addRow(plain_label(text, "muted"), label)
        buttons = BesideOrBelow(1, self.cancel_button, self.trust_button)
        parts = (self.title, facts, self.purpose, self.state, buttons)
        column(*parts, spacing=8, margins=(14, 10, 14, 12), inside=self)
        self.hide()

    def ask(self, question: TrustQuestion) -> None:
        """Show the authority, and begin to prove that the chain passes with it."""
        from loopmail.smtp.trust import prove

        self.close_card()
        one = question.authority
        text = self.tr("Trust the authority “{0}” for {1}?")
        self.title.setText(text.format(one.name, question.datasource))
        self.name.setText(one.subject)
        self.issuer.setText(self.tr("itself") if one.self_signed else one.issuer)
        self.valid.setText(validity(one))
        self.digest.setText(one.sha256.replace(":", ":\u200b"))  # where it may be broken
        self.purpose.setText(
            self.tr(
                "It goes into CA certificate in {0}; the check stays on. This transport then trusts "
                "the authorities that are named there instead of Mozilla's list. Compare the SHA-256 "
                "with what the server's owner tells you."
            ).format(question.file or self.tr("the file"))
        )
        self.state.setText(self.tr("Trying whether the certificate passes with it…"))
        self.trust_button.setEnabled(False)
        cancel = Cancel()
        self._job = Job(lambda: prove(question, cancel), on_cancel=cancel.cancel)
        self._job.done.connect(self._proven)
        self._job.failed.connect(lambda error: self._proven(str(error)))
        self._job.start()
        self.show()
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_card(self) -> None:
        """Take the question away; a proof under way is dropped."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._fix = None
        self.hide()

    def _proven(self, result: Fix | str) -> None:
        self._job = None
        if isinstance(result, str):
            say(self.state, result)
            return
        self._fix = result
        self.state.setText(self.tr("The certificate passes with it."))
        self.trust_button.setEnabled(True)
        if self.cancel_button.hasFocus():
            self.trust_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _trust(self) -> None:
        fix = self._fix
        self.close_card()
        if fix is not None:
            self.trusted.emit(fix)
