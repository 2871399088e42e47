"""The log says what was done, and holds no secret, whatever its shape and wherever it comes from."""

import base64
import io
import json
import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from app_builder import write_app
from loopmail import cli, log
from loopmail.log import log_folder, log_to, log_to_file, never_log, stop_logging, take_verbose
from secret_table import SECRETS
from servers.smtp_double import Script, SmtpDouble

LOG = logging.getLogger("loopmail.tests")
VALUE = "Tr0ub4dor&3-x"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """What the log holds; `caplog` says that errors in it are expected."""
    caplog.set_level(logging.DEBUG, "loopmail")
    stream = io.StringIO()
    handler = log_to(stream)
    yield stream
    stop_logging(handler)


def _forms(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        base64.b64encode(raw).decode(),
        base64.b64encode(b"\0me@example.com\0" + raw).decode(),
        quote(secret, safe=""),
        json.dumps(secret),
        raw.hex(),
        f"{secret[:6]}\r\n535 {secret[6:]}",  # as a server folds its reply
    ]


@pytest.mark.parametrize("name", SECRETS)
def test_what_stands_under_a_secrets_name_is_not_logged(name: str, lines: io.StringIO) -> None:
    LOG.info("settings %s", {"auth": {"user": "me", name: VALUE}, "transports": [{name: VALUE}]})
    if name != "connectionString":  # whose value is looked into, for it is mostly harmless
        LOG.info("%s=%s", name, VALUE)
    LOG.info('sent {"%s": "%s"}', name, VALUE)
    LOG.info("%(host)s", {"host": "smtp.example.com", name: VALUE})
    said = lines.getvalue()
    assert VALUE not in said
    assert "smtp.example.com" in said


@pytest.mark.parametrize(
    "text",
    [
        f"smtps://me:{VALUE}@smtp.example.com",
        f"mongodb://me:{VALUE}@db/x?authSource=admin",
        f"Server=db;User Id=me;Password={VALUE}",
        f"https://s3/x?sig={VALUE}",
        PEM,
        f"Bearer {VALUE}",
    ],
)
def test_what_looks_like_a_secret_is_not_logged_though_nobody_knows_it(
    text: str, lines: io.StringIO
) -> None:
    LOG.info(text)
    LOG.info("%s", text)
    assert VALUE not in lines.getvalue()
    assert "MIIEvQIB" not in lines.getvalue()


@pytest.mark.parametrize("shape", range(len(_forms(VALUE))))
def test_a_known_secret_is_not_logged_in_any_form(shape: int, lines: io.StringIO) -> None:
    never_log([VALUE])
    LOG.info("the server said %s", _forms(VALUE)[shape])
    said = lines.getvalue()
    assert said.startswith("20")
    for form in _forms(VALUE):
        assert form not in said
    assert VALUE[6:] not in said


def test_of_an_error_only_kinds_and_places_are_logged(lines: io.StringIO) -> None:
    def fail(secret: str) -> None:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise ValueError(f"cannot use {secret}") from error

    try:
        fail("Unknown-to-all-9")
    except ValueError as error:
        LOG.exception("failed: %s", error, stack_info=True)
    said = lines.getvalue()
    assert "Unknown-to-all-9" not in said
    assert "failed: ValueError" in said
    assert "builtins.KeyError" in said
    assert ":" in said.splitlines()[2]
    assert " fail" in said


def test_a_record_is_one_line_whatever_is_in_it(lines: io.StringIO) -> None:
    LOG.info("host %s", "a\n2026-01-01 00:00:00,000 ERROR forged\x1b[2J\u202e")
    assert lines.getvalue().count("\n") == 1
    assert "\x1b" not in lines.getvalue()


def test_a_record_that_cannot_be_written_is_not_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    handler = log_to_file(folder=tmp_path / "file" / "below")
    LOG.info("hello")
    handler.handle(logging.makeLogRecord({"msg": "%d", "args": (VALUE,)}))  # does not fit
    stop_logging(handler)
    assert capsys.readouterr().err == ""


def test_the_files_are_the_users_alone_and_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert log._MOST_BYTES <= 1_000_000
    monkeypatch.setattr(log, "_MOST_BYTES", 2_000)
    folder = tmp_path / "log"
    handler = log_to_file(folder=folder, verbose=True)
    for number in range(8):
        LOG.debug("%s", f"{number} " + "long line, " * 80)
    stop_logging(handler)
    files = sorted(folder.iterdir())
    assert [one.name for one in files] == ["loopmail.log", "loopmail.log.1", "loopmail.log.2"]
    for one in files:
        assert one.stat().st_size <= 2_000
        if os.name == "posix":
            assert stat.S_IMODE(one.stat().st_mode) == 0o600
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_window_logs_what_was_done_and_with_verbose_everything(tmp_path: Path) -> None:
    handler = log_to_file(folder=tmp_path)
    LOG.info("opened")
    LOG.debug("checked")
    stop_logging(handler)
    assert (tmp_path / "loopmail.log").read_text().count("\n") == 1


def test_the_log_is_where_the_system_keeps_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/home/me/state")
    assert sys.platform != "linux" or log_folder() == Path("/home/me/state/loopmail/log")


def test_verbose_stands_anywhere_but_in_the_users_command() -> None:
    for words, found, left in (
        (["check", "DIR", "--verbose"], True, ["check", "DIR"]),
        (["--verbose", "DIR"], True, ["DIR"]),
        (
            ["run", "DIR", "--", "node", "--verbose"],
            False,
            ["run", "DIR", "--", "node", "--verbose"],
        ),
    ):
        arguments = list(words)
        assert take_verbose(arguments) is found
        assert arguments == left


def test_verbose_tells_of_a_test_without_the_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with SmtpDouble(Script()) as server:
        auth = {"user": "me@example.com", "pass": VALUE}
        transport = {"type": "smtp", "host": "127.0.0.1", "port": server.port, "auth": auth}
        mail = {"name": "mail", "connector": "mail", "transports": [transport]}
        app = write_app(tmp_path / "app", {"datasources.json": {"mail": mail}})
        cli.main(["send", str(app), "--to", "you@example.com", "--verbose"])
        cli.main(["check", str(app), "--verbose"])
    said = capsys.readouterr().err
    assert "opened " in said
    assert "tested mail (127.0.0.1)" in said
    assert "checked development: " in said
    for form in _forms(VALUE):
        assert form not in said


def test_without_verbose_a_command_logs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = write_app(tmp_path / "app", {"datasources.json": {}})
    cli.main(["check", str(app)])
    assert "opened" not in capsys.readouterr().err
