"""Window and command line ask for the same test and come to the same verdict."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app_builder import mail, make_app, transport
from loopmail import cli
from loopmail.catcher.server import MailCatcher
from loopmail.cli.app import load
from loopmail.cli.send import request_of
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import AppError, LoopmailError
from loopmail.core.loopback.datasources import list_datasources
from loopmail.smtp.send import SendRequest
from loopmail.smtp.verdict import Verdict
from loopmail.ui.sending.panel import SendingPanel
from loopmail.ui.session.state import AppState
from loopmail.ui.session.worker import wait_for_all
from memory_store import MemoryStore
from page_apps import settle

Window = Callable[[Path, str | None, str], SendingPanel]
Answer = str | dict[str, Any]  # a sentence why there is no test, or all of the request
MESSAGE = ("a@example.com", "b@example.com", "Hello", "How are you?")


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    """The test panel for an app, an environment and a data source."""
    states: list[AppState] = []

    def look(folder: Path, env: str | None, datasource: str) -> SendingPanel:
        state = AppState(MemoryStore())
        states.append(state)
        state.set_workspace(Workspace.open(folder))
        state.set_environment(env)
        state.select("datasource", datasource)
        panel = SendingPanel(state)
        qtbot.addWidget(panel)
        assert panel.datasource == datasource
        return panel

    yield look
    for state in states:
        settle(state, qtbot)
    assert wait_for_all(5000)


def by_window(panel: SendingPanel) -> Answer:
    return _answer(lambda: panel.request(verify_only=True))


def by_command_line(folder: Path, env: str | None, datasource: str) -> Answer:
    options = ["--env", env] if env else []
    arguments = ["send", str(folder), "--datasource", datasource, "--verify-only", *options]
    parsed = cli.build_parser("send").parse_args(arguments)
    return _answer(lambda: request_of(parsed, load(parsed).view))


def _answer(make: Callable[[], SendRequest]) -> Answer:
    try:
        request = make()
    except LoopmailError as error:
        return str(error)
    # A check of the connection sends no message; the command line looks for problems afterwards.
    left_out = ("message", "problems")
    return {f.name: getattr(request, f.name) for f in fields(request) if f.name not in left_out}


def compare(base: Path, window: Window) -> int:
    """Compare both for all mail data sources and environments of the apps; return how many."""
    compared = 0
    manifests = {path.parent for path in base.rglob("package.json")}
    for folder in sorted({*manifests, *filter(Path.is_dir, base.iterdir())}):
        try:
            app = Workspace.open(folder)
        except AppError:
            continue
        names = [one.name for one in list_datasources(app.snapshot()) if one.is_mail]
        for env in app.app.environments:
            for name in names:
                told = by_window(window(folder, env, name))
                assert told == by_command_line(folder, env, name), (folder, env, name)
                compared += 1
    return compared


def test_for_real_apps_both_ask_for_the_same(corpus: Path, window: Window) -> None:
    assert compare(corpus, window) > 40


def test_for_cases_from_real_life_both_ask_for_the_same(corpus: Path, window: Window) -> None:
    cases = corpus.with_name("cases")
    if not cases.is_dir():
        pytest.skip("the cases from real life are not on this machine")
    assert compare(cases, window) > 40


def good(catcher: MailCatcher) -> dict[str, Any]:
    return mail(transport(host=catcher.host, port=catcher.port), name="emailDs")


def create(name: str, cause: str) -> str:
    return f'Cannot create data source "{name}": {cause}'


def initialize(name: str, cause: str) -> str:
    return create(name, f'Cannot initialize connector "{name}": {cause}')


def unknown(name: str, connector: str) -> str:
    names = f"./connectors/{connector}\nloopback-connector-{connector}\n{connector}"
    return create(
        name,
        f'\nWARNING: LoopBack connector "{connector}" is not installed as any of the following '
        f"modules:\n\n {names}\n\nTo fix, run:\n\n    npm install {connector} --save\n",
    )


SMTP = transport(host="127.0.0.1", port=1)
NO_MODULE = "Cannot find module 'nodemailer-ses-transport'"
# What stands beside a data source that works, and LoopBack 3.28's own words and code for it.
BROKEN: list[tuple[dict[str, Any], str, str | None]] = [
    ({"other": mail({"type": "ses"})}, initialize("other", NO_MODULE), "MODULE_NOT_FOUND"),
    (
        {"other": {"connector": "mail", "transport": {"type": "SES"}}},
        initialize("other", NO_MODULE),
        "MODULE_NOT_FOUND",
    ),
    (
        {"other": {"connector": "mail", "transports": [None]}},
        initialize("other", "Cannot read properties of null (reading 'type')"),
        None,
    ),
    (
        {"other": {"connector": "mail", "transports": "x"}},
        initialize("other", "transports.forEach is not a function"),
        None,
    ),
    ({"other": {"transports": [SMTP]}}, unknown("other", "other"), None),
    ({"mail": {"transports": [SMTP]}}, unknown("mail", "mail"), None),
    ({"loose": {"url": "x"}}, unknown("loose", "loose"), None),
    ({"other": {"connector": "", "transports": []}}, unknown("other", "other"), None),
    ({"other": {"connector": "Mail", "transports": [SMTP]}}, unknown("other", "Mail"), None),
    ({"other": {"connector": "smtp", "transports": [SMTP]}}, unknown("other", "smtp"), None),
    ({"other": {"adapter": "mail", "transports": [SMTP]}}, unknown("other", "mail"), None),
    (
        {"db": {"connector": "memory", "defaultForType": "db"}},
        create("db", 'DataSource option "defaultForType" is no longer supported'),
        None,
    ),
    (
        {"other": "text"},
        create("other", "can not create data source without config object"),
        None,
    ),
]


@pytest.mark.parametrize(("beside", "text", "code"), BROKEN)
def test_another_data_source_that_stops_the_start_decides_for_both(
    tmp_path: Path,
    window: Window,
    qtbot: QtBot,
    capsys: pytest.CaptureFixture[str],
    beside: dict[str, Any],
    text: str,
    code: str | None,
) -> None:
    with MailCatcher() as catcher:
        sources = {"emailDs": good(catcher), **beside}
        folder = make_app(tmp_path, datasources=sources)
        told = both(folder, "emailDs", window, qtbot, capsys)
        assert (told.outcome, told.message, told.code) == ("boot-error", text, code)
        assert told.exit_code() == 18
        assert not catcher.messages()


def test_a_model_bound_to_no_data_source_decides_for_both(
    tmp_path: Path, window: Window, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    with MailCatcher() as catcher:
        models = {"Email": {"dataSource": "emailDs"}, "User": {"dataSource": "emailds"}}
        sources = {"emailDs": good(catcher)}
        folder = make_app(tmp_path, datasources=sources, model_config=models)
        told = both(folder, "emailDs", window, qtbot, capsys)
        text = 'User is referencing a dataSource that does not exist: "emailds"'
        assert (told.message, told.code) == (text, "ERR_ASSERTION")


def test_an_app_that_starts_sends_the_same_message_both_ways(
    tmp_path: Path, window: Window, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    with MailCatcher() as catcher:
        sources = {
            "emailDs": good(catcher),
            "path": {"connector": "loopback/lib/connectors/mail", "transports": [SMTP]},
            "kept": {"connector": "mysql"},  # not installed, but nothing is installed here
            "db": {"connector": "memory"},
        }
        folder = make_app(tmp_path, datasources=sources)
        told = both(folder, "emailDs", window, qtbot, capsys)
        assert (told.outcome, told.exit_code()) == ("sent", 0)
        first, second = catcher.wait_for(2, 10.0)
        assert (first.subject, first.envelope_to) == (second.subject, second.envelope_to)


def test_both_say_alike_whether_the_app_will_send(
    tmp_path: Path, window: Window, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = {"Email": {"dataSource": "gone"}}
    with MailCatcher() as catcher:
        sources = {"emailDs": good(catcher)}
        folder = make_app(tmp_path, datasources=sources, model_config_stage=stage, model_config={})
        (folder / "server/model-config.local.js").write_text("module.exports = {};")
        told = both(folder, "emailDs", window, qtbot, capsys)
    assert told.app is not None
    assert [(one.id, one.env) for one in told.app.hindrances] == []
    assert told.app.unread.startswith("model-config.local.js was not read")
    with MailCatcher() as catcher:
        (folder / "server/model-config.local.js").unlink()
        told = both(
            make_app(folder, datasources={"emailDs": good(catcher)}),
            "emailDs",
            window,
            qtbot,
            capsys,
        )
    assert told.app is not None
    found = [(one.id, one.env) for one in told.app.hindrances]
    assert found == [("model-not-bound", None), ("app-does-not-start", "stage")]


def test_both_refuse_a_data_source_that_is_not_there_in_the_same_words(
    tmp_path: Path, window: Window, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is written in another environment's file; LoopBack 2 starts without a connector."""
    package = {"name": "shop", "dependencies": {"loopback": "2.42.0"}}
    sources = {"emailDs": mail(SMTP), "loose": {"transports": [SMTP]}}
    more = {"datasources_stage": {"far": mail(SMTP)}}
    folder = make_app(tmp_path, datasources=sources, **more)
    (folder / "package.json").write_text(json.dumps(package))
    for name, what in (("loose", "is not for mail"), ("far", "does not exist")):
        panel = window(folder, "development", name)
        panel.check_connection()
        sentence = f"The data source “{name}” {what}; those for mail are: emailDs."
        assert sentence in panel.verdict.banner.title.text()
        assert cli.main(["send", str(folder), "--env", "development", "--datasource", name]) == 64
        assert sentence in capsys.readouterr().err


