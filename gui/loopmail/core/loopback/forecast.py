"""What LoopBack would do with a data source: files read, plan, values, environments, upgrade."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loopmail.core.app.folder import LayerFile
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions, resolves_variables
from loopmail.core.app.workspace import Snapshot
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.loopback.effective import Effective, effective
from loopmail.core.loopback.report import EffectiveValue, effective_values
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView
from loopmail.core.nodemailer import TransportPlan
from loopmail.core.nodemailer.words import offer_sentences, plan_sentences
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
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


# --- What would change for an app's mail with another LoopBack version (“2 → 3”) ------

NOTHING = "—"
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
    changes = [*_boot(before.effective, after.effective)]
    changes += _sources(before.effective, after.effective)
    both = [name for name in before.mail if name in after.mail]
    for name in both:
        plans = zip(before.plans[name].transports, after.plans[name].transports, strict=False)
        for number, (left, right) in enumerate(plans):
            changes += _transport(name, number, (left, old), (right, new))
    if both and old.nodemailer_major == 2 and new.nodemailer_major > 2:
        changes += [VersionChange("", None, *pair) for pair in _FOR_CODE]
    return changes


def _boot(before: Effective, after: Effective) -> Iterator[VersionChange]:
    left, right = before.error, after.error
    if left != right:
        yield VersionChange("", None, _start(left), _start(right))
    old, new = before.versions, after.versions
    if resolves_variables(old) != resolves_variables(new):
        yield VersionChange("", None, _variables(old), _variables(new))


def _start(error: str | None) -> str:
    return f"Does not start: {error}" if error else "Starts."


def _variables(versions: Versions) -> str:
    if resolves_variables(versions):
        return "A text that ends with ${NAME} is replaced by the variable’s value."
    return "Texts with ${NAME} are taken as they stand."


def _sources(before: Effective, after: Effective) -> Iterator[VersionChange]:
    if before.versions.major >= 3 or after.versions.major < 3:
        return
    for name, source in before.datasources.items():
        if not source.settings.get("connector") and not source.settings.get("adapter"):
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


def _transport(
    name: str,
    number: int,
    old: tuple[TransportPlan, Versions],
    new: tuple[TransportPlan, Versions],
) -> Iterator[VersionChange]:
    left, right = _sentences(*old), _sentences(*new)
    for index in range(max(len(left), len(right))):
        one = left[index] if index < len(left) else NOTHING
        other = right[index] if index < len(right) else NOTHING
        if one != other:
            yield VersionChange(name, number, one, other)


def _sentences(plan: TransportPlan, versions: Versions) -> list[str]:
    return plan_sentences(plan) + offer_sentences(plan, versions)


# --- What another LoopBack would change -----------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanSection:
    """One transport: its title (empty if there is only one), what it does, how it signs in."""

    title: str
    sentences: tuple[str, ...]
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


_STATES = {"read": "read", "hidden": "not read", "script": "a script: unknown", "missing": ""}


def make_forecast(view: AppView, datasource: str, environments: Sequence[str]) -> Forecast:
    """Look at a data source in the view's environment and beside all `environments`; slow."""
    snapshot, versions, variables = view.snapshot, view.versions, view.variables
    source = view.effective.datasources.get(datasource)
    old = versions if versions.major == 2 else LOOPBACK_2
    upgrade = compare_versions(snapshot, view.env, variables, old, LOOPBACK_3)
    compared = compare_environments(snapshot, datasource, environments, variables, versions)
    return Forecast(
        view.boot_error.text if view.boot_error is not None else None,
        _files(view.effective, snapshot.app.files),
        _plan(view, datasource),
        tuple(effective_values(source)) if source else (),
        tuple(compared),
        tuple(change for change in upgrade if change.datasource in ("", datasource)),
    )


def _files(loaded: Effective, existing: Sequence[LayerFile]) -> tuple[str, ...]:
    there = {file.name for file in existing}
    return tuple(
        f"{file.path}: {_STATES[file.state]}"
        for file in loaded.files
        if file.path in there and file.state != "missing"
    )


def _plan(view: AppView, datasource: str) -> tuple[PlanSection, ...]:
    plans = view.plans.get(datasource)
    if plans is None:
        return ()
    several = len(plans.transports) > 1
    return tuple(
        PlanSection(
            _title(number, plan.alias, plans.default) if several else "",
            tuple(plan_sentences(plan)),
            tuple(offer_sentences(plan, view.versions)),
        )
        for number, plan in enumerate(plans.transports)
    )


def _title(number: int, alias: str | None, default: int | None) -> str:
    name = f"Transport {number + 1}" + (f", {alias}" if alias else "")
    return f"{name} (taken when a message names none)" if number == default else name
