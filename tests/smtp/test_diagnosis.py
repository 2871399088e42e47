"""Every entry of the catalogue is reached by what a real server or Node says."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.server.behaviour import Behaviour, Stage
from conformance.server.listener import MisbehavingServer
from conformance.server.reply import Reply, raw, say
from loopmail.core.checks.problem import Fix, Problem
from loopmail.net.certificates import CertificateFacts, TlsFacts
from loopmail.smtp.diagnosis import CONDITIONS, catalogue, concerning, diagnose
from loopmail.smtp.verdict import STAGES, TranscriptLine, Verdict
from loopmail.smtp.verdict import Stage as Reached
from servers.known_replies import KNOWN, KnownReply, collected, played
from smtp.sending import LINES, LOGIN, send_through

# id, stage, code, reply, LoopBack's message, host, LoopBack's major version
CASES = [
    ("gmail-app-password", "auth", "EAUTH", 535, "Invalid login: 535-5.7.8 Username and Password not accepted.", "smtp.gmail.com", 3),
    ("gmail-app-password", "auth", "EAUTH", 534, "Invalid login: 534-5.7.9 Application-specific password required.", "smtp.gmail.com", 2),
    ("microsoft-auth-disabled", "auth", "EAUTH", 535, "Invalid login: 535 5.7.139 Authentication unsuccessful", "smtp.office365.com", 3),
    ("microsoft-auth", "auth", "EAUTH", 535, "Invalid login: 535 5.7.3 Authentication unsuccessful", "smtp-mail.outlook.com", 3),
    ("microsoft-send-as", "data", "EMESSAGE", 554, "Message failed: 554 5.2.252 SendAsDenied; a@b not allowed to send as c@d", "smtp.office365.com", 3),
    ("microsoft-basic-auth-ended", "auth", "EAUTH", 550, "Invalid login: 550 5.7.30 Basic authentication is not supported", "smtp.office365.com", 3),
    ("missing-credentials", "auth", "EAUTH", None, 'Missing credentials for "PLAIN"', "smtp.example.com", 3),
    ("oauth-token", "auth", "EAUTH", None, "Can't create new access token for user", "smtp.gmail.com", 3),
    ("wrong-auth-method", "auth", "EAUTH", 504, "Invalid login: 504 5.7.4 Unrecognized authentication type", "mail.example.com", 3),
    ("auth-needs-tls", "auth", "EAUTH", 530, "Invalid login: 530 5.7.0 Must issue a STARTTLS command first", "mail.example.com", 3),
    ("auth-temporary", "auth", "EAUTH", 454, "Invalid login: 454 4.7.0 Temporary authentication failure", "mail.example.com", 3),
    ("wrong-password", "auth", "EAUTH", 535, "Invalid login: 535 5.7.8 Error: authentication failed", "mail.example.com", 3),
    ("login-prompt", "auth", "EAUTH", 334, 'Invalid login sequence while waiting for "334 VXNlcm5hbWU6": 334 dXNlcm5hbWU6', "mail.example.com", 2),
    ("refused-localhost", "connect", "ESOCKET", None, "connect ECONNREFUSED 127.0.0.1:587", "localhost", 3),
    ("refused", "connect", "ECONNECTION", None, "connect ECONNREFUSED 192.0.2.7:25", "mail.example.com", 2),
    ("unreachable", "connect", "ESOCKET", None, "connect EHOSTUNREACH 192.0.2.7:25", "mail.example.com", 3),
    ("connect-timeout", "connect", "ETIMEDOUT", None, "Connection timeout", "mail.example.com", 3),
    ("unknown-host", "dns", "EDNS", None, "getaddrinfo ENOTFOUND smtp.gmial.com", "smtp.gmial.com", 3),
    ("bad-host", "dns", "EDNS", None, "queryA EBADNAME smtp://x", "smtp://x", 3),
    ("dns-timeout", "dns", "EDNS", None, "queryA ETIMEOUT mail.example.com", "mail.example.com", 3),
    ("clear-port", "tls", "ESOCKET", None, "80D2:error:0A00010B:SSL routines:ssl3_get_record:wrong version number", "mail.example.com", 3),
    ("no-sni", "tls", "ECONNECTION", None, "self-signed certificate", "smtp.gmail.com", 2),
    ("expired-certificate", "tls", "ESOCKET", None, "certificate has expired", "mail.example.com", 3),
    ("certificate-name", "starttls", "ESOCKET", None, "Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames: DNS:b", "a", 3),
    ("untrusted-certificate", "starttls", "DEPTH_ZERO_SELF_SIGNED_CERT", None, "self-signed certificate", "mail.example.com", 2),
    ("old-tls", "tls", "ESOCKET", None, "error:0A000102:SSL routines::unsupported protocol", "mail.example.com", 3),
    ("tls-closed", "tls", "ESOCKET", None, "Client network socket disconnected before secure TLS connection was established", "mail.example.com", 3),
    ("tls-timeout", "tls", "ETIMEDOUT", None, "Connection timeout", "mail.example.com", 3),
    ("control-character", "ehlo", None, None, "loopmail does not send this. “name” holds a line break.", "mail.example.com", 3),
    ("proxy", "connect", None, None, "Invalid response from proxy: 403", "mail.example.com", 3),
    ("proxy", "connect", "ETIMEDOUT", None, "Proxy socket timed out", "mail.example.com", 3),
    ("greeting-silent", "greeting", "ETIMEDOUT", None, "Greeting never received", "mail.example.com", 3),
    ("not-smtp", "greeting", "EPROTOCOL", None, "Invalid greeting. response=HTTP/1.1 400 Bad Request", "mail.example.com", 3),
    ("greeting-refused", "greeting", "EPROTOCOL", 554, "Invalid greeting. response=554 5.7.1 blocked", "mail.example.com", 3),
    ("too-many", "greeting", "EPROTOCOL", 421, "Invalid greeting. response=421 closing", "mail.example.com", 3),
    ("greeting-closed", "greeting", None, None, "Unexpected socket close", "mail.example.com", 3),
    ("ehlo-name-refused", "ehlo", "EPROTOCOL", 501, "Invalid HELO. response=501 5.5.4 Invalid domain name", "mail.example.com", 3),
    ("starttls-refused", "starttls", "ETLS", 454, "Error upgrading connection with STARTTLS: 454 TLS not available", "mail.example.com", 3),
    ("not-signed-in", "mail", "EENVELOPE", 530, "Mail command failed: 530 5.7.57 Client not authenticated to send mail", "smtp.office365.com", 3),
    ("sender-refused", "mail", "EENVELOPE", 553, "Mail command failed: 553 5.7.1 Sender address rejected", "mail.example.com", 3),
    ("greylisted", "rcpt", "EENVELOPE", 450, "Can't send mail - all recipients were rejected: 450 4.2.0 Greylisted", "mail.example.com", 3),
    ("relay-denied", "rcpt", "EENVELOPE", 554, "Can't send mail - all recipients were rejected: 554 5.7.1 Relay access denied", "mail.example.com", 3),
    ("no-recipient", "mail", "EENVELOPE", None, "No recipients defined", "mail.example.com", 3),
    ("too-large", "data", "EMESSAGE", 552, "Message failed: 552 5.3.4 Message size exceeds fixed limit", "mail.example.com", 3),
    ("dmarc", "data", "EMESSAGE", 550, "Message failed: 550-5.7.26 Unauthenticated email is not accepted due to DMARC policy", "mx.example.com", 3),
    ("message-refused", "data", "EMESSAGE", 550, "Message failed: 550 5.7.1 no", "mail.example.com", 3),
    ("not-smtp-reply", "greeting", "EPROTOCOL", None, "Invalid greeting. response=hello", "mail.example.com", 3),
    ("idle", "data", "ETIMEDOUT", None, "Timeout", "mail.example.com", 3),
    ("closed", "rcpt", "ECONNECTION", None, "Connection closed unexpectedly", "mail.example.com", 3),
]  # fmt: skip


@pytest.mark.parametrize(("id_", "stage", "code", "reply", "text", "host", "major"), CASES)
def test_a_failure_is_explained(
    id_: str, stage: Reached, code: str | None, reply: int | None, text: str, host: str, major: int
) -> None:
    verdict = Verdict(False, "failed", stage, major, code, None, reply, text)
    found = diagnose(verdict, host)
    assert found is not None
    assert found.id == id_
    assert found.title
    assert found.why
    assert found.steps


def test_the_catalogue_names_no_other_stages_than_there_are() -> None:
    named = {stage for entry in catalogue() for stage in entry.get("stage", ())}
    assert named == STAGES.keys()


def test_every_id_of_the_catalogue_has_its_example() -> None:
    examples = {case[0] for case in CASES} | {row.id for row in KNOWN} | {"split-reply"}
    # offline, interceptor: see the tests below
    assert {entry["id"] for entry in catalogue()} <= examples | {"offline", "interceptor"}


def test_every_entry_is_complete_and_asks_for_nothing_unknown() -> None:
    told = {"id", "title", "why", "steps", "fixes", "source", "as_of"}
    for entry in catalogue():
        assert told - {"as_of"} <= entry.keys(), entry["id"]
        assert entry.keys() - told <= CONDITIONS.keys(), entry["id"]


def test_there_are_many_known_replies() -> None:
    assert len({(row.host, row.stage, row.text) for row in KNOWN}) >= 250


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: f"{row.id}-{row.host}-{row.text[:40]}")
def test_a_known_reply_is_explained(row: KnownReply) -> None:
    found = diagnose(played(row), row.host)
    assert found is not None
    assert found.id == row.id


def test_the_replies_collected_elsewhere_get_their_best_diagnosis(corpus: Path) -> None:
    path = corpus.with_name("replies") / "replies.json"
    if not path.is_file():
        pytest.skip("the collected replies are not on this machine")
    wrong, best = [], 0
    for reply in json.loads(path.read_text()):
        found = diagnose(collected(reply), reply["host"])
        best += found is not None and found.id == reply["want"][0]
        if found is None or found.id not in reply["want"]:
            wrong.append((reply["id"], found and found.id, reply["want"]))
    assert wrong == []
    assert best >= 125


@pytest.mark.parametrize(
    ("stage", "text", "id_"),
    [
        ("rcpt", "550 5.1.1 no such mailbox", "recipient-unknown"),
        ("rcpt", "552 5.2.2 over quota", "mailbox-full"),
        ("mail", "450 4.7.1 too much mail from 192.0.2.4", "rate-limited"),
        ("message", "550 5.4.5 Daily limit", "daily-limit"),
        ("message", "554 identities failed the check in region X: bob@example.org", "sandbox"),
        ("message", "554 identities failed the check: ann@example.org", "sender-not-verified"),
        ("greeting", "421-4.3.2 too many\n421 4.3.2 concurrent connections", "connection-limit"),
    ],
)
def test_a_real_server_s_refusal_is_explained(stage: Stage, text: str, id_: str) -> None:
    replies: Mapping[Stage, tuple[Reply, ...]] = {stage: (say(text),)}
    with MisbehavingServer(Behaviour("refuses", replies=replies)) as server:
        verdict = send_through(server.port, ignoreTLS=True)
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.id == id_


def test_a_refusal_after_a_sign_in_is_no_missing_sign_in() -> None:
    text = "Can't send mail - all recipients were rejected: 550 refused"
    unsigned = Verdict(False, "failed", "rcpt", 3, "EENVELOPE", None, 550, text, "550 refused")
    signed = replace(unsigned, transcript=(TranscriptLine(0, "server", "235 ok"),))
    ids = [found.id for v in (unsigned, signed) if (found := diagnose(v, "mail.example.com"))]
    assert ids == ["relay-denied", "recipient-unknown"]


def test_the_banner_is_evidence_of_the_provider() -> None:
    text = "Invalid login: 535 Authentication Failed"
    verdict = Verdict(False, "failed", "auth", 3, "EAUTH", None, 535, text)
    banner = (TranscriptLine(0, "server", "220 mx.zoho.com SMTP Server ready"),)
    found = diagnose(replace(verdict, transcript=banner), "mail.example.com")
    assert found is not None
    assert found.id == "wrong-kind-of-key"
    assert "Zoho" in found.why


def test_who_reads_along_is_told_by_the_certificate_s_issuer() -> None:
    issued = CertificateFacts("CN=mail.example.com", "CN=Zscaler Root CA", (), "", "")
    facts = TlsFacts("TLSv1.3", "", False, issued)
    text = "self-signed certificate in certificate chain"
    verdict = Verdict(False, "failed", "tls", 3, "ESOCKET", None, None, text, tls=facts)
    found = diagnose(verdict, "mail.example.com")
    assert found is not None
    assert found.id == "interceptor"


def test_a_machine_without_a_network_is_told_so() -> None:
    text = "getaddrinfo EAI_AGAIN mail.example.com"
    verdict = Verdict(False, "failed", "dns", 3, "EDNS", message=text)
    found = diagnose(verdict, "mail.example.com")
    assert found is not None
    assert found.id == "offline"


def test_an_answer_in_pieces_that_an_old_nodemailer_lost_comes_first() -> None:
    halves = raw(b"250-mail\r\n250-STARTTLS\r\n250-8BITMIME\r\n250 HELP\r\n", pieces=2)
    replies: Mapping[Stage, tuple[Reply, ...]] = {
        "ehlo": (halves,),
        "auth": (say("530 5.7.0 Must issue a STARTTLS command first"),),
    }
    with MisbehavingServer(Behaviour("split", replies=replies)) as server:
        old = send_through(server.port, LINES["nodemailer 4"], auth=LOGIN)
    assert (old.code, old.response_code) == ("EAUTH", 530)
    assert old.diagnosis is not None
    assert old.diagnosis.id == "split-reply"


def test_a_sent_message_needs_no_diagnosis() -> None:
    assert diagnose(Verdict(True, "sent", "data", 3), "smtp.gmail.com") is None


def test_fixes_come_from_the_problems_that_the_checks_found() -> None:
    fix = Fix("Set secure to false", True, lambda _workspace: [])
    problem = Problem(
        "port-secure-mismatch", "error", "datasources.json", 3, 4, "/a", None, "…", fix
    )
    verdict = Verdict(False, "failed", "tls", 3, "ESOCKET", None, None, "wrong version number")
    found = diagnose(verdict, "mail.example.com", [problem])
    assert found is not None
    assert [(f.check, f.summary) for f in found.fixes] == [("port-secure-mismatch", fix.summary)]


def test_a_stub_is_explained_as_sending_nothing() -> None:
    found = diagnose(Verdict(True, "nothing-sent", None, 3, message="Stub"), None)
    assert found is not None
    assert found.id == "nothing-sent"


def _problem(id_: str, pointer: str) -> Problem:
    fix = Fix(f"mend {pointer}", True, lambda _workspace: [])
    return Problem(id_, "error", "datasources.json", 1, 1, pointer, "development", "", fix)


def test_only_the_problems_of_the_tested_data_source_are_offered() -> None:
    own, other = _problem("a", "/mail/transports/0/secure"), _problem("a", "/mail2/debug")
    whole = _problem("json-invalid", "")
    assert concerning([own, other, whole], "mail") == (own, whole)


def test_a_diagnosis_may_name_the_key_that_its_fix_is_for() -> None:
    text = "error:0A00010B:SSL routines::wrong version number"
    verdict = Verdict(False, "failed", "tls", 3, code="ESOCKET", message=text)
    pool = _problem("string-not-boolean", "/mail/transports/0/pool")
    secure = _problem("string-not-boolean", "/mail/transports/0/secure")
    found = diagnose(verdict, "mail.example.com", [pool, secure])
    assert found is not None
    assert [fix.summary for fix in found.fixes] == [secure.fix.summary if secure.fix else ""]


def test_a_provider_s_rule_carries_its_date() -> None:
    verdict = Verdict(False, "failed", "auth", 3, code="EAUTH", response_code=534, message="534")
    found = diagnose(verdict, "smtp.gmail.com")
    assert found is not None
    assert found.as_of == "2026-11-24"


def test_every_rule_about_a_provider_is_dated() -> None:
    named = [e for e in catalogue() if re.search("google|microsoft", e["title"], re.IGNORECASE)]
    assert len(named) >= 4
    assert all("as_of" in entry for entry in named if entry["id"] != "no-sni")
