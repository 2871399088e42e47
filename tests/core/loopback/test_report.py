"""The effective configuration as JSON and as text."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.effective import Effective, effective
from loopmail.core.loopback.report import effective_json, effective_text, stringified
from loopmail.core.loopback.variables import Variables
from loopmail.core.nodemailer.types import AuthPlan, DatasourcePlan, TransportPlan

FILES: dict[str, Any] = {
    "datasources.json": {
        "mail": {
            "connector": "mail",
            "transports": [
                {
                    "type": "smtp",
                    "host": "${HOST}",
                    "port": 465,
                    "auth": {"user": "u", "pass": "p4"},
                }
            ],
            "extra": ["${NOPE}", {"x": "${NOPE}"}],
        },
        "db": {"connector": "mongodb", "url": "mongodb://u:p4@h/db"},
    },
    "model-config.json": {"Email": {"dataSource": "mail"}, "Note": {}},
}
PLAN = DatasourcePlan(
    (
        TransportPlan(
            "smtp",
            host="mx",
            port=465,
            tls="implicit",
            servername="mx",
            name="box",
            auth=AuthPlan("plain-or-login", user="u"),
        ),
    ),
    {"smtp": 0},
    0,
)


@pytest.fixture
def loaded(tmp_path: Path) -> Effective:
    return _load(tmp_path, FILES)


def _load(folder: Path, files: dict[str, Any], versions: Versions = LOOPBACK_3) -> Effective:
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    snapshot = Workspace.open(folder).snapshot()
    return effective(snapshot, "production", Variables(environment={"HOST": "mx"}), versions)


def test_settings_are_what_json_stringify_prints(loaded: Effective) -> None:
    report = effective_json(loaded, {"mail": PLAN}, show_secrets=True)
    assert report["datasources"]["mail"]["settings"] == {
        "connector": "mail",
        "transports": [
            {"type": "smtp", "host": "mx", "port": 465, "auth": {"user": "u", "pass": "p4"}}
        ],
        "extra": [None, {}],
    }
    json.dumps(report, allow_nan=False)


def test_secrets_are_masked_unless_asked_for(loaded: Effective) -> None:
    hidden = effective_json(loaded, {"mail": PLAN}, show_secrets=False)
    text = effective_text(loaded, {"mail": PLAN}, show_secrets=False)
    assert "p4" not in json.dumps(hidden) + text
    settings = hidden["datasources"]["mail"]["settings"]
    assert settings["transports"][0]["auth"] == {"user": "u", "pass": "********"}
    assert hidden["datasources"]["db"]["settings"]["url"] == "mongodb://u:********@h/db"
    assert "p4" in effective_text(loaded, {}, show_secrets=True)


def test_the_report_has_the_parts_that_are_promised(loaded: Effective) -> None:
    report = effective_json(loaded, {"mail": PLAN}, show_secrets=False)
    assert report["loopback"]["major"] == 3
    assert report["loopback"]["version"] == "3.28.0"
    assert report["loopback"]["nodemailer"] == "6.10.1"
    assert report["loopback"]["assumed"] is True
    assert report["env"] == "production"
    assert report["error"] is None
    assert report["files"][0] == {"path": "datasources.json", "state": "read"}
    assert report["models"] == {"Email": {"dataSource": "mail"}, "Note": {"dataSource": None}}
    origin = report["datasources"]["mail"]["origins"]["/transports/0/host"]
    assert origin == {"file": "datasources.json", "variable": "HOST"}
    assert "transports" not in report["datasources"]["db"]
    transport = report["datasources"]["mail"]["transports"][0]
    assert transport == {
        "outcome": "smtp",
        "alias": None,
        "host": "mx",
        "port": 465,
        "tls": "implicit",
        "verify": True,
        "environment": [],
        "servername": "mx",
        "auth": "plain-or-login",
        "name": "box",
        "text": None,
    }


def test_a_plan_that_stops_the_boot_is_a_transport_of_its_own(loaded: Effective) -> None:
    plan = DatasourcePlan((), {}, None, boot_error="transports.forEach is not a function")
    report = effective_json(loaded, {"mail": plan}, show_secrets=False)
    (transport,) = report["datasources"]["mail"]["transports"]
    assert transport["outcome"] == "boot-error"
    assert transport["text"] == "transports.forEach is not a function"


def test_an_error_is_told_in_both_forms(tmp_path: Path) -> None:
    files = {**FILES, "datasources.production.json": {"mail": {"transports": []}}}
    broken = _load(tmp_path, files)
    report = effective_json(broken, {}, show_secrets=False)
    assert "different length" in report["error"]["text"]
    assert report["datasources"] == {}
    assert "LoopBack would not start: Cannot merge" in effective_text(
        broken, {}, show_secrets=False
    )


def test_a_data_source_written_as_an_array_is_shown_as_one(tmp_path: Path) -> None:
    loaded = _load(tmp_path, {"datasources.json": {"m": [1, "${NOPE}"]}}, LOOPBACK_2)
    report = effective_json(loaded, {}, show_secrets=False)
    assert report["datasources"]["m"]["settings"] == [1, None]


def test_the_text_names_values_origins_and_what_is_not_set(loaded: Effective) -> None:
    text = effective_text(loaded, {"mail": PLAN}, show_secrets=False)
    lines = text.splitlines()
    assert lines[0] == "LoopBack 3.28.0, Nodemailer 6.10.1 (assumed, from default)"
    assert lines[1] == "Environment: production"
    host = next(line for line in lines if "transports/0/host" in line)
    assert host.split() == [
        "transports/0/host",
        '"mx"',
        "datasources.json,",
        "${HOST}",
        "environment",
    ]
    unset = next(line for line in lines if "extra/0" in line)
    assert unset.endswith("${NOPE} is not set")
    assert "  -> transport 1: smtp mx:465, TLS implicit, sign-in plain-or-login" in lines
    assert text.endswith("Note   (no data source)\n")


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ({"a": UNDEFINED, "b": None}, {"b": None}),
        ([UNDEFINED, 1], [None, 1]),
        ({"a": math.inf}, {"a": None}),
        ({"a": {"b": UNDEFINED}}, {"a": {}}),
    ],
)
def test_undefined_and_infinite_values_are_printed_as_javascript_does(
    value: Any, printed: Any
) -> None:
    assert stringified(value) == printed
