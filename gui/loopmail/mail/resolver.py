"""Host names to addresses, abandoned at once when the test is stopped."""

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable

from loopmail.mail.wire import Wire

Address = tuple[int, tuple[str | int, ...]]  # family, address as socket wants it


def literal(host: str, port: int) -> Address | None:
    """Return the address if the host is an IP literal."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return family, (host, port)


def _in_background(wire: Wire, deadline: float, work: Callable[[], object]) -> object:
    """Run the work on a daemon thread; give up on it at the deadline or when stopped."""
    result: list[object] = []
    done, tell = socket.socketpair()

    def run() -> None:
        try:
            result.append(work())
        except Exception as error:  # noqa: BLE001 - carried over to the caller
            result.append(error)
        with contextlib.suppress(OSError), tell:
            tell.send(b"!")

    threading.Thread(target=run, name="loopmail-dns", daemon=True).start()
    with done:
        wire.wait_for(done, deadline)
    if isinstance(result[0], Exception):
        raise result[0]
    return result[0]


def look_up(wire: Wire, host: str, port: int, deadline: float) -> list[Address]:
    """Ask the system (getaddrinfo); raise socket.gaierror, Expired or Cancelled."""
    found = _in_background(
        wire, deadline, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    assert isinstance(found, list)
    return [(entry[0], entry[4]) for entry in found]
