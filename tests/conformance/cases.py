"""The product: which behaviours meet which configurations and messages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from zlib import crc32

from conformance.configurations import AUTH_CORE, AUTH_MORE, CLEAR_TLS, CORE, SECURE, Configuration
from conformance.configurations_more import CRASHES, MORE, ROUTES, SERVER, TIMEOUTS, URLS
from conformance.configurations_proxy import PROXY_BAD, PROXY_CORE, PROXY_MORE, PROXY_TLS
from conformance.configurations_unresolved import UNRESOLVED, UNRESOLVED_SIGN_IN
from conformance.messages import MESSAGES
from conformance.server.behaviour import Behaviour
from conformance.server.catalogue import behaviours, family
from conformance.server.certificates import authority_pem

# The cases' data sources have different names: some of LoopBack's texts have the name in them,
# or the connector's, and only a name that is not the connector's tells which.
DATASOURCES = ("emailDs", "other", "smtp-out", "Mail2", "mail", 'Büro "2"')


@dataclass(frozen=True, slots=True)
class Case:
    """One meeting of a server, a configuration and a message."""

    behaviour: Behaviour
    configuration: Configuration
    message_name: str

    @property
    def name(self) -> str:
        """`behaviour/configuration`, with `/message` if it is not the plain one."""
        name = f"{self.behaviour.name}/{self.configuration.name}"
        return name if self.message_name == "plain" else f"{name}/{self.message_name}"

    @property
    def datasource(self) -> str:
        """The name of the data source: any of `DATASOURCES`, the same in every run."""
        return DATASOURCES[crc32(self.name.encode()) % len(DATASOURCES)]

    @property
    def message(self) -> dict[str, Any]:
        """The options of `Email.send`."""
        return dict(MESSAGES[self.message_name])

    def settings(self, port: int) -> dict[str, Any]:
        """The data source's settings for a server on this port; {undefined} is left in."""
        filled: dict[str, Any] = _fill(self.configuration.settings, port)
        return filled


def _fill(value: Any, port: int) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, port) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, port) for item in value]
    if value == "{port}":
        return port
    if value == "{ca}":
        return authority_pem()
    if isinstance(value, str):
        return value.replace("{port-text}", str(port)).replace("{port}", str(port))
    return value


def _named(configurations: Iterable[Configuration], *names: str) -> list[Configuration]:
    return [one for one in configurations if one.name in names]


def _product(
    servers: Iterable[Behaviour | str],
    configurations: Iterable[Configuration],
    messages: Iterable[str] = ("plain",),
) -> Iterator[Case]:
    known = behaviours()
    configurations, messages = list(configurations), list(messages)
    for server in servers:
        behaviour = known[server] if isinstance(server, str) else server
        for configuration in configurations:
            for message in messages:
                yield Case(behaviour, configuration, message)


def _replies() -> Iterator[Case]:
    """Reply codes, ends and texts; sign-in stages only where there is a sign-in."""
    core = _named(CORE, "password", "require-tls", "pool")
    yield from _product(family("replies"), core)
    yield from _product(family("texts"), _named(CORE, "password", "pool"))
    plain = [b for b in family("replies") if not b.name.startswith(("auth", "login", "starttls"))]
    yield from _product(plain, _named(CORE, "anonymous"))
    short = [b for b in plain if "silent" not in b.name]
    yield from _product(short, _named(CORE, "secure"))
    lmtp = [b for b in plain if b.name.startswith(("ehlo", "rcpt", "message", "mail"))]
    yield from _product(lmtp, _named(CORE, "lmtp"))


def _tls() -> Iterator[Case]:
    implicit = [b for b in family("tls") if b.wrap == "implicit"]
    others = [b for b in family("tls") if b.wrap != "implicit"]
    yield from _product(others, [*CLEAR_TLS, *_named(CORE, "password", "require-tls", "anonymous")])
    yield from _product(implicit, [*SECURE, *_named(CORE, "secure")])
    yield from _product(["clear-port", "starttls-offered", "greeting-http"], SECURE)
    yield from _product(["tls-port"], _named(CORE, "password", "anonymous"))
    refused = ["starttls-replies-454", "starttls-replies-502", "starttls-replies-421"]
    yield from _product([*refused, "starttls-closes", "starttls-resets"], CLEAR_TLS)


def _auth() -> Iterator[Case]:
    yield from _product(
        family("auth"), [*AUTH_CORE, *_named(CORE, "password", "pool", "anonymous")]
    )
    offers = ["plain-login", "login", "cram-md5", "xoauth2", "none", "gmail", "empty"]
    servers = [*(f"offers-{offer}" for offer in offers), "helo-only"]
    yield from _product(servers, AUTH_MORE)


def _envelope() -> Iterator[Case]:
    core = _named(CORE, "password", "pool", "lmtp")
    yield from _product(family("envelope"), core, ["plain", "three-recipients"])
    messages = [name for name in MESSAGES if not name.startswith(("plain", "three", "transport"))]
    servers = ["good", "bare", "everything", "smtputf8", "rcpt-all-refused", "size-small"]
    yield from _product(servers, _named(CORE, "password"), messages)
    yield from _product(["good", "smtputf8"], _named(CORE, "pool", "secure"), messages)


def _configurations() -> Iterator[Case]:
    # A greeting time-out that is no number lasts a millisecond: a race with a good server.
    racing = {"greeting-timeout-word", "greeting-timeout-negative"}
    steady = [c for c in MORE if c.name not in racing]
    yield from _product(["good", "starttls-offered"], steady)
    yield from _product(["offers-none", "greeting-closes"], [*SERVER, *URLS])
    yield from _product(["greeting-is-silent"], TIMEOUTS)
    left_out = {*racing, "socket-timeout-zero"}  # the last waits for ever by design
    yield from _product(["mail-is-silent"], [c for c in TIMEOUTS if c.name not in left_out])
    yield from _product(["tls-good"], [c for c in MORE if "smtps" in c.name or c in CRASHES[9:13]])
    routes = [name for name in MESSAGES if name.startswith("transport")]
    yield from _product(["good"], ROUTES, routes)
    everywhere = [*CORE, *CLEAR_TLS, *SECURE, *AUTH_CORE]
    yield from _product(["good", "bare", "refuses-connections"], everywhere)


def _proxies() -> Iterator[Case]:
    yield from _product(family("proxy"), PROXY_CORE)
    yield from _product(["proxy-good", "proxy-then-refuses"], PROXY_MORE)
    yield from _product(["proxy-tls", "proxy-tls-403", "proxy-good"], PROXY_TLS)
    yield from _product(["good"], PROXY_BAD)


def _unresolved() -> Iterator[Case]:
    yield from _product(["good"], [*UNRESOLVED, *UNRESOLVED_SIGN_IN])
    offers = ["login", "cram-md5", "xoauth2", "none"]
    servers = [*(f"offers-{offer}" for offer in offers), "helo-only"]
    yield from _product(servers, UNRESOLVED_SIGN_IN)


@cache
def cases() -> dict[str, Case]:
    """Return every case by name."""
    named: dict[str, Case] = {}
    for part in (_replies, _tls, _auth, _envelope, _configurations, _proxies, _unresolved):
        named.update((case.name, case) for case in part())
    return named
