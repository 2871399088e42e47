"""The caught messages as a list: the newest first, unread ones bold with a dot, searched."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QRect, QSortFilterProxyModel, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QTableView

from loopmail.catcher.received import CaughtMessage
from loopmail.ui.widgets.drawn_rows import TwoLines, mirrored
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.table import STRETCH, Column, Index, Roles, RowsModel, plain_table
from loopmail.ui.widgets.theme import colours

_Role = Qt.ItemDataRole
_GAP = 6
_SUBJECT = 3  # the column that is drawn; the others are for those who do not see
_SEARCHED = 20_000  # characters of a text that are searched
_MESSAGE = _Role.UserRole
_UNREAD = _Role.UserRole + 1


def clock(message: CaughtMessage) -> str:
    """Return the time of day when a message came."""
    return message.received[11:19] or message.received


class MessagesModel(RowsModel[CaughtMessage]):
    """Columns Time, From, To, Subject; the newest message is the first row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.seen: set[int] = set()  # the numbers of the messages that were looked at
        self._words: dict[int, str] = {}  # in lower case, made when first searched
        shown: Roles = {
            _MESSAGE: lambda one: one,
            _UNREAD: lambda one: one.number not in self.seen,
            _Role.AccessibleTextRole: self._told,
        }
        self.columns = (
            Column(self.tr("Time"), clock),
            Column(self.tr("From"), lambda one: one.envelope_from),
            Column(self.tr("To"), lambda one: ", ".join(one.envelope_to)),
            Column(self.tr("Subject"), lambda one: one.subject, shown),
        )

    def show_messages(self, messages: Sequence[CaughtMessage]) -> None:
        """Show these messages, given in the order in which they came."""
        newest = list(reversed(messages))
        if [one.number for one in newest] != [one.number for one in self.rows]:
            self.set_rows(newest)
            there = {one.number for one in newest}
            self._words = {number: w for number, w in self._words.items() if number in there}

    def add(self, message: CaughtMessage) -> None:
        """Put a message that has just arrived on top, once."""
        if any(one.number == message.number for one in self.rows):
            return
        self.beginInsertRows(QModelIndex(), 0, 0)
        self.rows.insert(0, message)
        self.endInsertRows()

    def look_at(self, message: CaughtMessage) -> None:
        """Note that a message was looked at."""
        if message.number in self.seen:
            return
        self.seen.add(message.number)
        for at, one in enumerate(self.rows):
            if one.number == message.number:
                self.dataChanged.emit(self.index(at, 0), self.index(at, _SUBJECT))

    def unread(self) -> int:
        """Return how many messages were not looked at."""
        return sum(one.number not in self.seen for one in self.rows)

    def words(self, at: int) -> str:
        """Return what a search looks through, in lower case."""
        one = self.rows[at]
        if one.number not in self._words:
            parts = (one.subject, one.envelope_from, *one.envelope_to, one.header("From"))
            files = (file.name for file in one.attachments)
            text = one.text[:_SEARCHED] or one.html[:_SEARCHED]
            self._words[one.number] = "\n".join((*parts, *files, text)).lower()
        return self._words[one.number]

    def _told(self, one: CaughtMessage) -> str:
        subject = one.subject or self.tr("no subject")
        unread = self.tr("{0}, not read").format(subject)
        return subject if one.number in self.seen else unread


class _Search(QSortFilterProxyModel):
    """The messages with all of these words in them."""

    def __init__(self, model: MessagesModel) -> None:
        super().__init__(model)
        self._model = model
        self._wanted: list[str] = []
        self.setSourceModel(model)

    def search(self, text: str) -> None:
        """Show the messages with all words of the text."""
        self._wanted = text.lower().split()
        self.invalidate()

    def filterAcceptsRow(self, row: int, _parent: Index) -> bool:  # noqa: N802
        """Tell whether a message has the words (Qt's virtual method)."""
        if not self._wanted:
            return True
        words = self._model.words(row)
        return all(word in words for word in self._wanted)


class _Message(TwoLines):
    """The sender and the time, below them the subject and whether there are files."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row (Qt's virtual method)."""
        box, palette = self.ground(painter, option, index, _GAP), colours()
        message: CaughtMessage = index.data(_MESSAGE)
        unread = bool(index.data(_UNREAD))
        line = QFontMetrics(option.font).height()
        painter.save()
        left = box.left() + line + _GAP
        if unread:
            dot = QRect(box.left(), box.top() + line // 2, line, line)
            icon("dot", "accent").paint(painter, mirrored(option, dot))
        bold = QFont(option.font)
        bold.setBold(unread)
        wide = QFontMetrics(option.font).horizontalAdvance(clock(message)) + _GAP
        room = box.right() - left
        sender = QRect(left, box.top(), room - wide, line)
        self.write(painter, option, sender, message.envelope_from, palette.text, bold)
        right = QRect(box.right() - wide, box.top(), wide, line)
        self.write(painter, option, right, clock(message), palette.muted)
        clip = line + _GAP if message.attachments else 0
        below = QRect(left, box.top() + line, room - clip, line)
        subject = message.subject or self.tr("no subject")
        self.write(painter, option, below, subject, palette.text)
        if clip:
            place = QRect(box.right() - line, box.top() + line, line, line)
            icon("clip", "muted").paint(painter, mirrored(option, place))
        painter.restore()


class MessagesTable(QTableView):
    """The table `Messages`, drawn as a list of two lines each."""

    def __init__(self) -> None:
        super().__init__()
        self.messages = MessagesModel(self)
        self.found = _Search(self.messages)
        plain_table(self, self.found, self.tr("Messages"))
        self.horizontalHeader().hide()
        for column in range(_SUBJECT):
            self.setColumnHidden(column, True)
        self.horizontalHeader().setSectionResizeMode(_SUBJECT, STRETCH)
        drawn = _Message(self)
        self.verticalHeader().setDefaultSectionSize(drawn.row_height(self.font()))
        self.setItemDelegate(drawn)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def current(self) -> CaughtMessage | None:
        """Return the message that is looked at."""
        at = self.found.mapToSource(self.currentIndex()).row()
        return self.messages.rows[at] if 0 <= at < len(self.messages.rows) else None

    def chosen(self) -> list[int]:
        """Return the numbers of the chosen messages."""
        rows = self.selectionModel().selectedRows(_SUBJECT)
        return [index.data(_MESSAGE).number for index in rows]
