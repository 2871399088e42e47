"""loopmail's own small files: whole or as before, for the user only, whoever writes them."""

import errno
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from app_builder import make_app
from loopmail.core.app.journal import write_journal
from loopmail.core.secrets.entries import claim
from loopmail.core.secrets.store import choose_backend
from save_faults import fault_at, raising

WRITERS: dict[str, Callable[[Path], object]] = {
    "journal": lambda app: write_journal(app / "server", {"a": 1}),
    "choice of the keyring": lambda _: choose_backend("a.b.Keyring"),
    "claims": lambda app: claim("loopmail:shop", app),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_file_of_the_programs_own_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    app, write = make_app(tmp_path / "shop"), WRITERS[writer]
    with fault_at(0, raising(errno.ENOSPC)) as calls:
        write(app)
    (path,) = (path for path in (tmp_path / "own").rglob("*") if path.is_file())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert calls.index("fsync") < calls.index("replace")
    for number in range(1, len(calls) + 1):
        path.write_bytes(b"{}")  # as before
        with fault_at(number, raising(errno.ENOSPC)):
            write(app)
        assert [p.name for p in path.parent.iterdir()] == [path.name]
        assert path.read_bytes() == b"{}"
