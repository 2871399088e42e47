"""What a rule is, and how a family of rules adds one to itself.

A rule looks at the whole app, at a data source or at a transport, and yields what it finds there.
Its id and title are given where it is written:

    @RULES.check(each_transport, "dead-key", "A key of another library or version that nothing reads")
    def dead_key(transport: TransportView) -> Iterator[Found]: ...
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, TypeVar

from loopmail.core.checks.context import Context, DatasourceView, TransportView
from loopmail.core.checks.problem import Fix, Severity
from loopmail.core.loopback.transport import Place

_Subject = TypeVar("_Subject")


class Found(NamedTuple):
    """What a rule found: how bad it is, where it stands, what to say of it, and what fixes it."""

    severity: Severity
    place: Place
    text: str
    fix: Fix | None = None
    position: tuple[int, int] | None = None  # line and column, where the file has no tree to ask


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that belongs to a check; a check may have several."""

    id: str
    find: Callable[[Context], Iterable[Found]]
    certain: bool  # decided by a file alone: nothing that a script sets can make it untrue


class Family:
    """The rules of one file, in the order in which they run, and the titles of their checks.

    The command line and other programs refer to checks by their ids: they never change.
    """

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.titles: dict[str, str] = {}

    def check(
        self,
        each: Callable[[Context], Iterable[_Subject]],
        id_: str,
        title: str = "",
        *,
        certain: bool = False,
    ) -> Callable[[Callable[[_Subject], Iterator[Found]]], Callable[[_Subject], Iterator[Found]]]:
        """Add a rule that looks at `each` of something; one rule of each check gives its title."""

        def add(
            look: Callable[[_Subject], Iterator[Found]],
        ) -> Callable[[_Subject], Iterator[Found]]:
            def find(context: Context) -> Iterable[Found]:
                return chain.from_iterable(map(look, each(context)))

            self.rules.append(Rule(id_, find, certain))
            if title:
                self.titles[id_] = title
            return look

        return add


# --- What a rule may look at ----------------------------------------------------------


def the_app(context: Context) -> Iterable[Context]:
    """Everything at once."""
    return (context,)


def each_source(context: Context) -> Iterable[DatasourceView]:
    """The mail data sources."""
    return context.mail


def each_transport(context: Context) -> Iterable[TransportView]:
    """The transports that are objects."""
    return context.transports


def each_smtp(context: Context) -> Iterable[TransportView]:
    """The transports that would speak SMTP."""
    return context.smtp
