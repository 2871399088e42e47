"""`loopmail check` and `loopmail fix`: exit codes, formats, environments, and bytes left alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from app_builder import write_app
from loopmail.cli import main
from loopmail.core.checks.run import CHECK_TITLES

Capture = pytest.CaptureFixture[str]

GOOD = {
    "type": "smtp",
    "host": "mail.example.com",
    "port": 465,
    "secure": True,
    "auth": {"user": "shop@example.com", "pass": "${MAIL_PASS}"},
}


def write(folder: Path, **files: Any) -> Path:
    files.setdefault("model_config", {"Email": {"dataSource": "mail"}})
    named = {f"{n.replace('__', '.').replace('_', '-')}.json": files[n] for n in files}
    return write_app(folder, named, name="shop", dependencies={"loopback": "^3.28.0"})


def mail(**changes: Any) -> dict[str, Any]:
    transport = {key: value for key, value in (GOOD | changes).items() if value is not None}
    return {"mail": {"name": "mail", "connector": "mail", "transports": [transport]}}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASS", "abcdabcdabcdabcd")
    monkeypatch.delenv("NODE_ENV", raising=False)


def found(app: Path, capsys: Capture, *options: str) -> list[dict[str, Any]]:
    main(["check", str(app), "--format", "json", *options])
    result: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.parametrize(
    ("changes", "code"),
    [({}, 0), ({"port": None}, 0), ({"secureConnection": True}, 1), ({"port": 587}, 2)],
    ids=["nothing", "only notes", "a warning", "an error"],
)
def test_the_exit_code_is_that_of_the_worst_problem(
    tmp_path: Path, capsys: Capture, changes: dict[str, Any], code: int
) -> None:
    assert main(["check", str(write(tmp_path, datasources=mail(**changes)))]) == code
    capsys.readouterr()


def test_json_has_the_keys_of_the_contract(tmp_path: Path, capsys: Capture) -> None:
    app = write(tmp_path, datasources=mail(port=587))
    (problem,) = found(app, capsys)
    assert problem == {
        "id": "port-secure-mismatch",
        "severity": "error",
        "file": "datasources.json",
        "line": 10,
        "column": 19,
        "pointer": "/mail/transports/0/secure",
        "env": "development",
        "text": problem["text"],
        "fix": "Use STARTTLS: set secure to false and requireTLS to true",
        "doubts": [],
        "safe": True,
    }


def test_an_environment_is_checked_alone_or_with_all(tmp_path: Path, capsys: Capture) -> None:
    layer = {"mail": {"transports": [{"port": 587}]}}
    app = write(tmp_path, datasources=mail(), datasources__production=layer)
    assert found(app, capsys) == []
    (problem,) = found(app, capsys, "--env", "production")
    assert problem["env"] == "production"
    assert found(app, capsys, "--all-envs") == [problem]


def test_the_loopback_version_may_be_chosen(tmp_path: Path, capsys: Capture) -> None:
    app = write(tmp_path, datasources=mail(host="smtp.gmail.com"))
    assert [p["id"] for p in found(app, capsys, "--loopback", "2")] == ["sni-missing"]
    assert found(app, capsys, "--loopback", "3") == []


def test_a_broken_file_is_a_problem_with_its_place(tmp_path: Path, capsys: Capture) -> None:
    app = write(tmp_path, datasources='{\n  "mail": {},,\n}')
    problem = found(app, capsys)[0]
    assert (problem["id"], problem["line"], problem["file"]) == (
        "json-invalid",
        2,
        "datasources.json",
    )


def test_text_names_file_line_and_column_as_compilers_do(tmp_path: Path, capsys: Capture) -> None:
    main(["check", str(write(tmp_path, datasources=mail(port=587)))])
    out = capsys.readouterr().out
    assert out.startswith("datasources.json:10:19: error: Port 587 speaks clear text first")
    assert "[port-secure-mismatch] [development]" in out


def test_sarif_has_the_structure_that_the_standard_asks_for(
    tmp_path: Path, capsys: Capture
) -> None:
    app = write(tmp_path, datasources=mail(port=587, tls={"rejectUnauthorized": False}, pool="no"))
    main(["check", str(app), "--format", "sarif"])
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "loopmail"
    assert len(run["results"]) == 3
    for result in run["results"]:
        check_result(result, driver["rules"])


def check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """What the SARIF schema requires of a result, and what code-review tools need."""
    assert result["message"]["text"]
    assert result["level"] in ("none", "note", "warning", "error")
    rule = rules[result["ruleIndex"]]
    assert rule["id"] == result["ruleId"]
    assert rule["id"] in CHECK_TITLES
    assert rule["shortDescription"]["text"]
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "server/datasources.json"
    region = physical["region"]
    assert region["startLine"] >= 1
    assert region["startColumn"] >= 1
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())


def test_fix_mends_what_is_safe_and_touches_nothing_else(tmp_path: Path, capsys: Capture) -> None:
    text = (
        '{ "mail":{"name":"mail",   "connector" : "mail","transports":[ {"type":"smtp",\r\n'
        '"host":"mail.example.com","port":"587", "secure":false, "x-odd":  [1,2],\r\n'
        '"auth":{"user":"a@example.com","password":"${MAIL_PASS}"}}\t] }}'
    )
    app = write(tmp_path, datasources=text)
    path = app / "server" / "datasources.json"
    path.write_bytes(text.encode())
    assert main(["fix", str(app)]) == 0
    expected = text.replace('"587"', "587").replace('"password"', '"pass"')
    assert path.read_bytes() == expected.encode()
    assert "2 fixed; saved: datasources.json." in capsys.readouterr().out


def test_fix_applies_the_named_checks_only(tmp_path: Path, capsys: Capture) -> None:
    app = write(
        tmp_path, datasources=mail(port="587", secure=None, tls={"rejectUnauthorized": False})
    )
    assert main(["fix", str(app), "certificate-check-off"]) == 0
    capsys.readouterr()
    (transport,) = json.loads((app / "server/datasources.json").read_text())["mail"]["transports"]
    assert "tls" not in transport
    assert transport["port"] == "587"


def test_a_dry_run_prints_a_diff_and_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    app = write(tmp_path, datasources=mail(port=587, auth={"user": "a", "pass": "Geheim-4711"}))
    path = app / "server" / "datasources.json"
    before = path.read_bytes()
    assert main(["fix", str(app), "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("--- a/datasources.json\n+++ b/datasources.json\n@@")
    assert '-        "secure": true,' in out
    assert '+        "secure": false,' in out
    assert "Geheim" not in out
    assert path.read_bytes() == before


def test_fix_mends_every_environment(tmp_path: Path, capsys: Capture) -> None:
    layer = {"mail": {"transports": [{"port": 587}]}}
    app = write(tmp_path, datasources=mail(), datasources__production=layer)
    base = (app / "server" / "datasources.json").read_bytes()
    assert main(["fix", str(app)]) == 0
    capsys.readouterr()
    assert found(app, capsys, "--all-envs") == []
    assert (app / "server" / "datasources.json").read_bytes() == base


def test_nothing_to_fix_is_said(tmp_path: Path, capsys: Capture) -> None:
    assert main(["fix", str(write(tmp_path, datasources=mail()))]) == 0
    assert capsys.readouterr().out == "Nothing to fix. Judged by LoopBack 3.28.0 (assumed).\n"


def test_an_unknown_check_is_a_usage_error(tmp_path: Path, capsys: Capture) -> None:
    assert main(["fix", str(write(tmp_path, datasources=mail())), "nonsense"]) == 64
    assert capsys.readouterr().err.count("\n") == 1


def test_no_fix_weakens_security(tmp_path: Path, capsys: Capture) -> None:
    odd = mail(
        port=587,
        tls={"rejectUnauthorized": "false", "ca": "ca.pem", "ciphers": "RC4"},
        ignoreTLS=True,
        opportunisticTLS=True,
    )
    app = write(tmp_path, datasources=odd)
    assert main(["fix", str(app), *sorted(CHECK_TITLES)]) == 0
    capsys.readouterr()
    (transport,) = json.loads((app / "server/datasources.json").read_text())["mail"]["transports"]
    assert transport.get("tls", {}).get("rejectUnauthorized", True) is True
    assert "ignoreTLS" not in transport
    assert transport.get("secure") or transport["requireTLS"] is True


def test_many_fixes_at_once_do_not_clash(tmp_path: Path, capsys: Capture) -> None:
    sources: dict[str, Any] = {}
    for number in range(5):
        ((name, source),) = mail(port="587", secure=True, ssl=True, username="x").items()
        sources[f"{name}{number}"] = {**source, "name": "other"}
    app = write(tmp_path, datasources=sources, model_config={"Email": {"dataSource": "mail0"}})
    assert main(["fix", str(app)]) == 0
    capsys.readouterr()
    assert {p["safe"] for p in found(app, capsys)} <= {False}
    written = json.loads((app / "server/datasources.json").read_text())
    for name, source in written.items():
        assert source["name"] == name
        (transport,) = source["transports"]
        assert transport["port"] == 587
        assert transport["requireTLS"] is True
        assert "ssl" not in transport
