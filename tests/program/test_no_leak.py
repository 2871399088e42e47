"""No secret leaves its home: everything that the program shows, writes and starts is searched."""

import base64
import json
import os
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from app_builder import mail, make_app

ROOT = Path(__file__).parents[2]
SCENARIO = Path(__file__).with_name("leak_scenario.py")
# Characters that every way of escaping spells differently; each is found nowhere else.
SECRETS = {
    name: f'Zq7-{name}"/\\ü+&=x'
    for name in ("file", "database", "keyring", "typed", "client", "refresh", "access")
}
SECRETS["access"] = "Zq7-access-token~x"  # a header carries it, so it is ASCII
# A child that writes down with what it was started, then becomes the program it stands for.
RECORDER = """#!{python} -IS
import json, os, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv, dict(os.environ)]) + "\\n")
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
"""


def spellings(secret: str) -> set[bytes]:
    """Return how a secret may be spelled: plain, base64 at any place, URL- and JSON-escaped."""
    raw = secret.encode()
    found = {
        raw,
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        urllib.parse.quote(secret).encode(),
        urllib.parse.quote(secret, safe="").encode(),
        urllib.parse.quote_plus(secret).encode(),
        repr(secret)[1:-1].encode(),
    }
    for lead in range(3):  # whatever stands before it, e.g. AUTH PLAIN's user
        coded = base64.b64encode(b"\0" * lead + raw)
        middle = coded[4 if lead else 0 : len(coded) - len(coded) % 4 - 4]
        found |= {middle, middle.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def leaks(folder: Path) -> list[str]:
    """Return where any secret stands in any file (or file name) below a folder."""
    wanted = {name: spellings(secret) for name, secret in SECRETS.items()}
    found = []
    for path in folder.rglob("*"):
        content = os.fsencode(path.name)
        if path.is_file() and not path.is_symlink():
            content += b"\n" + path.read_bytes()
        found += [
            f"{name} in {path.relative_to(folder)}"
            for name, forms in wanted.items()
            if any(form in content for form in forms)
        ]
    return found


def recorders(folder: Path, log: Path) -> None:
    """Put recording stand-ins for the programs that the window starts into a folder."""
    folder.mkdir()
    for name in ("git", "node"):
        real = shutil.which(name)
        if real is not None:
            script = folder / name
            script.write_text(RECORDER.format(python=sys.executable, log=str(log), real=real))
            script.chmod(0o755)


def leaky_app(folder: Path) -> Path:
    server = {"type": "smtp", "host": "127.0.0.1", "port": "PORT", "ignoreTLS": True}
    oauth = {"type": "OAuth2", "user": "me", "clientId": "c", "clientSecret": SECRETS["client"]}

    def source(name: str, auth: dict[str, str], **more: object) -> dict[str, object]:
        return mail({**server, "auth": auth, **more}, name=name)

    app = make_app(
        folder,
        datasources={
            "first": source("first", {"user": "me", "pass": SECRETS["file"]}),
            "second": source("second", {"user": "me", "pass": "${SECOND_PASS}"}),
            "third": source("third", {"user": "me"}),
            "oauth": source("oauth", oauth, host="smtp.gmail.com"),
            "db": {"name": "db", "connector": "mysql", "password": SECRETS["database"]},
        },
        model_config={"Email": {"dataSource": "first"}},
    )
    (app / "package.json").write_text('{"name": "leaky", "dependencies": {"loopback": "^3.28.0"}}')
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], cwd=app, check=True, capture_output=True)
    return app


def test_the_search_finds_every_spelling(tmp_path: Path) -> None:
    secret = SECRETS["file"]
    for at, text in enumerate(
        (
            secret,
            json.dumps({"pass": secret}),
            urllib.parse.urlencode({"a": secret}),
            base64.b64encode(f"\0somebody\0{secret}".encode()).decode(),
            base64.b64encode(f"x{secret}".encode()).decode(),
        )
    ):
        (tmp_path / f"{at}").write_text(text)
    assert sorted(leaks(tmp_path)) == [f"file in {at}" for at in range(5)]


@pytest.mark.program
@pytest.mark.timeout(180)
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_no_secret_leaves_its_home(tmp_path: Path) -> None:
    app = leaky_app(tmp_path / "app")
    world, out = tmp_path / "world", tmp_path / "out"
    places = {
        name: world / name.lower()
        for name in ("HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    }
    places |= {name: world / name.lower() for name in ("XDG_CACHE_HOME", "XDG_RUNTIME_DIR")}
    for folder in (*places.values(), out):
        folder.mkdir(parents=True, mode=0o700)
    recorders(tmp_path / "bin", out / "children.txt")
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XDG_")},
        **{name: str(folder) for name, folder in places.items()},
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": os.pathsep.join(str(ROOT / n) for n in ("tests", "gui", "resources")),
        "PYTHONFAULTHANDLER": "1",
    }
    done = subprocess.run(
        [sys.executable, str(SCENARIO), str(app), str(out)],
        input=json.dumps(SECRETS).encode(),
        capture_output=True,
        env=environment,
        timeout=150,
        check=False,
    )
    trouble = out / "trouble.txt"
    told = trouble.read_text() if trouble.exists() else done.stderr.decode()[-3000:]
    assert done.returncode == 0, told
    (out / "stdout.txt").write_bytes(done.stdout)
    (out / "stderr.txt").write_bytes(done.stderr)
    assert "Sent" in (out / "report-second-True.txt").read_text()
    assert "ls-files" in (out / "children.txt").read_text()
    assert any(places["XDG_CONFIG_HOME"].rglob("*")), "the settings were searched"
    shutil.rmtree(app / ".git")  # what git had before is what must be changed at the provider
    assert leaks(tmp_path) == []
