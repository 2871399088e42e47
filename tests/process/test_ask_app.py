"""Asking the app's own LoopBack: real packages where they are, a small stand-in elsewhere."""

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from conformance.real_loopback import installed
from conformance.server.behaviour import Behaviour
from conformance.server.listener import MisbehavingServer
from conformance.server.reply import say
from loopmail.core.app.folder import AppFolder
from loopmail.core.app.versions import LOOPBACK_3
from loopmail.core.errors import SendError
from loopmail.core.secrets.output import mask_text
from loopmail.net.cancel import Cancel
from loopmail.process.app_answer import compare
from loopmail.process.ask_app import AppAnswer, AskRequest, ask_app, require_node, run_child
from loopmail.smtp.message import Message
from loopmail.smtp.verdict import Verdict
from process.fake_loopback import install_fake

pytestmark = pytest.mark.node
MESSAGE = Message("a@example.test", ("b@example.test",), subject="Hello", text="Text")


def make_app(folder: Path) -> AppFolder:
    (folder / "server").mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "asked"}')
    return AppFolder(folder, folder / "server", "asked", (), LOOPBACK_3)


def fake_app(folder: Path, send: str, *boot: str) -> AppFolder:
    app = make_app(folder)
    install_fake(folder, send, *boot)
    return app


def real_app(folder: Path, name: str, port: int) -> AppFolder:
    found = installed(name)
    if found is None:
        pytest.skip("real LoopBack is not here (LOOPMAIL_LOOPBACK_DIR, or make conformance)")
    app = make_app(folder)
    os.symlink(found / "node_modules", folder / "node_modules")
    login = {"user": "user@example.test", "pass": "${MAIL_PASS}"}
    transport = {"type": "smtp", "host": "127.0.0.1", "port": port, "auth": login}
    source = {"mail": {"connector": "mail", "transports": [transport]}}
    (app.server / "datasources.json").write_text(json.dumps(source))
    (app.server / "model-config.json").write_text('{"Email": {"dataSource": "mail"}}')
    (app.server / "boot").mkdir()
    (app.server / "boot" / "shout.js").write_text("console.log('boot script ran');")
    server = "var app = module.exports = require('loopback')(); console.log('server.js ran');"
    (app.server / "server.js").write_text(server)
    return app


REQUEST = AskRequest(MESSAGE, variables={"MAIL_PASS": "correct horse"})


@pytest.mark.parametrize("name", ["lb2", "lb3", "lb3n4"])
def test_the_apps_own_loopback_sends_with_the_secret_of_the_environment(
    tmp_path: Path, name: str
) -> None:
    with MisbehavingServer(Behaviour("good")) as server:
        answer = ask_app(real_app(tmp_path, name, server.port), REQUEST)
        saw = server.saw()
    assert (answer.ok, answer.outcome, answer.stage) == (True, "sent", "send")
    assert answer.accepted == ("b@example.test",)
    assert answer.response == "250 Queued as 12345"
    assert answer.loopback is not None
    assert saw[0][-2:] == ["DATA", "-- message"]
    assert "boot script ran" not in answer.output


@pytest.mark.parametrize("name", ["lb2", "lb3"])
def test_a_refusal_comes_back_with_loopbacks_words(tmp_path: Path, name: str) -> None:
    refusal = {"auth": (say("535 5.7.8 No entry for correct horse"),)}
    with MisbehavingServer(Behaviour("refuses", replies=refusal)) as server:  # type: ignore[arg-type]
        answer = ask_app(real_app(tmp_path, name, server.port), REQUEST)
    assert (answer.ok, answer.code, answer.command) == (False, "EAUTH", "AUTH PLAIN")
    assert answer.response_code == 535
    assert answer.message == "Invalid login: 535 5.7.8 No entry for ********"


@pytest.mark.parametrize("name", ["lb2", "lb3"])
def test_boot_scripts_run_only_when_allowed(tmp_path: Path, name: str) -> None:
    with MisbehavingServer(Behaviour("good")) as server:
        app = real_app(tmp_path, name, server.port)
        allowed = AskRequest(MESSAGE, variables=REQUEST.variables, boot_scripts=True)
        answer = ask_app(app, allowed)
    assert "boot script ran" in answer.output
    assert answer.ok


@pytest.mark.parametrize("name", ["lb2", "lb3"])
def test_a_model_that_requires_the_server_gets_the_app_that_asks(tmp_path: Path, name: str) -> None:
    with MisbehavingServer(Behaviour("good")) as server:
        app = real_app(tmp_path, name, server.port)
        models = app.server / "models"
        models.mkdir()
        (models / "letter.json").write_text('{"name": "Letter", "base": "Email"}')
        text = "var app = require('../server'); module.exports = function() {};"
        (models / "letter.js").write_text(text)
        config = {"_meta": {"sources": ["./models"]}, "Letter": {"dataSource": "mail"}}
        (app.server / "model-config.json").write_text(json.dumps(config))
        answer = ask_app(app, AskRequest(MESSAGE, model="Letter", variables=REQUEST.variables))
    assert answer.ok, answer
    assert "server.js ran" not in answer.output


