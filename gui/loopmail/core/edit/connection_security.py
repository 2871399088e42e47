"""Connection security: one decision of the user's, and the keys of a transport that stand for it.

Four choices: no TLS at all, STARTTLS if the server offers it, STARTTLS or nothing, and TLS from the
first byte. `secure`, `ignoreTLS`, `requireTLS` and `opportunisticTLS` make them, and where `secure`
is not given the port does.

Sources: _actionEHLO() and _actionSTARTTLS() of smtp-connection 2.12.0, lib/smtp-connection.js
(Nodemailer 2.7.2), and of nodemailer 4.7.0 and 6.10.1, lib/smtp-connection/index.js. They agree:
ignoreTLS beats requireTLS, and opportunisticTLS lets a refused STARTTLS pass, even a required one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from loopmail.core.app.folder import reading_place
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.jsontext.pointer import at, parse_pointer
from loopmail.core.loopback.transport import Transport
from loopmail.core.nodemailer.conversions import to_number
from loopmail.core.nodemailer.rules import Rules, rules_for
from loopmail.core.nodemailer.smtp import port_and_security, starttls_use
from loopmail.core.nodemailer.types import Tls
from loopmail.core.secret_names import is_placeholder

SECURE, IGNORE, REQUIRE = "/secure", "/ignoreTLS", "/requireTLS"
OPPORTUNISTIC, PORT = "/opportunisticTLS", "/port"
KEYS = (SECURE, IGNORE, REQUIRE, OPPORTUNISTIC)

CHOICES: tuple[Tls, ...] = (
    *("never", "starttls-if-offered", "starttls-required", "implicit"),
)  # from the weakest to the strongest

# Where TLS begins with the first byte, another port is served than where it does not: the
# registered ones (RFC 8314, section 7.3; RFC 6409; RFC 5321, section 4.5.4.2).
TLS_PORT, CLEAR_PORTS = 465, (25, 587)
_PORT_WITHOUT_TLS: Mapping[Tls, int] = {"never": 25}
_SUBMISSION = 587


def security_of(transport: Transport, nodemailer_major: int) -> Tls:
    """Return the choice in force, whichever layer, `service` or `url` made it.

    A required STARTTLS that may be refused (opportunisticTLS) is none that is required.
    """
    return _meaning(transport.options(nodemailer_major)[0], rules_for(nodemailer_major))


def _meaning(options: Mapping[str, Json], rules: Rules) -> Tls:
    if port_and_security(options, rules)[1]:
        return "implicit"
    use = starttls_use(options)
    if use == "starttls-required" and truthy(options.get("opportunisticTLS")):
        return "starttls-if-offered"
    return use


def port_in_force(transport: Transport, nodemailer_major: int) -> Json:
    """Return the port that is taken where none is given, too."""
    rules = rules_for(nodemailer_major)
    port = port_and_security(transport.options(nodemailer_major)[0], rules)[0]
    return int(port) if isinstance(port, float) and port == int(port) else port


def decided_by(transport: Transport, nodemailer_major: int) -> str | None:
    """Return the key (`url` or `service`) that decides instead of those a choice writes, or None."""
    origins = transport.options(nodemailer_major)[1]
    if "url" in origins.values():
        return "url"
    return "service" if any(origins.get(path[1:]) == "service" for path in KEYS) else None


@dataclass(frozen=True, slots=True)
class Beneath:
    """What the layers beneath the edited one say when merged; `file` is the last that says any."""

    file: str
    security: Tls
    port: Json  # UNDEFINED if they give none


def beneath(transport: Transport, nodemailer_major: int) -> Beneath | None:
    """Return what would be in force without the edited layer; None if no other says anything."""
    said = [transport.said_beneath(path) for path in (*KEYS, PORT)]
    files = [one[0] for one in said if one is not None]
    if not files:
        return None
    file = max(files, key=reading_place)
    merged = transport.inherited
    security = _meaning(merged, rules_for(nodemailer_major))
    return Beneath(file, security, at(merged, parse_pointer(PORT)))


# --- Choosing -------------------------------------------------------------------------


def security_changes(transport: Transport, choice: Tls, nodemailer_major: int) -> dict[str, Json]:
    """Return what to write, by path (UNDEFINED removes), for this choice to be in force.

    Keys that say so already stay as they are. A port that is served only with TLS, or only
    without, goes along; any other is the user's own, and so is one that a variable gives. Raise
    EditError where LoopBack would not merge what is written.
    """
    rules = rules_for(nodemailer_major)
    options = transport.options(nodemailer_major)[0]
    if _meaning(options, rules) == choice:
        return {}
    port = _next_port(transport, options, rules, choice)
    values: dict[str, Json] = {} if port is None else {PORT: port}
    if choice == "implicit":
        values[SECURE] = True
        values |= {path: UNDEFINED for path in (IGNORE, REQUIRE) if truthy(transport.own(path))}
        return _like_beneath(transport, values)
    by_port = port_and_security({"port": port or options.get("port", UNDEFINED)}, rules)[1]
    values |= _not_from_the_start(transport, by_port)
    for path, wanted in ((IGNORE, choice == "never"), (REQUIRE, choice == "starttls-required")):
        values |= _on(transport, path) if wanted else _off(transport, path)
    if choice == "starttls-required":
        values |= _off(transport, OPPORTUNISTIC)
    return _like_beneath(transport, values)


def _like_beneath(transport: Transport, values: dict[str, Json]) -> dict[str, Json]:
    """Return the values in the kinds that the layers beneath have: LoopBack merges no others.

    Raise EditError where one of them has null, over which no value can be.
    """
    for path, value in values.items():
        below = transport.inherited.get(path[1:], UNDEFINED)
        said = transport.said_beneath(path)
        # LoopBack 2 keeps the null of the base file whatever the files in between say.
        null = below is None or (said is not None and transport.effective(path) is None)
        if null and value is not UNDEFINED:
            file = said[0] if below is None and said is not None else "a file read before"
            text = (
                f"“{path[1:]}” is null in {file}, and LoopBack does not start where another file "
                "gives it a value. Remove it there first."
            )
            raise EditError(transport.pointer(path), text)
        if value is True and truthy(transport.own(path)) and not truthy(transport.effective(path)):
            file = said[0] if said is not None else "another file"
            text = (
                f"“{path[1:]}” is set here already, but does not count beside what {file} says. "
                "Remove it there first."
            )
            raise EditError(transport.pointer(path), text)
        if isinstance(below, str) and isinstance(value, (bool, int)):
            values[path] = str(value) if path == PORT else "true" if value else ""
        elif isinstance(below, (int, float)) and not isinstance(below, bool) and path != PORT:
            values[path] = int(value) if isinstance(value, bool) else value
    return values


def _on(transport: Transport, path: str) -> dict[str, Json]:
    counts = truthy(transport.own(path)) and truthy(transport.effective(path))
    return {} if counts else {path: True}


def _off(transport: Transport, path: str) -> dict[str, Json]:
    """Return what makes a key count for nothing, also where a layer beneath sets it."""
    own, nothing = transport.own(path), transport.nothing_for(path)
    is_off = not truthy(own) and (own is not UNDEFINED or nothing is UNDEFINED)
    return {} if is_off else {path: nothing}


def _not_from_the_start(transport: Transport, by_port: bool) -> dict[str, Json]:
    """Return what keeps TLS from beginning with the first byte.

    `by_port`: the port alone would begin it, so `secure` must be said.
    """
    own, inherited = transport.own(SECURE), transport.inherited.get("secure", UNDEFINED)
    if own is not UNDEFINED:
        return {SECURE: False} if truthy(own) else {}
    needed = by_port and inherited is UNDEFINED
    return {SECURE: False} if needed or truthy(inherited) else {}


def _next_port(
    transport: Transport, options: Mapping[str, Json], rules: Rules, choice: Tls
) -> int | None:
    """Return the port that goes with the choice, None to leave it."""
    given = options.get("port", UNDEFINED)
    origin = transport.origin(PORT)
    by_variable = origin is not None and origin.variable is not None
    if not truthy(given) or by_variable or is_placeholder(transport.own(PORT)):
        return None
    if transport.effective(PORT) != given or transport.overruled(PORT) is not None:
        return None  # a service or another file decides
    port = to_number(given)
    if choice == "implicit":
        return TLS_PORT if port in CLEAR_PORTS else None
    return _PORT_WITHOUT_TLS.get(choice, _SUBMISSION) if port == TLS_PORT else None
