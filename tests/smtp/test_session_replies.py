"""Replies and offers are read as Nodemailer reads them, oddities included."""

from collections.abc import Iterator

import pytest
from cryptography import x509

from conformance.server.certificates import authority
from loopmail.core.nodemailer import rules_for
from loopmail.net.tls import identity_problem
from loopmail.smtp.replies import Reply, ReplyReader, parse_capabilities
from loopmail.smtp.session import stuff_dots


def _reader(joins: bool, *chunks: bytes) -> ReplyReader:
    coming: Iterator[bytes] = iter(chunks)
    return ReplyReader(joins, lambda: next(coming))


def test_a_reply_in_several_packets_is_whole_for_nodemailer_6_and_lost_in_part_before() -> None:
    chunks = (b"250-mail\r\n", b"250-AUTH LOGIN\r\n250 HELP\r\n")
    assert _reader(True, *chunks).next().text == "250-mail\n250-AUTH LOGIN\n250 HELP"
    old = _reader(False, *chunks)
    assert old.next().text == "250-AUTH LOGIN\n250 HELP"
    assert old.lost


def test_bare_line_feeds_and_broken_packets_make_the_same_replies() -> None:
    reader = _reader(True, b"22", b"0 hi\n25", b"0 ok\r", b"\n")
    assert [reader.next().text, reader.next().text] == ["220 hi", "250 ok"]


@pytest.mark.parametrize(
    ("reply", "old", "new"),
    [
        ("250 AUTH LOGIN PLAIN", ("PLAIN", "LOGIN"), ("PLAIN", "LOGIN")),
        ("250-auth=cram-md5\n250 x", ("CRAM-MD5",), ("CRAM-MD5",)),
        ("250 AUTH PLAIN-CLIENTTOKEN XOAUTH2", ("PLAIN", "XOAUTH2"), ("PLAIN", "XOAUTH2")),
        ("250 XAUTH LOGIN", ("LOGIN",), ()),
        ("250 AUTH NTLM SCRAM-SHA-1", (), ()),
    ],
)
def test_mechanisms_are_recorded_in_nodemailers_order(
    reply: str, old: tuple[str, ...], new: tuple[str, ...]
) -> None:
    assert parse_capabilities(Reply.parse(reply), rules_for(2)).mechanisms == old
    assert parse_capabilities(Reply.parse(reply), rules_for(6)).mechanisms == new


def test_extensions_are_found_anywhere_in_the_reply() -> None:
    reply = Reply.parse("250-x\n250-SIZE 1000\n250-smtputf8\n250 PIPELINING")
    found = parse_capabilities(reply, rules_for(6))
    assert found.extensions == {"SMTPUTF8", "PIPELINING"}
    assert not found.allows_auth


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        (b".a\n..b\r\nc", b"..a\r\n...b\r\nc\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a\r", b"a\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
    ],
)
def test_dots_are_doubled_and_the_end_is_a_line_of_its_own(data: bytes, wire: bytes) -> None:
    assert stuff_dots(data) == wire


def _certificate(*names: str) -> x509.Certificate:
    pem = authority().issue_cert(*names).cert_chain_pems[0].bytes()
    return x509.load_pem_x509_certificate(pem)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("mail.x.org", "MAIL.X.org.", True),
        ("*.x.org", "mail.x.org", True),
        ("*.x.org", "a.mail.x.org", False),
        ("*.x.org", "x.org", False),
        ("*.org", "x.org", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::1", "0:0:0:0:0:0:0:1", True),
    ],
)
def test_certificates_are_for_the_names_that_node_accepts(
    pattern: str, name: str, fits: bool
) -> None:
    assert (identity_problem(_certificate(pattern), name) is None) == fits
