"""What LoopBack would do with a data source: files read, plan, values, environments, upgrade."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions, resolves_variables
from loopmail.core.app.workspace import Snapshot
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.report import EffectiveValue, effective_values
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.core.nodemailer import TransportPlan
from loopmail.core.nodemailer.words import PlanLine, offer_sentences, plan_lines, plan_sentences
from loopmail.core.secret_names import MASK, mask_at, masked

# --- Environments side by side --------------------------------------------------------

MISSING = "—"


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """One setting of a data source in every environment; secrets are masked."""

    pointer: str  # within the data source
    values: tuple[str, ...]  # in the order of the environments, `MISSING` where it is not set

    @property
    def differs(self) -> bool:
        """Whether the environments disagree."""
        return len(set(self.values)) > 1


def compare_environments(
    snapshot: Snapshot,
    datasource: str,
    environments: Sequence[str | None],
    variables: Variables,
    versions: Versions,
) -> list[ComparedValue]:
    """Return every setting of a data source over the environments, in the files' order."""
    columns: list[dict[str, str]] = []
    for env in environments:
        source = effective(snapshot, env, variables, versions).datasources.get(datasource)
        found = leaves(source.settings) if source else ()
        columns.append({format_pointer(tokens): _shown(tokens, value) for tokens, value in found})
    pointers = dict.fromkeys(pointer for column in columns for pointer in column)
    return [
        ComparedValue(pointer, tuple(column.get(pointer, MISSING) for column in columns))
        for pointer in pointers
    ]


def _shown(tokens: Sequence[str], value: Json) -> str:
    if value is UNDEFINED:
        return "not set"
    shown = mask_at(tokens, value)
    if isinstance(shown, str):
        return masked(str(value)) if shown == MASK else shown
    return json.dumps(value)


# --- What would change for an app's mail with another LoopBack version (“2 → 3”) ------

# For code of the app that looks at errors and results.
_FOR_CODE = (
    (
        "A connection that fails has the code ECONNECTION.",
        "It has the code ESOCKET, or EDNS when the host is not found: code that compares err.code must follow.",
    ),
    ("The messageId of a result has no angle brackets.", "It is written <…>."),
    ("Messages carry an X-Mailer header.", "They do not, unless “xMailer” is given."),
)


@dataclass(frozen=True, slots=True)
class VersionChange:
    """What another LoopBack version would do otherwise.

    `datasource` is empty for what concerns the whole app, `transport` counts from 0 and is None
    for what concerns the whole data source.
    """

    datasource: str
    transport: int | None
    before: str
    after: str

    @property
    def subject(self) -> str:
        """What it is about, for people."""
        if not self.datasource:
            return "The app"
        if self.transport is None:
            return self.datasource
        return f"{self.datasource}, transport {self.transport + 1}"


def compare_versions(
    snapshot: Snapshot, env: str | None, variables: Variables, old: Versions, new: Versions
) -> list[VersionChange]:
    """Return what would change: the start of the app, its data sources, its transports."""
    before, after = (AppView(snapshot, env, variables, version) for version in (old, new))
    changes = []
    for words in (_start, _variables):
        if words(before) != words(after):
            changes.append(VersionChange("", None, words(before), words(after)))
    if old.major < 3 <= new.major:
        changes += _sources(before, after)
    both = [name for name in before.mail if name in after.mail]
    for name in both:
        plans = zip(before.plans[name].transports, after.plans[name].transports, strict=False)
        for number, (left, right) in enumerate(plans):
            told = zip_longest(_sentences(left, old), _sentences(right, new), fillvalue=MISSING)
            changes += [VersionChange(name, number, *pair) for pair in told if pair[0] != pair[1]]
    if both and old.nodemailer_major == 2 and new.nodemailer_major > 2:
        changes += [VersionChange("", None, *pair) for pair in _FOR_CODE]
    return changes


def _start(view: AppView) -> str:
    error = view.effective.error
    return f"Does not start: {error}" if error else "Starts."


def _variables(view: AppView) -> str:
    if resolves_variables(view.versions):
        return "A text that ends with ${NAME} is replaced by the variable’s value."
    return "Texts with ${NAME} are taken as they stand."


def _sources(before: AppView, after: AppView) -> Iterator[VersionChange]:
    """Yield what LoopBack 3 does otherwise when it makes the data sources."""
    for name, source in before.effective.datasources.items():
        now, then = (
            view.connectors.missing(name, source.settings, view.versions.major)
            for view in (before, after)
        )
        if now is None and then is not None:
            yield VersionChange(
                name,
                None,
                "Has no connector, which nobody notices.",
                f"The app does not start: “{name}” is taken for the name of a connector.",
            )
        inner = source.settings.get("name")
        if isinstance(inner, str) and inner != name:
            yield VersionChange(
                name,
                None,
                f"The inner name “{inner}” is ignored.",
                "It is ignored, with a warning at the start.",
            )


def _sentences(plan: TransportPlan, versions: Versions) -> list[str]:
    return plan_sentences(plan) + offer_sentences(plan, versions)


# --- What another LoopBack would change -----------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanSection:
    """One transport: its title (empty if there is only one), what it does, how it signs in."""

    title: str
    lines: tuple[PlanLine, ...]
    offers: tuple[str, ...] = ()  # what happens at servers that offer this or that


@dataclass(frozen=True, slots=True)
class Forecast:
    """The answer: files read, plan in words, values with origins, comparisons."""

    error: str | None
    files: tuple[str, ...]
    plan: tuple[PlanSection, ...]
    values: tuple[EffectiveValue, ...]
    environments: tuple[ComparedValue, ...]
    upgrade: tuple[VersionChange, ...]


_STATES = {"read": "read", "hidden": "not read", "script": "a script: unknown"}


def make_forecast(view: AppView, datasource: str, environments: Sequence[str]) -> Forecast:
    """Look at a data source in the view's environment and beside all `environments`; slow."""
    snapshot, versions, variables = view.snapshot, view.versions, view.variables
    source = view.effective.datasources.get(datasource)
    old = versions if versions.major == 2 else LOOPBACK_2
    upgrade = compare_versions(snapshot, view.env, variables, old, LOOPBACK_3)
    there = {file.name for file in snapshot.app.files}
    files = [file for file in view.effective.files if file.path in there]
    return Forecast(
        error=view.boot_error.text if view.boot_error is not None else None,
        files=tuple(f"{file.path}: {_STATES[file.state]}" for file in files),
        plan=_plan(view, datasource),
        values=tuple(effective_values(source)) if source else (),
        environments=tuple(
            compare_environments(snapshot, datasource, environments, variables, versions)
        ),
        upgrade=tuple(change for change in upgrade if change.datasource in ("", datasource)),
    )


def _plan(view: AppView, datasource: str) -> tuple[PlanSection, ...]:
    plans = view.plans.get(datasource)
    sections = []
    for number, plan in enumerate(plans.transports if plans is not None else ()):
        title = ""
        if plans is not None and len(plans.transports) > 1:
            title = f"Transport {number + 1}" + (f", {plan.alias}" if plan.alias else "")
            if number == plans.default:
                title += " (taken when a message names none)"
        offers = offer_sentences(plan, view.versions)
        sections.append(PlanSection(title, tuple(plan_lines(plan)), tuple(offers)))
    return tuple(sections)
