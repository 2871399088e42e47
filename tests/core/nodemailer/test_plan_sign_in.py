"""Which sign-in Nodemailer chooses, before and after the server's offer."""

from dataclasses import replace
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.nodemailer import LoginDecision, decide_login, plan_datasource, rules_for

NODEMAILER_4 = replace(LOOPBACK_3, loopback="3.27.0", nodemailer="4.7.0")
LOGIN = {"user": "u", "pass": "p"}


def _decide(
    versions: Versions,
    auth: Any,
    offered: tuple[str, ...],
    allowed: bool | None = None,
    **more: Any,
) -> LoginDecision:
    setting = {"type": "smtp", "auth": auth, **more}
    plan = plan_datasource({"transports": [setting]}, versions).transports[0]
    rules = rules_for(versions.nodemailer_major)
    return decide_login(plan.auth, rules, offered, bool(offered) if allowed is None else allowed)


@pytest.mark.parametrize("versions", [LOOPBACK_2, NODEMAILER_4, LOOPBACK_3])
def test_the_first_offered_mechanism_is_taken(versions: Versions) -> None:
    assert _decide(versions, LOGIN, ("LOGIN", "CRAM-MD5")) == LoginDecision("login", "LOGIN")


def test_only_nodemailer_6_sends_unsigned_where_no_sign_in_is_offered() -> None:
    assert _decide(LOOPBACK_2, LOGIN, ()) == LoginDecision("login", "PLAIN")
    assert _decide(NODEMAILER_4, LOGIN, ()) == LoginDecision("login", "PLAIN")
    assert _decide(LOOPBACK_3, LOGIN, ()) == LoginDecision("none")
    assert _decide(LOOPBACK_3, LOGIN, (), forceAuth="false") == LoginDecision("login", "PLAIN")


def test_a_server_that_offers_xoauth2_only_kills_a_loopback_3_app_with_a_password() -> None:
    assert _decide(LOOPBACK_3, LOGIN, ("XOAUTH2",)).kind == "crash"
    assert _decide(LOOPBACK_2, LOGIN, ("XOAUTH2",)) == LoginDecision("login", "XOAUTH2")


@pytest.mark.parametrize(
    ("block", "old", "new"),
    [
        ({}, "login", "none"),
        (True, "login", "none"),
        ("u:p", "login", "none"),
        (None, "none", "none"),
        ({"user": "u"}, "login", "error"),
        ({"username": "u"}, "login", "error"),
        ({"user": "", "pass": "p"}, "login", "error"),
        ({"type": "OAuth2", "accessToken": "t"}, "login", "none"),
        ({"type": "oauth2", "user": "u"}, "login", "login"),
    ],
)
def test_half_filled_blocks_do_what_they_do_in_each_version(block: Any, old: str, new: str) -> None:
    assert _decide(LOOPBACK_2, block, ("PLAIN",)).kind == old
    assert _decide(LOOPBACK_3, block, ("PLAIN",)).kind == new


def test_missing_credentials_are_named() -> None:
    decision = _decide(LOOPBACK_3, {"user": "u"}, ("PLAIN",))
    assert decision.text == 'Missing credentials for "PLAIN"'


def test_a_pool_without_user_and_password_does_not_sign_in() -> None:
    assert _decide(LOOPBACK_3, {"username": "u"}, ("PLAIN",), pool=True).kind == "none"


def test_the_method_is_taken_from_where_each_version_looks() -> None:
    inner = {**LOGIN, "method": " login "}
    assert _decide(LOOPBACK_2, inner, ("PLAIN",)).mechanism == "PLAIN"
    assert _decide(LOOPBACK_3, inner, ("PLAIN",)).mechanism == "LOGIN"
    assert _decide(LOOPBACK_2, LOGIN, ("PLAIN",), authMethod="login").mechanism == "LOGIN"
    assert _decide(NODEMAILER_4, LOGIN, ("PLAIN",), authMethod="LOGIN").mechanism == "PLAIN"
    assert _decide(LOOPBACK_3, LOGIN, ("PLAIN",), authMethod="LOGIN").mechanism == "LOGIN"
    unknown = _decide(LOOPBACK_3, LOGIN, ("PLAIN",), authMethod="SCRAM-SHA-1")
    assert unknown.text == 'Unknown authentication method "SCRAM-SHA-1"'


def test_a_method_that_is_no_text_kills_a_loopback_2_app() -> None:
    assert _decide(LOOPBACK_2, LOGIN, ("PLAIN",), authMethod=1).kind == "crash"
    assert _decide(LOOPBACK_3, LOGIN, ("PLAIN",), authMethod=1).kind == "error"