@pytest.mark.parametrize("name", ["lb2", "lb3"])
def test_an_unbound_data_source_can_be_asked_too(tmp_path: Path, name: str) -> None:
    with MisbehavingServer(Behaviour("good")) as server:
        app = real_app(tmp_path, name, server.port)
        (app.server / "model-config.json").write_text("{}")
        request = AskRequest(MESSAGE, model=None, datasource="mail", variables=REQUEST.variables)
        assert ask_app(app, request).outcome == "sent"


@pytest.mark.parametrize("name", ["lb2", "lb3"])
def test_what_breaks_boot_is_told(tmp_path: Path, name: str) -> None:
    app = real_app(tmp_path, name, 1)
    source = {"mail": {"connector": "mail", "transports": [{"type": "gmail"}]}}
    (app.server / "datasources.json").write_text(json.dumps(source))
    answer = ask_app(app, REQUEST)
    assert answer.outcome == "boot-error"
    assert "nodemailer-gmail-transport" in (answer.message or "")


def test_a_stub_reports_success_and_sends_nothing(tmp_path: Path) -> None:
    app = real_app(tmp_path, "lb3", 1)
    source = {"mail": {"connector": "mail", "transports": [{"type": "stub"}]}}
    (app.server / "datasources.json").write_text(json.dumps(source))
    answer = ask_app(app, REQUEST)
    assert (answer.ok, answer.outcome) == (True, "nothing-sent")


def test_attachments_and_headers_reach_the_message(tmp_path: Path) -> None:
    send = "function(o, done) { done(null, {accepted: o.to, response: JSON.stringify(o)}); }"
    app = fake_app(tmp_path / "app", send)
    file = tmp_path / "note.txt"
    file.write_text("note")
    message = Message(
        "a@example.test",
        ("b@example.test",),
        subject="'; process.exit(7); '",
        attachments=(file,),
        headers=(("X-Test", "yes"),),
    )
    given = json.loads(ask_app(app, AskRequest(message)).response or "")
    assert given["subject"] == "'; process.exit(7); '"
    assert given["headers"] == [{"key": "X-Test", "value": "yes"}]
    expected = {"filename": "note.txt", "content": "bm90ZQ==", "encoding": "base64"}
    assert given["attachments"] == [expected]


def test_an_app_that_never_answers_is_stopped_in_time(tmp_path: Path) -> None:
    app = fake_app(tmp_path, "function() { setInterval(function() {}, 1000); }")
    answer = ask_app(app, AskRequest(MESSAGE, timeout=1))
    assert answer.outcome == "timed-out"
    assert "did not answer within 1 seconds" in (answer.message or "")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
def test_cancel_kills_the_app_and_what_it_started(tmp_path: Path) -> None:
    started = tmp_path / "child.pid"
    send = (
        "function() { var c = require('child_process').spawn(process.execPath,"
        " ['-e', 'setInterval(function() {}, 1000)']);"
        f" require('fs').writeFileSync({str(started)!r} + '.new', String(c.pid));"
        f" require('fs').renameSync({str(started)!r} + '.new', {str(started)!r}); }}"
    )
    app = fake_app(tmp_path / "app", send)
    cancel = Cancel()
    answers: list[AppAnswer] = []
    asking = threading.Thread(
        target=lambda: answers.append(ask_app(app, AskRequest(MESSAGE), cancel))
    )
    asking.start()
    turn = threading.Event()
    while asking.is_alive() and not started.exists():
        turn.wait(0.01)
    cancel.cancel()
    asking.join(10)
    assert [answer.outcome for answer in answers] == ["cancelled"]
    child = Path("/proc") / started.read_text()
    for _ in range(500):
        if not child.exists() or "Z" in (child / "stat").read_text().split(")")[1][:3]:
            break
        turn.wait(0.01)
    else:
        pytest.fail("what the app started still runs")


@pytest.mark.parametrize("how", ["throw", "setImmediate"])
def test_an_exception_is_a_crash(tmp_path: Path, how: str) -> None:
    body = "throw new Error('boom');"
    send = f"function() {{ {body} }}"
    if how == "setImmediate":
        send = f"function() {{ setImmediate(function() {{ {body} }}); }}"
    answer = ask_app(fake_app(tmp_path, send), AskRequest(MESSAGE))
    assert (answer.outcome, answer.message) == ("crash", "boom")


def test_an_app_that_ends_itself_is_told_with_its_status(tmp_path: Path) -> None:
    answer = ask_app(fake_app(tmp_path, "function() { process.exit(3); }"), AskRequest(MESSAGE))
    assert answer.outcome == "ended"
    assert "exit status 3" in (answer.message or "")


