"""All behaviours by name."""

from functools import cache

from conformance.server import (
    catalogue_auth,
    catalogue_envelope,
    catalogue_proxy,
    catalogue_replies,
    catalogue_texts,
    catalogue_tls,
)
from conformance.server.behaviour import Behaviour

FAMILIES = {
    "replies": catalogue_replies.catalogue,
    "texts": catalogue_texts.catalogue,
    "tls": catalogue_tls.catalogue,
    "auth": catalogue_auth.catalogue,
    "envelope": catalogue_envelope.catalogue,
    "proxy": catalogue_proxy.catalogue,
}


@cache
def family(name: str) -> tuple[Behaviour, ...]:
    """Return the behaviours of a family."""
    return tuple(FAMILIES[name]())


@cache
def behaviours() -> dict[str, Behaviour]:
    """Return all behaviours by their names, which are unique."""
    made = [behaviour for name in FAMILIES for behaviour in family(name)]
    named = {behaviour.name: behaviour for behaviour in made}
    assert len(named) == len(made), "two behaviours have the same name"
    return named
