"""What holds for every test: no foreign network, no user's keyring or home, no left-over thread."""

import ipaddress
import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from started import give_children_default_signals

# A busy machine must not fail a property: what counts is the answer, `make bench` has the times.
settings.register_profile(
    "loopmail",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=100 if os.environ.get("LOOPMAIL_TORTURE") == "full" else 50,
)
settings.load_profile("loopmail")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
_HOME = tempfile.mkdtemp(prefix="loopmail-tests-")
for _name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
    os.environ[_name] = f"{_HOME}/{_name.lower()}"
for _name in ("NODE_ENV", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED"):
    os.environ.pop(_name, None)
give_children_default_signals()

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def _is_local(host: object) -> bool:
    if host in (None, "", "localhost", "localhost.localdomain", b"localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return False


def _stay_local(event: str, args: tuple[Any, ...]) -> None:
    """Refuse traffic that would leave the loopback range."""
    if event in ("socket.connect", "socket.sendto"):
        family, address = args[0].family, args[1]
        if family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            raise OSError(f"a test tried to reach {address[0]}")


sys.addaudithook(_stay_local)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real configuration files, which is not part of the project."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real configuration files is not on this machine")
    return CORPUS


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The application that notices handlers which block the event loop.

    Here, since a process has one application, whichever test needs it first.
    """
    from event_loop_watch import WatchedApplication

    return WatchedApplication


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs a process of its own to the test that starts one."""
    if "LOOPMAIL_OWN_PROCESS" not in os.environ:
        items[:] = [one for one in items if one.get_closest_marker("own_process") is None]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked as needing Node where there is none, before it has begun anything."""
    if item.get_closest_marker("node") is not None and shutil.which("node") is None:
        pytest.skip("node is not installed")


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    """Fail the test that left a thread of loopmail's running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    left: list[threading.Thread] = []
    for thread in threading.enumerate():
        if thread in before or not thread.name.startswith(("loopmail", "Thread-")):
            continue
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            left.append(thread)
    assert not left, f"threads left behind: {left}"


class _Watch(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(autouse=True)
def log_is_silent(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that made loopmail log a warning, unless it looks at the log itself."""
    watch = _Watch()
    logging.getLogger("loopmail").addHandler(watch)
    yield
    logging.getLogger("loopmail").removeHandler(watch)
    if "caplog" not in request.fixturenames:
        assert not watch.lines, f"unexpected log lines: {watch.lines}"