def wait_for_problems(panel: SendingPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.state.finder.known, timeout=5000)


def both(
    folder: Path,
    datasource: str,
    window: Window,
    qtbot: QtBot,
    capsys: pytest.CaptureFixture[str],
) -> Verdict:
    """Test in the window and by the command line; return the verdict, which is the same."""
    panel = window(folder, "development", datasource)
    sender, to, subject, text = MESSAGE
    panel.message.from_.setText(sender)
    panel.message.to.setText(to)
    panel.message.subject.setText(subject)
    panel.message.text.setPlainText(text)
    with qtbot.waitSignal(panel.running_changed, check_params_cb=lambda on: not on):
        panel.send_test_message()
    assert panel.results.shown is not None
    verdict = panel.results.shown.verdict
    options = ["--from", sender, "--to", to, "--subject", subject, "--text", text]
    where = ["--env", "development", "--datasource", datasource, "--format", "json"]
    exit_code = cli.main(["send", str(folder), *where, *options])
    told = json.loads(capsys.readouterr().out)
    assert exit_code == verdict.exit_code()
    mine = json.loads(json.dumps(verdict.to_json()))
    # Each test has its own times, ports and message; the command line offers fixes as well.
    for answer in (told, mine):
        for key in ("stages", "transcript", "messageId", "response", "diagnosis"):
            answer.pop(key, None)
    assert told == mine
    return verdict