def test_noise_is_bounded_and_masked_and_never_taken_for_the_answer(tmp_path: Path) -> None:
    send = (
        "function(o, done) { console.log('pass=' + process.env.SECRET);"
        " console.log('loopmail-00000000000000000000000000000000:{\"ok\": true}');"
        " console.error(Buffer.from(process.env.SECRET).toString('base64'));"
        " var line = new Array(1000).join('x');"
        " for (var i = 0; i < 500; i++) console.log(line);"
        " done({message: 'no ' + process.env.SECRET, code: 'EAUTH'}); }"
    )
    request = AskRequest(MESSAGE, variables={"SECRET": "hush-hush"})
    answer = ask_app(fake_app(tmp_path, send), request)
    assert (answer.code, answer.message) == ("EAUTH", "no ********")
    assert answer.output.startswith("pass=********")
    assert "hush" not in answer.output
    assert "aHVzaC1odXNo" not in answer.output
    assert len(answer.output) <= 64 * 1024
    assert "hush" not in repr(request)


@pytest.mark.parametrize("before", range(64 * 1024 - 12, 64 * 1024, 3))
def test_noise_that_is_cut_within_a_secret_shows_no_part_of_it(before: int) -> None:
    printed = (b"x" * before + b"hunter-twenty-two")[: 64 * 1024].decode()
    assert mask_text(printed, ["hunter-twenty-two"], cut=True) == "x" * before


def test_a_secret_that_the_app_s_error_spreads_over_lines_is_masked(tmp_path: Path) -> None:
    send = (
        "function(o, done) { var s = process.env.SECRET;"
        " for (var i = 0; i < 500; i++) console.log(new Array(131).join('x') + s);"
        " done({message: 'no: 535-' + s.slice(0, 5) + '\\n535 ' + s.slice(5)}); }"
    )
    request = AskRequest(MESSAGE, variables={"SECRET": "hush-hush"})
    answer = ask_app(fake_app(tmp_path, send), request)
    assert answer.message == "no: 535-********\n535 ********"
    assert "h" not in answer.output


def test_loopback_3_boots_fail_with_a_bare_string(tmp_path: Path) -> None:
    boot = "module.exports = function(a, o, done) { done('plain words'); };"
    boot += "module.exports.Bootstrapper = 1;"
    boot = boot.replace("= 1", "= function() {}")
    answer = ask_app(fake_app(tmp_path, "null", boot), AskRequest(MESSAGE))
    assert (answer.outcome, answer.message, answer.stage) == ("boot-error", "plain words", "boot")


def test_the_environment_is_named_to_the_app(tmp_path: Path) -> None:
    send = "function(o, done) { done({message: process.env.NODE_ENV + ' ' + process.cwd()}); }"
    answer = ask_app(fake_app(tmp_path, send), AskRequest(MESSAGE, env="staging"))
    assert answer.message == f"staging {tmp_path.resolve()}"


def test_missing_packages_and_models_are_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SendError, match='"loopback" is not installed. Run "npm install"'):
        ask_app(make_app(tmp_path / "bare"), AskRequest(MESSAGE))
    with pytest.raises(SendError, match='no model "Mailer"'):
        ask_app(fake_app(tmp_path / "fake", "null"), AskRequest(MESSAGE, model="Mailer"))


def test_without_node_the_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert require_node(tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SendError, match=r"Node\.js is not installed"):
        ask_app(make_app(tmp_path), AskRequest(MESSAGE))


@pytest.mark.parametrize(
    ("script", "timeout", "end"),
    [
        ("printf before; setsid sleep 100 & sleep 100", 0.5, "timed-out"),
        ("printf before; setsid sleep 100 & exit 3", 50.0, "ended"),
    ],
)
def test_what_has_left_the_group_is_not_waited_for(
    tmp_path: Path, script: str, timeout: float, end: str
) -> None:
    found = run_child(
        ["/bin/sh", "-c", script.replace("&", "& echo $! > left;")],
        folder=tmp_path,
        environment=dict(os.environ),
        stdin=b"",
        marker="MARK",
        timeout=timeout,
        cancel=Cancel(),
    )
    os.kill(int((tmp_path / "left").read_text()), signal.SIGKILL)  # raises if it is gone
    assert (found.end, found.printed) == (end, "before")


def test_an_unreadable_attachment_is_told(tmp_path: Path) -> None:
    message = Message(attachments=(tmp_path / "gone.txt",))
    with pytest.raises(SendError, match=r"gone\.txt cannot be read"):
        ask_app(make_app(tmp_path), AskRequest(message))


def test_compare_names_each_difference_and_nothing_else() -> None:
    answer = AppAnswer(False, "failed", "EAUTH", "AUTH PLAIN", 535, "Invalid login: 535 no 81")
    same = Verdict(False, "failed", "auth", 3, "EAUTH", "AUTH PLAIN", 535)
    agreeing = Verdict(
        False, "failed", "auth", 3, "EAUTH", "AUTH PLAIN", 535, "Invalid login: 535 no 93"
    )
    assert compare(answer, agreeing) == []
    (text,) = compare(answer, same)
    assert "differs in the text" in text
    sent = Verdict(True, "sent", "data", 3, accepted=("b@example.test",))
    found = compare(answer, sent)
    assert (
        "The app's own LoopBack differs in the outcome: it gives “failed”, loopmail “sent”."
        in found
    )
    assert len(found) == 6
