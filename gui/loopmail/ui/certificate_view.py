"""What TLS came to: protocol, cipher and the server's certificates, as a table."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from loopmail.ui.tips import plain_tip

if TYPE_CHECKING:  # not at run time: it brings ssl and cryptography
    from loopmail.mail.certificates import CertificateFacts, TlsFacts


class CertificateView(QTableWidget):
    """The table `Certificate`; everything in it is plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setAccessibleName(self.tr("Certificate"))
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.verticalHeader().hide()
        self.setHorizontalHeaderLabels([self.tr("What"), self.tr("Value")])
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.show_facts(None)

    def show_facts(self, facts: "TlsFacts | None") -> None:
        """Show these facts, or that there was no TLS."""
        rows = self._rows(facts)
        self.setRowCount(len(rows))
        for at, (what, value) in enumerate(rows):
            for column, text in enumerate((what, value)):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text) if column else "")
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                self.setItem(at, column, item)
        self.resizeRowsToContents()

    def _rows(self, facts: "TlsFacts | None") -> list[tuple[str, str]]:
        if facts is None:
            return [(self.tr("TLS"), self.tr("not used"))]
        verified = self.tr("yes") if facts.verified else self.tr("no")
        rows = [
            (self.tr("Protocol"), facts.protocol),
            (self.tr("Cipher"), facts.cipher),
            (self.tr("Verified"), verified),
        ]
        if facts.problem:
            rows.append((self.tr("Problem"), facts.problem))
        chain = facts.chain or ((facts.certificate,) if facts.certificate else ())
        for at, certificate in enumerate(chain):
            title = (
                self.tr("Certificate") if at == 0 else self.tr("Issuer %1").replace("%1", str(at))
            )
            rows += self._certificate_rows(title, certificate)
        return rows

    def _certificate_rows(self, title: str, facts: "CertificateFacts") -> list[tuple[str, str]]:
        rows = [(title, facts.subject), (self.tr("Issued by"), facts.issuer)]
        if facts.names:
            rows.append((self.tr("Names"), ", ".join(facts.names)))
        validity = f"{facts.not_before} – {facts.not_after}"
        return [*rows, (self.tr("Valid (UTC)"), validity)]
