"""The placeholders of all files in which loopback-boot replaces them."""

import json
from pathlib import Path
from typing import Any

import pytest

from app_builder import mail, transport, write_app
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.loopback.effective import Effective, effective
from loopmail.core.loopback.placeholders import placeholders_in, placeholders_used
from loopmail.core.loopback.variables import Variables
from loopmail.core.secrets.entries import entries, uses_of
from loopmail.core.secrets.resolution import resolve
from loopmail.core.secrets.store import service_name
from memory_store import MemoryStore

MAIL = {"mail": mail(transport(host="h.example", auth={"user": "u", "pass": "${MAIL_PASS}"}))}
COMPONENT = {"./mailer": {"user": "a@example.com", "pass": "${COMPONENT_PASS}", "n": ["${N}"]}}


def opened(folder: Path, **files: Any) -> Snapshot:
    """Open an app; `component_config__production` is component-config.production.json."""
    named = {f"{k.replace('__', '.').replace('_', '-')}.json": v for k, v in files.items()}
    return Workspace.open(write_app(folder, named, name="shop")).snapshot()


def load(snapshot: Snapshot, env: str = "production", versions: Versions = LOOPBACK_3) -> Effective:
    return effective(snapshot, env, Variables(), versions)


@pytest.mark.parametrize(
    ("stem", "content"),
    [
        ("component_config", COMPONENT),
        ("component_config__local", COMPONENT),
        ("component_config__production", COMPONENT),
        (
            "middleware",
            {"routes": {"./m": {"params": {"pass": "${COMPONENT_PASS}", "n": "x${N}"}}}},
        ),
    ],
)
def test_every_layer_of_the_other_files_is_handed_over(
    stem: str, content: dict[str, Any], tmp_path: Path
) -> None:
    base = stem.partition("__")[0]
    snapshot = opened(tmp_path, datasources=MAIL, **{base: {}, stem: content})
    store = MemoryStore()
    for name in ("COMPONENT_PASS", "MAIL_PASS", "OTHER"):
        store.set(service_name("shop"), name, f"secret of {name}")
    resolution = resolve(snapshot, "production", store, {"PATH": "/bin"})
    assert resolution.child_environment({"PATH": "/bin"}) == {
        "PATH": "/bin",
        "NODE_ENV": "production",
        "MAIL_PASS": "secret of MAIL_PASS",
        "COMPONENT_PASS": "secret of COMPONENT_PASS",
    }
    assert [item.variable for item in resolution.missing] == ["N"]
    assert "secret of COMPONENT_PASS" in resolution.secrets


def test_a_layer_of_another_environment_or_behind_a_script_is_not(tmp_path: Path) -> None:
    files = {"component_config": {}, "component_config__test": COMPONENT}
    snapshot = opened(tmp_path, datasources=MAIL, **files)
    assert list(placeholders_used(snapshot, "production")) == ["MAIL_PASS"]
    assert list(placeholders_used(snapshot, "test")) == ["MAIL_PASS", "COMPONENT_PASS", "N"]
    (tmp_path / "server" / "component-config.test.js").write_text("module.exports = {};")
    again = Workspace.open(tmp_path).snapshot()
    assert list(placeholders_used(again, "test")) == ["MAIL_PASS"]


def test_what_a_layer_overrides_is_not_asked_for(tmp_path: Path) -> None:
    files = {
        "component_config": {"./a": {"key": "${OLD}", "other": "${KEPT}"}},
        "component_config__production": {"./a": {"key": "${NEW}"}},
        "middleware": {"auth": {"./m": {"params": {"key": "${M_OLD}", "other": "${M_KEPT}"}}}},
        "middleware__production": {"auth": {"./m": {"params": {"key": "${M_NEW}"}}}},
    }
    used = placeholders_used(opened(tmp_path, datasources={}, **files), "production")
    assert sorted(used) == ["KEPT", "M_KEPT", "M_NEW", "NEW"]
    assert used["NEW"][0].file == "component-config.production.json"
    assert used["M_KEPT"][0].pointer == "/auth/.~1m/params/other"


