"""What the panel “What LoopBack Would Do” shows, computed from plain data on a worker thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from loopmail.core.app_folder import LayerFile
from loopmail.core.comparison import (
    ComparedValue,
    VersionChange,
    compare_environments,
    compare_versions,
)
from loopmail.core.effective_values import EffectiveValue, effective_values
from loopmail.core.layers import Effective, effective
from loopmail.core.plan import plan_datasource
from loopmail.core.plan_words import offer_sentences, plan_sentences
from loopmail.core.transport_modules import installed_transport_modules
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
class Outlook:
    """The answer: files read, plan in words, values with origins, comparisons."""

    error: str | None
    files: tuple[str, ...]
    plan: tuple[tuple[str, tuple[str, ...]], ...]  # transport's title, its sentences
    values: tuple[EffectiveValue, ...]
    environments: tuple[ComparedValue, ...]
    upgrade: tuple[VersionChange, ...]


_STATES = {"read": "read", "hidden": "not read", "script": "a script: unknown", "missing": ""}


def make_outlook(question: OutlookQuestion) -> Outlook:
    """Compute the answer; called on a worker thread."""
    snapshot, versions = question.snapshot, question.versions
    loaded = effective(snapshot, question.env, question.variables, versions)
    source = loaded.datasources.get(question.datasource)
    upgrade = compare_versions(snapshot, question.env, question.variables, LOOPBACK_2, LOOPBACK_3)
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
        tuple(change for change in upgrade if change.datasource == question.datasource),
    )


def _files(loaded: Effective, existing: Sequence[LayerFile]) -> tuple[str, ...]:
    there = {file.name for file in existing}
    return tuple(
        f"{file.path}: {_STATES[file.state]}"
        for file in loaded.files
        if file.path in there and file.state != "missing"
    )


def _plan(question: OutlookQuestion, loaded: Effective) -> tuple[tuple[str, tuple[str, ...]], ...]:
    settings = loaded.datasources[question.datasource].settings
    if settings.get("connector") != "mail":
        return ()
    modules = installed_transport_modules(question.snapshot.app.root)
    plans = plan_datasource(settings, question.versions, modules)
    if plans.boot_error is not None:
        return (("", (f"The app does not start: {plans.boot_error}",)),)
    found = []
    for number, plan in enumerate(plans.transports, 1):
        sentences = plan_sentences(plan) + offer_sentences(plan, question.versions)
        title = plan.alias or f"Transport {number}"
        found.append((title if len(plans.transports) > 1 else "", tuple(sentences)))
    return tuple(found)
