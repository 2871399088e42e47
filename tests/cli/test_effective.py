"""`loopmail effective`."""

import json
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from loopmail import cli

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    auth = {"user": "me", "pass": "${SHOP_PASS}"}
    return make_app(
        tmp_path,
        datasources={"mail": mail(transport(host="a.example", port=465, auth=auth)), "db": {}},
        datasources_production={"mail": {"transports": [{"port": 587}]}},
        model_config={"Email": {"dataSource": "mail"}},
    )


def effective(app: Path, capsys: Capture, *arguments: str, code: int = 0) -> dict[str, Any]:
    assert cli.main(["effective", str(app), "--format", "json", *arguments]) == code
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


def test_layers_variables_and_plans_are_reported(
    app: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASS", "hunter2")
    value = effective(app, capsys, "--env", "production", "--loopback", "2")
    assert value["loopback"]["major"] == 2
    assert value["env"] == "production"
    assert {"path": "datasources.production.json", "state": "read"} in value["files"]
    found = value["datasources"]["mail"]
    (setting,) = found["settings"]["transports"]
    assert setting["port"] == 587
    assert setting["auth"] == {"user": "me", "pass": "********"}
    origins = found["origins"]
    assert origins["/transports/0/port"]["file"] == "datasources.production.json"
    assert origins["/transports/0/auth/pass"]["variable"] == "SHOP_PASS"
    (plan,) = found["transports"]
    assert (plan["outcome"], plan["host"], plan["port"]) == ("smtp", "a.example", 587)
    assert "transports" not in value["datasources"]["db"]
    assert value["models"] == {"Email": {"dataSource": "mail"}}
    assert value["error"] is None


def test_secrets_are_shown_only_when_asked_for(
    app: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASS", "hunter2")
    assert cli.main(["effective", str(app)]) == 0
    assert "hunter2" not in capsys.readouterr().out
    value = effective(app, capsys, "--show-secrets")
    assert value["datasources"]["mail"]["settings"]["transports"][0]["auth"]["pass"] == "hunter2"


def test_an_unset_variable_is_undefined(
    app: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_PASS", raising=False)
    value = effective(app, capsys)
    assert value["datasources"]["mail"]["settings"]["transports"][0]["auth"] == {"user": "me"}


def test_node_env_is_the_default(
    app: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert effective(app, capsys)["env"] == "development"
    monkeypatch.setenv("NODE_ENV", "production")
    assert effective(app, capsys)["env"] == "production"
    monkeypatch.setenv("NODE_ENV", "")
    assert effective(app, capsys)["env"] == "development"


def test_an_app_that_would_not_start_is_reported_with_exit_0(app: Path, capsys: Capture) -> None:
    make_app(app, datasources_local={"mail": {"transports": [{}, {}]}})
    value = effective(app, capsys)
    assert "different length" in value["error"]["text"]
    assert value["datasources"] == {}
    assert cli.main(["effective", str(app)]) == 0
    assert "LoopBack would not start" in capsys.readouterr().out


def test_a_broken_file_of_another_environment_does_not_matter(app: Path, capsys: Capture) -> None:
    (app / "server" / "datasources.staging.json").write_text("{")
    assert effective(app, capsys)["error"] is None
    assert cli.main(["effective", str(app), "--env", "staging"]) == 3
    assert "datasources.staging.json" in capsys.readouterr().err


def test_every_app_of_the_corpus_is_reported(corpus: Path, capsys: Capture) -> None:
    reported = 0
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir()):
        code = cli.main(["effective", str(folder), "--format", "json"])
        captured = capsys.readouterr()
        if code == 0:
            assert set(json.loads(captured.out)["datasources"]) is not None
            reported += 1
        else:
            assert code == 3
            assert "line " in captured.err
    assert reported > 60
