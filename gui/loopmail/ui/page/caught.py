"""One caught message: HTML shown safely, text, source, headers, links, and its files to save."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLocale, Qt, QUrl, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from loopmail.catcher.html import SafeHtml, clean
from loopmail.catcher.received import (
    CaughtAttachment,
    CaughtMessage,
    safe_file_name,
    save_into,
)
from loopmail.core.disk.reading import reason
from loopmail.ui.page.safe_browser import SafeBrowser, read_pictures
from loopmail.ui.session.browser import open_address
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import Job
from loopmail.ui.widgets.building_blocks import (
    Banner,
    ReadOnlyText,
    add_tabs,
    button,
    column,
    em,
    plain_label,
    row,
    take_all,
)
from loopmail.ui.widgets.small_parts import (
    BesideOrBelow,
    ElidedLabel,
    IconLabel,
    copy_text,
    icon_button,
)
from loopmail.ui.widgets.table import STRETCH, TextTable

_MAX_SHOWN_CHARS = 500_000
_MOST_FILES = 50  # with a button each; Save All takes all of them
_OPENED = ("http", "https", "mailto")


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """What a worker made of a message."""

    html: SafeHtml
    pictures: dict[str, QImage]


def _cleaned(message: CaughtMessage) -> _Cleaned:
    html = clean(message.html)
    parts = {
        one.content_id: one.data for one in message.attachments if one.content_id in html.pictures
    }
    return _Cleaned(html, read_pictures(parts))


class MessageView(QWidget):
    """Shows a message; what takes long (cleaning its HTML, writing files) is done by workers."""

    delete_wanted = Signal()
    said = Signal(str)  # what came of a save

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self._state = state
        self.message: CaughtMessage | None = None
        self._job: Job | None = None
        self.subject = plain_label("", "heading", wrap=True)
        self.facts = QFormLayout()
        self.facts.setContentsMargins(0, 0, 0, 0)
        self.facts.setHorizontalSpacing(14)
        self.facts.setVerticalSpacing(1)
        self.facts.setLabelAlignment(Qt.AlignmentFlag.AlignLeading)
        self.save_button = icon_button("save", self.tr("Save as .eml…"), self._choose_eml)
        self.copy_button = icon_button("copy", self.tr("Copy the Source"), self._copy_source)
        self.delete_button = icon_button("trash", self.tr("Delete"), self.delete_wanted)
        self.browser = SafeBrowser(self.tr("HTML"))
        self.browser.link_pressed.connect(self.ask_about)
        self.not_loaded = plain_label("", wrap=True)
        self.link_question = Banner("info")
        self.open_button = button(self.tr("Open in Browser"), self._open_link)
        copy = button(self.tr("Copy Link"), self._copy_link)
        close = button(self.tr("Close"), self.link_question.hide)
        self.link_question.words.addWidget(BesideOrBelow(self.open_button, copy, close, 1))
        self._link = ""
        self.text, self.html_source, self.source, self.headers = (
            ReadOnlyText(name)
            for name in (
                self.tr("Text"),
                self.tr("HTML source"),
                self.tr("Source"),
                self.tr("Headers"),
            )
        )
        titles = (self.tr("Words"), self.tr("Leads to"))
        self.links = TextTable(self.tr("Links"), titles, (em(24), STRETCH))
        self.links.activated.connect(lambda index: self.ask_about(self._address(index.row())))
        self.link_button = button(self.tr("Open or Copy…"), self._ask_about_current)
        self.tabs = self._make_tabs()
        self.files = row(spacing=8)
        self.file_place = self._make_file_place()
        self._lay_out()

    def _make_tabs(self) -> QTabWidget:
        shown, links = QWidget(), QWidget()
        self.notice = QWidget()
        parts = (IconLabel("info", "accent"), (self.not_loaded, 1))
        row(*parts, spacing=8, margins=(8, 4, 8, 4), inside=self.notice)
        column(self.notice, (self.browser, 1), inside=shown)
        column((self.links, 1), row(self.link_button, 1), spacing=6, inside=links)
        return add_tabs(
            QTabWidget(),
            (self.tr("HTML"), shown),
            (self.tr("Text"), self.text),
            (self.tr("HTML source"), self.html_source),
            (self.tr("Source"), self.source),
            (self.tr("Headers"), self.headers),
            (self.tr("Links"), links),
        )

    def _make_file_place(self) -> QWidget:
        """The files in a row that scrolls, and the button that saves all."""
        self.save_all = button(self.tr("Save All…"), self._choose_folder, role="small")
        inside, scroll = QWidget(), QScrollArea()
        whole = QHBoxLayout(inside)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(self.files)
        whole.addStretch(1)
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFixedHeight(self.fontMetrics().height() + 36)
        made = QWidget()
        row(IconLabel("clip"), (scroll, 1), self.save_all, spacing=8, inside=made)
        return made

    def _lay_out(self) -> None:
        top = row((self.subject, 1), self.save_button, self.copy_button, self.delete_button)
        self.link_question.hide()
        box: QVBoxLayout = column(
            top,
            self.facts,
            self.link_question,
            (self.tabs, 1),
            self.file_place,
            spacing=6,
            margins=(10, 0, 0, 0),
            inside=self,
        )
        box.setSpacing(6)

    # --- showing -------------------------------------------------------------------------

    def show_message(self, message: CaughtMessage | None) -> None:
        """Show a message, or none."""
        if message is self.message and message is not None:
            return
        self.message = message
        self._drop()
        self.link_question.hide()
        self.setVisible(message is not None)
        if message is None:
            return
        self.subject.setText(message.subject or self.tr("no subject"))
        self._show_facts(message)
        headers = "\n".join(f"{name}: {value}" for name, value in message.headers)
        raw = message.raw[:_MAX_SHOWN_CHARS].decode("utf-8", "replace").replace("\r\n", "\n")
        views = (self.text, self.html_source, self.headers, self.source)
        for view, text in zip(views, (message.text, message.html, headers, raw), strict=True):
            view.setPlainText(text[:_MAX_SHOWN_CHARS].replace("\0", "\ufffd"))
        self.tabs.setTabText(4, self.tr("Headers {0}").format(len(message.headers)))
        self._show_files(message)
        self._show_html(_Cleaned(SafeHtml(), {}))
        self.tabs.setTabVisible(0, bool(message.html))
        self.tabs.setTabVisible(2, bool(message.html))
        if self.tabs.currentIndex() <= 1 or not self.tabs.isTabVisible(self.tabs.currentIndex()):
            self.tabs.setCurrentIndex(0 if message.html else 1)
        if message.html:
            self.not_loaded.setText(self.tr("The HTML is being cleaned…"))
            self.notice.show()
            self._job = Job(lambda: _cleaned(message))
            self._job.done.connect(self._show_html)
            self._job.start()

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _show_facts(self, message: CaughtMessage) -> None:
        while self.facts.rowCount():
            self.facts.removeRow(0)
        headers = ((self.tr("From"), "From"), (self.tr("To"), "To"), (self.tr("Cc"), "Cc"))
        rows = [(name, message.header(header)) for name, header in headers]
        shown = ", ".join(f"<{one}>" for one in message.envelope_to[:20])
        envelope = self.tr("from <{0}> to {1}").format(message.envelope_from, shown)
        rows.append((self.tr("Envelope"), envelope))
        if message.signed_in_as is not None:
            rows.append((self.tr("Signed in as"), message.signed_in_as))
        if message.cut:
            rows.append((self.tr("Shown"), self.tr("only the first parts; Source has the rest")))
        for name, value in rows:
            if value:
                self.facts.addRow(plain_label(name, "muted"), ElidedLabel(value[:2000]))

    def _show_html(self, cleaned: _Cleaned) -> None:
        html = cleaned.html
        self.browser.show_html(html.html, cleaned.pictures)
        lines = [(one.text, one.address) for one in html.links]
        self.links.rows.show(lines)
        self.tabs.setTabText(5, self.tr("Links {0}").format(len(lines)))
        self.tabs.setTabVisible(5, bool(lines))
        self.link_button.setEnabled(bool(lines))
        remote = html.remote
        text = html.problem
        if len(remote) == 1:
            text = self.tr("A picture from the web is not loaded: {0}").format(remote[0][:200])
        elif remote:
            many = self.tr("{0} pictures from the web are not loaded, the first from {1}")
            text = many.format(len(remote), QUrl(remote[0]).host() or remote[0][:200])
        self.not_loaded.setText(text)
        self.notice.setVisible(bool(text))

    # --- links ---------------------------------------------------------------------------

    def ask_about(self, address: str) -> None:
        """Say where a link leads, before anything is opened."""
        self._link = address
        self.link_question.say(self.tr("This link leads to"), address[:1000])
        self.open_button.setVisible(QUrl(address).scheme().lower() in _OPENED)
        self.link_question.show()
        self.open_button.setFocus()

    def _address(self, at: int) -> str:
        rows = self.links.rows.rows
        return rows[at][1] if 0 <= at < len(rows) else ""

    def _ask_about_current(self) -> None:
        if address := self._address(max(0, self.links.currentIndex().row())):
            self.ask_about(address)

    def _copy_link(self) -> None:
        copy_text(self._link)
        self.link_question.hide()

    def _open_link(self) -> None:
        open_address(self._state, self._link)
        self.link_question.hide()

    # --- files ---------------------------------------------------------------------------

    def _show_files(self, message: CaughtMessage) -> None:
        take_all(self.files)
        for one in message.attachments[:_MOST_FILES]:
            size = QLocale().formattedDataSize(one.size, 0, QLocale.DataSizeFormat.DataSizeSIFormat)
            text = self.tr("Save {0} ({1})…").format(safe_file_name(one.name), size)
            save = button(text, role="small", tip=one.content_type[:100])
            save.clicked.connect(lambda _=False, file=one: self._choose_file(file))
            self.files.addWidget(save)
        self.file_place.setVisible(bool(message.attachments))
        self.save_all.setVisible(len(message.attachments) > 1)

    def _choose_file(self, file: CaughtAttachment) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save Attachment"), safe_file_name(file.name)
        )
        if name:
            self.write(Path(name), file.data)

    def _choose_eml(self) -> None:
        if self.message is None:
            return
        proposed = safe_file_name(f"{self.message.subject[:80]}.eml", "message.eml")
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save Message"), proposed, self.tr("Messages (*.eml)")
        )
        if name:
            self.write(Path(name), self.message.raw)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Save All Attachments In"))
        if folder:
            self.write_all(Path(folder))

    def write(self, path: Path, data: bytes) -> None:
        """Write a file that the user named, in a worker; `said` tells what came of it."""
        self._save(lambda: f"{path} ({path.write_bytes(data)} bytes)")

    def write_all(self, folder: Path) -> None:
        """Write all attachments into a folder; files that are there stay as they are."""
        files = self.message.attachments if self.message is not None else ()

        def work() -> str:
            made = [save_into(folder, safe_file_name(one.name), one.data) for one in files]
            return ", ".join(str(path) for path in made)

        self._save(work)

    def _save(self, work: Callable[[], str]) -> None:
        def attempt() -> str:
            try:
                return self.tr("Saved: {0}.").format(work())
            except OSError as error:
                return self.tr("It was not saved: {0}.").format(reason(error))

        job = Job(attempt)
        job.done.connect(self.said.emit)
        job.start()

    def _copy_source(self) -> None:
        if self.message is not None:
            copy_text(self.message.raw.decode("utf-8", "replace"))
