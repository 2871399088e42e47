"""Settings that would become commands: nothing is sent with them, in whatever way they get there."""

from typing import Any

import pytest

from conformance.server.behaviour import Behaviour
from conformance.server.listener import MisbehavingServer
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.smtp.message import Message
from loopmail.smtp.send import SendRequest, send
from loopmail.smtp.verdict import Verdict

MESSAGE = Message("a@example.test", ("b@example.test",), subject="Hello", text="Text")
INJECTION = "shop.example.com\r\nMAIL FROM:<thief@example.test>"
CONTROLS = ["\r\n", "\n", "\r", "\0", "\t", "\x1b", "\x7f", "\x85"]


def ask(
    versions: Versions, transport: dict[str, Any], *, verify_only: bool = False
) -> tuple[Verdict, list[list[str]]]:
    """Try to send to a server on 127.0.0.1; return the verdict and what the server saw."""
    with MisbehavingServer(Behaviour("good")) as server:
        settings = {
            key: value.replace("PORT", str(server.port)) if isinstance(value, str) else value
            for key, value in {"type": "smtp", "host": "127.0.0.1", "port": "PORT"}.items()
        }
        settings |= {
            key: value.replace("PORT", str(server.port)) if isinstance(value, str) else value
            for key, value in transport.items()
        }
        source = {"connector": "mail", "transports": [settings]}
        request = SendRequest(source, versions, MESSAGE, verify_only=verify_only, timeout=10)
        return send(request), server.saw()


@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3], ids=["lb2", "lb3"])
@pytest.mark.parametrize("transport", [
    {"name": INJECTION},
    {"name": [INJECTION]},
    {"name": INJECTION, "pool": True},
    {"name": INJECTION, "secure": True},
    {"name": INJECTION, "lmtp": True},
    {"url": "smtp://127.0.0.1:PORT/?name=a%0D%0AMAIL%20FROM%3A%3C%3E"},
    {"host": "127.0.0.1\r\nX"},
    {"host": "h.example\r\nX: y", "proxy": "http://127.0.0.1:PORT"},
    {"host": "h.example", "port": "25\r\nX: y", "proxy": "http://127.0.0.1:PORT"},
])  # fmt: skip
def test_nothing_reaches_the_server(transport: dict[str, Any], versions: Versions) -> None:
    for verify_only in (False, True):
        verdict, saw = ask(versions, transport, verify_only=verify_only)
        assert saw == []
        assert (verdict.ok, verdict.outcome, verdict.refused) == (False, "failed", True)
        assert verdict.sentence().startswith("Not sent: loopmail does not send this.")
        assert verdict.diagnosis is not None
        assert verdict.diagnosis.id == "control-character"


@pytest.mark.parametrize("character", CONTROLS, ids=ascii)
def test_every_control_character_counts_at_its_stage(character: str) -> None:
    verdict, saw = ask(LOOPBACK_3, {"name": f"shop{character}"})
    assert (saw, verdict.stage, verdict.exit_code()) == ([], "ehlo", 13)
    verdict, saw = ask(LOOPBACK_3, {"host": f"127.0.0.1{character}"})
    assert (saw, verdict.stage, verdict.exit_code()) == ([], "dns", 10)


@pytest.mark.parametrize("name", ["shop.example.com", "büro.example", "a b", ""])
def test_other_names_are_sent_as_they_are(name: str) -> None:
    verdict, saw = ask(LOOPBACK_3, {"name": name})
    assert verdict.ok
    assert saw[0][0].startswith("EHLO ")


def test_a_port_with_a_blank_end_is_the_number_without_a_proxy() -> None:
    verdict, _ = ask(LOOPBACK_3, {"port": "PORT\n"})
    assert verdict.ok
