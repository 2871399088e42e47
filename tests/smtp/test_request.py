"""The fingerprint of what was tested: it comes back with the settings, and tells nothing."""

import json
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.net.certificates import CertificateFacts, TlsFacts
from loopmail.smtp.message import Message
from loopmail.smtp.request import Fingerprint, fingerprint
from loopmail.smtp.verdict import Stage, TranscriptLine, Verdict

SECRET = "hunter2-correct-horse"
AUTH = {"user": "a@example.com", "pass": "${MAIL_PASS}"}
SOURCES = {"mail": mail(transport(host="smtp.example.com", auth=AUTH)), "other": mail(transport())}


def look(
    folder: Path,
    *,
    secret: str = SECRET,
    versions: Versions = LOOPBACK_3,
    message: Message | None = None,
    datasource: str = "mail",
    alias: str | None = None,
) -> Fingerprint:
    snapshot = Workspace.open(folder).snapshot()
    variables = Variables(environment={"MAIL_PASS": secret})
    view = AppView(snapshot, "development", variables, versions)
    return fingerprint(view, datasource, message, alias)


def test_it_is_the_same_again_after_a_change_back(tmp_path: Path) -> None:
    folder = make_app(tmp_path, datasources=SOURCES)
    before = look(folder)
    file = folder / "server/datasources.json"
    kept = file.read_text()
    file.write_text(kept.replace("smtp.example.com", "mx.example.com"))
    assert look(folder).plan != before.plan
    file.write_text(kept + "\n")
    assert look(folder) == before


def test_each_thing_that_a_test_depends_on_counts(tmp_path: Path) -> None:
    folder = make_app(tmp_path, datasources=SOURCES)
    hello = Message(subject="Hello", attachments=(Path("a.txt"),))
    plans = {
        look(folder).plan,
        look(folder, secret="another").plan,
        look(folder, versions=LOOPBACK_2).plan,
        look(folder, datasource="other").plan,
        look(folder, alias="second").plan,
    }
    assert len(plans) == 5
    assert look(folder, message=hello).plan in plans
    assert look(folder, message=hello).message != look(folder, message=Message()).message
    assert look(folder).message == b""


def test_a_start_that_fails_for_another_data_source_counts(tmp_path: Path) -> None:
    before = look(make_app(tmp_path / "a", datasources=SOURCES))
    broken = {**SOURCES, "third": mail({"type": "ses"})}
    assert look(make_app(tmp_path / "b", datasources=broken)).plan != before.plan


def test_nothing_can_be_read_from_it(tmp_path: Path) -> None:
    folder = make_app(tmp_path, datasources=SOURCES)
    found = look(folder, message=Message(text=SECRET))
    shown = repr(found) + json.dumps([found.plan.hex(), found.message.hex()])
    assert SECRET not in shown
    assert len(found.plan) == len(found.message) == 64


# --- The verdict's sentence, exit code and JSON


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
