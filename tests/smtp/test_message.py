"""The test message and its envelope."""

import email
import email.policy
from pathlib import Path

import pytest

from loopmail.core.errors import SendError
from loopmail.core.nodemailer.rules import RULES_2, RULES_6
from loopmail.smtp.addresses import parse_addresses
from loopmail.smtp.message import Message, build


def _parsed(message: Message) -> email.message.EmailMessage:
    data = build(message, RULES_6).data
    return email.message_from_bytes(data, policy=email.policy.default)


def test_text_and_html_become_alternatives_and_files_attachments(tmp_path: Path) -> None:
    path = tmp_path / "Grüße.txt"
    path.write_text("attached", encoding="utf-8")
    mail = _parsed(
        Message(
            "Köln Büro <büro@köln.example>",
            ("b@x.org",),
            subject="Grüße ✓",
            text="text",
            html="<b>html</b>",
            attachments=(path,),
        )
    )
    assert mail["Subject"] == "Grüße ✓"
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds[:4] == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"]
    assert next(mail.iter_attachments()).get_filename() == "Grüße.txt"
    assert mail["Message-ID"]
    assert mail["Date"]


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: evil@x.org", "x\nBcc: evil@x.org", "x\r\n\r\nbody", "x\u2028Bcc: y"]
)
def test_no_field_can_inject_a_header(evil: str) -> None:
    mail = _parsed(
        Message(f"{evil} <a@x.org>", ("b@x.org",), subject=evil, headers=(("X-Test", evil),))
    )
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert "\n" not in mail["X-Test"]


@pytest.mark.parametrize("name", ["", "X: y", "X\r\nBcc", "Ünd", "Bcc", "from"])
def test_a_header_name_that_could_do_harm_is_refused(name: str) -> None:
    with pytest.raises(SendError):
        build(Message("a@x.org", ("b@x.org",), headers=((name, "v"),)), RULES_6)


def test_an_attachment_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SendError, match=r"missing\.pdf cannot be read"):
        build(Message("a@x.org", attachments=(tmp_path / "missing.pdf",)), RULES_6)


def test_the_envelope_holds_every_address_once_and_no_blind_copy_shows() -> None:
    message = Message(
        "A <a@x.org>", ("b@X.org, C <c@x.org>",), ("c@x.org",), ("blind@elsewhere.org",)
    )
    built = build(message, RULES_6)
    assert built.envelope_from == "a@x.org"
    assert built.envelope_to == ("b@x.org", "c@x.org", "blind@elsewhere.org")
    assert b"blind@elsewhere.org" not in built.data


def test_a_message_without_sender_has_the_empty_envelope_sender() -> None:
    assert build(Message(to=("b@x.org",)), RULES_6).envelope_from == ""


def test_message_ids_carry_brackets_with_loopback_3_only() -> None:
    message = Message("a@x.org", ("b@x.org",))
    assert build(message, RULES_6).message_id.endswith("@x.org>")
    assert build(message, RULES_2).message_id.endswith("@x.org")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"Last, First" <a@b.c>, d@e.f; g@h.i', ["a@b.c", "d@e.f", "g@h.i"]),
        ("Team: a@b.c, d@e.f;", ["a@b.c", "d@e.f"]),
        ("a@b.c (comment)", ["a@b.c"]),
        ("fi rst@example.test", ["rst@example.test"]),
        ("first", []),
        ("a@KÖLN.de", ["a@xn--kln-sna.de"]),
        ("<a@b> <c@d>", ["a@b"]),
        ("", []),
    ],
)
def test_addresses_are_read_as_nodemailer_reads_them(text: str, expected: list[str]) -> None:
    assert [box.address for box in parse_addresses([text])] == expected


def test_groups_within_groups_blame_the_address() -> None:
    deep = "g:" * 3000 + "a@example.com" + ";" * 3000
    with pytest.raises(SendError, match="groups within groups"):
        build(Message("me@example.com", (deep,)), RULES_6)
