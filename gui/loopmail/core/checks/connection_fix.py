"""The edit that makes a transport connect in another way, e.g. one that a probe found to work."""

from collections.abc import Mapping

from loopmail.core.change_builder import ChangeBuilder
from loopmail.core.checks.context import Context, Place, TransportView, build_fix
from loopmail.core.checks.problem import Fix
from loopmail.core.js import Json, truthy

# What would overrule the new port and security, or send the password in clear.
_IN_THE_WAY = ("ignoreTLS", "opportunisticTLS")
_CHECK = "tls/rejectUnauthorized"


def transport_view(context: Context, datasource: str, alias: str | None) -> TransportView | None:
    """Return the transport that `send({transport: alias})` would take, None if it is no object."""
    for source in context.mail:
        if source.name == datasource:
            number = source.plan.routes.get(alias or "undefined", source.plan.default)
            views = {view.pointer: view for view in source.transports}
            return views.get(f"/transports/{number}") or views.get("/transport")
    return None


def connection_fix(
    transport: TransportView, host: str, settings: Mapping[str, Json], summary: str
) -> Fix | str:
    """Return the fix that writes these settings (by path), or a sentence why it cannot be.

    Each value goes to the layer it comes from now; one that comes from a variable is left to the
    variable's owner. The certificate has passed, so a check that is off is switched on again.
    """
    if truthy(transport.get("url")):
        return "This transport is given by “url”: change the port there."
    for path, value in settings.items():
        variable = transport.from_variable(path)
        if variable and transport.get(path) != value:
            return f"{path} comes from the variable {variable}: set it to {_shown(value)} there."
    places = {path: _place(transport, path) for path in settings}

    def build(builder: ChangeBuilder) -> None:
        for path, value in settings.items():
            builder.set(places[path].file, places[path].pointer, value)
        doomed = [_CHECK] if transport.get(_CHECK) is False else []
        for path in (*_IN_THE_WAY, *doomed):
            if transport.has(path):
                place = transport.place(path)
                builder.remove(place.file, place.pointer)
        if transport.has("service"):
            place, own = transport.place("service"), transport.place("host")
            builder.set(own.file, own.pointer, host).remove(place.file, place.pointer)

    return build_fix(summary, build, safe=False)


def _place(transport: TransportView, path: str) -> Place:
    if transport.has(path):
        return transport.place(path)
    return transport.last_place(path, "port", "secure", "host")


def _shown(value: Json) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
