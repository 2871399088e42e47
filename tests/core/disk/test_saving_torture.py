"""Saves under real faults of the system: a full disk, a read-only one, a kill at every call."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loopmail.core.disk.saving import tidy_folder
from save_child import NEW, OLD
from save_faults import left_over

CHILD = Path(__file__).parents[2] / "save_child.py"
FULL = os.environ.get("LOOPMAIL_TORTURE") == "full"

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
]


def in_own_mounts(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script that may mount; nobody else sees its mounts."""
    unshare = shutil.which("unshare")
    trial = [unshare or "", "-rm", "sh", "-c", f"mount -t tmpfs none '{folder}'"]
    if unshare is None or subprocess.run(trial, capture_output=True, check=False).returncode:
        pytest.skip("this system lets no one mount in a namespace of its own")
    command: list[str | Path] = [
        unshare,
        "-rm",
        "sh",
        "-ec",
        script,
        "sh",
        folder,
        sys.executable,
        CHILD,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=256k none "$1"; "$2" "$3" full "$1"'
    results = json.loads(in_own_mounts(script, tmp_path).stdout)
    failures = [result["error"] for result in results if result["error"]]
    assert len(failures) > 20
    assert set(failures) == {"datasources.json was not saved: there is no space left on the disk."}
    assert any(result["error"] is None for result in results), "in the end there is room"
    assert all(result["whole"] and not result["left"] for result in results)


def test_a_read_only_disk_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    script = (
        'mount -t tmpfs none "$1"; echo \'{"n": 0}\' > "$1/datasources.json";'
        'mount -o remount,ro none "$1"; "$2" "$3" once "$1/datasources.json"; cat "$1"/*; ls -A "$1"'
    )
    answer = in_own_mounts(script, tmp_path).stdout
    assert "was not saved" in answer
    assert answer.endswith('{"n": 0}\ndatasources.json\n')


FAULTS = ["signal=KILL", "error=EIO", "error=ENOSPC", "error=EACCES", "error=EDQUOT"]
CALLS = [
    "linkat",
    "renameat2",
    "unlink",
    "flock",
    "fchmod",
    "fsync",
    "write",
    "openat",
    "close",
    "read",
]


@pytest.mark.parametrize("fault", FAULTS if FULL else FAULTS[:1])
@pytest.mark.parametrize("call", CALLS if FULL else CALLS[:6])
def test_a_kill_or_error_at_every_system_call_leaves_the_file_wholly_old_or_new(
    tmp_path: Path, call: str, fault: str
) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    path, log = tmp_path / "datasources.json", tmp_path / "log"
    save = [sys.executable, str(CHILD), "once", str(path)]

    def run(*options: str) -> int:
        path.write_text(OLD)
        command = [strace, "-o", str(log), *options, *save]
        return subprocess.run(command, capture_output=True, check=False).returncode

    if run("-e", f"trace={call}") != 0:
        pytest.skip("strace may not trace here")
    count = sum(line.startswith(f"{call}(") for line in log.read_text().splitlines())
    assert count, "the save makes this call"
    results = set()
    for n in range(max(1, count - (40 if FULL else 3)), count + 1):
        run("-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={n}")
        results.add(path.read_text())
        tidy_folder(tmp_path)
        assert not left_over(tmp_path)
    assert results <= {OLD, NEW}


def strace_or_skip(*command: str | Path) -> list[str | Path]:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    return [strace, "-f", *command]


def test_two_files_in_one_save_are_both_old_or_both_new_wherever_it_is_killed(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / name for name in ("datasources.json", "model-config.json")]
    log = tmp_path / "log"
    save = [sys.executable, str(CHILD), "both", str(tmp_path)]
    seen: set[tuple[str, ...]] = set()

    def run(*options: str) -> int:
        for path in paths:
            path.write_text(OLD)
        command = strace_or_skip("-o", str(log), *options, *save)
        return subprocess.run(command, capture_output=True, check=False).returncode

    calls = "linkat,renameat2,unlink,fsync"
    if run("-e", f"trace={calls}") != 0:
        pytest.skip("strace may not trace here")
    names = [line.split("(")[0].split()[-1] for line in log.read_text().splitlines() if "(" in line]
    assert {"linkat", "renameat2", "unlink", "fsync"} <= set(names)
    for call in ("linkat", "renameat2", "unlink", "fsync"):
        count = names.count(call)
        every = FULL or call == "renameat2"
        for n in range(1 if every else max(1, count - 1), count + 1):
            run("-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}")
            texts = tuple(path.read_text() for path in paths)
            assert set(texts) <= {OLD, NEW}
            tidy_folder(tmp_path)
            assert not left_over(tmp_path)
            settled = tuple(path.read_text() for path in paths)
            assert settled in ((OLD, OLD), (NEW, NEW)), "the next start leaves nothing half"
            seen.add(settled)
            run("-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when={n}")
            failed = tuple(path.read_text() for path in paths)
            assert failed in ((OLD, OLD), (NEW, NEW)), "an error leaves all or none"
            assert not left_over(tmp_path)
    assert seen == {(OLD, OLD), (NEW, NEW)}


def test_an_immutable_file_and_folder_are_left_as_they_were(tmp_path: Path) -> None:
    chattr, path = shutil.which("chattr"), tmp_path / "datasources.json"
    path.write_text(OLD)
    for thing in (path, tmp_path):
        if chattr is None or subprocess.run([chattr, "+i", thing], check=False).returncode:
            pytest.skip("nothing can be made immutable here")
        try:
            command: list[str | Path] = [sys.executable, CHILD, "once", path]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        finally:
            subprocess.run([chattr, "-i", thing], check=True)
        assert "was not saved" in json.loads(done.stdout)
        assert path.read_text() == OLD
        assert not left_over(tmp_path)
