"""A view of cleaned HTML that loads nothing: pictures are those that the message itself holds."""

from collections.abc import Mapping

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QImageReader, QPalette, QTextDocument
from PySide6.QtWidgets import QTextBrowser

from loopmail.ui.widgets.theme import LIGHT

MAX_PICTURE = 4_000_000  # pixels, and bytes
_MOST_PICTURES = 30
_FORMATS = (b"png", b"jpeg", b"gif", b"bmp", b"webp")  # none that can name another file


def read_picture(data: bytes) -> QImage | None:
    """Return a picture, None if it is none or too large; may be called on any thread."""
    if len(data) > MAX_PICTURE:
        return None
    device = QBuffer()
    device.setData(QByteArray(data))
    device.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(device)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if bytes(reader.format().data()) not in _FORMATS or not size.isValid():
        return None
    if size.width() * size.height() > MAX_PICTURE:
        return None
    image = reader.read()
    return None if image.isNull() else image


def read_pictures(parts: Mapping[str, bytes]) -> dict[str, QImage]:
    """Return the pictures among these parts, by their names."""
    found = {}
    for name, data in list(parts.items())[:_MOST_PICTURES]:
        image = read_picture(data)
        if image is not None:
            found[name] = image
    return found


class SafeBrowser(QTextBrowser):
    """Shows HTML that `catcher.html.clean` has cleaned; a link is told of, not followed."""

    link_pressed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        palette = self.palette()  # mail is written for white paper, whatever the window looks like
        palette.setColor(QPalette.ColorRole.Base, QColor(LIGHT.card))
        palette.setColor(QPalette.ColorRole.Text, QColor(LIGHT.text))
        self.setPalette(palette)
        self.document().setDefaultStyleSheet(f"a {{ color: {LIGHT.accent} }}")
        self.refused: list[str] = []  # what was asked for and not loaded
        self._pictures: dict[str, QImage] = {}
        self.anchorClicked.connect(lambda url: self.link_pressed.emit(url.toString()))

    def show_html(self, html: str, pictures: Mapping[str, QImage]) -> None:
        """Show cleaned HTML with these pictures, by their `cid:` names."""
        self._pictures = dict(pictures)
        self.refused = []
        self.document().clear()  # of the last message's pictures, too
        self.setHtml(html)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802
        """Return a picture of the message, nothing for any other address (Qt's virtual method)."""
        url = name if isinstance(name, QUrl) else QUrl(name)
        wanted = url.toString().removeprefix("cid:") if url.scheme() == "cid" else ""
        if kind == QTextDocument.ResourceType.ImageResource.value and wanted in self._pictures:
            return self._pictures[wanted]
        self.refused.append(url.toString())
        return QByteArray()

    def doSetSource(  # noqa: N802
        self,
        name: QUrl | str,
        type: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource,
    ) -> None:
        """Go nowhere: there is no other page (Qt's virtual method)."""
