"""“Fix all safe” over real and made-up apps: each proof is checked again from outside."""

import copy
import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.asking import RELEASES, ask, find_modules, why_not
from conformance.models.cases_of_models import SCRIPT
from core.checks.check_cases import BOUND, CASES, GOOD
from loopmail import cli
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.errors import AppError
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView

FULL = os.environ.get("LOOPMAIL_TORTURE") == "full"
MADE_UP = 600 if FULL else 16
MAJORS = (2, 3) if FULL else (3,)  # by which LoopBack real apps are judged
SHELLS: tuple[dict[str, str], ...] = (
    {},
    {"MAIL_PASS": "abcdabcdabcdabcd", "SMTP_URL": "smtps://a%40b.c:d@smtp.example.com", "N": "25"},
)

# What is true of an app: by environment and shell, its data sources, models and problems.
Facts = dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any], set[tuple[str, str, str]]]]


def made_up(number: int, folder: Path) -> Path:
    """Write an app with some of the faults that the checks know, and layers above them."""
    chance = random.Random(number)
    faulty = [
        case.files["datasources.json"] for case in CASES if case.files.get("datasources.json")
    ]
    sources: dict[str, Any] = {"db": {"name": "db", "connector": "memory"}}
    for name in chance.sample(["mail", "news", "my-mail"], chance.randint(1, 3)):
        picked = copy.deepcopy(chance.choice(faulty))
        source = picked.get("mail") if isinstance(picked, dict) else None
        sources[name] = source if isinstance(source, dict) else {"connector": "mail"}
        if chance.random() < 0.4:
            transports = sources[name].get("transports")
            if isinstance(transports, list) and transports and isinstance(transports[0], dict):
                key = chance.choice(["port", "secure", "host", "url", "service"])
                transports[0][key] = chance.choice(["${N}", "${SMTP_URL}", 465, False, "x"])
    files: dict[str, Any] = {"datasources.json": sources}
    models = {
        chance.choice(["Email", "email", "Letter"]): {"dataSource": chance.choice(list(sources))}
    }
    files["model-config.json"] = {"_meta": {"sources": ["./models"]}} | chance.choice(
        [models, BOUND, {}]
    )
    if chance.random() < 0.5:
        layer = {
            name: {"transports": [chance.choice([{}, GOOD, {"port": 465}])]} for name in sources
        }
        layer.pop("db")
        files[f"datasources.{chance.choice(['production', 'local'])}.json"] = layer
    server = folder / "server"
    (server / "models").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": f"made-up-{number}"}))
    for name, value in files.items():
        (server / name).write_text(json.dumps(value, indent=2))
    for name in chance.sample(["Email", "email", "Letter"], chance.randint(0, 2)):
        base = "Email" if name == "Letter" else "PersistedModel"
        (server / "models" / f"{name}-own.json").write_text(
            json.dumps({"name": name, "base": base})
        )
    return folder


def facts(folder: Path, major: int) -> Facts:
    """Look at an app anew, from its files."""
    workspace = Workspace.open(folder)
    snapshot, versions = workspace.snapshot(), LOOPBACK_2 if major == 2 else LOOPBACK_3
    found: Facts = {}
    for env in (*workspace.app.environments, "production", "another"):
        for shell, environment in enumerate(SHELLS):
            variables = Variables(environment=environment)
            view = AppView(snapshot, env, variables, versions)
            problems = run_checks(CheckRequest(snapshot, [env], variables, versions))
            bad = {(p.id, p.file, p.pointer) for p in problems if p.severity != "info"}
            names = {
                name: (model.name, model.datasource, model.send)
                for name, model in view.registry.names.items()
            }
            names["(starts)"] = (str(view.boot_error is None), None, "none")
            settings = {
                name: json.dumps(source.settings, default=lambda _: None)
                for name, source in view.effective.datasources.items()
            }
            found[env, shell] = (settings, names, bad)
    return found


def harm(before: Facts, after: Facts, said: str) -> Iterator[str]:
    """Yield what a run of “fix” did that it must not do, by what it said that it did."""
    touched = {line.split("/")[1] for line in said.splitlines() if line.count("/") > 1}
    for key, (settings, names, bad) in before.items():
        new_settings, new_names, new_bad = after[key]
        for name in settings.keys() | new_settings.keys():
            if settings.get(name) != new_settings.get(name) and name not in touched:
                yield f"{key}: the data source {name} was changed"
        for name, model in names.items():
            gained = model[2] == "throws" and new_names.get(name, ("",))[0] == model[0]
            started = name == "(starts)" and model[0] == "False"
            if new_names.get(name) != model and not gained and not started:
                mine = model[1] in touched and new_names.get(name, ("", ""))[:2] == model[:2]
                if not mine:
                    yield f"{key}: app.models.{name} was {model} and is {new_names.get(name)}"
        worse = {one[0] for one in new_bad - bad} - {one[0] for one in bad - new_bad}
        if worse:
            yield f"{key}: new problems {worse}"


