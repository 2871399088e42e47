"""What the panel “What LoopBack Would Do” shows, computed from plain data on a worker thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from loopmail.core.app_folder import LayerFile
from loopmail.core.comparison import ComparedValue, compare_environments
from loopmail.core.effective_values import EffectiveValue, effective_values
from loopmail.core.layers import Effective, effective
from loopmail.core.plan import plan_datasource
from loopmail.core.plan_words import offer_sentences, plan_sentences
from loopmail.core.transport_modules import installed_transport_modules
from loopmail.core.upgrade import VersionChange, compare_versions
from loopmail.core.variables import Variables
from loopmail.core.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.workspace import Snapshot


@dataclass(frozen=True, slots=True)
class OutlookQuestion:
    """What is looked at: a data source in an environment, beside all environments."""

    snapshot: Snapshot
    datasource: str
    env: str | None
    environments: tuple[str, ...]
    variables: Variables
    versions: Versions


@dataclass(frozen=True, slots=True)
class PlanSection:
    """One transport: its title (empty if there is only one), what it does, how it signs in."""

    title: str
    sentences: tuple[str, ...]
    offers: tuple[str, ...] = ()  # what happens at servers that offer this or that


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer: files read, plan in words, values with origins, comparisons."""

    error: str | None
    files: tuple[str, ...]
    plan: tuple["PlanSection", ...]
    values: tuple[EffectiveValue, ...]
    environments: tuple[ComparedValue, ...]
    upgrade: tuple[VersionChange, ...]


_STATES = {"read": "read", "hidden": "not read", "script": "a script: unknown", "missing": ""}


def make_outlook(question: OutlookQuestion) -> Outlook:
    """Compute the answer; called on a worker thread."""
    snapshot, versions = question.snapshot, question.versions
    loaded = effective(snapshot, question.env, question.variables, versions)
    source = loaded.datasources.get(question.datasource)
    old = versions if versions.major == 2 else LOOPBACK_2
    upgrade = compare_versions(snapshot, question.env, question.variables, old, LOOPBACK_3)
    return Outlook(
        loaded.error,
        _files(loaded, snapshot.app.files),
        _plan(question, loaded) if source else (),
        tuple(effective_values(source)) if source else (),
        tuple(
            compare_environments(
                snapshot, question.datasource, question.environments, question.variables, versions
            )
        ),
        tuple(change for change in upgrade if change.datasource in ("", question.datasource)),
    )


def _files(loaded: Effective, existing: Sequence[LayerFile]) -> tuple[str, ...]:
    there = {file.name for file in existing}
    return tuple(
        f"{file.path}: {_STATES[file.state]}"
        for file in loaded.files
        if file.path in there and file.state != "missing"
    )


def _plan(question: OutlookQuestion, loaded: Effective) -> tuple[PlanSection, ...]:
    settings = loaded.datasources[question.datasource].settings
    if settings.get("connector") != "mail":
        return ()
    modules = installed_transport_modules(question.snapshot.app.root)
    plans = plan_datasource(settings, question.versions, modules)
    if plans.boot_error is not None:
        return (PlanSection("", (f"The app does not start: {plans.boot_error}",)),)
    several = len(plans.transports) > 1
    return tuple(
        PlanSection(
            _title(number, plan.alias, plans.default) if several else "",
            tuple(plan_sentences(plan)),
            tuple(offer_sentences(plan, question.versions)),
        )
        for number, plan in enumerate(plans.transports)
    )


def _title(number: int, alias: str | None, default: int | None) -> str:
    name = f"Transport {number + 1}" + (f", {alias}" if alias else "")
    return f"{name} (taken when a message names none)" if number == default else name