def test_the_fix_of_what_stops_the_start_is_offered_by_both(
    tmp_path: Path, window: Window, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = {"emailDs": mail(SMTP), "other": mail({"type": "ses"})}
    models = {"Email": {"dataSource": "emailDss"}}
    for datasources, bound, summary in (
        (sources, {}, "Set type to smtp"),
        ({"emailDs": mail(SMTP), "other": {"transports": [SMTP]}}, {}, "Set connector to mail"),
        ({"emailDs": mail(SMTP)}, models, "Bind Email to emailDs"),
    ):
        folder = make_app(tmp_path, datasources=datasources, model_config=bound)
        panel = window(folder, "development", "emailDs")
        wait_for_problems(panel, qtbot)
        with qtbot.waitSignal(panel.running_changed, check_params_cb=lambda on: not on):
            panel.check_connection()
        assert panel.results.shown is not None
        diagnosis = panel.results.shown.verdict.diagnosis
        assert diagnosis is not None
        assert summary in [fix.summary for fix in diagnosis.fixes]
        shown = [button.text() for button in panel.verdict.findChildren(QPushButton)]
        assert any(summary in text for text in shown), shown
        options = ["--env", "development", "--verify-only", "--format", "json"]
        cli.main(["send", str(folder), *options])
        told = json.loads(capsys.readouterr().out)["diagnosis"]
        assert summary in [fix["summary"] for fix in told["fixes"]]
