"""Find what works: the sensible port and security combinations of a host, tried in parallel.

Nothing is sent and nobody signs in: each try ends after EHLO (and STARTTLS). Certificates are
always checked, so that what is offered is safe.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from loopmail.core.app.versions import Versions
from loopmail.core.js import Json
from loopmail.net.cancel import Cancel
from loopmail.smtp.verdict import Verdict

TIMEOUT = 8.0  # seconds for each stage of a try
_AUTH = re.compile(r"^250[ -]AUTH[ =](.+)$", re.IGNORECASE)
_SIGN_IN_ORDER = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")

_IN_SHORT = (
    ("ECONNREFUSED", "refused"),
    ("ETIMEDOUT|Connection timeout", "no answer"),
    ("Greeting never received", "says nothing"),
    ("wrong version|packet length|record layer|unknown protocol", "speaks clear text"),
    ("altnames", "certificate for another name"),
    ("expired", "certificate expired"),
    ("self.signed|issuer|unable to verify|UNABLE_TO", "certificate not trusted"),
    ("STARTTLS|EHLO failed but HELO", "no STARTTLS"),
    ("ENOTFOUND|EAI_|ENODATA", "host not found"),
    ("closed|close|ECONNRESET|disconnected", "hangs up"),
)


@dataclass(frozen=True, slots=True)
class Combination:
    """A port, how TLS starts there, and whether the server name is sent (SNI)."""

    port: int
    implicit: bool  # TLS from the first byte; else STARTTLS is required
    sni: bool

    def words(self) -> str:
        """Return it for people, e.g. `587, STARTTLS`."""
        tls = "TLS at once" if self.implicit else "STARTTLS"
        return f"{self.port}, {tls}" + ("" if self.sni else ", no server name")

    def settings(self, host: str, versions: Versions) -> dict[str, Json]:
        """Return the transport's settings by path that make LoopBack connect so."""
        chosen: dict[str, Json] = {"port": self.port, "secure": self.implicit}
        if not self.implicit:
            chosen["requireTLS"] = True
        if self.sni and versions.nodemailer_major == 2:
            chosen["tls/servername"] = host
        return chosen


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a combination came to."""

    combination: Combination
    ok: bool
    text: str  # "works", or what failed
    ms: float
    sign_in: tuple[str, ...] = ()  # mechanisms the server offers there

    @property
    def summary(self) -> str:
        """What it came to in a few words; `text` has the error's own."""
        if self.ok:
            return "works"
        return next((words for sign, words in _IN_SHORT if re.search(sign, self.text)), self.text)


def combinations(versions: Versions, port: int | None = None) -> tuple[Combination, ...]:
    """Return what to try, best first; `port` adds an unusual one that the user has entered.

    LoopBack 3 always sends the server name, LoopBack 2 only on request: both are tried there.
    """
    names = (True, False) if versions.nodemailer_major == 2 else (True,)
    found = [Combination(465, True, name) for name in names]
    found += [Combination(p, False, name) for p in (587, 2525, 25) for name in names]
    if port is not None and port not in (465, 587, 2525, 25):
        found += [Combination(port, implicit, True) for implicit in (True, False)]
    return tuple(found)


def probe(
    host: str,
    versions: Versions,
    cancel: Cancel | None = None,
    on_attempt: Callable[[Attempt], None] = lambda _attempt: None,
    *,
    tries: Sequence[Combination] | None = None,
    tls: Mapping[str, Json] | None = None,
    timeout: float = TIMEOUT,
) -> list[Attempt]:
    """Try all combinations at once and return the attempts in the order of `tries`.

    `tls` has the transport's own `ca`, if any. `on_attempt` is called, one call at a time, from
    a worker thread as each ends. A cancelled probe returns what has ended.
    """
    stop = cancel or Cancel()
    chosen = tuple(combinations(versions) if tries is None else tries)
    lock = threading.Lock()

    def attempt(combination: Combination) -> Attempt:
        result = _try(host, versions, combination, stop, dict(tls or {}), timeout)
        with lock:
            if not stop.is_set:
                on_attempt(result)
        return result

    with ThreadPoolExecutor(len(chosen), thread_name_prefix="loopmail-probe") as pool:
        results = list(pool.map(attempt, chosen))
    return [result for result in results if result.ok or not stop.is_set]


def best(attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the first attempt that works, those that let one sign in before the others."""
    working = [attempt for attempt in attempts if attempt.ok]
    return next((a for a in working if a.sign_in), working[0] if working else None)


def _try(
    host: str,
    versions: Versions,
    combination: Combination,
    cancel: Cancel,
    tls: dict[str, Json],
    timeout: float,
) -> Attempt:
    from loopmail.smtp.request import connection_request
    from loopmail.smtp.send import send

    options = {k: v for k, v in tls.items() if k == "ca"}
    if combination.sni:
        options["servername"] = tls.get("servername", host)
    transport: dict[str, Json] = {
        "type": "smtp",
        "host": host,
        "port": combination.port,
        "secure": combination.implicit,
        "requireTLS": not combination.implicit,
        "tls": options,
    }
    verdict = send(connection_request(transport, versions, timeout), cancel)
    text = "works" if verdict.ok else (verdict.message or verdict.outcome)
    spent = sum(stage.ms for stage in verdict.stages)
    return Attempt(combination, verdict.ok, text, spent, _offered(verdict) if verdict.ok else ())


def _offered(verdict: Verdict) -> tuple[str, ...]:
    for line in reversed(verdict.transcript):
        match = _AUTH.match(line.text) if line.sender == "server" else None
        if match:
            words = match[1].upper().split()
            return tuple(m for m in _SIGN_IN_ORDER if m in words)
    return ()
