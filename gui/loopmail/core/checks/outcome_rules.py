"""Successes that send nothing, and secrets in the log."""

from collections.abc import Iterator

from loopmail.core.checks.context import Context, TransportView, remove_at, rename_at
from loopmail.core.checks.problem import Fix, Problem
from loopmail.core.js import UNDEFINED, truthy


def nothing_sent(context: Context) -> Iterator[Problem]:
    """LoopBack reports success and nothing leaves the machine (users-pains E5)."""
    for source in context.mail:
        settings = source.source.settings
        if isinstance(settings.get("transport"), list) and not truthy(settings.get("transports")):
            place = source.place("/transport")
            yield context.problem(
                "nothing-sent",
                "error",
                place,
                "“transport” holds a list: LoopBack takes it for one transport without a type, reports "
                "success and sends nothing.",
                rename_at(place, "Rename transport to transports", "transports"),
            )
        elif not truthy(settings.get("transports")) and not truthy(settings.get("transport")):
            yield context.problem(
                "nothing-sent",
                "error",
                source.place("/transports"),
                "This data source has no transports: LoopBack warns, reports success and sends nothing.",
            )
        elif settings.get("transports") == []:
            yield context.problem(
                "nothing-sent",
                "error",
                source.place("/transports"),
                "The list of transports is empty: LoopBack reports success and sends nothing.",
            )
    for transport in context.transports():
        if transport.plan.outcome in ("stub", "none"):
            yield _stub_problem(transport)


def _stub_problem(transport: TransportView) -> Problem:
    type_ = transport.get("type")
    if type_ is UNDEFINED or not truthy(type_):
        text = "Without a type LoopBack takes the stub transport: it reports success and sends nothing."
        return transport.problem("nothing-sent", "error", "type", text, _type_fix(transport))
    if isinstance(type_, str) and type_.lower() == "stub":
        text = "The stub transport reports success and sends nothing (fine for tests)."
        return transport.problem("nothing-sent", "warning", "type", text, _type_fix(transport))
    text = transport.plan.text or "This transport reports success and sends nothing."
    return transport.problem("nothing-sent", "warning", "", text)


def _type_fix(transport: TransportView) -> Fix | None:
    if not truthy(transport.get("host")) and not truthy(transport.get("service")):
        return None
    return transport.set_fix(
        "Set type to smtp", "type", "smtp", safe=not truthy(transport.get("type"))
    )


def debug_prints_secrets(context: Context) -> Iterator[Problem]:
    """`debug` prints whole messages, with `logger` the dialogue too (users-pains F3)."""
    for source in context.mail:
        if truthy(source.source.settings.get("debug")):
            place = source.place("/debug")
            yield context.problem(
                "debug-prints-secrets",
                "warning",
                place,
                "debug prints every message with its text to the console, password-reset links included.",
                remove_at(place, "Remove debug"),
            )
    for transport in context.transports():
        if transport.get("logger") is True and truthy(transport.get("debug")):
            password = " and the password" if context.versions.nodemailer_major == 2 else ""
            yield transport.problem(
                "debug-prints-secrets",
                "warning",
                "debug",
                f"logger with debug prints every message{password} to the console.",
                transport.remove_fix("Remove debug", "debug"),
            )


RULES = (nothing_sent, debug_prints_secrets)
