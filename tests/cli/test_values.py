"""`loopmail get`, `set` and `unset`."""

import json
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from loopmail import cli
from loopmail.core.app.document import Document
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import FileUnwritable
from loopmail.core.js import Json

PORT = "/mail/transports/0/port"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_app(
        tmp_path,
        datasources={"mail": mail(transport(host="smtp.example.com", port=465))},
        datasources_production={"mail": {"transports": [{"port": 25}]}},
    )


def read(app: Path, name: str = "datasources.json") -> Json:
    return json.loads((app / "server" / name).read_text())


def test_get_prints_the_value_as_json(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["get", str(app), PORT]) == 0
    assert capsys.readouterr().out == "465\n"
    assert cli.main(["get", str(app / "server"), "/mail/transports"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == [transport(host="smtp.example.com", port=465)]
    assert '\n  {\n    "type": "smtp"' in out
    assert cli.main(["get", str(app), "", "--file", "datasources.production.json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"mail": {"transports": [{"port": 25}]}}


@pytest.mark.parametrize("pointer", ["/mail/transports/1", "/x", "/mail/transports/-", "/mail/"])
@pytest.mark.parametrize("verb", ["get", "unset"])
def test_what_is_not_there_is_exit_1_and_a_sentence(
    verb: str, pointer: str, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(app)
    assert cli.main([verb, str(app), pointer]) == 1
    assert f"datasources.json has nothing at {pointer}." in capsys.readouterr().err
    assert read(app) == before


def test_a_file_that_does_not_exist_cannot_be_read(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["get", str(app), "/a", "--file", "config.json"]) == 3
    assert "config.json" in capsys.readouterr().err


def test_set_changes_the_value_and_nothing_else(app: Path) -> None:
    path = app / "server" / "datasources.json"
    before = path.read_bytes()
    assert cli.main(["set", str(app), PORT, "587"]) == 0
    assert path.read_bytes() == before.replace(b"465", b"587")


def test_setting_the_same_value_does_not_touch_the_file(app: Path) -> None:
    path = app / "server" / "datasources.json"
    stat = path.stat()
    assert cli.main(["set", str(app), PORT, "465"]) == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)


@pytest.mark.parametrize(
    ("pointer", "text", "value"),
    [
        ("/mail/transports/0/tls/rejectUnauthorized", "false", False),
        ("/new~1name/a~0b", '{"x": [1, "zwei"]}', {"x": [1, "zwei"]}),
        ("/mail/transports/-", '{"type": "smtp"}', {"type": "smtp"}),
        ("/mail/transports/1", "null", None),
        (PORT, "-1.5e1", -15),
        ("/mail/name", '"\\u00fc \\ud83d\\ude42"', "ü 🙂"),
        ("/mail/name", ' "x"\n', "x"),
    ],
)
def test_set_creates_what_is_missing(app: Path, pointer: str, text: str, value: Json) -> None:
    assert cli.main(["set", str(app), pointer, text]) == 0
    document = Document.load(app / "server" / "datasources.json")
    where = pointer.replace("/transports/-", "/transports/1")
    assert document.get(where) == value
    assert type(document.get(where)) in (type(value), float)


def test_set_replaces_the_root(app: Path) -> None:
    assert cli.main(["set", str(app), "", "{}"]) == 0
    assert read(app) == {}


def test_set_creates_a_layer_that_does_not_exist_yet(app: Path) -> None:
    arguments = ["set", str(app), "/mail/debug", "true", "--file", "datasources.staging.json"]
    assert cli.main(arguments) == 0
    assert read(app, "datasources.staging.json") == {"mail": {"debug": True}}


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-",
        "-x",
        "-1x",
        "abc",
        "",
        "'x'",
        "{a: 1}",
        "[1,]",
        "1 2",
        "0x1",
        "01",
        "undefined",
    ],
)
def test_a_value_that_is_not_json_is_wrong_usage(
    app: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(app)
    assert cli.main(["set", str(app), "/mail/x", text]) == 64
    assert read(app) == before
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bare_text_is_told_to_put_quotes_and_is_not_repeated(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["set", str(app), "/mail/transports/0/auth/pass", "hunter2"]) == 64
    line = capsys.readouterr().err
    assert "A text needs quotes" in line
    assert "hunter2" not in line


@pytest.mark.parametrize("pointer", [PORT + "/deeper", "/mail/transports/7", "/mail/transports/x"])
def test_a_pointer_that_does_not_fit_is_exit_1_and_a_sentence(
    app: Path, pointer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(app)
    assert cli.main(["set", str(app), pointer, "1"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert read(app) == before


def test_unset_removes_a_member_and_an_item(app: Path) -> None:
    assert cli.main(["unset", str(app), PORT]) == 0
    assert read(app)["mail"]["transports"] == [transport(host="smtp.example.com")]
    assert cli.main(["unset", str(app), "/mail/transports/0"]) == 0
    assert read(app)["mail"]["transports"] == []


def test_secrets_are_printed_when_asked_for_by_name(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = "/mail/transports/0/auth/pass"
    assert cli.main(["set", str(app), pointer, '"hunter2"']) == 0
    assert cli.main(["get", str(app), pointer]) == 0
    assert capsys.readouterr().out == '"hunter2"\n'


def test_an_unwritable_folder_gets_a_sentence(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(workspace: Workspace) -> list[str]:
        (name,) = workspace.modified()
        raise FileUnwritable(workspace.app.server / name, f"{name} cannot be written: read-only.")

    monkeypatch.setattr(Workspace, "save", refuse)
    assert cli.main(["set", str(app), PORT, "1"]) == 3
    assert "read-only" in capsys.readouterr().err


def test_set_on_every_corpus_file_changes_only_the_value(corpus: Path, tmp_path: Path) -> None:
    changed = 0
    for source in sorted(corpus.glob("*/server/*.json")):
        document = Document.load(source)
        if document.error is not None:
            continue
        app = tmp_path / f"{source.parts[-3]}-{source.name}"
        server = app / "server"
        server.mkdir(parents=True)
        target = server / source.name
        target.write_bytes(source.read_bytes())
        for member in document.root.members:
            if not isinstance(member.value.value(), dict) or not member.value.members:
                continue
            last = member.value.members[-1]
            pointer = f"/{_escaped(member.key)}/{_escaped(last.key)}"
            before = document.to_bytes().decode("utf-8", "surrogateescape")
            assert cli.main(["set", str(app), pointer, '"new"', "--file", source.name]) == 0
            after = target.read_bytes().decode("utf-8", "surrogateescape")
            start = len("\ufeff" * document.bom) + last.value.offset
            end = start + last.value.length
            assert after == before[:start] + '"new"' + before[end:], (source, pointer)
            target.write_bytes(source.read_bytes())
            changed += 1
    assert changed > 300


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def test_a_layer_that_loopback_will_not_read_is_told(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = app / "server"
    (server / "datasources.local.json").write_text("{}")
    (server / "datasources.local.js").write_text("module.exports = {}")
    (server / "config.production.json").write_text("{}")
    assert cli.main(["set", str(app), "/a", "1", "--file", "datasources.local.json"]) == 0
    assert "datasources.local.js hides datasources.local.json" in capsys.readouterr().err
    assert cli.main(["set", str(app), "/a", "1", "--file", "config.production.json"]) == 0
    assert "without a config.json" in capsys.readouterr().err
    assert cli.main(["set", str(app), "/a", "1", "--file", "datasources.staging.json"]) == 0
    assert capsys.readouterr().err == ""


def test_a_file_that_loopback_will_not_read_is_not_made(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = app / "server"
    (server / "datasources.local.js").write_text("module.exports = {}")
    for name, sentence in (
        ("datasources.local.json", "since datasources.local.js stands beside it"),
        ("config.production.json", "without a config.json"),
    ):
        assert cli.main(["set", str(app), "/a", "1", "--file", name]) == 3
        assert sentence in capsys.readouterr().err
        assert not (server / name).exists()
