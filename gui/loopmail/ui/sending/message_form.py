"""The fields of the test message."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from loopmail.core.errors import SendError
from loopmail.smtp.addresses import parse_addresses
from loopmail.smtp.message import Message
from loopmail.ui.widgets.building_blocks import (
    ChoiceBox,
    add_tabs,
    buddy_label,
    button,
    column,
    connect_all,
    link_button,
    row,
)

_LINE_HEIGHT = 30  # of a line edit, in device-independent pixels
_LABEL_WIDTH = 54


class MessageForm(QWidget):
    """From, To, Subject, Message; Cc, Bcc, HTML and attachments on request.

    What was typed is remembered for each data source while the program runs.
    """

    changed = Signal()  # something that `draft` tells

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasource = ""
        self._remembered: dict[str, list[str]] = {}  # by data source, in the order of `_edits`
        self.from_, self.to, self.cc, self.bcc, self.subject = (QLineEdit() for _ in range(5))
        self._edits = (self.from_, self.to, self.cc, self.bcc, self.subject)
        self.transport = ChoiceBox()
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(12)
        self.form.setVerticalSpacing(8)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.more = link_button(self.tr("More"), tip=self.tr("Cc, Bcc, HTML and attachments"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self._unfold)
        self.text = self._editor(self.tr("Message"))
        self.html = self._editor(self.tr("HTML source"))
        self.files = QListWidget()
        self.extra = self._make_extra()
        for text, field, buddy in (
            (self.tr("From"), self.from_, self.from_),
            (self.tr("&To"), row(self.to, self.more, spacing=2), self.to),
            (self.tr("Cc"), self.cc, self.cc),
            (self.tr("Bcc"), self.bcc, self.bcc),
            (self.tr("Su&bject"), self.subject, self.subject),
            (self.tr("Message"), self.text, self.text),
            (self.tr("Transport"), self.transport, self.transport),
        ):
            self._add_row(text, field, buddy)
        column(self.form, self.extra, spacing=6, inside=self)
        self._unfold(False)
        files = self.files.model()
        connect_all(
            self.changed,
            *(edit.textChanged for edit in self._edits),
            self.text.textChanged,
            self.html.textChanged,
            self.transport.currentIndexChanged,
            files.rowsInserted,
            files.rowsRemoved,
        )

    def _editor(self, name: str) -> QPlainTextEdit:
        editor = QPlainTextEdit()
        editor.setProperty("role", "field")
        editor.setTabChangesFocus(True)
        editor.setAccessibleName(name)
        editor.setFixedHeight(64)
        return editor

    def _make_extra(self) -> QTabWidget:
        self.files.setAccessibleName(self.tr("Attachments"))
        self.files.setFixedHeight(64)
        buttons = row(
            button(self.tr("Attach File…"), self._choose_files),
            button(self.tr("Remove Attachment"), self._remove_file),
            1,
        )
        box = QWidget()
        column(self.files, buttons, margins=(0, 6, 0, 0), inside=box)
        tabs = QTabWidget()
        tabs.setFixedHeight(150)
        return add_tabs(tabs, (self.tr("HTML"), self.html), (self.tr("Attachments"), box))

    def _add_row(self, text: str, field: QWidget | QLayout, buddy: QWidget) -> None:
        """Add a row whose label stands level with the first line of its field."""
        label = buddy_label(text, buddy)
        label.setFixedHeight(_LINE_HEIGHT)
        label.setMinimumWidth(_LABEL_WIDTH)  # the underlined letter would cut the last one off
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.form.addRow(label, field)

    def _unfold(self, on: bool) -> None:
        self.more.setText(self.tr("Less") if on else self.tr("More"))
        self.form.setRowVisible(self.cc, on)
        self.form.setRowVisible(self.bcc, on)
        self.extra.setVisible(on)

    # --- data source ---------------------------------------------------------------------

    def show_datasource(self, name: str, user: str, aliases: list[str]) -> None:
        """Fill in the defaults of a data source, or what was typed for it before.

        An empty name is that of a data source which is not known.
        """
        if name != self._datasource:
            if self._datasource:
                texts = [edit.text() for edit in self._edits]
                if self._has_our_subject():
                    texts[self._edits.index(self.subject)] = ""  # it gets the time of then
                self._remembered[self._datasource] = texts
            self._datasource = name
            kept = self._remembered.get(name, [""] * len(self._edits))
            for edit, text in zip(self._edits, kept, strict=True):
                edit.setText(text)
        for edit in (self.from_, self.to):
            if user and (not edit.text() or edit.property("default") == edit.text()):
                edit.setText(user)
                edit.setProperty("default", user)
        self.refresh_subject()
        if not self.text.toPlainText():
            self.text.setPlainText(self.tr("This is a test message sent by loopmail."))
        shown = [self.tr("The first one"), *aliases]
        if [self.transport.itemText(at) for at in range(self.transport.count())] != shown:
            self.transport.clear()
            self.transport.addItems(shown)
        self.form.setRowVisible(self.transport, bool(aliases))

    def forget(self) -> None:
        """Another app is open: forget all addresses."""
        self._remembered.clear()
        self._datasource = ""
        for edit in self._edits:
            edit.clear()
        self.files.clear()

    def refresh_subject(self) -> None:
        """Bring the subject's time up to date unless the user wrote a subject."""
        default = self.subject.property("default") or ""
        if self.subject.text() in ("", default):
            now = datetime.now().strftime("%H:%M")
            what = f" of {self._datasource}" if self._datasource else ""
            text = self.tr("loopmail test{0}, {1}").format(what, now)
            self.subject.setProperty("default", text)
            self.subject.setText(text)

    # --- attachments ---------------------------------------------------------------------

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Attach Files"))
        self.add_files([Path(name) for name in names])

    def add_files(self, paths: list[Path]) -> None:
        """Attach files; they are read when the message is built."""
        self.files.addItems([str(path) for path in paths])

    def _remove_file(self) -> None:
        for item in self.files.selectedItems():
            self.files.takeItem(self.files.row(item))

    # --- the message ---------------------------------------------------------------------

    def alias(self) -> str | None:
        """Return the transport's alias that was chosen, None for the first one."""
        return self.transport.currentText() if self.transport.currentIndex() > 0 else None

    def choose(self, alias: str | None) -> None:
        """Choose a transport by its alias; None or an unknown one means the first."""
        at = self.transport.findText(alias) if alias is not None else 0
        self.transport.setCurrentIndex(max(at, 0))

    def message(self) -> Message:
        """Return the message; raise SendError with a sentence for an address that is none."""
        self.refresh_subject()
        return self._read()

    def draft(self) -> Message | None:
        """Return the message as it stands, without the time in the subject; None if it is none."""
        try:
            message = self._read()
        except SendError:
            return None
        return replace(message, subject="") if self._has_our_subject() else message

    def _has_our_subject(self) -> bool:
        return bool(self.subject.text() == (self.subject.property("default") or ""))

    def _read(self) -> Message:
        paths = [self.files.item(at).text() for at in range(self.files.count())]
        sender = self.from_.text()
        if len(_addresses("From", sender, needed=True)) > 1:
            raise SendError("“From” takes one address only.")
        return Message(
            sender=sender.strip(),
            to=_addresses("To", self.to.text(), needed=True),
            cc=_addresses("Cc", self.cc.text()),
            bcc=_addresses("Bcc", self.bcc.text()),
            subject=self.subject.text(),
            text=self.text.toPlainText(),
            html=self.html.toPlainText(),
            attachments=tuple(Path(path) for path in paths),
        )


def _addresses(name: str, text: str, *, needed: bool = False) -> tuple[str, ...]:
    """Split a field at its commas; raise SendError where a part is no address."""
    text = text.strip().rstrip(",;")
    if not text:
        if needed:
            raise SendError(f"Fill in “{name}”: an address like you@example.com.")
        return ()
    boxes = parse_addresses([text])
    valid = [box for box in boxes if _plausible(box.address)]
    parts = [part for part in text.split(",") if part.strip()]
    if len(valid) not in (text.count("@"), len(parts)):
        raise SendError(f"“{name}” holds something that is no address: {text}")
    if not valid:
        raise SendError(f"“{name}” holds no address: {text}")
    return tuple(f"{b.name} <{b.address}>" if b.name else b.address for b in valid)


def _plausible(address: str) -> bool:
    user, _, domain = address.rpartition("@")
    return bool(user and domain) and not any(c.isspace() for c in address)
