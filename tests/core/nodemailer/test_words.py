"""The plan in words says what LoopBack would do, in its order."""

from typing import Any

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.core.nodemailer import plan_datasource
from loopmail.core.nodemailer.words import plan_sentences


def sentences(major: int = 3, **transport: Any) -> list[str]:
    settings = {"connector": "mail", "transports": [{"type": "smtp", **transport}]}
    plan = plan_datasource(settings, LOOPBACK_2 if major == 2 else LOOPBACK_3)
    return plan_sentences(plan.transports[0])


def test_gmail_is_told_from_connecting_to_signing_in() -> None:
    auth = {"user": "shop@gmail.com", "pass": "abcdabcdabcdabcd"}
    told = sentences(host="smtp.gmail.com", port=465, secure=True, auth=auth)
    assert told[0].startswith("Connects to smtp.gmail.com:465 with TLS from the first byte")
    assert "Checks the certificate for smtp.gmail.com" in told[1]
    assert told[2].startswith("Signs in as shop@gmail.com with the first of PLAIN, LOGIN")
    assert not any("abcdabcd" in sentence for sentence in told)


def test_a_certificate_that_is_not_checked_is_said_loudly() -> None:
    told = sentences(host="mail.example.com", port=587, tls={"rejectUnauthorized": False})
    assert "Does not check the certificate" in told[1]
    assert "else goes on in clear text" in told[0]


def test_loopback_2_sends_no_server_name() -> None:
    told = sentences(2, host="mail.example.com", port=465)
    assert "sends no server name (SNI)" in told[1]


def test_a_stub_sends_nothing() -> None:
    assert sentences(type="stub")[0] == "Reports success and sends nothing."


def test_a_missing_module_stops_the_app() -> None:
    assert sentences(type="ses")[0].startswith("The app does not start: Cannot find module")
