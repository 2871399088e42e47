"""What the rules look at: one environment's effective configuration, and where each value stands."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.versions import Versions
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.checks.problem import Fix, Problem, Severity
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import JsonSyntaxError, Node, find, parse
from loopmail.core.jsontext.pointer import format_pointer, parse_pointer
from loopmail.core.jsontext.syntax import line_starts
from loopmail.core.loopback.effective import Effective, EffectiveDatasource, Origin
from loopmail.core.loopback.transport import Place as Place
from loopmail.core.loopback.transport import keys_read, loaded_transports, place_in, value_at
from loopmail.core.loopback.view import AppView
from loopmail.core.nodemailer import DatasourcePlan, TransportPlan
from loopmail.core.secret_names import mask_text

_Answer = TypeVar("_Answer")
_LONGEST_PATH = 200  # characters; some file systems take no longer names


def may_be_path(text: str) -> bool:
    """Tell whether the system can be asked for a file of this name at all."""
    return 0 < len(text) <= _LONGEST_PATH and text.isprintable()


def build_fix(summary: str, build: Callable[[ChangeBuilder], object], *, safe: bool = True) -> Fix:
    """Make a fix from a function that fills a `ChangeBuilder`."""

    def changes(workspace: Workspace) -> list[Change]:
        builder = ChangeBuilder(workspace)
        build(builder)
        return builder.changes

    return Fix(summary, safe, changes)


def set_at(place: Place, summary: str, value: Json, *, safe: bool = True) -> Fix:
    """Make a fix that sets the value at a place."""
    return build_fix(summary, lambda b: b.set(place.file, place.pointer, value), safe=safe)


def remove_at(place: Place, summary: str, *, safe: bool = True) -> Fix:
    """Make a fix that removes what stands at a place."""
    return build_fix(summary, lambda b: b.remove(place.file, place.pointer), safe=safe)


def rename_at(place: Place, summary: str, new_key: str, *, safe: bool = True) -> Fix:
    """Make a fix that renames the member at a place."""
    return build_fix(summary, lambda b: b.rename(place.file, place.pointer, new_key), safe=safe)


class Texts:
    """The trees of the files, parsed once for all rules and environments."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._trees: dict[str, Node | None] = {}
        self._lines: dict[str, list[int]] = {}
        self._answers: dict[tuple[str, str], Sequence[Any]] = {}

    def tree(self, file: str) -> Node | None:
        """Return a file's tree, None if it is broken or missing."""
        if file not in self._trees:
            try:
                self._trees[file] = parse(self._snapshot.texts[file])
            except (KeyError, JsonSyntaxError):
                self._trees[file] = None
        return self._trees[file]

    def once(
        self, question: str, file: str, answer: Callable[[], Iterable[_Answer]]
    ) -> Sequence[_Answer]:
        """Return what a rule finds in a file alone; it is asked once for all environments."""
        if (question, file) not in self._answers:
            self._answers[question, file] = tuple(answer())
        return self._answers[question, file]

    def position(self, place: Place) -> tuple[int, int]:
        """Return line and column of a place, or of the nearest parent that exists."""
        tree = self.tree(place.file)
        if tree is None:
            return 1, 1
        tokens = parse_pointer(place.pointer)
        for length in range(len(tokens), -1, -1):
            node = find(tree, format_pointer(tokens[:length]))
            if node is not None:
                return self._line_column(place.file, node.offset)
        return 1, 1

    def _line_column(self, file: str, offset: int) -> tuple[int, int]:
        if file not in self._lines:
            self._lines[file] = line_starts(self._snapshot.texts[file])
        starts = self._lines[file]
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1


@dataclass(frozen=True)
class Context:
    """One environment: everything a rule may ask for."""

    view: AppView
    texts: Texts = field(repr=False)
    tracked_secrets: frozenset[str] = frozenset()  # files with secrets that git tracks

    @property
    def snapshot(self) -> Snapshot:
        """The files."""
        return self.view.snapshot

    @property
    def effective(self) -> Effective:
        """What LoopBack would load."""
        return self.view.effective

    @property
    def env(self) -> str | None:
        """The environment that is looked at."""
        return self.effective.env

    @property
    def versions(self) -> Versions:
        """The versions that apply."""
        return self.effective.versions

    def problem(
        self, id_: str, severity: Severity, place: Place, text: str, fix: Fix | None = None
    ) -> Problem:
        """Make a problem with its line and column; a secret that the text quotes is masked."""
        line, column = self.texts.position(place)
        text = mask_text(text)
        return Problem(id_, severity, place.file, line, column, place.pointer, self.env, text, fix)

    @cached_property
    def mail(self) -> list["DatasourceView"]:
        """The mail data sources."""
        return [
            DatasourceView(self, source, self.view.plans[name])
            for name, source in self.view.mail.items()
        ]

    def transports(self) -> Iterator["TransportView"]:
        """All transports that are objects, of all mail data sources."""
        for source in self.mail:
            yield from source.transports


