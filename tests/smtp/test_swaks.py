"""The equal command line of swaks: quoted for the shell, and without any secret."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from loopmail.catcher.server import MailCatcher
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.errors import UsageError
from loopmail.core.nodemailer import TransportPlan, plan_datasource
from loopmail.smtp.message import Message
from loopmail.smtp.swaks import swaks_command

PASSWORD = "s3cret'; rm -rf / #"
MESSAGE = Message(
    sender="Shop <shop@example.com>",
    to=("Ann <ann@example.com>", "bob@example.com"),
    bcc=("boss@example.com",),
    subject='It\'s $HOME `id` "quoted"',
    text="Two\nlines",
)


def plan(**transport: Any) -> TransportPlan:
    base = {"type": "smtp", "host": "mail.example.com", "port": 587}
    settings = {"connector": "mail", "transports": [{**base, **transport}]}
    return plan_datasource(settings, LOOPBACK_3, frozenset()).route(None)


def words(command: str) -> list[str]:
    return shlex.split(command, comments=True)


def option(command: str, name: str) -> list[str]:
    found = words(command)
    return [found[at + 1] for at, word in enumerate(found) if word == name]


def test_envelope_headers_and_text_come_through_the_shell_as_they_are() -> None:
    command = swaks_command(plan(), MESSAGE, "emailDs")
    assert option(command, "--server") == ["mail.example.com"]
    assert option(command, "--port") == ["587"]
    assert option(command, "--from") == ["shop@example.com"]
    assert option(command, "--to") == ["ann@example.com,bob@example.com,boss@example.com"]
    assert f"Subject: {MESSAGE.subject}" in option(command, "--header")
    assert option(command, "--body") == ["Two\nlines"]
    assert not any("boss@" in header for header in option(command, "--header"))


@pytest.mark.parametrize(
    ("settings", "wanted", "unwanted"),
    [
        ({"secure": True}, ["--tls-on-connect", "--tls-verify"], "--tls"),
        ({"requireTLS": True}, ["--tls", "--tls-verify"], "--tls-on-connect"),
        ({}, ["--tls-optional-strict"], "--tls"),
        ({"ignoreTLS": True}, [], "--tls-verify"),
        ({"tls": {"rejectUnauthorized": False}}, ["--tls-optional-strict"], "--tls-verify"),
        ({"tls": {"ca": "-----BEGIN CERTIFICATE-----"}}, ["--tls-ca-path"], "--tls"),
    ],
)
def test_tls_is_that_of_the_transport(
    settings: dict[str, Any], wanted: list[str], unwanted: str
) -> None:
    found = words(swaks_command(plan(**settings), None, "emailDs"))
    assert set(wanted) <= set(found)
    assert unwanted not in found


def test_the_password_is_a_variable_and_stands_nowhere() -> None:
    auth = {"user": "me@example.com", "pass": PASSWORD}
    loud = Message("a@example.com", ("b@example.com",), subject=f"It is {PASSWORD}", text=PASSWORD)
    command = swaks_command(plan(auth=auth), loud, "emailDs")
    assert command.startswith('SWAKS_OPT_auth_password="$EMAIL_DS_PASS" swaks ')
    assert "--auth-password" not in words(command)
    assert option(command, "--auth-user") == ["me@example.com"]
    assert "s3cret" not in command
    own = swaks_command(plan(auth=auth), None, "emailDs", variable="MY_PASS")
    assert own.startswith('SWAKS_OPT_auth_password="$MY_PASS" swaks ')
    assert option(own, "--quit-after") == ["AUTH"]


def test_other_secrets_of_the_app_are_masked() -> None:
    message = Message("a@example.com", ("b@example.com",), text="token-of-access-1234")
    command = swaks_command(plan(), message, "emailDs", secrets=("token-of-access-1234",))
    assert "token-of-access-1234" not in command


@pytest.mark.parametrize("text", ["@file", "-", "--help", "$(id)", "`id`", "a'b", "%s", ""])
def test_a_text_stays_a_text(text: str) -> None:
    message = Message("a@example.com", ("b@example.com",), subject="x", text=text)
    found = words(swaks_command(plan(), message, "emailDs"))
    bodies = [one for one in found if one.startswith("--body")]
    assert len(bodies) == 1
    value = bodies[0].partition("=")[2] or found[found.index(bodies[0]) + 1]
    assert value in (text, f"@{text}", f"{text}\\n")
    assert value != "-"


def test_html_and_files_are_attached(tmp_path: Path) -> None:
    path = tmp_path / "a b.txt"
    message = Message(
        "a@example.com", ("b@example.com",), text="t", html="<p>h</p>", attachments=(path,)
    )
    command = swaks_command(plan(), message, "emailDs")
    assert option(command, "--attach-type") == ["text/plain", "text/html"]
    assert option(command, "--attach-body") == ["t", "<p>h</p>"]
    assert option(command, "--attach") == [f"@{path}"]


@pytest.mark.parametrize(
    "transport",
    [{"type": "stub"}, {"auth": {"type": "OAuth2", "user": "me@example.com", "accessToken": "x"}}],
)
def test_what_swaks_cannot_do_is_said(transport: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="swaks"):
        swaks_command(plan(**transport), None, "emailDs")


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert option(swaks_command(plan(host="::1"), None, "x"), "--server") == ["[::1]"]


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
def test_swaks_itself_sends_the_same_message() -> None:
    with MailCatcher() as catcher:
        auth = {"user": "me@example.com", "pass": PASSWORD}
        command = swaks_command(
            plan(host="127.0.0.1", port=catcher.port, auth=auth), MESSAGE, "emailDs"
        )
        variables = {**os.environ, "EMAIL_DS_PASS": PASSWORD}
        done = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, check=False, env=variables
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (message,) = catcher.wait_for(1, 5)
    assert message.signed_in_as == "me@example.com"
    assert PASSWORD not in done.stdout
    assert message.subject == MESSAGE.subject
    assert message.envelope_to == ("ann@example.com", "bob@example.com", "boss@example.com")
    assert message.text.strip() == "Two\nlines"
    assert ("To", "Ann <ann@example.com>, bob@example.com") in message.headers
