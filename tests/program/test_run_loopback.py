"""An adopted app under real LoopBack: `loopmail run` lets it sign in with the keyring's password.

The packages are those of the conformance suite (`make conformance` fetches them).
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from conformance.real_loopback import installed
from loopmail.catcher.server import MailCatcher
from private_keyring import private_keyring
from servers.passwords import Passwords, note_passwords

pytestmark = [pytest.mark.program, pytest.mark.desktop, pytest.mark.node]

SECRET = "recognisable-hunter22"
SEND = """
const loopback = require('loopback'), boot = require('loopback-boot');
const app = loopback();
boot(app, __dirname + '/server', (err) => {
  if (err) throw err;
  console.log('password is', app.dataSources.mail.settings.transports[0].auth.pass);
  app.models.Email.send({from: 'a@example.com', to: 'b@example.com', subject: 'adopted', text: 'x'},
    (e) => { console.log(e ? 'failed ' + e.message : 'sent'); process.exit(e ? 1 : 0); });
});
"""


@pytest.fixture
def packages() -> Path:
    folder = installed("lb3")
    if folder is None or shutil.which("node") is None:
        pytest.skip("real LoopBack is not here (LOOPMAIL_LOOPBACK_DIR, or make conformance)")
    return folder / "node_modules"


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Passwords, MailCatcher]]:
    seen = note_passwords(monkeypatch)
    with MailCatcher() as catcher:
        yield seen, catcher


@pytest.mark.usefixtures("packages")
def test_an_adopted_app_signs_in_with_the_password_from_the_keyring(
    tmp_path: Path, packages: Path, passwords: tuple[Passwords, MailCatcher]
) -> None:
    seen, catcher = passwords
    auth = {"user": "a@example.com", "pass": SECRET}
    app = make_app(
        tmp_path / "shop",
        datasources={"mail": mail(transport(host=catcher.host, port=catcher.port, auth=auth))},
        model_config={"Email": {"dataSource": "mail"}},
    )
    (app / "send.js").write_text(SEND)
    (app / "node_modules").symlink_to(packages)
    command = [sys.executable, "-m", "loopmail"]
    with private_keyring() as session:
        adopted = subprocess.run(
            [*command, "secret", "adopt", str(app), "--yes"], env=session, timeout=60
        )
        assert adopted.returncode == 0
        assert SECRET not in (app / "server" / "datasources.json").read_text()
        done = subprocess.run(
            [*command, "run", str(app), "--", "node", "send.js"],
            env={**session, "DEBUG": "loopback:*"},  # prints resolved settings
            capture_output=True,
            text=True,
            timeout=90,
        )
    assert done.returncode == 0, done.stderr
    assert "password is ********" in done.stdout
    assert done.stdout.endswith("sent\n")
    assert "recognisable" not in done.stdout + done.stderr
    assert seen.seen == [SECRET.encode()]
    assert catcher.messages()[0].subject == "adopted"
