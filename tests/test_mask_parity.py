"""Every name of a secret at every place that shows or writes a value: none lets it through.

One app holds all names at once, each with a value of its own that begins with the same letters,
so that one look at each place answers for all of them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loopmail.cli import main
from loopmail.core.app.journal import journal_of, journal_path, unsaved_texts, write_journal
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.fixes import preview
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.loopback.forecast import make_forecast
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.core.plain_secrets import texts_to_mask
from loopmail.core.secrets.adopt import find_secrets
from loopmail.core.secrets.scattered import ScatteredMask
from loopmail.ui.dialogs.conflict import shown_value
from secret_table import DOUBTFUL, KEY, SECRETS, styles

SIGN = "Canary"
Capture = pytest.CaptureFixture[str]


def values() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{SIGN}-{number}-x"


def named(canary: Iterator[str], *, styled: bool = False) -> dict[str, Any]:
    names = [style for name in SECRETS for style in (styles(name) if styled else [name])]
    return {name: next(canary) for name in [*names, *DOUBTFUL]}


def texts(canary: Iterator[str]) -> dict[str, Any]:
    """Return secrets within texts of harmless names."""
    return {
        "url": f"mongodb://u:{next(canary)}/y@h/db",
        "endpoint": f"https://h/x?sv=1&sig={next(canary)}",
        "address": f"u:{next(canary)}@h",
        "connection": f"Server=h;User Id=u;Password={next(canary)};A=b",
        "storage": f"AccountName=n;AccountKey={next(canary)}==",
        "libpq": f"host=h password={next(canary)}",
        "headers": {"x-other": f"Bearer {next(canary)}"},
        "lines": [f"Authorization: Basic {next(canary)}"],
        "note": KEY.replace("MIIEv", next(canary)),
        "passwords": {"one": next(canary), "more": [next(canary)]},
    }


def odd_transport(canary: Iterator[str]) -> dict[str, Any]:
    """Return a transport whose checks quote values."""
    odd = f"smtp://u:{next(canary)}@h"
    transport: dict[str, Any] = dict.fromkeys(
        ("host", "port", "service", "socketTimeout", "greetingTimeout", "secure", "requireTLS"), odd
    )
    tls = dict.fromkeys(("ciphers", "rejectUnauthorized", "minVersion", "servername"), odd)
    return {**transport, "localAddress": odd, "name": odd, "alias": "odd", "tls": tls}


def datasources() -> dict[str, Any]:
    canary = values()
    auth = {"user": "me", "xoauth2": next(canary), "pas": next(canary), **named(canary)}
    return {
        "mail": {
            "connector": "mail",
            "transports": [
                {"host": "h.example", "port": "465", "auth": auth, **named(canary)},
                odd_transport(canary),
                {"alias": "url", "url": f"smtp://u:{next(canary)}/w@h", "port": "465"},
                {"alias": "half", "url": f"smtp://u:{next(canary)}"},
                {"alias": "text", "host": "h.example", "auth": f"u:{next(canary)}"},
            ],
        },
        "hosts": {
            "connector": "mail",
            "transports": [
                {"type": "smtp", "alias": "host", "host": f"smtp://u:{next(canary)}@h:465"},
                {"type": "smtp", "alias": "broken", "host": f"u:{next(canary)}", "port": "465"},
            ],
        },
        "db": {"connector": "memory", **named(canary, styled=True), **texts(canary)},
    }


@pytest.fixture(scope="module", params=["^2.42.0", "^3.28.0"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an app that holds every name, in one long line: a difference shows all of it."""
    made = tmp_path_factory.mktemp("masks")
    package = {"name": "masks", "dependencies": {"loopback": request.param}}
    (made / "package.json").write_text(json.dumps(package))
    server = made / "server"
    server.mkdir()
    base = datasources()
    (server / "datasources.json").write_text(json.dumps(base))
    (server / "datasources.production.json").write_text(json.dumps({"db": texts(values())}))
    canary = values()
    email = {"dataSource": "mail", "options": named(canary)}
    (server / "model-config.json").write_text(json.dumps({"Email": email}))
    (server / "config.json").write_text(json.dumps({**named(canary), "more": texts(canary)}))
    component = {"./mailer": {**named(canary), **texts(canary)}}
    (server / "component-config.json").write_text(json.dumps(component))
    middleware = {"session": {"./s": {"params": named(canary)}}}
    (server / "middleware.json").write_text(json.dumps(middleware))
    return made


