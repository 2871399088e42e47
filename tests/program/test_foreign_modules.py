"""Python modules that lie in the current folder, such as that of the opened app, are never ours."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport

pytestmark = pytest.mark.program

ROOT = Path(__file__).parents[2]
DESKTOP = ROOT / "packaging" / "linux" / "io.github.loopmail.loopmail.desktop"
SOURCES = [str(ROOT / "gui"), str(ROOT / "resources")]
# Not those that Python itself imports before it looks at a module: they cannot be kept out.
NAMES = [
    *("argparse", "certifi", "cryptography", "dns", "getpass", "hashlib", "json", "jsonschema"),
    *("keyring", "logging", "loopmail_resources", "pathlib", "platformdirs", "secrets", "shlex"),
    *("socket", "sqlite3", "ssl", "subprocess", "tempfile", "urllib", "uuid"),
]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app with modules of the names of ours and of Python's, which say so when they run."""
    source = mail(transport(host="127.0.0.1", port=1, auth={"user": "u", "pass": "${MAIL_PASS}"}))
    app = make_app(tmp_path / "app", datasources={"mail": source})
    for name in [*NAMES, "sitecustomize", "usercustomize"]:
        (app / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n")
    return app


def run(command: list[str], app: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MAIL_PASS": "abcdabcdabcdabcd", **more}
    return subprocess.run(
        command, cwd=app, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("arguments", [["check", "."], ["secret", "list", "."], ["send", "."]])
def test_the_program_started_as_a_module_imports_none(
    arguments: list[str], app: Path, tmp_path: Path
) -> None:
    options = ["--from", "a@b.test", "--to", "c@d.test"] if arguments[0] == "send" else []
    command = [sys.executable, "-m", "loopmail", *arguments, *options]
    done = run(command, app, PYTHONPATH=os.pathsep.join(SOURCES))
    assert "Traceback" not in done.stderr
    assert done.stdout or done.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("start", ["script", "-m", "-P -m"])
@pytest.mark.parametrize("entry", ["", ".", "../app", "./"])
def test_a_relative_entry_of_pythonpath_gives_none(
    entry: str, start: str, app: Path, tmp_path: Path
) -> None:
    for name in ("sitecustomize", "usercustomize"):  # these come before any program has a say
        (app / f"{name}.py").unlink()
    script = tmp_path / "script"  # as pip installs it
    script.write_text("import sys\nfrom loopmail.__main__ import main\nsys.exit(main())\n")
    words = [str(script)] if start == "script" else [*start.split(), "loopmail"]
    for path in ([entry, *SOURCES], [*SOURCES, entry]):
        done = run([sys.executable, *words, "check", "."], app, PYTHONPATH=os.pathsep.join(path))
        assert "Traceback" not in done.stderr
        assert done.stdout
    assert not (tmp_path / "ran").exists()


def test_an_absolute_entry_of_pythonpath_counts(tmp_path: Path) -> None:
    path = os.pathsep.join([*SOURCES, str(tmp_path)])
    script = "import loopmail.__main__, sys; print(sys.path.count(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert run(command, tmp_path, PYTHONPATH=path).stdout == "1\n"


@pytest.mark.skipif(sys.platform != "linux", reason="menu entries of this kind are Linux's")
def test_the_menu_entry_starts_python_without_the_current_folder(app: Path, tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("loopmail")
    if not script.exists():
        pytest.skip("loopmail is not installed beside this Python")
    lines = DESKTOP.read_text("utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("Exec="))
    command = shlex.split(line.removeprefix("Exec="))
    assert command[-2:] == ["loopmail", "%f"]
    path = os.pathsep.join([str(script.parent), os.environ["PATH"]])
    done = run([*command[:-1], "check", "."], app, PATH=path, PYTHONPATH=".")
    assert done.returncode in (0, 1, 2)
    assert not (tmp_path / "ran").exists()
