"""`loopmail preset` and `loopmail bind`."""

import json
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from loopmail import cli
from loopmail.core.js import Json

Capture = pytest.CaptureFixture[str]
GMAIL = {
    "type": "smtp",
    "host": "smtp.gmail.com",
    "port": 465,
    "secure": True,
    "auth": {"user": "me@gmail.com", "pass": ""},
}


def read(app: Path, name: str = "datasources.json") -> Json:
    return json.loads((app / "server" / name).read_text())


def test_the_presets_are_listed(capsys: Capture) -> None:
    assert cli.main(["preset", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["gmail", "GMail,", "smtp.gmail.com:465", "(TLS)"]
    assert len(lines) > 20
    assert cli.main(["preset", "--list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in listed] == [line.split()[0] for line in lines]


def test_gmail_is_written_into_a_new_data_source_with_dated_advice(
    tmp_path: Path, capsys: Capture
) -> None:
    app = make_app(tmp_path, datasources={"db": {"connector": "memory"}})
    assert cli.main(["preset", str(app), "mail", "gmail", "--user", "me@gmail.com"]) == 0
    assert read(app) == {"db": {"connector": "memory"}, "mail": mail(GMAIL)}
    out = capsys.readouterr().out
    assert "“mail” in datasources.json now uses smtp.gmail.com:465 (TLS)." in out
    assert "As of 20" in out
    assert "app password" in out
    assert f"""loopmail set {app} /mail/transports/0/auth/pass '"${{MAIL_PASS}}"'\n""" in out
    assert out.endswith(f"  loopmail secret set {app} MAIL_PASS\n")
    assert cli.main(["set", str(app), "/mail/transports/0/auth/pass", '"${MAIL_PASS}"']) == 0
    assert cli.main(["preset", str(app), "mail", "gmail"]) == 0
    out = capsys.readouterr().out
    assert "already uses smtp.gmail.com" in out
    assert "MAIL_PASS" not in out


def test_an_existing_data_source_keeps_its_other_keys(tmp_path: Path, capsys: Capture) -> None:
    before = transport(host="x", tls={"rejectUnauthorized": False}, auth={"user": "u", "pass": "p"})
    app = make_app(tmp_path, datasources={"mail": {**mail(before), "debug": True}})
    assert cli.main(["preset", str(app), "mail", "GMAIL"]) == 0
    (after,) = read(app)["mail"]["transports"]
    assert after == {**before, "host": "smtp.gmail.com", "port": 465, "secure": True}
    capsys.readouterr()
    assert cli.main(["preset", str(app), "mail", "gmail", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False


def test_a_preset_can_go_into_a_new_layer_and_another_transport(tmp_path: Path) -> None:
    app = make_app(tmp_path, datasources={"mail": mail(transport(), transport(host="b"))})
    name = "datasources.production.json"
    arguments = ["preset", str(app), "mail", "mailpit", "--file", name, "--transport", "1"]
    assert cli.main(arguments) == 0
    first, second = read(app, name)["mail"]["transports"]
    assert first == {}
    assert second["port"] == 1025


@pytest.mark.parametrize(
    ("datasource", "words"), [("db", "connector “memory”"), ("a/b", "cannot hold “/”")]
)
def test_a_preset_that_does_not_fit_is_exit_1_and_a_sentence(
    tmp_path: Path, datasource: str, words: str, capsys: Capture
) -> None:
    app = make_app(tmp_path, datasources={"db": {"connector": "memory"}})
    assert cli.main(["preset", str(app), datasource, "gmail"]) == 1
    assert words in capsys.readouterr().err
    assert read(app) == {"db": {"connector": "memory"}}


def test_a_model_is_bound_and_the_rest_of_the_file_stays(tmp_path: Path, capsys: Capture) -> None:
    text = '{"_meta":{"sources":["x"]},\n "Email" :{"public":false,"dataSource":"db"}}'
    app = make_app(tmp_path, datasources={"mail": mail(), "db": {}}, model_config=text)
    assert cli.main(["bind", str(app), "Email", "mail"]) == 0
    path = app / "server" / "model-config.json"
    assert path.read_text() == text.replace('"db"', '"mail"')
    captured = capsys.readouterr()
    assert captured.out == "Email is bound to mail in model-config.json.\n"
    assert captured.err == ""


def test_binding_creates_the_file_and_the_entry(tmp_path: Path) -> None:
    app = make_app(tmp_path, datasources={"my-mail": mail()})
    assert cli.main(["bind", str(app), "Email", "myMail"]) == 0
    assert read(app, "model-config.json") == {"Email": {"dataSource": "myMail"}}
    arguments = ["bind", str(app), "Email", "null", "--file", "model-config.production.json"]
    assert cli.main(arguments) == 0
    assert read(app, "model-config.production.json") == {"Email": {"dataSource": None}}


def test_a_model_that_no_file_defines_is_bound_with_a_note(tmp_path: Path, capsys: Capture) -> None:
    app = make_app(tmp_path, datasources={"mail": mail()}, model_config={})
    assert cli.main(["bind", str(app), "Ghost", "mail"]) == 0
    assert "no file in the app's model folders defines “Ghost”" in capsys.readouterr().err
    assert read(app, "model-config.json") == {"Ghost": {"dataSource": "mail"}}


def test_a_data_source_that_does_not_exist_is_refused(tmp_path: Path, capsys: Capture) -> None:
    app = make_app(tmp_path, datasources={"mail": mail(), "db": {}}, model_config={})
    assert cli.main(["bind", str(app), "Email", "post"]) == 64
    assert "the app has: mail, db" in capsys.readouterr().err
    assert read(app, "model-config.json") == {}


def test_a_data_source_that_a_script_may_define_is_accepted(tmp_path: Path) -> None:
    app = make_app(tmp_path, datasources={}, model_config={})
    (app / "server" / "datasources.local.js").write_text("module.exports = {}")
    assert cli.main(["bind", str(app), "Email", "post"]) == 0
    assert read(app, "model-config.json") == {"Email": {"dataSource": "post"}}