def versions(workspace: Workspace) -> Versions:
    return workspace.app.versions


@pytest.mark.parametrize(
    "arguments",
    [
        ["effective"],
        ["effective", "--format", "json"],
        ["effective", "--env", "production"],
        ["check"],
        ["check", "--format", "json"],
        ["fix", "--dry-run"],
        ["fix", "port-not-number", "host-malformed", "credentials-near-miss", "--dry-run"],
        ["check", "--format", "sarif"],
    ],
)
def test_the_command_line(folder: Path, arguments: list[str], capsys: Capture) -> None:
    verb, *rest = arguments
    main([verb, str(folder), *rest])
    shown = capsys.readouterr()
    assert shown.out
    assert SIGN not in shown.out + shown.err


def test_the_window_s_forecast(folder: Path) -> None:
    workspace = Workspace.open(folder)
    for name in ("mail", "hosts", "db"):
        view = AppView(workspace.snapshot(), "production", Variables(), versions(workspace))
        answer = make_forecast(view, name, ("development", "production"))
        assert answer.values
        assert answer.environments
        assert SIGN not in repr(answer)


def test_problems_and_previews_of_their_fixes(folder: Path) -> None:
    workspace = Workspace.open(folder)
    problems = run_checks(
        CheckRequest(workspace.snapshot(), [None, "production"], Variables(), versions(workspace))
    )
    assert {"host-malformed", "port-not-number", "secret-in-file"} <= {p.id for p in problems}
    for problem in problems:
        lines = preview(workspace, problem.fix) if problem.fix else []
        summary = problem.fix.summary if problem.fix else ""
        assert SIGN not in problem.text + summary + "".join(line.text for line in lines), problem


def test_the_list_of_secrets_that_may_move(folder: Path) -> None:
    found = find_secrets(Workspace.open(folder).snapshot())
    moved = {secret.place.pointer.rpartition("/")[2] for secret in found}
    assert {style for name in SECRETS for style in styles(name)} <= moved
    assert not moved & set(DOUBTFUL)
    for secret in found:
        assert SIGN not in repr(secret)


@pytest.mark.parametrize("at_rest", [True, False])
def test_the_journal_on_disk(folder: Path, tmp_path: Path, at_rest: bool) -> None:
    """Secrets that were in the file are named by their place, new ones left out."""
    workspace = Workspace.open(folder)
    secrets = datasources()
    if at_rest:
        changed = {"mail": {**secrets["mail"], "debug": True}, "moved": secrets["db"]}
    else:
        changed = json.loads(json.dumps(secrets).replace(SIGN, f"{SIGN}New"))
    workspace.apply([workspace.edit_value("datasources.json", "", changed)])
    write_journal(workspace.app.server, journal_of(unsaved_texts(workspace)), tmp_path)
    text = journal_path(workspace.app.server, tmp_path).read_text()
    assert '"steps"' in text
    assert SIGN not in text


def test_conflicts(folder: Path) -> None:
    secrets = datasources()
    assert SIGN not in shown_value("/mail", secrets["mail"])
    for name, value in secrets["db"].items():
        assert SIGN not in shown_value(f"/db/{name}", value), name


def test_the_transcript_of_a_test(folder: Path) -> None:
    """What is surely a secret is masked wherever the dialogue or a report repeats it."""
    workspace = Workspace.open(folder)
    mask = ScatteredMask(texts_to_mask(list(workspace.snapshot().values.values())))
    for secret in find_secrets(workspace.snapshot()):
        value = secret.value
        escaped = "".join(f"\\u{ord(letter):04x}" for letter in value)
        half = len(value) // 2
        for said in (value, escaped, f"{value[:half]}\n535 5.7.8 {value[half:]}"):
            shown = mask(f"535-5.7.8 {said} refused")
            assert SIGN not in shown
            assert value[half:] not in shown
            assert f"\\u{ord(SIGN[0]):04x}" not in shown
