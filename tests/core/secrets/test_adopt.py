"""Adopting an app: its plain secrets, git's memory of them, and a hostile repository."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport, write_app
from loopmail.core.app.git import add_ignore_line, ignore_line
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.problem import SECRET_IDS
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.variables import Variables
from loopmail.core.secrets.adopt import find_secrets, plan_adoption, plan_local_file, survey
from loopmail.core.secrets.leaks import look_into_git
from loopmail.core.secrets.move import SecretTransaction
from loopmail.core.secrets.resolution import resolve
from memory_store import MemoryStore

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
OLD, NEW = 'old"sécret/1', "recognisable-hunter22"


def git(folder: Path, *arguments: str) -> None:
    environment = {
        **os.environ,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{
            f"GIT_{who}_{what}": "x@example.com"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True
    )


def layers(password: str) -> dict[str, Any]:
    auth = {"user": "me", "pass": password}
    return {
        "datasources": {
            "db": {"connector": "memory"},
            "mail": mail(transport(host="h", auth=auth), transport(host="i")),
        },
        "datasources_production": {
            "mail": {"transports": [{"auth": {"pass": f"{password}-prod"}}, {}]}
        },
    }


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    app = make_app(tmp_path / "shop", **layers(OLD))
    git(tmp_path / "shop", "init", "-q")
    git(app, "add", ".")
    git(app, "commit", "-q", "-m", "first")
    make_app(app, **layers(NEW))
    return app


def test_secrets_of_all_layers_are_found_with_names_and_without_their_text(tmp_path: Path) -> None:
    workspace = Workspace.open(make_app(tmp_path / "shop", **layers(NEW)))
    found = find_secrets(workspace.snapshot())
    assert [(s.place.file, s.place.user) for s in found] == [
        ("datasources.json", "MAIL_PASS"),
        ("datasources.production.json", "MAIL_PASS@production"),
    ]
    assert found[0].line > 1
    assert "recognisable" not in repr(found)


def test_adopting_is_one_step_for_files_and_keyring(tmp_path: Path) -> None:
    app = make_app(tmp_path / "shop", **layers(NEW))
    workspace, store = Workspace.open(app), MemoryStore()
    move = plan_adoption(workspace, find_secrets(workspace.snapshot()))
    workspace.apply(move.changes)
    SecretTransaction(move.writes, store, workspace.snapshot(), share=True).run(workspace.saving())
    assert store.users("loopmail:shop") == ["MAIL_PASS", "MAIL_PASS@production"]
    for name in ("datasources.json", "datasources.production.json"):
        text = (app / "server" / name).read_text()
        assert NEW not in text
        assert '"${MAIL_PASS}"' in text


def everywhere() -> dict[str, Any]:
    """Files with a secret in each kind of configuration, by name."""
    return {
        "datasources.json": {"s3": {"connector": "x", "keyId": "AKIA", "key": "s3-plain-key"}},
        "component-config.json": {"./mailer": {"apiKey": "component-plain-key"}},
        "component-config.test.json": {"./mailer": {"apiKey": "component-test-key"}},
        "middleware.json": {"session": {"./s": {"params": {"secret": "keyboard cat"}}}},
        "config.json": {"cookieSecret": "cookie-plain-secret"},
        "model-config.json": {"Email": {"dataSource": "s3", "options": {"token": "m0del-token"}}},
    }


def test_secrets_of_every_configuration_are_found_and_what_stays_says_why(tmp_path: Path) -> None:
    workspace = Workspace.open(write_app(tmp_path / "shop", everywhere(), name="shop"))
    found = find_secrets(workspace.snapshot())
    assert {s.place.file: s.place.user for s in found if s.stays is None} == {
        "datasources.json": "S3_KEY",
        "component-config.json": "MAILER_API_KEY",
        "component-config.test.json": "MAILER_API_KEY@test",
        "middleware.json": "SESSION_SECRET",
    }
    stays = {secret.place.file: secret.stays for secret in found if secret.stays}
    assert set(stays) == {"config.json", "model-config.json"}
    assert "config.local.json, outside git" in stays["config.json"]
    reported = run_checks(
        CheckRequest(workspace.snapshot(), ["test"], Variables(), workspace.app.versions)
    )
    assert {(p.file, p.pointer) for p in reported if p.id == "secret-in-file"} == {
        (secret.place.file, secret.place.pointer) for secret in found
    }


def test_what_moves_out_of_components_and_middleware_is_what_the_app_gets(tmp_path: Path) -> None:
    app = write_app(tmp_path / "shop", everywhere(), name="shop")
    workspace, store = Workspace.open(app), MemoryStore()
    found = find_secrets(workspace.snapshot())
    with pytest.raises(EditError, match="LoopBack replaces no variables in"):
        plan_adoption(workspace, [s for s in found if s.stays])
    move = plan_adoption(workspace, [s for s in found if s.stays is None])
    workspace.apply(move.changes)
    SecretTransaction(move.writes, store, workspace.snapshot(), share=True).run(workspace.saving())
    given = resolve(Workspace.open(app).snapshot(), "test", store, {}).child_environment({})
    assert {name: given[name] for name in ("S3_KEY", "MAILER_API_KEY", "SESSION_SECRET")} == {
        "S3_KEY": "s3-plain-key",
        "MAILER_API_KEY": "component-test-key",
        "SESSION_SECRET": "keyboard cat",
    }


def test_one_place_in_two_configurations_gets_two_variables(tmp_path: Path) -> None:
    entry = {"mail": {"apiKey": "recognisable-1"}}
    files = {"datasources.json": entry, "component-config.json": entry}
    workspace = Workspace.open(write_app(tmp_path / "shop", files, name="shop"))
    found = find_secrets(workspace.snapshot())
    assert [secret.place.variable for secret in found] == ["MAIL_API_KEY", "MAIL_API_KEY_2"]


@needs_git
def test_git_remembers_secrets_of_every_configuration(tmp_path: Path) -> None:
    app = write_app(tmp_path / "shop", everywhere(), name="shop")
    git(app, "init", "-q")
    git(app, "add", ".")
    git(app, "commit", "-q", "-m", "first")
    found = survey(Workspace.open(app).snapshot()).secrets
    assert len(found) == 6
    assert all(secret.tracked and secret.leak is not None for secret in found)


@pytest.mark.parametrize(
    "text",
    [
        *("XXX", "xxxxxxxx", "your-password", "YOUR_API_KEY", "<password>", "<your key here>"),
        *("process.env.MAIL_PASS", "%MAIL_PASS%", "%X%", "{{X}}", "{{ mail_pass }}", "$MAIL_PASS"),
    ],
)
def test_a_stand_in_is_a_problem_and_nothing_to_move_in_any_file(tmp_path: Path, text: str) -> None:
    files = {
        "datasources.json": {"mail": mail(transport(host="h", auth={"user": "u", "pass": text}))},
        "component-config.json": {"./mailer": {"apiKey": text}},
        "middleware.json": {"session": {"./s": {"params": {"secret": text}}}},
        "config.json": {"cookieSecret": text},
    }
    workspace = Workspace.open(write_app(tmp_path / "shop", files, name="shop"))
    assert find_secrets(workspace.snapshot()) == []
    found = run_checks(
        CheckRequest(workspace.snapshot(), ["test"], Variables(), workspace.app.versions)
    )
    own = {"placeholder-password", "placeholder-spelling", "variable-partial"}
    assert {p.file for p in found if p.id in own} == set(files)
    assert not [p for p in found if p.id in SECRET_IDS]


@pytest.mark.parametrize("local", [None, {"mail": {"host": "x"}}, {"other": {"a": 1}}])
def test_the_local_file_gives_loopback_the_same_settings(tmp_path: Path, local: Any) -> None:
    files = layers(NEW) | ({} if local is None else {"datasources_local": local})
    app = make_app(tmp_path / "shop", **files)

    def settings() -> Any:
        snapshot = Workspace.open(app).snapshot()
        loaded = effective(snapshot, "development", Variables(), snapshot.app.versions)
        assert loaded.error is None
        return loaded.datasources["mail"].settings

    before = settings()
    workspace = Workspace.open(app)
    move = plan_local_file(workspace, find_secrets(workspace.snapshot()))
    workspace.apply(move.changes)
    workspace.save()
    assert NEW not in (app / "server" / "datasources.json").read_text()
    assert NEW in (app / "server" / "datasources.local.json").read_text()
    assert settings() == before
    assert any("datasources.production.json cannot move" in note for note in move.notes)


@needs_git
def test_git_tells_which_secrets_it_keeps_for_ever(repository: Path) -> None:
    report = look_into_git(
        repository / "server",
        ["datasources.json", "datasources.local.json"],
        [OLD, NEW, "", "pass"],
    )
    assert report.problem is None
    assert report.files == {"datasources.json": "tracked", "datasources.local.json": "untracked"}
    assert list(report.leaks) == [0]
    assert report.leaks[0].file == "server/datasources.json"


@needs_git
def test_a_secret_that_left_the_files_is_still_in_the_history(repository: Path) -> None:
    git(repository, "commit", "-qam", "second")
    make_app(repository, datasources={"mail": mail(transport(auth={"pass": "third"}))})
    git(repository, "rm", "-q", "--cached", "server/datasources.production.json")
    git(repository, "commit", "-qam", "third")
    report = look_into_git(repository / "server", [], [OLD, NEW, f"{NEW}-prod", "never"])
    assert sorted(report.leaks) == [0, 1, 2]


@needs_git
def test_the_survey_says_what_must_be_changed_at_the_provider(repository: Path) -> None:
    git(repository, "commit", "-qam", "second")
    found = survey(Workspace.open(repository).snapshot())
    assert [secret.leak is not None for secret in found.secrets] == [True, True]
    assert all(secret.tracked for secret in found.secrets)
    assert found.local_file_ignored is False
    workspace = Workspace.open(repository)
    notes = plan_adoption(workspace, found.secrets).notes
    assert "Change it at the provider" in notes[0]
    assert "recognisable" not in "".join(notes)


@needs_git
def test_nothing_that_a_hostile_repository_names_is_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    sprung = tmp_path / "sprung"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {sprung}\ncat\n')
    trap.chmod(0o755)
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "core.askPass",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "gpg.program",
        "core.alternateRefsCommand",
        "credential.helper",
        "uploadpack.packObjectsHook",
    ]:
        git(repository, "config", key, str(trap))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "protocol.ext.allow", "always")
    git(repository, "config", "remote.origin.url", f"ext::{trap}")
    git(repository, "config", "remote.origin.promisor", "true")
    (repository / ".gitattributes").write_text("* diff=x filter=x\n")
    hooks = repository / ".git" / "hooks"
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        shutil.copy(trap, hooks / name)
    before = snapshot_of(repository)
    report = look_into_git(repository / "server", ["datasources.json"], [OLD])
    assert list(report.leaks) == [0]
    assert not sprung.exists()
    assert snapshot_of(repository) == before


def snapshot_of(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@needs_git
def test_no_secret_is_an_argument_of_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = subprocess.run

    def watch(command: list[str], **options: Any) -> Any:
        seen.append(f"{command} {options.get('env')} {options.get('input')}")
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", watch)
    look_into_git(repository / "server", ["datasources.json"], [OLD, NEW])
    assert seen
    assert not any("sécret" in call or "recognisable" in call for call in seen)


@needs_git
def test_a_folder_without_git_and_a_spent_time_limit_are_said(
    repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    assert (
        look_into_git(tmp_path / "plain", ["a"], ["x"]).problem
        == "the folder is in no git repository"
    )
    late = look_into_git(repository / "server", ["datasources.json"], [OLD], limit=0)
    assert late.problem == "git took too long"
    assert late.files == {"datasources.json": "unknown"}


@needs_git
def test_an_empty_repository_knows_no_secret(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert look_into_git(tmp_path, ["datasources.json"], [NEW]).problem is None


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert look_into_git(tmp_path, ["a"], ["x"]).problem == "git is not installed"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "/server/datasources.local.json\n"),
        ("node_modules", "node_modules\n/server/datasources.local.json\n"),
        ("a\r\nb\r\n", "a\r\nb\r\n/server/datasources.local.json\r\n"),
    ],
)
def test_the_ignore_line_is_added_once(tmp_path: Path, before: str | None, after: str) -> None:
    app = make_app(tmp_path / "shop", datasources={})
    ignore = app / ".gitignore"
    if before is not None:
        ignore.write_bytes(before.encode())
    proposal = ignore_line(Workspace.open(app).app)
    assert add_ignore_line(proposal) is True
    assert ignore.read_bytes() == after.encode()
    assert add_ignore_line(proposal) is False


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("datasources_local", "All of them stand in datasources.local.json already."),
        (
            "datasources_production",
            "The secrets of datasources.production.json cannot move to datasources.local.json.",
        ),
    ],
)
def test_what_cannot_move_to_the_local_file_is_said(
    tmp_path: Path, file: str, sentence: str
) -> None:
    files: dict[str, Any] = {"datasources": {}, file: {"db": {"password": NEW}}}
    workspace = Workspace.open(make_app(tmp_path / "shop", **files))
    with pytest.raises(EditError) as caught:
        plan_local_file(workspace, find_secrets(workspace.snapshot()))
    assert str(caught.value) == sentence


def test_a_secret_that_has_changed_since_it_was_chosen_does_not_move(tmp_path: Path) -> None:
    workspace = Workspace.open(make_app(tmp_path / "shop", **layers(NEW)))
    chosen = find_secrets(workspace.snapshot())
    pointer = chosen[0].place.pointer
    workspace.apply([workspace.edit_value("datasources.json", pointer, "newer")])
    for plan in (plan_adoption, plan_local_file):
        with pytest.raises(EditError, match="changed meanwhile"):
            plan(workspace, chosen)
        assert plan(workspace, find_secrets(workspace.snapshot())).changes


def test_the_moved_value_is_gone_from_the_base_file(tmp_path: Path) -> None:
    workspace = Workspace.open(make_app(tmp_path / "shop", **layers(NEW)))
    move = plan_local_file(workspace, find_secrets(workspace.snapshot())[:1])
    workspace.apply(move.changes)
    assert workspace.document("datasources.json").get("/mail/transports/0/auth/pass") is UNDEFINED
    local = workspace.document("datasources.local.json").value()
    assert local == {"mail": {"transports": [{"auth": {"pass": NEW}}, {}]}}
