"""“Find what works” against real servers: what it finds, and that it neither sends nor signs in."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.server.behaviour import Certificate
from conformance.server.certificates import authority_pem
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.core.nodemailer import rules_for
from loopmail.net.cancel import Cancel
from loopmail.smtp.probe import Attempt, Combination, best, combinations, probe
from loopmail.smtp.replies import Reply, parse_capabilities
from servers.smtp_double import Script, SmtpDouble

IMPLICIT = Script(implicit="good", mechanisms=("PLAIN", "LOGIN"))
STARTTLS = Script(starttls="good", mechanisms=("PLAIN", "LOGIN"))
CLEAR = Script()
SILENT = Script(silent_at="greeting")


@pytest.fixture
def serve() -> Iterator[Any]:
    """Start servers that are closed at the end."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(SmtpDouble(script))


def run(*tries: Combination, **more: Any) -> list[Attempt]:
    options = {"tls": {"ca": authority_pem()}, "timeout": 3.0, **more}
    return probe("localhost", LOOPBACK_3, tries=tries, **options)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


def test_it_tells_which_ports_work_and_what_they_offer(serve: Any) -> None:
    tls, upgrade = serve(IMPLICIT), serve(STARTTLS)
    tries = (
        Combination(tls.port, True, True),
        Combination(upgrade.port, False, True),
        Combination(closed_port(), False, True),
    )
    first, second, third = run(*tries)
    assert [first.combination, second.combination, third.combination] == list(tries)
    assert first.ok
    assert second.ok
    assert first.sign_in == second.sign_in == ("PLAIN", "LOGIN")
    assert not third.ok
    assert "ECONNREFUSED" in third.text


def test_nothing_is_sent_and_nobody_signs_in(serve: Any) -> None:
    tls, upgrade = serve(IMPLICIT), serve(STARTTLS)
    attempts = run(Combination(tls.port, True, True), Combination(upgrade.port, False, True))
    assert all(attempt.ok for attempt in attempts)
    verbs = {line.split(" ")[0] for line in (*tls.lines, *upgrade.lines)}
    assert verbs <= {"EHLO", "STARTTLS", "QUIT"}
    assert "EHLO" in verbs


def test_a_server_without_starttls_does_not_work_in_clear_text(serve: Any) -> None:
    (attempt,) = run(Combination(serve(CLEAR).port, False, True))
    assert not attempt.ok


@pytest.mark.parametrize("certificate", ["self-signed", "expired", "unknown-ca", "wrong-name"])
def test_a_certificate_that_does_not_pass_does_not_work(
    serve: Any, certificate: Certificate
) -> None:
    server = serve(Script(implicit=certificate))
    (attempt,) = run(Combination(server.port, True, True))
    assert not attempt.ok
    assert server.lines == []


def test_a_setting_that_switches_checking_off_is_not_followed(serve: Any) -> None:
    server = serve(Script(implicit="self-signed"))
    (attempt,) = run(Combination(server.port, True, True), tls={"rejectUnauthorized": False})
    assert not attempt.ok


def test_a_silent_server_is_given_up(serve: Any) -> None:
    (attempt,) = run(Combination(serve(SILENT).port, False, True), timeout=0.2)
    assert not attempt.ok
    assert attempt.ms < 2000


def test_a_stopped_probe_ends_at_once_and_tells_nothing_more(serve: Any) -> None:
    server, cancel = serve(SILENT), Cancel()
    told: list[Attempt] = []
    threading.Timer(0.1, cancel.cancel).start()
    mute = serve(Script(silent_at="handshake", implicit="good"))
    tries = (Combination(server.port, False, True), Combination(mute.port, True, True))
    attempts = probe("127.0.0.1", LOOPBACK_3, cancel, told.append, tries=tries, timeout=30)
    assert attempts == []
    assert told == []


def test_each_answer_is_told_as_it_comes(serve: Any) -> None:
    told: list[Attempt] = []
    tries = tuple(Combination(serve(script).port, True, True) for script in (IMPLICIT, IMPLICIT))
    tls = {"ca": authority_pem()}
    attempts = probe("localhost", LOOPBACK_3, None, told.append, tries=tries, tls=tls)
    assert sorted(told, key=lambda a: a.combination.port) == sorted(
        attempts, key=lambda a: a.combination.port
    )


def attempt(port: int, *, ok: bool, sign_in: tuple[str, ...] = ()) -> Attempt:
    return Attempt(Combination(port, port == 465, True), ok, "", 1.0, sign_in)


def test_the_best_lets_one_sign_in() -> None:
    tried = [
        attempt(465, ok=False),
        attempt(25, ok=True),
        attempt(587, ok=True, sign_in=("LOGIN",)),
    ]
    assert best(tried) is tried[2]
    assert best(tried[:2]) is tried[1]
    assert best(tried[:1]) is None


def test_loopback_2_tries_with_and_without_the_server_name() -> None:
    assert len(combinations(LOOPBACK_2)) == 2 * len(combinations(LOOPBACK_3))
    assert {c.sni for c in combinations(LOOPBACK_3)} == {True}


def test_nodemailer_4_sends_no_server_name_of_its_own() -> None:
    old = replace(LOOPBACK_3, loopback="3.19.0", nodemailer="4.7.0")
    assert combinations(old) == combinations(LOOPBACK_2)
    assert Combination(465, True, True).settings("mail.test", old)["tls/servername"] == "mail.test"


def test_an_unusual_port_is_tried_both_ways() -> None:
    added = combinations(LOOPBACK_3, 4650)[len(combinations(LOOPBACK_3)) :]
    assert [(c.port, c.implicit) for c in added] == [(4650, True), (4650, False)]
    assert combinations(LOOPBACK_3, 587) == combinations(LOOPBACK_3)


def test_a_combination_in_words_and_as_settings() -> None:
    assert Combination(587, False, True).words() == "587, STARTTLS"
    assert Combination(465, True, False).words() == "465, TLS at once, no server name"
    upgrade = {"port": 587, "secure": False, "requireTLS": True}
    assert Combination(587, False, True).settings("mail.test", LOOPBACK_3) == upgrade
    named = {"port": 465, "secure": True, "tls/servername": "mail.test"}
    assert Combination(465, True, True).settings("mail.test", LOOPBACK_2) == named


# --- The search for sign-in mechanisms finds what Nodemailer's expression finds, in linear time

NAMES = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")
pieces = st.lists(
    st.sampled_from([*NAMES, "AUTH", "auth", "=", " ", "  ", "\t", "\n", "250-", "250 ", "X", "-"]),
    max_size=12,
)


@given(pieces, st.sampled_from([2, 4, 6]))
def test_mechanisms_are_found_as_by_nodemailer(parts: list[str], major: int) -> None:
    reply, rules = "".join(parts), rules_for(major)
    before = "[ -]" if rules.auth_needs_separator else ""
    expected = tuple(
        name
        for name in NAMES
        if re.search(
            rf"{before}AUTH(?:(\s+|=)[^\n]*\s+|\s+|=){name}", reply, re.IGNORECASE | re.ASCII
        )
    )
    assert parse_capabilities(Reply.parse(reply), rules).mechanisms == expected
