"""Which transport a message finds (loopback-semantics 3.3)."""

from collections import defaultdict
from collections.abc import Iterator

from loopmail.core.checks.context import Context
from loopmail.core.checks.problem import Problem
from loopmail.core.js import truthy

_PROTOTYPE = {"constructor", "toString", "valueOf", "hasOwnProperty", "__proto__", "isPrototypeOf"}


def alias_duplicate(context: Context) -> Iterator[Problem]:
    """Two transports under one name: the last one gets the mail (users-pains E6)."""
    for source in context.mail:
        by_key: dict[str, list[int]] = defaultdict(list)
        for number, transport in enumerate(source.transports):
            key = (
                transport.get("alias") if truthy(transport.get("alias")) else transport.get("type")
            )
            by_key[str(key)].append(number)
        for key, numbers in by_key.items():
            if len(numbers) < 2:
                continue
            last = source.transports[numbers[-1]]
            aliased = any(truthy(source.transports[n].get("alias")) for n in numbers)
            yield last.problem(
                "alias-duplicate",
                "warning" if aliased else "info",
                "alias",
                f"{len(numbers)} transports answer to “{key}”: send with transport “{key}” takes the "
                "last of them, send without one the first of all. Give each its own alias.",
            )


def alias_captured(context: Context) -> Iterator[Problem]:
    """A transport without alias and type catches every message that names none."""
    for source in context.mail:
        if len(source.transports) < 2:
            continue
        for transport in source.transports:
            if not truthy(transport.get("alias")) and not truthy(transport.get("type")):
                yield transport.problem(
                    "alias-captured",
                    "error",
                    "",
                    "This transport has neither alias nor type: LoopBack gives it every message that "
                    "names no transport, and sends nothing.",
                    transport.set_fix("Set type to smtp", "type", "smtp", safe=False),
                )
    for transport in context.transports():
        alias = transport.get("alias")
        if isinstance(alias, str) and alias in _PROTOTYPE:
            yield transport.problem(
                "alias-captured",
                "error",
                "alias",
                f"“{alias}” is a built-in name of JavaScript objects; sending through it fails.",
            )


RULES = (alias_duplicate, alias_captured)
