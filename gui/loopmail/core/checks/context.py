"""What the rules look at: one environment's effective configuration, and where each value stands."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from loopmail.core.app.changes import ChangeBuilder
from loopmail.core.app.folder import FileKind, kind_of
from loopmail.core.app.workspace import Change, Snapshot, Workspace
from loopmail.core.checks.problem import Fix
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import JsonSyntaxError, Node, find, parse
from loopmail.core.jsontext.pointer import at, format_pointer, parse_pointer
from loopmail.core.jsontext.syntax import line_starts
from loopmail.core.loopback.effective import EffectiveDatasource, FileRead
from loopmail.core.loopback.transport import Place, keys_read, loaded_transports, place_in
from loopmail.core.loopback.view import AppView
from loopmail.core.nodemailer import DatasourcePlan, TransportPlan

_Answer = TypeVar("_Answer")


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
    fix = build_fix(summary, lambda b: b.remove(place.file, place.pointer), safe=safe)
    return replace(fix, removes=True)


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
        tree, tokens = self.tree(place.file), parse_pointer(place.pointer)
        if tree is None:
            return 1, 1
        while (node := find(tree, format_pointer(tokens))) is None:
            tokens = tokens[:-1]
        if place.file not in self._lines:
            self._lines[place.file] = line_starts(self._snapshot.texts[place.file])
        starts = self._lines[place.file]
        line = bisect_right(starts, node.offset)
        return line, node.offset - starts[line - 1] + 1


class Context:
    """One environment: everything a rule may ask for."""

    def __init__(
        self, view: AppView, texts: Texts, tracked_secrets: frozenset[str] = frozenset()
    ) -> None:
        self.view, self.texts = view, texts
        self.tracked_secrets = tracked_secrets  # files with secrets that git tracks
        self.snapshot, self.effective, self.versions = view.snapshot, view.effective, view.versions

    @cached_property
    def mail(self) -> list["DatasourceView"]:
        """The mail data sources."""
        return [
            DatasourceView(self, source, self.view.plans[name])
            for name, source in self.view.mail.items()
        ]

    @cached_property
    def transports(self) -> list["TransportView"]:
        """The transports that are objects, of all mail data sources."""
        return [transport for source in self.mail for transport in source.transports]

    @cached_property
    def smtp(self) -> list["TransportView"]:
        """Those of them that would speak SMTP."""
        return [one for one in self.transports if one.plan.outcome == "smtp"]

    def layers(self, kind: FileKind) -> list[FileRead]:
        """Return the files of one kind in LoopBack's reading order."""
        return [file for file in self.effective.files if kind_of(file.path) == kind]


class DatasourceView:
    """A mail data source, its plan and its places."""

    def __init__(self, context: Context, source: EffectiveDatasource, plan: DatasourcePlan) -> None:
        self.context, self.source, self.plan = context, source, plan
        self.name, self.settings = source.name, source.settings

    def place(self, pointer: str) -> Place:
        """Where an effective value (JSON Pointer within the data source) stands in the files."""
        return place_in(self.source, pointer)

    @cached_property
    def transports(self) -> list["TransportView"]:
        """Its transports that are objects."""
        found = zip(loaded_transports(self.settings), self.plan.transports, strict=False)
        return [
            TransportView(self, pointer, value, plan)
            for (pointer, value), plan in found
            if isinstance(value, dict)
        ]


class TransportView:
    """A transport: effective values by path (`tls/ca`), their places, and its plan.

    `written` holds all keys, `settings` those that count (see `keys_read`).
    """

    def __init__(
        self, source: DatasourceView, pointer: str, settings: dict[str, Json], plan: TransportPlan
    ) -> None:
        self.source, self.pointer, self.plan = source, pointer, plan
        self.written, self.settings = settings, keys_read(settings)
        self.context = source.context
        self.nodemailer = source.context.versions.nodemailer_major

    def get(self, path: str) -> Json:
        """Return a value, UNDEFINED if it is not there."""
        return at(self.settings, path.split("/"))

    def has(self, path: str) -> bool:
        """Tell whether the key is written (and resolved)."""
        return self.get(path) is not UNDEFINED

    def from_variable(self, path: str) -> str | None:
        """Return the variable a leaf comes from; then the literal must not be edited."""
        origin = self.source.source.origins.get(self.pointer + _below(path))
        return origin.variable if origin else None

    def place(self, path: str = "") -> Place:
        """Where a value stands, or would stand beside its siblings."""
        return self.source.place(self.pointer + _below(path))

    def last_place(self, path: str, *beside: str) -> Place:
        """Where to write a value so that it goes with those `beside` it.

        That is the last layer that says something about one of them: a value written further
        down would also change the environments that do not have that layer.
        """
        order = [file.path for file in self.context.effective.files]
        found = {one: self.place(one) for one in (path, *filter(self.has, beside))}
        files = {one: place.file for one, place in found.items()}
        last = max(files, key=lambda one: order.index(files[one]) if files[one] in order else -1)
        return Place(files[last], found[last].pointer.removesuffix(last) + path)

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


def _below(path: str) -> str:
    """Return a path as a JSON Pointer; "" is the transport itself."""
    return format_pointer(path.split("/")) if path else ""
