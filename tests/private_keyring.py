"""A real gnome-keyring on a message bus of its own, with a home of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOOLS = ("dbus-daemon", "gnome-keyring-daemon", "secret-tool")


def _wait_for_the_collection(environment: dict[str, str]) -> None:
    """Wait until the keyring takes a secret: on a busy machine it is on the bus before that."""
    probe = ["loopmail-probe", "ready"]
    deadline = time.monotonic() + 20
    stored = 1
    while stored != 0 and time.monotonic() < deadline:
        command = ["secret-tool", "store", "--label=probe", *probe]
        stored = subprocess.run(
            command, input=b"x", env=environment, capture_output=True, timeout=20
        ).returncode
    assert stored == 0, "the keyring does not take a secret"
    subprocess.run(["secret-tool", "clear", *probe], env=environment, check=True, timeout=20)


@contextmanager
def private_keyring(*, unlocked: bool = True) -> Iterator[dict[str, str]]:
    """Yield the environment of a session with a keyring; skip the test without the tools.

    `unlocked` False: there is no collection, and nobody to answer the question for a password.
    """
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"a real keyring needs {', '.join(missing)}")
    home = Path(tempfile.mkdtemp(prefix="loopmail-keyring-"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "DBUS_", "DISPLAY"))}
    kept.pop("PYTHON_KEYRING_BACKEND", None)
    kept.pop("WAYLAND_DISPLAY", None)
    environment = {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert bus.stdout is not None
    try:
        address = bus.stdout.readline().decode().strip()
        if not address:
            pytest.skip("no message bus can be started here")
        environment["DBUS_SESSION_BUS_ADDRESS"] = address
        subprocess.run(  # returns once the daemon is on the bus
            ["gnome-keyring-daemon", "--components=secrets", *(["--unlock"] if unlocked else [])],
            input=b"a password",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            check=True,
            timeout=20,
        )
        if unlocked:
            _wait_for_the_collection(environment)
        yield environment
    finally:
        bus.terminate()  # the keyring's daemon ends with its bus
        bus.wait(10)
        bus.stdout.close()
        shutil.rmtree(home, ignore_errors=True)
