"""Find what works: the sensible port and security combinations of a host, tried in parallel.

Nothing is sent and nobody signs in: each try ends after EHLO (and STARTTLS). Certificates are
always checked, so that what is offered is safe.
"""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from loopmail.core.app.versions import Versions
from loopmail.core.js import Json
from loopmail.core.nodemailer import NodeSettings as NodeSettings
from loopmail.core.nodemailer import rules_for
from loopmail.net.cancel import Cancel
from loopmail.smtp.replies import MECHANISMS
from loopmail.smtp.verdict import Verdict

TIMEOUT = 8.0  # seconds for each stage of a try
_AUTH = re.compile(r"^250[ -]AUTH[ =](.+)$", re.IGNORECASE)
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
        if self.sni and not _sends_the_name(versions):
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


def _sends_the_name(versions: Versions) -> bool:
    return rules_for(versions.nodemailer_major).servername_from_host


def combinations(versions: Versions, port: int | None = None) -> tuple[Combination, ...]:
    """Return what to try, best first; `port` adds an unusual one that the user has entered.

    Nodemailer 6 always sends the server name, earlier ones only on request: both are tried there.
    """
    names = (True,) if _sends_the_name(versions) else (True, False)
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
    node: NodeSettings | None = None,
    timeout: float = TIMEOUT,
) -> list[Attempt]:
    """Try all combinations at once and return the attempts in the order of `tries`.

    `tls` has the transport's own `ca`, if any; `node` what the app's environment sets, of which a
    switched-off check of certificates does not count. `on_attempt` is called, one call at a time, from
    a worker thread as each ends. A cancelled probe returns what has ended.
    """
    from loopmail.smtp.request import connection_request
    from loopmail.smtp.send import send

    stop = cancel or Cancel()
    chosen = tuple(combinations(versions) if tries is None else tries)
    lock = threading.Lock()
    checking = replace(node or NodeSettings(), verify=True)

    def attempt(combination: Combination) -> Attempt:
        transport = _transport(host, combination, tls or {})
        request = connection_request(transport, versions, timeout, checking)
        result = _judge(combination, send(request, stop))
        with lock:
            if not stop.is_set:
                on_attempt(result)
        return result

    with ThreadPoolExecutor(len(chosen), thread_name_prefix="loopmail-probe") as pool:
        results = list(pool.map(attempt, chosen))
    return [result for result in results if result.ok or not stop.is_set]


def _transport(host: str, combination: Combination, tls: Mapping[str, Json]) -> Mapping[str, Json]:
    options = {k: v for k, v in tls.items() if k == "ca"}
    if combination.sni:
        options["servername"] = tls.get("servername", host)
    return {
        "type": "smtp",
        "host": host,
        "port": combination.port,
        "secure": combination.implicit,
        "requireTLS": not combination.implicit,
        "tls": options,
    }


def _judge(combination: Combination, verdict: Verdict) -> Attempt:
    spent = sum(stage.ms for stage in verdict.stages)
    if not verdict.ok:
        return Attempt(combination, False, verdict.message or verdict.outcome, spent)
    offers = [_AUTH.match(line.text) for line in verdict.transcript if line.sender == "server"]
    words = [match[1].upper().split() for match in offers if match]  # before and after STARTTLS
    mechanisms = tuple(name for name in MECHANISMS if words and name in words[-1])
    return Attempt(combination, True, "works", spent, mechanisms)


def best(attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the first attempt that works, those that let one sign in before the others."""
    working = [attempt for attempt in attempts if attempt.ok]
    return next((a for a in working if a.sign_in), working[0] if working else None)
