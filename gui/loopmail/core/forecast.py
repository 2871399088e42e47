"""What LoopBack would do with a data source: files read, plan, values, environments, upgrade."""

from collections.abc import Sequence
from dataclasses import dataclass

from loopmail.core.app_folder import LayerFile
from loopmail.core.app_view import AppView
from loopmail.core.comparison import ComparedValue, compare_environments
from loopmail.core.effective_values import EffectiveValue, effective_values
from loopmail.core.layers import Effective
from loopmail.core.plan_words import offer_sentences, plan_sentences
from loopmail.core.upgrade import VersionChange, compare_versions
from loopmail.core.versions import LOOPBACK_2, LOOPBACK_3


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
