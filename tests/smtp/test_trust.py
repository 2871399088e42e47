"""A server's own authority is trusted only where the chain passes with it, and nothing else changes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app_builder import write_app
from conformance.server.certificates import authority_pem
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import Fix
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.net.cancel import Cancel
from loopmail.net.certificates import CertificateFacts, TlsFacts
from loopmail.smtp.message import Message
from loopmail.smtp.request import make_request
from loopmail.smtp.send import send
from loopmail.smtp.trust import TrustQuestion, authority, prove, trust_question
from loopmail.smtp.verdict import Verdict
from servers.smtp_double import Script, SmtpDouble


def facts(subject: str, issuer: str) -> CertificateFacts:
    return CertificateFacts(
        f"CN={subject}", f"CN={issuer}", (), "2026-01-01", "2027-01-01", "", "x"
    )


def chain(*names: tuple[str, str], untrusted: bool = True) -> TlsFacts:
    found = tuple(facts(*one) for one in names)
    return TlsFacts("", "", False, found[0], found, untrusted=untrusted)


@pytest.fixture
def server() -> Iterator[SmtpDouble]:
    with SmtpDouble(Script(implicit="self-signed")) as made:
        yield made


class App:
    """A small app whose one transport connects to the server, in two environments."""

    def __init__(self, folder: Path, port: int, **more: Any) -> None:
        files = more.pop("files", {})
        host = more.pop("host", "localhost")
        transport = {"type": "smtp", "host": host, "port": port, "secure": True, **more}
        source = {"name": "mail", "connector": "mail", "transports": [transport]}
        written = {"datasources.json": {"mail": source}, **files}
        path = write_app(folder / "app", written, dependencies={"loopback": "^3.28.0"})
        self.workspace = Workspace.open(path)

    def view(self, env: str | None = None, **variables: str) -> AppView:
        snapshot = self.workspace.snapshot()
        known = Variables(environment=variables)
        return AppView(snapshot, env, known, snapshot.app.versions)

    def check(self, view: AppView) -> Verdict:
        return send(make_request(view, "mail", Message(), verify_only=True, timeout=5))

    def question(self, view: AppView, *others: AppView) -> TrustQuestion:
        found = trust_question(view, others, "mail", None, self.check(view).tls)
        assert found is not None
        return found


def test_the_authority_is_the_top_of_what_is_linked() -> None:
    whole = chain(("leaf", "middle"), ("middle", "root"), ("root", "root"), ("other", "other"))
    assert whole.top is not None
    assert whole.top.name == "root"
    astray = chain(("leaf", "middle"), ("other", "root"))
    assert astray.top is not None
    assert astray.top.name == "leaf"


def test_no_offer_where_trust_is_not_what_is_missing() -> None:
    assert authority(None) is None
    assert authority(chain(("a", "a"), untrusted=False)) is None


def test_a_chain_without_its_end_is_explained() -> None:
    said = authority(chain(("leaf", "Shop Root")))
    assert isinstance(said, str)
    assert "does not send the certificate of its authority, “Shop Root”" in said


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("CN=Coffee Root,O=Coffee", "Coffee Root"),
        ("O=Coffee,CN=a\\, b", "a, b"),
        ("O=Only this", "O=Only this"),
    ],
)
def test_people_call_an_authority_by_its_common_name(subject: str, name: str) -> None:
    assert CertificateFacts(subject, subject, (), "", "").name == name


def test_what_passes_becomes_an_edit_and_the_check_stays_on(
    tmp_path: Path, server: SmtpDouble
) -> None:
    app = App(tmp_path, server.port)
    before = app.check(app.view())
    assert not before.ok
    fix = prove(app.question(app.view()), Cancel())
    assert isinstance(fix, Fix)
    app.workspace.apply(fix.changes(app.workspace))
    after = app.check(app.view())
    assert after.ok, after.message
    assert after.tls is not None
    assert after.tls.verified
    value: Any = app.workspace.document("datasources.json").value()
    transport = value["mail"]["transports"][0]
    assert set(transport["tls"]) == {"ca"}
    assert transport["tls"]["ca"].startswith("-----BEGIN CERTIFICATE-----")


def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path, server: SmtpDouble) -> None:
    app = App(tmp_path, server.port, host="127.0.0.1")
    said = prove(app.question(app.view()), Cancel())
    assert isinstance(said, str)
    assert said.startswith("It would not pass even so: ")
    assert "127.0.0.1" in said


@pytest.mark.parametrize("known", [authority_pem(), [authority_pem()]], ids=["text", "list"])
def test_what_is_trusted_already_stays(tmp_path: Path, server: SmtpDouble, known: Any) -> None:
    app = App(tmp_path, server.port, tls={"ca": known})
    fix = prove(app.question(app.view()), Cancel())
    assert isinstance(fix, Fix)
    app.workspace.apply(fix.changes(app.workspace))
    assert app.check(app.view()).ok
    value: Any = app.workspace.document("datasources.json").value()
    written = value["mail"]["transports"][0]["tls"]["ca"]
    text = written[0] if isinstance(written, list) else written
    assert type(written) is type(known)
    assert authority_pem().strip() in text
    assert text.count("BEGIN CERTIFICATE") == 2


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"tls": {"ca": "${MAIL_CA}"}}, "comes from the variable MAIL_CA"),
        ({"tls": {"ca": "certs/root.pem"}}, "holds no certificate now"),
        ({"url": "smtps://localhost:{port}"}, "given by “url”"),
    ],
)
def test_why_it_cannot_be_written_is_a_sentence(
    tmp_path: Path, server: SmtpDouble, more: dict[str, Any], word: str
) -> None:
    filled = json.loads(json.dumps(more).replace("{port}", str(server.port)))
    app = App(tmp_path, server.port, **filled)
    said = prove(app.question(app.view(MAIL_CA=authority_pem())), Cancel())
    assert isinstance(said, str)
    assert word in said


def test_it_goes_where_the_host_is_said_and_leaves_other_environments_alone(
    tmp_path: Path, server: SmtpDouble
) -> None:
    layer = {"mail": {"transports": [{"host": "localhost", "port": server.port}]}}
    app = App(tmp_path, 465, host="mail.example.com", files={"datasources.production.json": layer})
    question = app.question(app.view("production"), app.view("development"))
    assert question.file == "datasources.production.json"
    fix = prove(question, Cancel())
    assert isinstance(fix, Fix)
    development = app.view("development").mail["mail"].settings
    app.workspace.apply(fix.changes(app.workspace))
    assert app.check(app.view("production")).ok
    assert app.view("development").mail["mail"].settings == development


def test_nobody_signs_in_while_it_is_proven(tmp_path: Path, server: SmtpDouble) -> None:
    app = App(tmp_path, server.port, auth={"user": "me@example.com", "pass": "x"})
    assert isinstance(prove(app.question(app.view()), Cancel()), Fix)
    assert [line for line in server.lines if line.startswith("AUTH")] == []


def test_a_server_that_is_gone_proves_nothing(tmp_path: Path) -> None:
    with SmtpDouble(Script(implicit="self-signed")) as server:
        app = App(tmp_path, server.port)
        question = app.question(app.view())
    said = prove(question, Cancel())
    assert isinstance(said, str)
    assert "ECONNREFUSED" in said
