"""The fields of the test message."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QFrame,
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
    em,
    link_button,
    row,
)
from loopmail.ui.widgets.small_parts import BesideOrBelow, ElidedLabel, IconLabel

_LINE_HEIGHT = 30  # of a line edit, in device-independent pixels
_LABEL_WIDTH = 7.0  # em


class FoldedMessage(QFrame):
    """The message in one line, and the button that unfolds its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "line")
        self.text = ElidedLabel()
        self.edit = link_button(self.tr("Edit"), tip=self.tr("Edit the test message"))
        parts = (IconLabel("mail"), (self.text, 1), self.edit)
        row(*parts, spacing=8, margins=(10, 0, 2, 0), inside=self)

    def show_message(self, message: Message, subject: str) -> None:
        """Say to whom it goes and what its subject is."""
        first, *others = [*message.to, *message.cc, *message.bcc]
        text = self.tr("To {0} · “{1}”")
        if others:
            two, more = (
                self.tr("To {0} and one more · “{1}”"),
                self.tr("To {0} and {2} more · “{1}”"),
            )
            text = two if len(others) == 1 else more
        self.text.say(text.format(first, subject, len(others)))


class MessageForm(QWidget):
    """From, To, Subject, Message; Cc, Bcc, HTML and attachments on request.

    What was typed is remembered for each data source while the program runs. Folded, the form is
    one line; it unfolds by its button, and when something else than this form changes a field.
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
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.more = link_button(self.tr("More"), tip=self.tr("Cc, Bcc, HTML and attachments"))
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_more)
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
        self.fields = QWidget()
        column(self.form, self.extra, spacing=6, inside=self.fields)
        self.line = FoldedMessage()
        self.line.edit.clicked.connect(self._edit)
        self.line.hide()
        self._may_fold = False  # a test has begun since one last looked at the fields
        self._filling = False  # it is this form that changes the fields
        column(self.line, self.fields, inside=self)
        self._show_more(False)
        self._follow_fields()

    def _follow_fields(self) -> None:
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
        self.changed.connect(self._changed_from_outside)

    # --- one line or all fields ------------------------------------------------------------

    @property
    def folded(self) -> bool:
        """Whether the message is one line."""
        return not self.line.isHidden()

    def fold(self) -> None:
        """Show one line instead of the fields, unless there is an address to mend in them."""
        self._may_fold = True
        self._fold_or_not()

    def unfold(self) -> None:
        """Show the fields."""
        self._may_fold = False
        self._fold_or_not()

    def _edit(self) -> None:
        self.unfold()
        self.to.setFocus(Qt.FocusReason.OtherFocusReason)
        self.to.selectAll()

    def _fold_or_not(self) -> None:
        message = self.draft() if self._may_fold else None
        if message is not None:
            self.line.show_message(message, self.subject.text())
        self.line.setVisible(message is not None)
        self.fields.setVisible(message is None)

    def _changed_from_outside(self) -> None:
        if self.folded and not self._filling:
            self.unfold()

    def _editor(self, name: str) -> QPlainTextEdit:
        editor = QPlainTextEdit()
        editor.setProperty("role", "field")
        editor.setTabChangesFocus(True)
        editor.setAccessibleName(name)
        editor.setFixedHeight(4 * self.fontMetrics().height() + 8)
        return editor

    def _make_extra(self) -> QTabWidget:
        self.files.setAccessibleName(self.tr("Attachments"))
        self.files.setFixedHeight(4 * self.fontMetrics().height())
        buttons = BesideOrBelow(
            button(self.tr("Attach File…"), self._choose_files),
            button(self.tr("Remove Attachment"), self._remove_file),
            1,
        )
        box = QWidget()
        column(self.files, buttons, margins=(0, 6, 0, 0), inside=box)
        tabs = QTabWidget()
        tabs.setMinimumHeight(10 * self.fontMetrics().height())
        return add_tabs(tabs, (self.tr("HTML"), self.html), (self.tr("Attachments"), box))

    def _add_row(self, text: str, field: QWidget | QLayout, buddy: QWidget) -> None:
        """Add a row whose label stands level with the first line of its field."""
        label = buddy_label(text, buddy)
        label.setFixedHeight(_LINE_HEIGHT)
        label.setMinimumWidth(em(_LABEL_WIDTH))  # the underlined letter would cut the last one off
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.form.addRow(label, field)

    def _show_more(self, on: bool) -> None:
        self.more.setText(self.tr("Less") if on else self.tr("More"))
        self.form.setRowVisible(self.cc, on)
        self.form.setRowVisible(self.bcc, on)
        self.extra.setVisible(on)

    # --- data source ---------------------------------------------------------------------

    def show_datasource(self, name: str, user: str, aliases: list[str]) -> None:
        """Fill in the defaults of a data source, or what was typed for it before.

        An empty name is that of a data source which is not known.
        """
        self._filling, other = True, name != self._datasource
        self._fill(name, user, aliases)
        self._filling = False
        if other:
            self._fold_or_not()

    def _fill(self, name: str, user: str, aliases: list[str]) -> None:
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
        self.unfold()

    def refresh_subject(self) -> None:
        """Bring the subject's time up to date unless the user wrote a subject."""
        default = self.subject.property("default") or ""
        if self.subject.text() in ("", default):
            now = datetime.now().strftime("%H:%M")
            what = f" of {self._datasource}" if self._datasource else ""
            text = self.tr("loopmail test{0}, {1}").format(what, now)
            if text == self.subject.text():
                return
            self._filling, before = True, self._filling
            self.subject.setProperty("default", text)
            self.subject.setText(text)
            self._filling = before
            if self.folded:
                self._fold_or_not()

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
        self._filling = True
        self.transport.setCurrentIndex(max(at, 0))
        self._filling = False

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
