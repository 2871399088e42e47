"""DKIM: the signatures hold by RFC 6376, and unusable keys leave the message as it is."""

import base64
import hashlib
import re
from functools import cache
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.smtp.dkim import fields_of, relaxed_body, relaxed_field
from loopmail.smtp.message import Message
from loopmail.smtp.verdict import Verdict
from servers.smtp_double import SmtpDouble
from smtp.sending import send_through

MESSAGE = Message(
    "Köln <a@example.test>",
    ("b@example.test",),
    subject="Grüße aus Köln, und noch viel mehr, damit die Zeile gefaltet werden muss  am Ende",
    text="Two  blanks, a tab\tand trailing blanks  \n\n.dot\n\n\n",
)


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(private: Any) -> str:
    return str(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    )


def one(**more: Any) -> dict[str, Any]:
    return {"domainName": "example.test", "keySelector": "sel", "privateKey": pem(key()), **more}


def send(dkim: Any, versions: Any = LOOPBACK_3) -> tuple[Verdict, bytes]:
    with SmtpDouble() as server:
        verdict = send_through(server.port, versions, MESSAGE, dkim=dkim)
        assert verdict.ok
        return verdict, re.sub(rb"(?m)^\.\.", b".", server.messages[0])


def check(data: bytes, number: int = 0) -> dict[str, str]:
    """Verify the signature as a receiver does; return its tags."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = fields_of(head)
    line = fields[number]
    assert line.startswith(b"DKIM-Signature:")
    flat = re.sub(rb"\s+", b"", line.partition(b":")[2]).decode()
    tags = dict(part.split("=", 1) for part in flat.split(";"))
    assert base64.b64decode(tags["bh"]) == hashlib.sha256(relaxed_body(body)).digest()
    text = b""
    for name in tags["h"].split(":"):
        last = [field for field in fields if field.lower().startswith(name.encode() + b":")][-1]
        text += relaxed_field(last) + b"\r\n"
    text += relaxed_field(re.sub(rb"(b=)[^;]*\Z", rb"\1", line))
    signature = base64.b64decode(tags["b"])
    key().public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    return tags


def test_the_signature_that_arrives_holds() -> None:
    verdict, data = send(one())
    tags = check(data)
    assert (tags["d"], tags["s"], tags["a"], tags["c"]) == (
        "example.test",
        "sel",
        "rsa-sha256",
        "relaxed/relaxed",
    )
    assert tags["h"].split(":")[:5] == ["from", "subject", "date", "message-id", "to"]
    assert verdict.notes == ()
    assert "PRIVATE" not in str(verdict.to_json())
    with pytest.raises(InvalidSignature):
        check(data.replace(b"To: b@", b"To: c@"))


def test_several_keys_make_several_signatures() -> None:
    _, data = send({"keys": [one(), one(keySelector="other")]})
    assert [check(data, number)["s"] for number in (0, 1)] == ["sel", "other"]


def test_the_fields_can_be_chosen() -> None:
    _, data = send(one(headerFieldNames="From:To:Subject", skipFields="subject"))
    assert check(data)["h"] == "from:to"


@pytest.mark.parametrize(
    "private",
    ["not a key", 5, pem(ec.generate_private_key(ec.SECP256R1()))],
    ids=["a text", "a number", "an elliptic curve"],  # the same in every worker of the run
)
def test_a_key_that_cannot_be_used_leaves_the_message_unsigned(private: Any) -> None:
    verdict, data = send(one(privateKey=private))
    assert b"DKIM-Signature" not in data
    assert any("unsigned" in note for note in verdict.notes)


def test_loopback_2_knows_no_dkim() -> None:
    verdict, data = send(one(), LOOPBACK_2)
    assert b"DKIM-Signature" not in data
    assert verdict.notes == ()


@pytest.mark.parametrize(
    ("body", "relaxed"),
    [(b"", b""), (b"\r\n\r\n", b""), (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n")],
)
def test_bodies_are_relaxed_as_the_rfc_shows(body: bytes, relaxed: bytes) -> None:
    assert relaxed_body(body) == relaxed
