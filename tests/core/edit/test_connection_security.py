"""Connection security: what the keys mean, what a choice writes, and that it is in force then."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app_builder import applied, make_app
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.edit.connection_security import (
    CHOICES,
    KEYS,
    Beneath,
    beneath,
    decided_by,
    security_changes,
    security_of,
)
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.transport import Transport
from loopmail.core.loopback.variables import Variables
from loopmail.core.nodemailer import plan_datasource

FILES = ("datasources.json", "datasources.local.json", "datasources.production.json")
OLDER = replace(LOOPBACK_3, nodemailer="4.7.0")
GENERATIONS = [LOOPBACK_2, OLDER, LOOPBACK_3]


def open_layers(folder: Path, *parts: Json) -> Workspace:
    """Open an app whose layers say this of the one transport of `mail` (UNDEFINED: nothing)."""
    files: dict[str, Any] = {}
    for name, part in zip(FILES, parts, strict=False):
        source: dict[str, Any] = {}
        if part is not UNDEFINED:
            source = {"mail": {"connector": "mail", "transports": [part]}}
        files[name.removesuffix(".json").replace(".", "_")] = source
    return Workspace.open(make_app(folder, **files))


def seen(workspace: Workspace, file: str, versions: Versions) -> Transport:
    """The transport in production, from this file."""
    snapshot = workspace.snapshot()
    loaded = effective(snapshot, "production", Variables(), versions).datasources.get("mail")
    return Transport(snapshot, file, "mail", 0, loaded=loaded)


def plan_of(workspace: Workspace, versions: Versions) -> Any:
    """What Nodemailer would do in production."""
    loaded = effective(workspace.snapshot(), "production", Variables(), versions)
    (plan,) = plan_datasource(loaded.datasources["mail"].settings, versions).transports
    return plan


TLS = {"port": 465, "secure": True}
LATE = {"secure": False, "port": 2465, "ignoreTLS": True}
REQUIRED = {"secure": False, "port": 587, "requireTLS": True}

# --- what a choice writes -------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "choice", "after"),
    [
        ({"port": 587}, "implicit", {"port": 465, "secure": True}),
        ({"port": 25}, "implicit", {"port": 465, "secure": True}),
        ({"port": 2525}, "implicit", {"port": 2525, "secure": True}),
        ({}, "implicit", {"secure": True}),
        (TLS, "starttls-required", {"port": 587, "secure": False, "requireTLS": True}),
        (TLS, "starttls-if-offered", {"port": 587, "secure": False}),
        ({"port": 465}, "never", {"port": 25, "ignoreTLS": True}),
        ({"port": 587}, "never", {"port": 587, "ignoreTLS": True}),
        ({"port": 587, "ignoreTLS": True}, "starttls-if-offered", {"port": 587}),
        ({"requireTLS": True, "ignoreTLS": True}, "starttls-required", {"requireTLS": True}),
        ({"requireTLS": True, "opportunisticTLS": True}, "starttls-required", {"requireTLS": True}),
        ({"port": "465"}, "starttls-required", {"port": 587, "requireTLS": True}),
        ({"secure": True, "port": 2465}, "never", LATE),
        ({"ignoreTLS": True, "port": 25}, "implicit", {"port": 465, "secure": True}),
        (
            {"ignoreTLS": False, "x": 587},
            "implicit",
            {"ignoreTLS": False, "x": 587, "secure": True},
        ),
        ({"secure": False, "port": 465}, "starttls-required", REQUIRED),
    ],
    ids=str,
)
def test_a_choice_writes_its_keys_and_no_others(
    tmp_path: Path, before: dict[str, Json], choice: Any, after: dict[str, Json]
) -> None:
    workspace = open_layers(tmp_path, {"type": "smtp", **before})
    transport = seen(workspace, FILES[0], LOOPBACK_3)
    changes = transport.changes(workspace, security_changes(transport, choice, 6))
    written = applied(workspace, changes)[FILES[0]]["mail"]["transports"][0]
    assert written == {"type": "smtp", **after}
    assert security_of(seen(workspace, FILES[0], LOOPBACK_3), 6) == choice


def test_the_choice_in_force_writes_nothing(tmp_path: Path) -> None:
    workspace = open_layers(tmp_path, {"type": "smtp", "port": 465})
    assert security_changes(seen(workspace, FILES[0], LOOPBACK_3), "implicit", 6) == {}


def test_a_required_starttls_that_may_be_refused_is_not_called_required(tmp_path: Path) -> None:
    lenient = {"type": "smtp", "requireTLS": True, "opportunisticTLS": True}
    workspace = open_layers(tmp_path, lenient)
    assert security_of(seen(workspace, FILES[0], LOOPBACK_3), 6) == "starttls-if-offered"


def test_a_port_that_a_variable_gives_stays(tmp_path: Path) -> None:
    workspace = open_layers(tmp_path, {"type": "smtp", "port": "${PORT}"})
    loaded = effective(
        workspace.snapshot(), "production", Variables(environment={"PORT": "587"}), LOOPBACK_3
    ).datasources["mail"]
    transport = Transport(workspace.snapshot(), FILES[0], "mail", 0, loaded=loaded)
    assert security_changes(transport, "implicit", 6) == {"/secure": True}


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ({"service": "Gmail"}, "service"),
        ({"url": "smtps://a.example.com"}, "url"),
        ({"service": "nobody knows"}, None),
        ({"secure": True}, None),
    ],
    ids=str,
)
def test_what_decides_instead_is_named(
    tmp_path: Path, setting: dict[str, Json], key: str | None
) -> None:
    workspace = open_layers(tmp_path, {"type": "smtp", **setting})
    assert decided_by(seen(workspace, FILES[0], LOOPBACK_3), 6) == key


def test_what_the_layers_beneath_say_together(tmp_path: Path) -> None:
    base = {"type": "smtp", "host": "a", "port": 1025, "ignoreTLS": True}
    workspace = open_layers(tmp_path, base, {"requireTLS": True}, {"secure": True})
    said = beneath(seen(workspace, FILES[2], LOOPBACK_3), 6)
    assert said == Beneath(FILES[1], "never", 1025)
    assert beneath(seen(workspace, FILES[0], LOOPBACK_3), 6) is None


def test_what_cannot_count_beside_another_file_is_said(tmp_path: Path) -> None:
    base: Json = {"type": "smtp", "requireTLS": None}
    workspace = open_layers(tmp_path, base, UNDEFINED, {"type": "smtp", "requireTLS": True})
    transport = seen(workspace, FILES[2], GENERATIONS[0])
    with pytest.raises(EditError, match="requireTLS"):
        security_changes(transport, "starttls-required", GENERATIONS[0].nodemailer_major)


# --- whatever the layers say ----------------------------------------------------------

FLAGS = st.sampled_from([True, False, None, "", "true", "${NOWHERE}", 1])
PORTS = st.sampled_from([465, 587, 25, 1025, "465", "587", None, "${PORT}", 465.0])
PARTS = st.fixed_dictionaries(
    {"type": st.just("smtp")},
    optional={"port": PORTS, **{path[1:]: FLAGS for path in KEYS}},
)
LAYERS = st.tuples(PARTS, *[st.one_of(st.just(UNDEFINED), PARTS)] * 2)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    layers=LAYERS,
    file=st.sampled_from(FILES),
    versions=st.sampled_from(GENERATIONS),
    choice=st.sampled_from(CHOICES),
)
def test_a_choice_is_in_force_afterwards_and_undo_restores_the_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    layers: tuple[Json, ...],
    file: str,
    versions: Versions,
    choice: Any,
) -> None:
    workspace = open_layers(tmp_path_factory.mktemp("app"), *layers)
    before = dict(workspace.snapshot().texts)
    transport = seen(workspace, file, versions)
    major = versions.nodemailer_major
    if effective(workspace.snapshot(), "production", Variables(), versions).error is not None:
        return  # LoopBack merges no values of different kinds
    in_force = security_of(transport, major)
    plan = plan_of(workspace, versions)
    lenient = plan.tls == "starttls-required" and plan.opportunistic
    assert in_force == ("starttls-if-offered" if lenient else plan.tls)
    if transport.overruled(*KEYS) is not None:
        return  # another file decides: the window lets nothing be chosen there
    later = [part for part in layers[FILES.index(file) + 1 :] if isinstance(part, dict)]
    if any(path[1:] in part for part in later for path in KEYS):
        return  # what is null here lets a later file decide once it is something else
    try:
        changes = transport.changes(workspace, security_changes(transport, choice, major))
    except EditError:
        return
    undo = workspace.apply(changes)
    assert security_of(seen(workspace, file, versions), major) == choice
    assert plan_of(workspace, versions).tls == choice or lenient
    workspace.apply(undo)
    assert dict(workspace.snapshot().texts) == before