def fixed(folder: Path, major: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["fix", str(folder), "--loopback", str(major)]) == 0
    return capsys.readouterr().out


def count(said: str) -> tuple[int, int]:
    """Return how many fixes were applied, and how many checks had some that were refused."""
    lines = said.splitlines()
    left = next((line for line in lines if line.startswith("Left alone")), "")
    refused = len(left.partition(": ")[2].partition(". Name")[0].split())
    return sum(line.endswith("]") for line in lines), refused


def _apps(base: Path, tmp_path: Path) -> Iterator[Path]:
    manifests = {path.parent for path in base.rglob("package.json")}
    for number, folder in enumerate(sorted({*manifests, *filter(Path.is_dir, base.iterdir())})):
        copied = tmp_path / str(number) / folder.name
        shutil.copytree(folder, copied, symlinks=True)
        try:
            Workspace.open(copied)
        except AppError:
            continue
        yield copied


def _judge(
    apps: Iterator[Path], majors: tuple[int, ...], capsys: pytest.CaptureFixture[str]
) -> tuple[int, int, int]:
    """Fix all apps; return how many, with how many fixes and refusals; fail for any harm."""
    looked = applied = refused = 0
    for folder in apps:
        for major in majors:
            here = folder.with_name(f"{folder.name}-{major}")
            shutil.copytree(folder, here, symlinks=True)
            before = facts(here, major)
            said = fixed(here, major, capsys)
            found = list(harm(before, facts(here, major), said))
            assert not found, (str(folder), major, said, found)
            assert fixed(here, major, capsys).startswith("Nothing to fix."), folder
            applied, refused = applied + count(said)[0], refused + count(said)[1]
            looked += 1
    return looked, applied, refused


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell in which one of the variables is set."""
    monkeypatch.setenv("MAIL_PASS", "abcdabcdabcdabcd")


def test_fixing_real_apps_harms_nothing(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    looked, applied, _ = _judge(_apps(corpus, tmp_path), MAJORS, capsys)
    assert looked > 50
    assert applied > 5


def test_fixing_cases_from_life_harms_nothing(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = corpus.with_name("cases")
    if not cases.is_dir():
        pytest.skip("the cases from real life are not on this machine")
    assert _judge(_apps(cases, tmp_path), MAJORS, capsys)[0] > 50


def test_fixing_made_up_apps_harms_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apps = (made_up(number, tmp_path / str(number) / "app") for number in range(MADE_UP))
    looked, applied, refused = _judge(apps, (2, 3), capsys)
    assert looked == 2 * MADE_UP
    assert applied > MADE_UP // 4
    assert refused > MADE_UP // 10


@pytest.mark.node
@pytest.mark.parametrize("loopback", sorted(RELEASES))
def test_with_real_loopback_what_started_still_starts_and_what_sent_still_sends(
    loopback: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modules = find_modules(loopback)
    if (reason := why_not(loopback)) is not None or modules is None:
        pytest.skip(reason or "not installed")
    requests = []
    for number in range(MADE_UP):
        folder = made_up(number, tmp_path / str(number) / "app")
        (folder / "node_modules").mkdir()
        (folder / "node_modules" / "loopback").symlink_to(modules / "loopback")
        for env in ("development", "production"):
            server = str(folder / "server")
            requests.append({"id": f"{number} {env}", "dir": server, "env": env})
    _, before = ask(SCRIPT, modules, requests, up=1)
    for number in range(MADE_UP):
        fixed(tmp_path / str(number) / "app", int(loopback[0]), capsys)
    _, after = ask(SCRIPT, modules, requests, up=1)
    for key, answer in before.items():
        now = after[key]
        if answer.get("error") is None:
            assert now.get("error") is None, (key, now)
            senders = {n for n, at in answer["names"].items() if _sends(answer, at)}
            assert senders <= {n for n, at in now["names"].items() if _sends(now, at)}, key
    assert sum(answer.get("error") is None for answer in before.values()) > MADE_UP // 4


def _sends(answer: dict[str, Any], at: int) -> bool:
    return bool(answer["classes"][at]["send"] == "mail")
