"""Messages made to exhaust or to mislead, over real SMTP: bounded, shown as well as it goes."""

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopmail.catcher.received import (
    MAX_HEADERS,
    MAX_PARTS,
    CaughtMessage,
    safe_file_name,
    save_into,
    take_apart,
)
from loopmail.catcher.server import MailCatcher


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with MailCatcher() as running:
        yield running


def deliver(catcher: MailCatcher, data: bytes) -> CaughtMessage:
    with smtplib.SMTP(catcher.host, catcher.port, timeout=60) as client:
        client.sendmail("a@example.com", ["b@example.com"], data)
    return catcher.wait_for(1, 60)[-1]


def multipart(inside: bytes, boundary: bytes = b"x") -> bytes:
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + inside


def test_ten_thousand_parts(catcher: MailCatcher) -> None:
    part = b"--x\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nhello\r\n"
    caught = deliver(catcher, multipart(part * 10_000 + b"--x--\r\n"))
    assert caught.cut
    assert 0 < len(caught.attachments) <= MAX_PARTS
    assert caught.attachments[0].data.strip() == b"hello"
    assert caught.raw.count(b"--x\r\n") == 10_000  # the source is whole


def test_parts_within_parts_within_parts(catcher: MailCatcher) -> None:
    inside = b"deep"
    for level in range(500):
        name = b"b%d" % level
        inside = multipart(b"--" + name + b"\r\n" + inside + b"\r\n--" + name + b"--", name)
    caught = deliver(catcher, b"Subject: deep\r\n" + inside)
    assert caught.subject == "deep"
    assert caught.cut


def test_ten_megabytes(catcher: MailCatcher) -> None:
    line = b"0123456789" * 7 + b"\r\n"
    data = b"Subject: large\r\n\r\n" + line * 145_000
    caught = deliver(catcher, data)
    assert len(caught.raw) >= 10_000_000
    assert not caught.cut
    assert len(caught.text) == 2_000_000


def test_a_header_without_end_and_a_thousand_headers(catcher: MailCatcher) -> None:
    folded = b"Subject: " + b"=?utf-8?q?x?=\r\n " * 50_000 + b"end\r\n"
    many = b"".join(b"X-%d: y\r\n" % at for at in range(2000))
    caught = deliver(catcher, folded + many + b"\r\nbody\r\n")
    assert len(caught.headers) == MAX_HEADERS
    assert caught.subject.startswith("x")
    assert len(caught.subject) <= 20_000


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: a\0b\r\n\r\nx\0y\r\n",
        b"Content-Type: text/plain; charset=utf-7\r\n\r\n+ADw-script+AD4-\r\n",
        b'Content-Type: text/plain; charset="zlib_codec"\r\n\r\nx\r\n',
        b"Content-Type: text/html; charset=unicode_escape\r\n\r\n\\ud800\r\n",
        b"Content-Type: " + b"a" * 100_000 + b"\r\n\r\nx\r\n",
        b"Content-Disposition: attachment; " + b"filename*0*=x; " * 5000 + b"\r\n\r\nx\r\n",
        b'Content-Type: multipart/mixed; boundary="' + b"(" * 5000 + b'"\r\n\r\nx\r\n',
    ],
)
def test_garbage_stays_text_that_can_be_shown(data: bytes) -> None:
    caught = take_apart(1, data, "a@example.com", ["b@example.com"])
    shown = "".join([caught.subject, caught.text, caught.html, *sum(caught.headers, ())])
    assert shown.encode("utf-8", "replace")
    assert caught.raw == data


def test_a_picture_of_the_message_is_found_by_its_name(catcher: MailCatcher) -> None:
    part = (
        b"--x\r\nContent-Type: image/png\r\nContent-ID: <logo@shop>\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\n"
    )
    (file,) = deliver(catcher, multipart(part)).attachments
    assert (file.content_id, file.data) == ("logo@shop", b"hello")


# --- files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("receipt-5.pdf", "receipt-5.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\x.dll", "x.dll"),
        ("/etc/cron.d/job", "job"),
        (".bashrc", "bashrc"),
        ("..", "attachment"),
        ("", "attachment"),
        ("a\0b\nc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("nul", "_nul"),
        ("COM1.txt", "_COM1.txt"),
        ("a<b>:c|d?.txt", "a_b__c_d_.txt"),
        ("böhne 😀.png", "böhne 😀.png"),
        ("x" * 500 + ".pdf", "x" * 96 + ".pdf"),
        ("name. . .", "name"),
    ],
)
def test_a_strangers_file_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@pytest.mark.parametrize("name", ["\U0001f600" * 500, "ö" * 500 + ".txt", "a/" * 9999])
def test_a_safe_name_fits_a_file_system(name: str) -> None:
    assert 0 < len(safe_file_name(name).encode()) <= 200


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"mine")
    paths = [save_into(tmp_path, "a.txt", data) for data in (b"one", b"two")]
    assert [path.name for path in paths] == ["a (2).txt", "a (3).txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"mine"
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]


def test_removed_messages_can_be_put_back_where_they_stood(catcher: MailCatcher) -> None:
    for subject in (b"one", b"two", b"three"):
        deliver(catcher, b"Subject: " + subject + b"\r\n\r\nx\r\n")
    catcher.wait_for(3, 10)
    gone = catcher.remove([2])
    assert [one.subject for one in catcher.messages()] == ["one", "three"]
    catcher.put_back(gone)
    catcher.put_back(gone)
    assert [one.subject for one in catcher.messages()] == ["one", "two", "three"]
