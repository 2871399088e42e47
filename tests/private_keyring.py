"""A real gnome-keyring on a message bus of its own, with a home of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOOLS = ("dbus-daemon", "gnome-keyring-daemon", "secret-tool")


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
        yield environment
    finally:
        bus.terminate()  # the keyring's daemon ends with its bus
        bus.wait(10)
        bus.stdout.close()
        shutil.rmtree(home, ignore_errors=True)
