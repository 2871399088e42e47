"""Small apps from real life: what the program has to say of each, and what it must not say."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from conformance.server.behaviour import Behaviour, Stage
from conformance.server.listener import MisbehavingServer
from conformance.server.reply import CLOSE, Reply, say
from loopmail import cli
from program.cases_from_life import ANSWERS, Run

PASSWORD = "abcdabcdabcdabcd"
_SECRETS = ("MAIL_PASS", "SMTP_PASSWORD", "GS", "GR", "CS", "RT", "MS_SECRET")
_STAGES: Mapping[str, Stage] = {
    "auth": "auth", "mail": "mail", "rcpt": "rcpt", "data": "data", "end": "message", "ehloreply": "ehlo"
}  # fmt: skip


def _behaviour(case: Path) -> Behaviour:
    """Return the server that the case tells of; without such a file, one that takes everything."""
    path = case / "server-replies.json"
    told = json.loads(path.read_text()) if path.is_file() else {}
    replies: dict[Stage, tuple[Reply, ...]] = {
        _STAGES[stage]: (say(text),) for stage, text in told.items() if stage in _STAGES
    }
    if told.get("close_after_ehlo"):
        replies["ehlo"] = (replies["ehlo"][0], CLOSE)
        replies["helo"] = (CLOSE,)
    offers = ("AUTH PLAIN LOGIN XOAUTH2",) if "ehlo" not in told else ()
    credentials = ("app@example.com", PASSWORD, "token")
    return Behaviour("case", "clear", replies, capabilities=offers, credentials=credentials)


@contextmanager
def _token_endpoint(case: Path) -> Iterator[int]:
    """Answer every request as the case's token endpoint does; yield its port."""
    path = case / "token-reply.json"
    told: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {"body": {}}
    body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(told.get("status", 500))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    poll = 0.01  # seconds until it notices its shutdown
    thread = Thread(target=server.serve_forever, args=(poll,), name="loopmail-token-endpoint")
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _point_at(folder: Path, mail_port: int, token_port: int) -> None:
    """Let the case's data sources on this machine lead to the servers of the test."""
    for file in folder.rglob("datasources*.js*"):
        text = file.read_text()
        if "127.0.0.1" in text:
            text = re.sub(r"\b(\"?port\"?: )\d{5}\b", rf"\g<1>{mail_port}", text)
            file.write_text(re.sub(r":\d+/token", f":{token_port}/token", text))


def _cases(corpus: Path) -> Path:
    cases = corpus.with_name("cases")
    if not cases.is_dir():
        pytest.skip("the cases from real life are not on this machine")
    return cases


def test_every_case_has_an_answer_here(corpus: Path) -> None:
    assert {path.name for path in _cases(corpus).iterdir() if path.is_dir()} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_program_says_what_is_right(
    name: str,
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = _cases(corpus) / name
    folder = tmp_path / "app"
    shutil.copytree(case, folder, symlinks=True)
    for variable in _SECRETS:
        monkeypatch.setenv(variable, PASSWORD)
    with MisbehavingServer(_behaviour(case)) as server, _token_endpoint(case) as token_port:
        _point_at(folder, server.port, token_port)
        for run in ANSWERS[name]:
            with monkeypatch.context() as patch:
                _judge(name, run, folder, patch, capsys)


def _judge(
    name: str,
    run: Run,
    folder: Path,
    patch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for variable in run.unset:
        patch.delenv(variable, raising=False)
    for variable, value in run.environment.items():
        patch.setenv(variable, value.replace("APP", str(folder)))
    words = run.command.replace("DIR", str(folder / run.folder)).split()
    exit_code = cli.main(words)
    said = "".join(capsys.readouterr())
    where = f"{name}: {run.command}\n{said}"
    assert run.exit is None or exit_code == run.exit, f"exit {exit_code}, {where}"
    for pattern in run.says:
        assert re.search(pattern, said, re.S), f"“{pattern}” is missing, {where}"
    for pattern in run.never:
        assert not re.search(pattern, said, re.S), f"“{pattern}” should not be there, {where}"
    assert "Traceback" not in said
    assert PASSWORD not in said