def test_middleware_of_one_name_is_merged_and_others_are_added(tmp_path: Path) -> None:
    one, two = {"name": "one", "params": {"k": "${A}"}}, {"name": "two", "params": "${B}"}
    files = {
        "middleware": {"auth": {"./m": [one, two], "./n": {"params": "${C}"}}},
        "middleware__local": {"auth": {"./m": [{"name": "one", "params": {"k": "${D}"}}]}},
        "middleware__production": {"auth": {"./m": {"params": "${E}"}, "./n": [{"x": "${F}"}]}},
    }
    used = placeholders_used(opened(tmp_path, datasources={}, **files), "production")
    assert list(used) == ["D", "B", "E", "C", "F"]


@pytest.mark.parametrize("versions", [LOOPBACK_2, LOOPBACK_3])
@pytest.mark.parametrize(("layer", "says"), [
    ({"other": {}}, 'Cannot apply {0}: The phase "other" is not defined in the main config.'),
    (
        {"auth": {"./x": {}}},
        'Cannot apply {0}: The middleware "./x" in phase "auth"is not defined in the main config.',
    ),
    (
        {"auth": {"./m": {"a": {}}}},
        "Cannot merge values of incompatible types for the option `a`.",
    ),
])  # fmt: skip
def test_layers_of_middleware_that_do_not_fit_stop_the_start(
    layer: dict[str, Any], says: str, versions: Versions, tmp_path: Path
) -> None:
    files = {"middleware": {"auth": {"./m": {"a": 1}}}, "middleware__production": layer}
    loaded = load(opened(tmp_path, datasources=MAIL, **files), versions=versions)
    path = str(tmp_path / "server" / "middleware.production.json")
    expected = says.format(path)
    if versions is LOOPBACK_2 and "{0}" not in says:
        expected = f"Cannot apply {path}: {says}"
    assert loaded.error == expected


def test_a_variable_of_config_json_resolves_them_too_and_the_rest_is_unresolved(
    tmp_path: Path,
) -> None:
    snapshot = opened(tmp_path, datasources={}, config={"N": 5}, component_config=COMPONENT)
    loaded = load(snapshot)
    assert list(loaded.unresolved) == ["COMPONENT_PASS"]
    by_name = {one.variable: one for one in resolve(snapshot, "production", None, {}).placeholders}
    assert (by_name["N"].source, by_name["COMPONENT_PASS"].source) == ("config", None)
    assert (by_name["N"].secret, by_name["COMPONENT_PASS"].secret) == (False, True)
    assert list(placeholders_in(loaded, snapshot, "production")) == ["COMPONENT_PASS", "N"]


def test_an_entry_that_only_a_component_needs_is_in_use(tmp_path: Path) -> None:
    snapshot = opened(tmp_path, datasources={}, component_config=COMPONENT)
    assert uses_of(snapshot, "COMPONENT_PASS")
    store = MemoryStore()
    store.set(service_name("shop"), "COMPONENT_PASS", "secret")
    listed = {entry.variable: entry for entry in entries(store, snapshot)}
    assert [use.file for use in listed["COMPONENT_PASS"].uses] == ["component-config.json"]
    assert not listed["N"].stored


def test_a_loopback_boot_that_replaces_nothing_asks_for_nothing(tmp_path: Path) -> None:
    old = Versions("2.29.1", "2.17.0", "2.7.2", assumed=False, source="node_modules")
    loaded = load(opened(tmp_path, datasources=MAIL, component_config=COMPONENT), versions=old)
    assert not loaded.unresolved
    assert all(origin.variable is None for one in loaded.elsewhere for origin in one.values())


def test_files_that_the_app_lacks_are_not_listed(tmp_path: Path) -> None:
    assert len(load(opened(tmp_path, datasources=MAIL)).files) == 9
    (tmp_path / "server" / "component-config.json").write_text(json.dumps(COMPONENT))
    files = load(Workspace.open(tmp_path).snapshot()).files
    assert ("component-config.json", "read") in [(one.path, one.state) for one in files]
