"""A caught message in the window: HTML without the web, links told of, files saved, bombs endured."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loopmail.catcher.received import CaughtMessage, take_apart
from loopmail.ui.page.caught import MessageView
from loopmail.ui.page.safe_browser import SafeBrowser, read_picture
from page_apps import NotedPages, SmallApps

HTML = """<h1>Ready</h1><p>Hello <a href="https://evil.test/x">https://bank.example</a></p>
<img src="cid:logo"><img src="https://tracker.test/p.png" alt="pixel"><script>alert(1)</script>"""


def png(width: int = 8, height: int = 8) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0xFF3357D6)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # wrong stub: takes a device, too
    return bytes(buffer.data().data())


def message(html: str = HTML, *files: str) -> CaughtMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Shop <a@example.com>", "b@example.com", "Ready"
    made.set_content("plain words")
    made.add_alternative(html, subtype="html")
    page = made.get_payload(1)
    assert isinstance(page, EmailMessage)
    page.add_related(png(), "image", "png", cid="<logo>")
    for name in files:
        made.add_attachment(b"data of " + name.encode(), "application", "pdf", filename=name)
    return take_apart(1, made.as_bytes(), "bounce@example.com", ["b@example.com"])


@pytest.fixture
def view(small_apps: SmallApps) -> MessageView:
    state = small_apps.state({"datasources.json": {}})
    made = small_apps.shown(MessageView(state))
    made.resize(700, 600)
    made.show()
    return made


def show(view: MessageView, qtbot: QtBot, one: CaughtMessage) -> None:
    view.show_message(one)
    cleaned = "being cleaned"
    qtbot.waitUntil(lambda: cleaned not in view.not_loaded.text(), timeout=20_000)


def test_html_is_shown_and_nothing_is_loaded_from_outside(view: MessageView, qtbot: QtBot) -> None:
    show(view, qtbot, message())
    assert view.browser.isVisible()
    shown = view.browser.toPlainText()
    assert "Ready" in shown
    assert "alert" not in shown
    assert "tracker.test" not in view.browser.toHtml()
    assert view.not_loaded.text() == (
        "A picture from the web is not loaded: https://tracker.test/p.png"
    )
    assert view.browser.refused == []


def test_a_picture_of_the_message_itself_is_shown(view: MessageView, qtbot: QtBot) -> None:
    show(view, qtbot, message())
    image = view.browser.loadResource(
        QTextDocument.ResourceType.ImageResource.value, QUrl("cid:logo")
    )
    assert isinstance(image, QImage)
    assert image.width() == 8


@pytest.mark.parametrize(
    "address", ["https://evil.test/x.png", "file:///etc/passwd", "qrc:/x", "cid:other", "x.png"]
)
def test_the_browser_answers_no_other_address(qtbot: QtBot, address: str) -> None:
    browser = SafeBrowser("HTML")
    qtbot.addWidget(browser)
    browser.show_html(f'<img src="{address}">', {})
    for kind in QTextDocument.ResourceType:
        assert not browser.loadResource(kind.value, QUrl(address))
    browser.setSource(QUrl(address))
    assert address in browser.refused


def test_a_link_is_told_of_before_it_is_opened(
    view: MessageView, qtbot: QtBot, browser: NotedPages
) -> None:
    show(view, qtbot, message())
    assert view.links.rows.rows == [("https://bank.example", "https://evil.test/x")]
    view.browser.anchorClicked.emit(QUrl("https://evil.test/x"))
    assert view.link_question.isVisible()
    assert view.link_question.text.text() == "https://evil.test/x"
    assert browser.opened == []
    view.open_button.click()
    assert browser.opened == ["https://evil.test/x"]
    assert not view.link_question.isVisible()


def test_a_link_of_the_list_is_copied(view: MessageView, qtbot: QtBot, browser: NotedPages) -> None:
    show(view, qtbot, message())
    view.tabs.setCurrentIndex(5)
    view.link_button.click()
    view._copy_link()
    assert QApplication.clipboard().text() == "https://evil.test/x"
    assert browser.opened == []


def test_a_message_without_html_shows_its_text(view: MessageView, qtbot: QtBot) -> None:
    show(view, qtbot, take_apart(1, b"Subject: x\r\n\r\nwords\r\n", "a@example.com", ["b@c.de"]))
    assert not view.tabs.isTabVisible(0)
    assert view.text.isVisible()
    show(view, qtbot, message())
    assert view.browser.isVisible()


def test_the_source_is_saved_byte_by_byte(view: MessageView, qtbot: QtBot, tmp_path: Path) -> None:
    raw = b"Subject: x\r\n\r\n\x00\xff 8-bit\nbare line end\r\n"
    one = take_apart(1, raw, "a@example.com", ["b@c.de"])
    show(view, qtbot, one)
    with qtbot.waitSignal(view.said, timeout=5000):
        view.write(tmp_path / "message.eml", one.raw)
    assert (tmp_path / "message.eml").read_bytes() == raw


def test_all_attachments_are_saved_beside_what_is_there(
    view: MessageView, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "passwd").write_text("mine")
    show(view, qtbot, message("<p>x</p>", "../../etc/passwd", "receipt.pdf"))
    with qtbot.waitSignal(view.said, timeout=5000):
        view.write_all(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert {"passwd", "passwd (2)", "receipt.pdf"} <= set(names)
    assert (tmp_path / "passwd").read_text() == "mine"


def test_a_file_that_cannot_be_written_is_a_sentence(
    view: MessageView, qtbot: QtBot, tmp_path: Path
) -> None:
    show(view, qtbot, message())
    with qtbot.waitSignal(view.said, timeout=5000) as said:
        view.write(tmp_path / "no-such-folder" / "x.eml", b"x")
    assert said.args == ["It was not saved: no such file or directory."]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<table><tr><td>" * 500,
        "&" * 290_000,
        "<p>" + "x" * 290_000,
        "<p>x" * 60_000,
        "<b><i>" * 70 + "<p>word " * 20_000,
    ],
    ids=["nested", "tables", "signs", "word", "paragraphs", "letters"],
)
def test_the_window_goes_on_while_a_bomb_is_cleaned(
    view: MessageView, qtbot: QtBot, html: str
) -> None:
    """The watch over the event loop fails the test otherwise."""
    raw = b"Content-Type: text/html\r\n\r\n" + html.encode()
    show(view, qtbot, take_apart(1, raw, "a@example.com", ["b@example.com"]))
    view.tabs.setCurrentIndex(1)
    assert view.message is not None


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", png(3000, 2000)],
    ids=["empty", "text", "svg", "large"],
)
def test_what_is_no_small_picture_is_not_decoded(qtbot: QtBot, data: bytes) -> None:
    assert read_picture(data) is None
