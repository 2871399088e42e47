"""`loopmail secret` with a real keyring, seen by another program."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app_builder import mail, make_app, transport
from private_keyring import private_keyring

pytestmark = [pytest.mark.program, pytest.mark.desktop]

SECRET = "recognisable-hunter22"


@pytest.fixture(scope="module")
def session() -> Iterator[dict[str, str]]:
    with private_keyring() as environment:
        yield environment


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """An app's name of this test's own, since the tests share the keyring."""
    return f"shop-{abs(hash(request.node.name))}"


def make_shop(folder: Path, name: str, password: str) -> Path:
    auth = {"user": "a@example.com", "pass": password}
    app = make_app(folder, datasources={"mail": mail(transport(host="h", auth=auth))})
    (app / "package.json").write_text(f'{{"name": "{name}"}}')
    return app


@pytest.fixture
def app(tmp_path: Path, name: str) -> Path:
    return make_shop(tmp_path / "shop", name, "${MAIL_PASS}")


def loopmail(
    session: dict[str, str], *arguments: str | Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loopmail", *map(str, arguments)],
        env=session,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def looked_up(session: dict[str, str], name: str, user: str) -> str:
    """Ask for an entry as another program would."""
    done = subprocess.run(
        ["secret-tool", "lookup", "service", f"loopmail:{name}", "username", user],
        env=session,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout


def test_a_secret_is_stored_listed_run_with_and_deleted(
    session: dict[str, str], app: Path, name: str
) -> None:
    assert "missing" in loopmail(session, "secret", "list", app).stdout
    done = loopmail(session, "secret", "set", app, "MAIL_PASS", stdin=SECRET + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "recognisable" not in done.stdout
    assert looked_up(session, name, "MAIL_PASS") == SECRET
    loopmail(session, "secret", "set", app, "MAIL_PASS", "--env", "test", stdin="for-tests")

    listed = loopmail(session, "secret", "list", app).stdout
    assert "MAIL_PASS       keyring" in listed
    assert "MAIL_PASS@test" in listed
    assert "recognisable" not in listed

    script = 'echo ${#MAIL_PASS} "$MAIL_PASS"'
    ran = loopmail(session, "run", app, "--", "sh", "-c", script)
    assert ran.stdout == f"{len(SECRET)} ********\n"
    ran = loopmail(session, "run", app, "--env", "test", "--", "sh", "-c", script)
    assert ran.stdout == "9 ********\n"

    refused = loopmail(session, "secret", "delete", app, "MAIL_PASS")
    assert refused.returncode == 64
    assert "datasources.json (mail) still needs MAIL_PASS." in refused.stderr
    assert looked_up(session, name, "MAIL_PASS") == SECRET
    assert loopmail(session, "secret", "delete", app, "MAIL_PASS", "--yes").returncode == 0
    assert looked_up(session, name, "MAIL_PASS") == ""
    assert loopmail(session, "secret", "delete", app, "MAIL_PASS").returncode == 1


def test_the_secret_of_a_component_is_listed_and_handed_over(
    session: dict[str, str], app: Path
) -> None:
    file = app / "server" / "component-config.json"
    file.write_text('{"./mailer": {"pass": "${COMPONENT_PASS}"}}')
    loopmail(session, "secret", "set", app, "COMPONENT_PASS", stdin=SECRET)
    listed = loopmail(session, "secret", "list", app).stdout
    assert "COMPONENT_PASS  keyring      component-config.json /.~1mailer/pass" in listed
    ran = loopmail(session, "run", app, "--", "sh", "-c", "echo ${#COMPONENT_PASS}")
    assert ran.stdout == f"{len(SECRET)}\n"


def test_showing_and_exporting_ask_first(session: dict[str, str], app: Path) -> None:
    odd = "it's $HOME `x`\nand \\ more"
    loopmail(session, "secret", "set", app, "MAIL_PASS", stdin=odd)
    actions: list[list[str | Path]] = [["show", app, "MAIL_PASS"], ["export", app]]
    for action in actions:
        refused = loopmail(session, "secret", *action)
        assert (refused.returncode, refused.stdout) == (64, "")
    exported = loopmail(session, "secret", "export", app, "--yes").stdout
    bash = shutil.which("bash")
    if bash is not None:
        line = exported + '\nprintf %s "$MAIL_PASS"'
        shell = subprocess.run([bash, "-c", line], capture_output=True, text=True, timeout=30)
        assert shell.stdout == odd
    assert loopmail(session, "secret", "show", app, "MAIL_PASS", "--yes").stdout == odd + "\n"


def test_adopting_leaves_the_placeholder_and_another_program_sees_the_secret(
    session: dict[str, str], tmp_path: Path, name: str
) -> None:
    app = make_shop(tmp_path / "plain", name, SECRET)
    done = loopmail(session, "secret", "adopt", app, "--yes")
    assert done.returncode == 0, done.stderr
    assert "recognisable" not in done.stdout + done.stderr
    assert '"pass": "${MAIL_PASS}"' in (app / "server" / "datasources.json").read_text()
    assert looked_up(session, name, "MAIL_PASS") == SECRET
    again = loopmail(session, "secret", "adopt", app, "--yes")
    assert again.stdout == "No plain-text secrets in the app’s configuration files.\n"


def test_without_an_answer_adopting_changes_nothing(
    session: dict[str, str], tmp_path: Path, name: str
) -> None:
    app = make_shop(tmp_path / "plain", name, SECRET)
    before = (app / "server" / "datasources.json").read_bytes()
    done = loopmail(session, "secret", "adopt", app)
    assert done.returncode == 64
    assert (app / "server" / "datasources.json").read_bytes() == before
    assert looked_up(session, name, "MAIL_PASS") == ""


def test_an_app_of_the_same_name_does_not_overwrite_unnoticed(
    session: dict[str, str], app: Path, tmp_path: Path, name: str
) -> None:
    loopmail(session, "secret", "set", app, "MAIL_PASS", stdin=SECRET)
    twin = make_shop(tmp_path / "twin", name, "${MAIL_PASS}")
    refused = loopmail(session, "secret", "set", twin, "MAIL_PASS", stdin="other")
    assert refused.returncode != 0
    assert str(app) in refused.stderr
    assert looked_up(session, name, "MAIL_PASS") == SECRET
    taken = loopmail(session, "secret", "set", twin, "MAIL_PASS", "--yes", stdin="other")
    assert taken.returncode == 0
    assert looked_up(session, name, "MAIL_PASS") == "other"


def test_a_moved_app_finds_its_secret(session: dict[str, str], app: Path, tmp_path: Path) -> None:
    loopmail(session, "secret", "set", app, "MAIL_PASS", stdin=SECRET)
    moved = app.rename(tmp_path / "moved")
    ran = loopmail(session, "run", moved, "--", "sh", "-c", "echo ${#MAIL_PASS}")
    assert ran.stdout == f"{len(SECRET)}\n"


@pytest.mark.parametrize("variable", ["2X", "A-B", "A B", "", "A@production"])
def test_a_name_that_is_no_variable_is_a_usage_error(app: Path, variable: str) -> None:
    done = loopmail(dict(os.environ), "secret", "set", app, variable, stdin="x")
    assert done.returncode == 64
    assert done.stderr.count("\n") == 1


def test_without_a_keyring_it_offers_the_other_homes(app: Path) -> None:
    done = loopmail(dict(os.environ), "secret", "set", app, "MAIL_PASS", stdin=SECRET)
    assert done.returncode == 1
    assert "environment variable" in done.stderr
    assert "recognisable" not in done.stdout + done.stderr
