"""Settings that Python's own modules refuse end as in Node 20, never as a traceback.

What Node says to them was asked of nodemailer 2.7.2, 4.7.0 and 6.10.1.
"""

import errno
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.server.certificates import authority_pem
from loopmail.core.app.versions import LOOPBACK_3, Versions
from loopmail.core.errors import SendError
from loopmail.core.nodemailer.rules import RULES_6
from loopmail.core.secrets.scattered import ScatteredMask
from loopmail.net.node_errors import errno_name
from loopmail.smtp.message import Message, build
from loopmail.smtp.recorder import Recorder
from loopmail.smtp.verdict import Verdict
from servers.smtp_double import Script, SmtpDouble
from smtp.sending import LINES, send_through

LONG = "ä" * 80
EACH_LINE = pytest.mark.parametrize("versions", LINES.values(), ids=LINES)


def send_to_nobody(versions: Versions, **settings: Any) -> Verdict:
    return send_through(1, versions, **settings)


@EACH_LINE
@pytest.mark.parametrize("host", [LONG, "ä..b", "a" * 80])
def test_a_label_that_no_name_server_takes(versions: Versions, host: str) -> None:
    verdict = send_to_nobody(versions, host=host)
    new = versions == LOOPBACK_3
    text = f"queryA EBADNAME {host}" if new else f"getaddrinfo ENOTFOUND {host}"
    assert (verdict.code, verdict.message) == ("EDNS" if new else "ECONNECTION", text)
    assert verdict.command == "CONN"


@EACH_LINE
def test_a_proxy_whose_address_is_no_url(versions: Versions) -> None:
    verdict = send_to_nobody(versions, proxy="http://[")
    assert (verdict.outcome, verdict.code) == ("boot-error", "ERR_INVALID_URL")
    assert "Invalid URL" in (verdict.message or "")


@EACH_LINE
def test_a_proxy_on_a_port_beyond_the_last(versions: Versions) -> None:
    verdict = send_to_nobody(versions, proxy="http://127.0.0.1:99999")
    assert (verdict.outcome, verdict.code) == ("crash", "ERR_SOCKET_BAD_PORT")
    text = "Port should be >= 0 and < 65536. Received type number (99999)."
    assert verdict.message == text


@EACH_LINE
def test_a_port_of_the_tls_options_that_is_none(versions: Versions) -> None:
    verdict = send_to_nobody(versions, secure=True, tls={"port": "xx"})
    assert (verdict.code, verdict.command) == ("ECONNECTION", "CONN")
    assert verdict.message == "Port should be >= 0 and < 65536. Received type string ('xx')."


@EACH_LINE
@pytest.mark.parametrize(("local", "name"), [("192.0.2.7", "EADDRNOTAVAIL"), ("::1", "EINVAL")])
def test_a_local_address_that_is_not_ours(versions: Versions, local: str, name: str) -> None:
    verdict = send_to_nobody(versions, localAddress=local)
    assert verdict.message == f"bind {name} {local}"
    assert verdict.code == ("ESOCKET" if versions == LOOPBACK_3 else "ECONNECTION")


@pytest.mark.parametrize("name", ["ä..c", "a\0b", LONG, "."])
def test_a_server_name_that_python_cannot_send(name: str) -> None:
    with SmtpDouble(Script(implicit="good")) as server:
        options = {"servername": name, "ca": authority_pem()}
        verdict = send_through(server.port, secure=True, tls=options)
    assert "altnames" in (verdict.message or "")


def test_authorities_with_names_between_them() -> None:
    with SmtpDouble(Script(implicit="good", mechanisms=())) as server:
        options = {"ca": f"# Főtanúsítvány\n{authority_pem()}", "servername": "localhost"}
        verdict = send_through(server.port, secure=True, tls=options)
    assert verdict.ok


@pytest.mark.parametrize(
    ("options", "text"),
    [({"ciphers": "\0"}, "no cipher match"), ({"cert": "\ud800"}, "no start line")],
)
def test_tls_options_that_openssl_cannot_be_given(options: dict[str, str], text: str) -> None:
    with SmtpDouble(Script(implicit="good")) as server:
        verdict = send_through(server.port, secure=True, tls=options)
    assert verdict.code == "ECONNECTION"
    assert text in (verdict.message or "")


@pytest.mark.parametrize("domain", [LONG, "ä..b"])
def test_a_signature_for_a_domain_with_a_long_label(domain: str) -> None:
    key = rsa.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    dkim = {"domainName": domain, "keySelector": "x", "privateKey": key.decode()}
    with SmtpDouble(Script(mechanisms=())) as server:
        assert send_through(server.port, dkim=dkim).ok
        assert b"d=xn--4ca" in server.messages[0]


@pytest.mark.parametrize(
    "headers",
    [
        (("Reply-To", "a@b.example"), ("Reply-To", "c@d.example")),
        (("Sender", "a@b.example"), ("sender", "c@d.example")),
        (("Reply-To", "<"),),
        (("Reply-To", "a@"),),
    ],
)
def test_an_extra_header_that_cannot_be_sent(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(SendError, match="cannot be"):
        build(Message("a@b.example", headers=headers), RULES_6)


def test_half_a_character_in_an_address() -> None:
    built = build(Message("\ud800@b.example", ("\udfff@b.example",)), RULES_6)
    assert b"b.example" in built.data


def test_a_list_as_require_tls_is_true_as_in_javascript() -> None:
    refusing = {"EHLO": b"502 no", "HELO": b"250 ok"}
    with SmtpDouble(Script(replies=refusing)) as server:
        verdict = send_through(server.port, requireTLS=[])
    assert "required STARTTLS" in (verdict.message or "")


def test_stages_are_kept_where_the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' clock ticks every 16 ms; several stages may begin within one tick."""
    monkeypatch.setattr("time.monotonic", lambda: 7.0)
    recorder = Recorder(ScatteredMask([]), lambda _event: None)
    recorder.enter("dns")
    recorder.enter("connect")
    recorder.leave()
    assert [stage.stage for stage in recorder.stages] == ["dns", "connect"]


def test_windows_names_of_errors_are_told_as_node_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(errno.errorcode, 10061, "WSAECONNREFUSED")
    assert errno_name(OSError(10061, "refused")) == "ECONNREFUSED"
