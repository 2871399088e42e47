"""Where a transport stands, what it holds, and that writing into a layer drops nothing."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app_builder import applied, make_app
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.checks.run import CheckRequest, run_checks
from loopmail.core.edit.connection_security import security_of
from loopmail.core.edit.presets import apply_preset, find_preset, load_presets
from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.loopback.effective import effective
from loopmail.core.loopback.transport import Transport, sign_in_of
from loopmail.core.loopback.variables import Variables
from loopmail.core.nodemailer import TransportPlan, plan_datasource

BASE, LOCAL = "datasources.json", "datasources.local.json"
PROD = "datasources.production.json"
AUTH = {"user": "me", "pass": "secret"}
SMTP = {"type": "smtp", "host": "old.example.com", "port": 25, "auth": AUTH}
SINGLE = {"connector": "mail", "transport": SMTP}
LISTED = {"connector": "mail", "transports": [SMTP]}
BOTH = [LOOPBACK_2, LOOPBACK_3]


def open_app(folder: Path, **layers: Json) -> Workspace:
    """Open an app whose data source `mail` is given by layer: base, local, production."""
    names = {"base": "datasources", "local": "datasources_local"}
    files = {names.get(n, f"datasources_{n}"): {"mail": part} for n, part in layers.items()}
    return Workspace.open(make_app(folder, **{"datasources": {}, **files}))


def transport_of(workspace: Workspace, file: str, index: int = 0) -> Transport:
    snapshot = workspace.snapshot()
    loaded = effective(snapshot, "production", Variables(), LOOPBACK_3).datasources.get("mail")
    return Transport(snapshot, file, "mail", index, loaded=loaded)


def plans(workspace: Workspace, versions: Versions) -> tuple[TransportPlan, ...] | None:
    """Return what production would do, None if LoopBack refuses the files."""
    loaded = effective(workspace.snapshot(), "production", Variables(), versions)
    if loaded.error is not None:
        return None
    plan = plan_datasource(loaded.datasources["mail"].settings, versions)
    return None if plan.boot_error else plan.transports


@pytest.mark.parametrize(
    ("base", "written"),
    [
        (SINGLE, {"transport": {"host": "new"}}),
        (LISTED, {"transports": [{"host": "new"}]}),
        ({**LISTED, "transports": [SMTP, SMTP]}, {"transports": [{"host": "new"}, {}]}),
        ({**SINGLE, "transports": None}, {"transport": {"host": "new"}}),
        ({**LISTED, "transport": SMTP}, {"transports": [{"host": "new"}]}),
        ({"connector": "mail"}, {"transports": [{"host": "new"}]}),
    ],
    ids=["single", "list", "list of two", "null beside single", "both", "none"],
)
def test_a_layer_writes_where_the_layers_beneath_have_the_transport(
    tmp_path: Path, base: Json, written: Json
) -> None:
    workspace = open_app(tmp_path, base=base)
    changes = transport_of(workspace, PROD).changes(workspace, {"/host": "new"})
    assert applied(workspace, changes)[PROD] == {"mail": written}
    (first, *_) = plans(workspace, LOOPBACK_3) or ()
    assert first.host == "new" or base == {"connector": "mail"}


@pytest.mark.parametrize(
    ("base", "later", "written"),
    [
        ({"connector": "mail"}, {"transport": SMTP}, {"transport": {"host": "new"}}),
        ({"connector": "mail"}, {"transports": [SMTP, {}]}, {"transports": [{"host": "new"}, {}]}),
        (SINGLE, LISTED, {"transport": {**SMTP, "host": "new"}}),
        (LISTED, SINGLE, {"transports": [{**SMTP, "host": "new"}]}),
    ],
    ids=["single later", "list later", "own single", "own list"],
)
def test_the_base_file_fits_to_what_later_layers_have(
    tmp_path: Path, base: Json, later: Json, written: Json
) -> None:
    workspace = open_app(tmp_path, base=base, production=later)
    changes = transport_of(workspace, BASE).changes(workspace, {"/host": "new"})
    assert applied(workspace, changes)[BASE]["mail"] == {"connector": "mail", **written}
    assert plans(workspace, LOOPBACK_3) is not None


def test_a_dead_single_transport_of_the_layer_is_passed_by(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, base=LISTED, production={"transport": {"host": "dead"}})
    changes = transport_of(workspace, PROD).changes(workspace, {"/host": "new"})
    applied(workspace, changes)
    (plan,) = plans(workspace, LOOPBACK_3) or ()
    assert (plan.host, plan.auth.user) == ("new", "me")


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ({"connector": "mail", "transport": [SMTP]}, "Rename it to “transports” there first."),
        ({"connector": "mail", "transports": []}, "Add the transport there first."),
        ({"connector": "mail", "transports": None}, "Add the transport there first."),
        ({"connector": "mail", "transports": [None]}, "Correct it there first."),
        ({"connector": "mail", "transports": "x"}, "Add the transport there first."),
    ],
    ids=["list called transport", "empty list", "null", "null in the list", "text"],
)
def test_what_loopback_would_not_load_is_refused_in_a_sentence(
    tmp_path: Path, base: Json, said: str
) -> None:
    workspace = open_app(tmp_path, base=base)
    with pytest.raises(EditError, match=said):
        transport_of(workspace, PROD).changes(workspace, {"/host": "new"})
    with pytest.raises(EditError, match=said):
        apply_preset(workspace, PROD, "mail", find_preset("gmail"))


@pytest.mark.parametrize("preset", load_presets(), ids=lambda preset: preset.id)
@pytest.mark.parametrize("file", [LOCAL, PROD])
def test_a_preset_over_a_single_transport_keeps_the_sign_in(
    tmp_path: Path, file: str, preset: Any
) -> None:
    workspace = open_app(tmp_path, base=SINGLE)
    values = applied(workspace, apply_preset(workspace, file, "mail", preset))
    assert list(values[file]["mail"]) == ["transport"]
    for versions in BOTH:
        (plan,) = plans(workspace, versions) or ()
        assert (plan.host, plan.port) == (preset.host, preset.port)
        assert plan.auth.kind == ("plain-or-login" if preset.auth else "none")
        assert plan.auth.block == (AUTH if preset.auth else UNDEFINED)


SHAPES: st.SearchStrategy[Json] = st.sampled_from(
    [
        *({"transport": SMTP}, {"transport": {"type": "smtp"}}, {"transport": {"auth": AUTH}}),
        *({"transports": [SMTP]}, {"transports": [SMTP, SMTP]}, {"transports": [{}]}),
        *({"transport": SMTP, "transports": [SMTP]}, {"transport": SMTP, "transports": None}),
        *({"transport": [SMTP]}, {"transport": None}, {"transports": []}, {"transports": None}),
        *({"transport": {"url": "smtp://a:b@c"}}, {"transports": [{"service": "SES"}]}, {}),
    ]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=SHAPES,
    local=st.none() | SHAPES,
    production=st.none() | SHAPES,
    file=st.sampled_from([BASE, LOCAL, PROD]),
    preset=st.sampled_from(load_presets()),
)
def test_whatever_the_layers_are_a_preset_counts_and_keeps_the_sign_in(
    tmp_path_factory: pytest.TempPathFactory,
    base: Json,
    local: Json,
    production: Json,
    file: str,
    preset: Any,
) -> None:
    given = {"base": {"connector": "mail", **base}, "local": local, "production": production}
    # What is read after the file has the last word, so it is left out.
    upto = list(given)[: [BASE, LOCAL, PROD].index(file) + 1]
    layers = {name: given[name] for name in upto if given[name] is not None}
    workspace = open_app(tmp_path_factory.mktemp("app"), **copy.deepcopy(layers))
    before = plans(workspace, LOOPBACK_3)
    try:
        changes = apply_preset(workspace, file, "mail", preset)
    except EditError:
        return
    workspace.apply(changes)
    after = plans(workspace, LOOPBACK_3)
    if before is None:
        return  # LoopBack refused the files before, for a reason that the preset need not remove
    assert after
    assert (after[0].outcome, after[0].host, after[0].port) == ("smtp", preset.host, preset.port)
    assert (after[0].tls == "implicit") is preset.secure
    assert not before or len(after) == len(before)
    if before and before[0].auth.block == AUTH and preset.auth:
        assert after[0].auth.block == AUTH


# --- TLS from the first byte: one rule for the form and the plan ---------------------------------

PORTS: list[Json] = [
    *(465, 465.0, 587, 0, -1, 465.5, True, False, None, UNDEFINED),
    *("465", "465.0", "0x1d1", "0X1D1", "0b111010001", "0o721", "4.65e2", "46500e-2", "+465"),
    *("-465", " 465 ", "\t465\n", "\u00a0465", "0465", "465px", "4 65", "", " ", "587", "Infinity"),
    *([465], ["465"], [[465]], [465, 1], [], {}, {"port": 465}),
]
SECURE: list[Json] = [UNDEFINED, None, True, False, "", "false", 0, 1, []]


@pytest.mark.parametrize("versions", BOTH, ids=["LoopBack 2", "LoopBack 3"])
@pytest.mark.parametrize("secure", SECURE, ids=repr)
@pytest.mark.parametrize("port", PORTS, ids=repr)
def test_tls_from_the_first_byte_is_what_the_plan_says(
    tmp_path: Path, versions: Versions, port: Json, secure: Json
) -> None:
    given = {"type": "smtp", "host": "a", "port": port, "secure": secure}
    setting = {key: value for key, value in given.items() if value is not UNDEFINED}
    workspace = open_app(tmp_path, base={"connector": "mail", "transports": [setting]})
    (plan,) = plan_datasource({"transports": [setting]}, versions).transports
    transport = transport_of(workspace, BASE)
    in_force = security_of(transport, versions.nodemailer_major)
    assert in_force == plan.tls


@pytest.mark.parametrize(
    "setting",
    [
        {"service": "Gmail"},
        {"service": "Gmail", "secure": False},
        {"url": "smtps://a.example.com"},
        {"url": "smtp://a.example.com", "port": 465},
        {"url": "http://%"},
        {"service": 1},
    ],
    ids=str,
)
def test_a_service_and_a_url_decide_as_in_the_plan(
    setting: dict[str, Json], tmp_path: Path
) -> None:
    workspace = open_app(tmp_path, base={"connector": "mail", "transport": setting})
    plan = plan_datasource({"transport": {"type": "smtp", **setting}}, LOOPBACK_3).transports
    expected = bool(plan) and plan[0].tls == "implicit"
    in_force = security_of(transport_of(workspace, BASE), 6)
    assert (in_force == "implicit") == expected


@pytest.mark.parametrize(
    ("setting", "old", "new"),
    [
        ({"type": "smtp"}, "smtp", "smtp"),
        ({"type": "SMTP", "direct": True}, "direct", "smtp"),
        ({"type": "smtp", "sendmail": True}, "smtp", "sendmail"),
        ({"type": "smtp", "sendmail": True, "pool": True}, "smtp", "smtp"),
        ({"type": "smtp", "SES": {}}, "smtp", "SES"),
        ({"type": "smtp", "transport": "ses"}, "transport", "smtp"),
        ({"type": "direct"}, "direct", "direct"),
        ({"type": "ses"}, "ses", "ses"),
        ({"host": "a"}, "stub", "stub"),
        ({"type": None}, "stub", "stub"),
    ],
    ids=str,
)
def test_the_way_by_which_mail_leaves(
    tmp_path: Path, setting: dict[str, Json], old: str, new: str
) -> None:
    workspace = open_app(tmp_path, base={"connector": "mail", "transports": [setting]})
    transport = transport_of(workspace, BASE)
    assert (transport.kind(2), transport.kind(6)) == (old, new)


# --- reading -------------------------------------------------------------------------------------


def test_own_effective_origin_and_place_of_a_single_transport(tmp_path: Path) -> None:
    workspace = open_app(tmp_path, base=SINGLE, production={"transport": {"host": "new"}})
    transport = transport_of(workspace, PROD)
    assert transport.own("/host") == "new"
    assert transport.own("/port") is UNDEFINED
    assert (transport.effective("/port"), transport.current("/port")) == (25, 25)
    origin = transport.origin("/port")
    assert origin is not None
    assert (origin.file, origin.pointer) == (BASE, "/mail/transport/port")
    assert transport.place("/auth/user").file == BASE
    assert transport.place("/secure").pointer == "/mail/transport/secure"
    assert transport.inherited == SMTP
    assert transport.pointer("/host") == "/mail/transport/host"


def test_a_file_that_is_read_later_overrules_what_it_gives(tmp_path: Path) -> None:
    layer = {"transport": {"host": "new", "auth": {"user": "b"}, "tls": None}}
    workspace = open_app(tmp_path, base=SINGLE, production=layer)
    base, production = transport_of(workspace, BASE), transport_of(workspace, PROD)
    assert base.overruled("/host") == base.overruled("/port", "/host") == PROD
    assert base.overruled("/auth") == PROD  # something in it
    assert base.overruled("/tls/servername") == PROD  # what stands around it
    assert base.overruled("/port") is base.overruled("/secure") is None
    paths = ("/host", "/port", "/auth", "/tls/servername")
    assert production.overruled(*paths) is None
    assert production.said_beneath("/host") == (BASE, SMTP["host"])


def test_a_list_in_place_of_the_single_transport_overrules_all_of_it(tmp_path: Path) -> None:
    layer = {"transports": [{"type": "smtp", "host": "new"}]}
    workspace = open_app(tmp_path, base=SINGLE, production=layer)
    base = transport_of(workspace, BASE)
    assert (base.effective("/port"), base.overruled("/port")) == (UNDEFINED, PROD)


@pytest.mark.parametrize(
    ("auth", "way"),
    [
        *((UNDEFINED, "none"), (None, "none"), ("x", "other"), ([], "other"), ({}, "password")),
        *(({"type": "OAUTH2"}, "oauth2"), ({"xoauth2": ""}, "oauth2"), ({"type": 1}, "password")),
    ],
)
def test_ways_of_signing_in(auth: Json, way: str) -> None:
    assert sign_in_of(auth) == way


# --- the check -----------------------------------------------------------------------------------


def dead_keys(workspace: Workspace, env: str) -> list[tuple[str, str]]:
    request = CheckRequest(workspace.snapshot(), [env], Variables(), workspace.app.versions)
    found = [p for p in run_checks(request) if p.id == "dead-key"]
    assert all(p.severity == "warning" for p in found)
    return [(p.file, p.pointer) for p in found]


def test_a_list_over_a_single_transport_is_told_where_it_counts(tmp_path: Path) -> None:
    over = {"transports": [{"type": "smtp", "host": "new"}]}
    workspace = open_app(tmp_path, base=SINGLE, production=over)
    assert dead_keys(workspace, "production") == [(BASE, "/mail/transport")]
    assert dead_keys(workspace, "staging") == []


def test_the_fix_joins_both(tmp_path: Path) -> None:
    over = {"transports": [{"type": "smtp", "host": "new"}]}
    workspace = open_app(tmp_path, base=SINGLE, production=over)
    request = CheckRequest(
        workspace.snapshot(), ["production"], Variables(), workspace.app.versions
    )
    (problem,) = [p for p in run_checks(request) if p.id == "dead-key"]
    assert problem.fix is not None
    assert not problem.fix.safe
    workspace.apply(problem.fix.changes(workspace))
    assert dead_keys(workspace, "production") == []
    (plan,) = plans(workspace, LOOPBACK_3) or ()
    assert (plan.host, plan.auth.user) == ("new", "me")


@pytest.mark.parametrize(
    ("base", "production", "found"),
    [
        (LISTED, {"transport": {"host": "x"}}, [(PROD, "/mail/transport")]),
        ({**LISTED, "transport": SMTP}, {}, [(BASE, "/mail/transport")]),
        (SINGLE, {"transport": {"host": "x"}}, []),
        (LISTED, {"transports": [{"host": "x"}]}, []),
        ({**SINGLE, "transports": None}, {}, []),
        ({**LISTED, "transport": None}, {}, []),
    ],
)
def test_no_alarm_where_one_of_both_counts_as_nothing(
    tmp_path: Path, base: Json, production: Json, found: list[tuple[str, str]]
) -> None:
    workspace = open_app(tmp_path, base=base, production=production)
    assert dead_keys(workspace, "production") == found


@pytest.mark.parametrize(
    ("beneath", "value"),
    [(UNDEFINED, UNDEFINED), (True, UNDEFINED), (False, True), ("${CHECK}", True)],
)
def test_verifying_again_writes_true_only_where_a_layer_beneath_says_otherwise(
    tmp_path: Path, beneath: Json, value: Json
) -> None:
    tls = {} if beneath is UNDEFINED else {"rejectUnauthorized": beneath}
    transport = transport_of(
        open_app(tmp_path, base={**LISTED, "transports": [{"tls": tls}]}), PROD
    )
    assert transport.verification(on=True) is value
    assert transport.verification(on=False) is False


@pytest.mark.parametrize("nodemailer", ["2.7.2", "4.7.0", "6.10.1"])
@pytest.mark.parametrize(
    "setting",
    [
        {"host": "mx.example.com"},
        {"host": "192.0.2.1"},
        {"url": "smtps://mx.example.com"},
        {"service": "gmail"},
        {},
    ],
    ids=lambda setting: next(iter(setting), "nothing"),
)
def test_the_default_server_name_is_the_one_that_is_sent(
    tmp_path: Path, setting: dict[str, Json], nodemailer: str
) -> None:
    versions = replace(LOOPBACK_3, nodemailer=nodemailer)
    part = {**LISTED, "transports": [{"type": "smtp", **setting}]}
    transport = transport_of(open_app(tmp_path, base=part), BASE)
    (plan,) = plan_datasource(part, versions).transports
    assert transport.default_servername(versions.nodemailer_major) == plan.servername
