"""The command line's manners: exit codes, one line on standard error, safe output."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app_builder import make_app
from loopmail import __main__, __version__, cli
from loopmail.cli.output import print_json, print_line, safe


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real program."""
    return subprocess.run(
        [sys.executable, "-m", "loopmail", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def one_line(text: str) -> str:
    assert text.startswith("loopmail: ")
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    return text


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"loopmail {__version__}\n"


def test_the_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    for verb in cli.VERBS:
        assert f"\n    {verb} " in out or f"\n    {verb}\n" in out, verb


@pytest.mark.parametrize("verb", list(cli.VERBS))
def test_every_verb_has_a_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([verb, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: loopmail {verb}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["--nonsense"],
        ["nonsense", "more"],
        [""],
        ["check"],
        ["get", "DIR"],
        ["get", "DIR", "/a", "--fil", "datasources.json"],
        ["get", "DIR", "no-pointer"],
        ["get", "DIR", "/a~2"],
        ["get", "DIR", "/a", "--file", "package.json"],
        ["get", "DIR", "/a", "--file", "../datasources.json"],
        ["get", "DIR", "/a", "--file", "datasources.local.js"],
        ["set", "DIR", "/a"],
        ["unset", "DIR", ""],
        ["effective", "DIR", "--loopback", "4"],
        ["effective", "DIR", "--format", "sarif"],
        ["preset"],
        ["preset", "DIR", "mail"],
        ["preset", "DIR", "mail", "nope"],
        ["preset", "DIR", "mail", "mailpit", "--user", "me"],
        ["preset", "DIR", "mail", "gmail", "--file", "config.json"],
        ["preset", "DIR", "mail", "gmail", "--transport", "-1"],
        ["bind", "DIR", "Email"],
        ["bind", "DIR", "Email", "gone"],
        ["bind", "DIR", "_meta", "mail"],
        ["bind", "DIR", "Email", "mail", "--file", "datasources.json"],
        ["send", "DIR", "--timeout", "0"],
        ["send", "DIR", "--timeout", "soon"],
        ["send", "DIR", "--timeout", "nan"],
        ["send", "DIR", "--header", "no colon"],
        ["send", "DIR", "--header", "X-A: b\r\nBcc: c@example.com"],
        ["send", "DIR", "a\nb"],
    ],
    ids=lambda arguments: " ".join(arguments)[:50].encode("unicode_escape").decode(),
)
def test_wrong_usage_is_exit_64_and_one_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(tmp_path, datasources={"mail": {"connector": "mail"}})
    before = sorted((path, path.read_bytes()) for path in (app / "server").iterdir())
    assert cli.main([str(app) if word == "DIR" else word for word in arguments]) == 64
    captured = capsys.readouterr()
    assert captured.out == ""
    one_line(captured.err)
    assert sorted((path, path.read_bytes()) for path in (app / "server").iterdir()) == before


@pytest.mark.parametrize("verb", [["effective"], ["get", "/a"], ["set", "/a", "1"], ["send"]])
def test_what_is_no_app_is_exit_3_and_one_line(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (tmp_path, tmp_path / "missing", Path(__file__)):
        assert cli.main([verb[0], str(folder), *verb[1:]]) == 3
        captured = capsys.readouterr()
        assert captured.out == ""
        assert str(folder) in one_line(captured.err)


@pytest.mark.parametrize("verb", [["effective"], ["get", "/a"], ["set", "/a", "1"], ["send"]])
def test_broken_json_is_exit_3_with_file_line_and_column(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(tmp_path, datasources='{\n  "a": 1, // why not\n}\n')
    assert cli.main([verb[0], str(app), *verb[1:]]) == 3
    line = one_line(capsys.readouterr().err)
    assert "datasources.json" in line
    assert "line 2, column 11" in line
    assert (app / "server/datasources.json").read_text().startswith('{\n  "a": 1, // why')


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def function(_arguments: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr("loopmail.cli.values.get_value", function)


def test_a_defect_is_exit_70_and_its_line_repeats_no_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, ValueError("hunter2"))
    assert cli.main(["get", ".", "/a"]) == 70
    line = one_line(capsys.readouterr().err)
    assert "ValueError at " in line
    assert "test_usage:" in line
    assert "hunter2" not in line


def test_an_error_of_the_system_is_told_in_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, OSError(28, "No space left on device"))
    assert cli.main(["get", ".", "/a"]) == 70
    assert "No space left on device" in one_line(capsys.readouterr().err)


def test_a_file_nested_too_deeply_is_exit_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(tmp_path, datasources='{"a":' + "[" * 50_000 + "]" * 50_000 + "}")
    for verb in (["get", str(app), "/a"], ["effective", str(app)], ["send", str(app)]):
        assert cli.main(verb) == 3
        assert "nested too deeply" in one_line(capsys.readouterr().err)


def test_control_c_is_exit_130_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, KeyboardInterrupt())
    assert __main__.main(["get", ".", "/a"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m"),
        ("a\rb\x07\x9b", "a\\u000db\\u0007\\u009b"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\udc80", "\\udc80"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("übrig 🙂", "übrig 🙂"),
    ],
)
def test_nothing_printed_can_steer_the_terminal(
    text: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert safe(text) == shown
    print_line(text)
    assert capsys.readouterr().out == shown + "\n"
    print_json(text)
    out = capsys.readouterr().out
    assert json.loads(out) == text
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_json_is_json_also_where_the_terminal_knows_ascii_only(tmp_path: Path) -> None:
    app = make_app(tmp_path, datasources='{"a": "übrig \\ud800 🙂"}')
    done = run("get", str(app), "/a", PYTHONIOENCODING="ascii")
    assert done.stderr == ""
    assert json.loads(done.stdout) == "übrig \ud800 🙂"


@pytest.mark.program
@pytest.mark.skipif(sys.platform == "win32", reason="pipes end differently there")
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    app = make_app(tmp_path, datasources={"a": ["x" * 1000] * 1000})
    process = subprocess.Popen(
        [sys.executable, "-m", "loopmail", "get", str(app), ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Unbuffered, Python itself does not notice that a long write was cut short.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 141


@pytest.mark.program
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    app = make_app(tmp_path, datasources={"a": 1})
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "loopmail", "get", str(app), ""],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 70
    assert "No space left" in one_line(done.stderr)


@pytest.mark.program
@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 0), ("2>&-", 0), (">&- 2>&-", 0)])
def test_closed_streams_are_no_error(tmp_path: Path, closed: str, code: int) -> None:
    app = make_app(tmp_path, datasources={"a": 1})
    command = f'"$0" -m loopmail get "$1" /a {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, str(app)], timeout=60, check=False, stderr=-1
    )
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.program
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 and Wayland")
def test_without_a_display_the_window_says_so_in_one_line() -> None:
    nothing = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    for arguments in ([], ["."], ["/"]):
        done = run(*arguments, **nothing)
        assert done.returncode == 4
        assert "No display" in one_line(done.stderr)


def test_a_single_folder_opens_the_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[Path | None] = []
    verbose: list[bool] = []

    def window(path: Path | None, everything: bool) -> int:
        opened.append(path)
        verbose.append(everything)
        return 0

    monkeypatch.setattr(__main__, "_window", window)
    assert __main__.main([str(tmp_path)]) == 0
    assert __main__.main([]) == 0
    assert __main__.main([str(tmp_path / "missing")]) == 0
    assert __main__.main(["--verbose", str(tmp_path)]) == 0
    assert __main__.main([str(tmp_path), "--verbose"]) == 0
    assert opened == [tmp_path, None, tmp_path / "missing", tmp_path, tmp_path]
    assert verbose == [False, False, False, True, True]


def test_a_system_without_qts_libraries_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setitem(sys.modules, "loopmail.app", None)
    assert __main__.main([]) == 4
    assert "The window cannot be opened" in one_line(capsys.readouterr().err)


def test_a_verb_does_not_import_what_it_does_not_need() -> None:
    code = (
        "import sys; from loopmail import cli; cli.main(['preset', '--list']);"
        "heavy = {'PySide6', 'keyring', 'jsonschema', 'aiosmtpd', 'dns', 'ssl', 'smtplib'};"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