class DatasourceView:
    """A mail data source, its plan and its places."""

    def __init__(self, context: Context, source: EffectiveDatasource, plan: DatasourcePlan) -> None:
        self.context, self.source, self.plan, self.name = context, source, plan, source.name

    def place(self, pointer: str) -> Place:
        """Where an effective value (JSON Pointer within the data source) stands in the files."""
        return place_in(self.source, pointer)

    @cached_property
    def transports(self) -> list["TransportView"]:
        """Its transports that are objects."""
        found = loaded_transports(self.source.settings)
        return [
            TransportView(self, pointer, value, self.plan.transports[number])
            for number, (pointer, value) in enumerate(found)
            if isinstance(value, dict) and number < len(self.plan.transports)
        ]


class TransportView:
    """A transport: effective values by path, their places, and its plan.

    `written` holds all keys, `settings` those that count (see `keys_read`).
    """

    def __init__(
        self, source: DatasourceView, pointer: str, settings: dict[str, Json], plan: TransportPlan
    ) -> None:
        self.source, self.pointer, self.plan = source, pointer, plan
        self.written = settings
        self.settings = keys_read(settings)
        self.context = source.context

    def get(self, path: str) -> Json:
        """Return a value by a path like `tls/ca`, UNDEFINED if it is not there."""
        return value_at(self.settings, "/" + path.replace("~", "~0"))

    def has(self, path: str) -> bool:
        """Tell whether the key is written (and resolved)."""
        return self.get(path) is not UNDEFINED

    def origin(self, path: str) -> Origin | None:
        """Return where a leaf's value comes from."""
        return self.source.source.origins.get(f"{self.pointer}/{path}")

    def from_variable(self, path: str) -> str | None:
        """Return the variable a leaf comes from; then the literal must not be edited."""
        origin = self.origin(path)
        return origin.variable if origin else None

    def place(self, path: str = "") -> Place:
        """Where a value stands, or would stand beside its siblings."""
        return self.source.place(f"{self.pointer}/{path}" if path else self.pointer)

    def problem(
        self, id_: str, severity: Severity, path: str, text: str, fix: Fix | None = None
    ) -> Problem:
        """Make a problem at a value of this transport."""
        return self.context.problem(id_, severity, self.place(path), text, fix)

    def last_place(self, path: str, *beside: str) -> Place:
        """Where to write a value so that it goes with those `beside` it.

        That is the last layer that says something about one of them: a value written further
        down would also change the environments that do not have that layer.
        """
        order = [file.path for file in self.context.effective.files]
        found = [self.place(path), *(self.place(one) for one in beside if self.has(one))]
        last = max(found, key=lambda place: order.index(place.file) if place.file in order else -1)
        pointer = found[0].pointer if last is found[0] else self._sibling(last, path, beside)
        return Place(last.file, pointer)

    def _sibling(self, place: Place, path: str, beside: tuple[str, ...]) -> str:
        for one in beside:
            if place.pointer.endswith(f"/{one}"):
                return place.pointer[: -len(one)] + path
        return place.pointer.rpartition("/")[0] + f"/{path}"

    def set_fix(self, summary: str, path: str, value: Json, *, safe: bool = True) -> Fix | None:
        """Make a fix that sets one value; None where the value comes from a variable."""
        if self.from_variable(path):
            return None
        parent, _, key = path.rpartition("/")
        if parent and self.has(parent) and not isinstance(self.get(parent), dict):
            return set_at(self.place(parent), summary, {key: value}, safe=safe)
        return set_at(self.place(path), summary, value, safe=safe)

    def remove_fix(self, summary: str, path: str, *, safe: bool = True) -> Fix:
        """Make a fix that removes one key."""
        return remove_at(self.place(path), summary, safe=safe)

    def rename_fix(self, summary: str, path: str, new_key: str, *, safe: bool = True) -> Fix:
        """Make a fix that renames one key."""
        return rename_at(self.place(path), summary, new_key, safe=safe)
