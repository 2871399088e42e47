"""Secrets in the real window with a real keyring: out of the files, into the running app."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, make_app, transport
from conformance.real_loopback import installed
from loopmail.catcher.server import MailCatcher
from servers.passwords import Passwords, note_passwords

ROOT = Path(__file__).parents[2]
DESKTOP = ROOT.parent / "shared" / "desktop"
TOOLS = ("Xvfb", "dbus-daemon", "openbox", "gnome-keyring-daemon", "secret-tool", "xdotool", "git")
SYSTEM_PYTHON = "/usr/bin/python3"
MAIL_SECRET, DB_SECRET = "recognisable-mail-4471", "recognisable-db-4472"
SEND = """
const loopback = require('loopback'), boot = require('loopback-boot');
const app = loopback();
boot(app, __dirname + '/server', (err) => {
  if (err) throw err;
  console.log('password is', app.dataSources.emailDs.settings.transports[0].auth.pass);
  app.models.Email.send({from: 'a@example.com', to: 'b@example.com', subject: 'adopted', text: 'x'},
    (e) => { console.log(e ? 'failed ' + e.message : 'sent'); process.exit(e ? 1 : 0); });
});
"""


def _why_not() -> str | None:
    if not (DESKTOP / "with-desktop").is_file():
        return "the private desktop's tools are not on this machine"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    probe = [SYSTEM_PYTHON, "-c", "import gi; gi.require_version('Atspi', '2.0')"]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(probe, capture_output=True).returncode:
        return "the system's Python has no accessibility bindings"
    return None


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Passwords, MailCatcher]]:
    seen = note_passwords(monkeypatch)
    with MailCatcher() as catcher:
        yield seen, catcher


def coffee_shop(folder: Path, catcher: MailCatcher) -> Path:
    """Make an app as one finds them: the passwords in the files and in git."""
    auth = {"user": "shop@example.com", "pass": MAIL_SECRET}
    server = transport(host=catcher.host, port=catcher.port, auth=auth)
    app = make_app(
        folder,
        datasources={
            "emailDs": mail(server, name="emailDs"),
            "db": {"name": "db", "connector": "memory", "password": DB_SECRET},
        },
        model_config={"Email": {"dataSource": "emailDs"}},
    )
    package = {"name": "coffee-shop", "main": "main.js", "dependencies": {"loopback": "^3.28.0"}}
    (app / "package.json").write_text(json.dumps(package))
    (app / "main.js").write_text("console.log('the password is', process.env.EMAIL_DS_PASS)")
    (app / "send.js").write_text(SEND)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], cwd=app, check=True, capture_output=True)
    return app


def drive(
    app: Path, shots: Path, command: list[str], driver_name: str = "drive_secrets.py"
) -> dict[str, Any]:
    program = Path(sys.executable).with_name("loopmail")
    driver = Path(__file__).with_name(driver_name)
    words = [str(DESKTOP / "with-desktop"), "--quiet", "--", SYSTEM_PYTHON, str(driver)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "XDG_"))}
    environment.pop("PYTHON_KEYRING_BACKEND", None)
    done = subprocess.run(
        [*words, str(DESKTOP), str(program), str(app), str(shots), *command],
        capture_output=True,
        text=True,
        timeout=160,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(seen, dict)
    return seen


@pytest.mark.desktop
@pytest.mark.xdist_group("desktop")
@pytest.mark.timeout(200)
def test_an_adopted_app_has_its_passwords_in_the_keyring_and_signs_in_with_them(
    tmp_path: Path, passwords: tuple[Passwords, MailCatcher]
) -> None:
    if reason := _why_not():
        pytest.skip(reason)
    seen_passwords, catcher = passwords
    app = coffee_shop(tmp_path / "shop", catcher)
    packages = installed("lb3")
    command = []
    if packages and shutil.which("node"):
        (app / "node_modules").symlink_to(packages / "node_modules")
        command = ["node", "send.js"]
    seen = drive(app, tmp_path, command)
    text = (app / "server" / "datasources.json").read_text()
    assert '"pass": "${EMAIL_DS_PASS}"' in text
    assert '"password": "${DB_PASS}"' in text
    assert "recognisable" not in text
    assert seen["keyring"] == [MAIL_SECRET, DB_SECRET]
    assert seen["told"] == "Moved 2 secrets to the keyring"
    assert "recognisable" not in str(seen["entries"])
    if shutil.which("node"):
        assert seen["run"].endswith("with exit status 0.")
    if command:
        assert "password is ********" in seen["command"]
        assert "recognisable" not in seen["command"]
        assert seen_passwords.seen == [MAIL_SECRET.encode()]
        assert catcher.messages()[0].subject == "adopted"


@pytest.mark.desktop
@pytest.mark.xdist_group("desktop")
@pytest.mark.timeout(200)
def test_a_changed_password_is_tried_and_discarded_and_the_keyring_keeps_the_old_one(
    tmp_path: Path, passwords: tuple[Passwords, MailCatcher]
) -> None:
    if reason := _why_not():
        pytest.skip(reason)
    seen_passwords, catcher = passwords
    auth = {"user": "shop@example.com", "pass": "${EMAIL_DS_PASS}"}
    server = transport(host=catcher.host, port=catcher.port, auth=auth)
    app = make_app(
        tmp_path / "shop",
        datasources={"emailDs": mail(server, name="emailDs")},
        model_config={"Email": {"dataSource": "emailDs"}},
    )
    package = {"name": "coffee-shop", "dependencies": {"loopback": "^3.28.0"}}
    (app / "package.json").write_text(json.dumps(package))
    before = (app / "server" / "datasources.json").read_bytes()
    seen = drive(app, tmp_path, [MAIL_SECRET, DB_SECRET], "drive_unsaved_password.py")
    assert seen_passwords.seen == [DB_SECRET.encode()]
    assert seen["verdict"].startswith("Sent")
    assert "the new password of emailDs" in seen["asked"]
    assert "where the password of emailDs is kept" in seen["asked again"]
    assert seen["keyring"] == [MAIL_SECRET] * 3
    assert (app / "server" / "datasources.json").read_bytes() == before
