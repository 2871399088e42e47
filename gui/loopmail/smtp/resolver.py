"""Host names to addresses, abandoned at once when the test is stopped.

Source: nodemailer 6.10.1, lib/shared/index.js, resolveHostname(): A, then AAAA records, then the
system's dns.lookup. Versions 2 and 4 leave the name to net.connect, that is to dns.lookup.
"""

import contextlib
import ipaddress
import re
import selectors
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from loopmail.core.nodemailer import Rules
from loopmail.net.node_errors import lookup_text
from loopmail.net.wire import Addresses, Expired, Wire, deadline_in
from loopmail.smtp.errors import SmtpFailure

_Result = TypeVar("_Result")
# c-ares takes no other characters for a host name (ares_expand_name, ares__is_hostnamech)
_BAD_NAME = re.compile(r"[^A-Za-z0-9._/*\-]")


def literal(host: str) -> Addresses:
    """Return the address if the host is an IP literal."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return []
    return [(socket.AF_INET if address.version == 4 else socket.AF_INET6, host)]


def in_background(wire: Wire, deadline: float, work: Callable[[], _Result]) -> _Result:
    """Run the work on a daemon thread; give up on it at the deadline or when stopped."""
    result: Future[_Result] = Future()
    done, tell = socket.socketpair()

    def run() -> None:
        try:
            result.set_result(work())
        except Exception as error:  # noqa: BLE001 - carried over to the caller
            result.set_exception(error)
        with contextlib.suppress(OSError), tell:
            tell.send(b"!")

    threading.Thread(target=run, name="loopmail-lookup", daemon=True).start()
    with done:
        wire.wait(done, selectors.EVENT_READ, deadline)
    return result.result()


def system_addresses(host: str) -> Addresses:
    """Return what dns.lookup finds; raise OSError or UnicodeError."""
    entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((int(entry[0]), str(entry[4][0])) for entry in entries))


def _in_order(addresses: Addresses, order: str) -> Addresses:
    if order == "verbatim":
        return addresses
    first = socket.AF_INET if order == "ipv4first" else socket.AF_INET6
    return sorted(addresses, key=lambda address: address[0] != first)


def _own_dns(host: str) -> Addresses:
    """Ask for A, then AAAA records as Nodemailer 6 does; nothing found leaves it to the system."""
    import dns.exception
    import dns.resolver

    name = host.removesuffix(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return [(socket.AF_INET, "127.0.0.1")]
    for kind, family in (("A", int(socket.AF_INET)), ("AAAA", int(socket.AF_INET6))):
        with contextlib.suppress(dns.exception.DNSException, OSError, UnicodeError):
            answer = dns.resolver.resolve(host, kind, search=False, lifetime=8)
            return [(family, str(record)) for record in answer][:1]
    return []


def _is_bad_name(host: str) -> bool:
    """Whether c-ares refuses the name: for a character, or a label that is empty or too long."""
    try:
        return bool(_BAD_NAME.search(host.encode("idna").decode("ascii")))
    except UnicodeError:
        return True


def resolve_host(
    wire: Wire, host: str, rules: Rules, timeout: float, order: str = "verbatim"
) -> Addresses:
    """Return the addresses to try; raise SmtpFailure or Cancelled.

    `timeout` in milliseconds; `order` is Node's --dns-result-order, which dns.lookup goes by.
    """
    found = literal(host)
    if found:
        return found
    code = "EDNS" if rules.own_dns else "ECONNECTION"
    if rules.own_dns and _is_bad_name(host):
        raise SmtpFailure(f"queryA EBADNAME {host}", code, command="CONN")

    def work() -> Addresses:
        return (_own_dns(host) if rules.own_dns else []) or _in_order(system_addresses(host), order)

    try:
        return in_background(wire, deadline_in(timeout), work)
    except Expired:
        raise SmtpFailure(f"queryA ETIMEOUT {host}", code, command="CONN") from None
    except (OSError, ValueError) as error:
        text = lookup_text(error, host)
        raise SmtpFailure(text, code, command="CONN") from error
