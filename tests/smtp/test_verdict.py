"""The verdict's sentence, exit code and JSON."""

import json

import pytest

from loopmail.net.certificates import CertificateFacts, TlsFacts
from loopmail.smtp.verdict import Stage, TranscriptLine, Verdict


@pytest.mark.parametrize(
    ("stage", "status"),
    [("dns", 10), ("connect", 11), ("tls", 12), ("starttls", 12), ("greeting", 13), ("ehlo", 13),
     ("auth", 14), ("mail", 15), ("rcpt", 15), ("data", 16)],
)  # fmt: skip
def test_each_stage_has_the_contracts_exit_code(stage: Stage, status: int) -> None:
    verdict = Verdict(False, "failed", stage, 3, message="why")
    assert verdict.exit_code() == status
    assert verdict.sentence().startswith("Not sent: why")


def test_the_json_is_the_contracts() -> None:
    facts = CertificateFacts("CN=a", "CN=b", ("a",), "2026-01-01", "2027-01-01")
    verdict = Verdict(
        True,
        "sent",
        "data",
        3,
        response="250 ok",
        tls=TlsFacts("TLSv1.3", "AES", True, facts),
        transcript=(TranscriptLine(1.0, "server", "220 hi"),),
    )
    value = json.loads(json.dumps(verdict.to_json()))
    assert value["loopback"]["major"] == 3
    assert value["tls"]["certificate"]["notAfter"] == "2027-01-01"
    assert value["transcript"] == [{"ms": 1.0, "from": "server", "text": "220 hi"}]
    assert value["diagnosis"] is None
