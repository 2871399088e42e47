"""Certificates are judged as Node judges them, and nothing secret passes where it would refuse."""

from pathlib import Path

import certifi
import pytest

from conformance.server.behaviour import Certificate
from conformance.server.certificates import authority_pem
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from servers.smtp_double import Script, SmtpDouble
from smtp.sending import LINES, LOGIN, send_through

_WORDS = {
    "expired": ("CERT_HAS_EXPIRED", "certificate has expired"),
    "self-signed": ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    "unknown-ca": ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
    "wrong-name": ("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames: "
        "IP: 127.0.0.1 is not in the cert's list: "),
}  # fmt: skip


@pytest.mark.parametrize("kind", _WORDS)
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("wrap", ["starttls", "implicit"])
def test_a_bad_certificate_ends_the_session_before_the_sign_in(
    kind: Certificate, line: str, wrap: str
) -> None:
    implicit = wrap == "implicit"
    script = Script(starttls=None if implicit else kind, implicit=kind if implicit else None)
    with SmtpDouble(script) as server:
        verdict = send_through(
            server.port, LINES[line], secure=implicit, auth=LOGIN, tls={"ca": authority_pem()}
        )
    code, words = _WORDS[kind]
    assert verdict.message == words
    if wrap == "starttls":
        assert verdict.code == (code if line == "nodemailer 2" else "ESOCKET")
    else:
        assert verdict.code == ("ESOCKET" if line == "nodemailer 6" else "ECONNECTION")
    assert verdict.exit_code() == 12
    assert server.signed_in == []
    assert not any(line.startswith("AUTH") for line in server.lines)
    assert verdict.tls is not None
    assert not verdict.tls.verified
    assert verdict.tls.certificate is not None, "the certificate is shown although it was refused"
    assert verdict.tls.problem


@pytest.mark.parametrize("kind", _WORDS)
def test_rejecting_nothing_sends_and_tells_that_nothing_was_verified(kind: Certificate) -> None:
    with SmtpDouble(Script(implicit=kind)) as server:
        verdict = send_through(
            server.port, secure=True, auth=LOGIN, tls={"rejectUnauthorized": False}
        )
    assert verdict.ok
    assert verdict.tls is not None
    assert not verdict.tls.verified


def test_the_text_false_does_not_switch_the_check_off() -> None:
    with SmtpDouble(Script(implicit="self-signed")) as server:
        verdict = send_through(server.port, secure=True, tls={"rejectUnauthorized": "false"})
    assert not verdict.ok


def test_tls_to_a_clear_port_is_a_wrong_version_number() -> None:
    with SmtpDouble() as server:
        verdict = send_through(server.port, secure=True)
    assert verdict.code == "ESOCKET"
    assert "wrong version number" in (verdict.message or "")


def test_a_refused_starttls_is_an_error_and_never_a_clear_sign_in() -> None:
    script = Script(starttls="good", replies={"STARTTLS": b"454 not now"})
    with SmtpDouble(script) as server:
        verdict = send_through(server.port, auth=LOGIN)
    assert (verdict.code, verdict.command, verdict.response_code) == ("ETLS", "STARTTLS", 454)
    assert server.signed_in == []


def test_opportunistic_tls_goes_on_in_clear_and_only_loopback_2_signs_in() -> None:
    script = Script(starttls="good", replies={"STARTTLS": b"454 not now"})
    with SmtpDouble(script) as server:
        assert send_through(server.port, LOOPBACK_3, auth=LOGIN, opportunisticTLS=True).ok
        assert server.signed_in == []
        assert send_through(server.port, LOOPBACK_2, auth=LOGIN, opportunisticTLS=True).ok
        assert server.signed_in == ["PLAIN"]


def test_plain_text_injected_behind_starttls_is_an_unexpected_response() -> None:
    script = Script(starttls="good", replies={"STARTTLS": b"220 go ahead\r\n250 AUTH PLAIN"})
    with SmtpDouble(script) as server:
        verdict = send_through(server.port, auth=LOGIN)
    assert (verdict.code, verdict.message) == ("EPROTOCOL", "Unexpected Response: 250 AUTH PLAIN")
    assert server.signed_in == []


def test_an_authority_that_only_this_machine_trusts_is_refused_and_the_difference_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "system.pem"
    bundle.write_text(authority_pem(), encoding="ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with SmtpDouble(Script(implicit="good")) as server:
        verdict = send_through(server.port, secure=True, auth=LOGIN)
    assert verdict.message == "unable to verify the first certificate"
    assert verdict.tls is not None
    assert "this machine trusts the issuer" in (verdict.tls.problem or "")
    assert server.signed_in == []


def test_an_authority_that_only_node_trusts_is_accepted_and_the_difference_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    monkeypatch.setattr("loopmail.net.tls.mozilla_roots", authority_pem)
    with SmtpDouble(Script(implicit="good")) as server:
        verdict = send_through(server.port, secure=True)
    assert verdict.ok
    assert verdict.tls is not None
    assert verdict.tls.verified
    assert "this machine's own list does not" in (verdict.tls.problem or "")
