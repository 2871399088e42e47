"""The effective configuration as JSON and as text."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from loopmail.core.app.versions import Versions
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext.pointer import format_pointer, leaves
from loopmail.core.loopback.effective import Effective, EffectiveDatasource
from loopmail.core.nodemailer.node_settings import node_effects
from loopmail.core.nodemailer.types import DatasourcePlan, TransportPlan
from loopmail.core.nodemailer.words import offer_sentences, plan_sentences
from loopmail.core.secret_names import mask_at, mask_host, mask_text, mask_value

# --- One data source, value by value --------------------------------------------------


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """A leaf: its path without the first slash, its value as JSON text, its origin in words."""

    setting: str
    text: str
    origin: str


def effective_values(
    datasource: EffectiveDatasource, *, show_secrets: bool = False
) -> Iterator[EffectiveValue]:
    """Yield the leaves in the files' order; an unresolved variable's value is `undefined`."""
    for tokens, value in leaves(datasource.settings):
        pointer = format_pointer(tokens)
        shown = value if show_secrets else mask_at(tokens, value)
        text = "undefined" if shown is UNDEFINED else json.dumps(shown, ensure_ascii=False)
        origin = datasource.origins.get(pointer)
        place = (origin and origin.file) or ""
        if origin is not None and origin.variable is not None:
            place += f", ${{{origin.variable}}} {origin.source or 'is not set'}"
        yield EffectiveValue(pointer[1:], text, place)


# --- The whole configuration as JSON and as text --------------------------------------


def effective_json(
    effective: Effective, plans: Mapping[str, DatasourcePlan], *, show_secrets: bool
) -> dict[str, Json]:
    """Return the report as plain JSON data.

    `settings` is what `JSON.stringify` would print: undefined members are left out, undefined
    items are null, and infinite numbers are null. `plans` has an entry for each mail data source.
    """
    versions = effective.versions
    return {
        "loopback": {
            "major": versions.major,
            "version": versions.loopback,
            "nodemailer": versions.nodemailer,
            "boot": versions.boot,
            "assumed": versions.assumed,
            "source": versions.source,
        },
        "env": effective.env or None,
        "files": [{"path": file.path, "state": file.state} for file in effective.files],
        "error": None if effective.error is None else {"text": effective.error},
        "warnings": list(effective.warnings),
        "datasources": {
            name: _datasource_json(datasource, plans.get(name), show_secrets)
            for name, datasource in effective.datasources.items()
        },
        "models": {
            model: {"dataSource": datasource} for model, datasource in effective.models.items()
        },
        "unresolved": {
            variable: [{"file": place.file, "pointer": place.pointer} for place in places]
            for variable, places in effective.unresolved.items()
        },
    }


def stringified(value: Json) -> Json:
    """Return a value as JSON.stringify sees it (ECMA-262, SerializeJSONProperty)."""
    if isinstance(value, dict):
        return {key: stringified(child) for key, child in value.items() if child is not UNDEFINED}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if value is UNDEFINED or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _datasource_json(
    datasource: EffectiveDatasource, plan: DatasourcePlan | None, show_secrets: bool
) -> dict[str, Json]:
    shown = list(datasource.settings.values()) if datasource.is_array else datasource.settings
    report: dict[str, Json] = {
        "settings": stringified(shown if show_secrets else mask_value((), shown)),
        "origins": {
            pointer: {"file": origin.file, "variable": origin.variable}
            for pointer, origin in datasource.origins.items()
        },
    }
    if plan is not None:
        transports = plan.transports
        if plan.boot_error is not None and not transports:
            transports = (TransportPlan("boot-error", text=plan.boot_error),)
        report["transports"] = [_transport_json(one, show_secrets) for one in transports]
    return report


def _transport_json(plan: TransportPlan, show_secrets: bool) -> dict[str, Json]:
    session = plan.outcome in ("smtp", "direct")
    texts = {"host": plan.host, "servername": plan.servername, "name": plan.name, "text": plan.text}
    if not show_secrets:
        texts = mask_value((), texts)
    return {
        "outcome": plan.outcome,
        "alias": plan.alias,
        "host": texts["host"],
        "port": plan.port,
        "tls": plan.tls,
        "verify": plan.verify if session else None,
        "environment": _environment_json(plan),
        "servername": texts["servername"],
        "auth": plan.auth.kind if session else None,
        "name": texts["name"],
        "text": texts["text"],
    }


def _environment_json(plan: TransportPlan) -> Json:
    """Return what Node's own variables change in a session that uses TLS."""
    if plan.tls in (None, "never"):
        return []
    return [asdict(effect) for effect in node_effects(plan.tls_options, plan.node)]


def effective_text(
    effective: Effective, plans: Mapping[str, DatasourcePlan], *, show_secrets: bool
) -> str:
    """Return the report for people; ends with a line end."""
    return "\n".join(_lines(effective, plans, show_secrets)) + "\n"


def _lines(
    effective: Effective, plans: Mapping[str, DatasourcePlan], show_secrets: bool
) -> Iterator[str]:
    versions = effective.versions
    guess = f"assumed, from {versions.source}" if versions.assumed else versions.source
    yield f"LoopBack {versions.loopback}, Nodemailer {versions.nodemailer} ({guess})"
    yield f"Environment: {effective.env or 'none, base files only'}"
    yield "Files: " + ", ".join(
        f"{file.path} ({file.state})" for file in effective.files if file.state != "missing"
    )
    for warning in effective.warnings:
        yield f"Warning: {warning}"
    if effective.error is not None:
        yield f"LoopBack would not start: {effective.error}"
    for name, datasource in effective.datasources.items():
        yield ""
        yield name
        found = effective_values(datasource, show_secrets=show_secrets)
        yield from _columns([(value.setting, value.text, value.origin) for value in found])
        if name in plans:
            yield from _plan_lines(plans[name], effective.versions)
    if effective.models:
        yield ""
        yield "Models"
        models = effective.models.items()
        yield from _columns([(model, bound or "(no data source)") for model, bound in models])


def _plan_lines(plan: DatasourcePlan, versions: Versions) -> Iterator[str]:
    for number, transport in enumerate(plan.transports, start=1):
        text = f"  -> transport {number}: {transport.outcome}"
        if transport.outcome in ("smtp", "direct"):
            text += f" {mask_host(transport.host)}:{transport.port}, TLS {transport.tls}"
            text += f", sign-in {transport.auth.kind}"
        if transport.text:
            text += f" ({mask_text(transport.text)})"
        yield text
        for sentence in (*plan_sentences(transport), *offer_sentences(transport, versions)):
            yield f"     {sentence}"
    if plan.boot_error and not plan.transports:
        yield f"  -> LoopBack would not start: {plan.boot_error}"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [min(48, max(map(len, column))) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield ("  " + "  ".join(cells)).rstrip()
