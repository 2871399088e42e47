"""What LoopBack would load: files, origins, variables, errors."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3, Versions
from loopmail.core.app.workspace import Workspace
from loopmail.core.js import UNDEFINED
from loopmail.core.loopback.effective import Effective, FileRead, effective
from loopmail.core.loopback.variables import Variables
from loopmail.core.secret_names import placeholder

Load = Callable[..., Effective]
OLD_BOOT = Versions("2.29.1", "2.17.0", "2.7.2", assumed=False, source="node_modules")


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write the given files (`datasources_production_json=…`) and compute what is loaded."""

    def run(
        files: Mapping[str, Any],
        env: str | None = "production",
        variables: Variables | None = None,
        versions: Versions = LOOPBACK_3,
    ) -> Effective:
        (tmp_path / "package.json").write_text('{"dependencies": {"loopback": "*"}}')
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, "utf-8")
        snapshot = Workspace.open(tmp_path).snapshot()
        return effective(snapshot, env, variables or Variables(), versions)

    return run


MAIL = {"connector": "mail", "transports": [{"type": "smtp", "host": "a", "port": 25}]}


def test_every_leaf_has_its_origin(load: Load) -> None:
    loaded = load(
        {
            "datasources.json": {"m/x": {**MAIL, "e": {}, "f": []}},
            "datasources.local.json": {"m/x": {"transports": [{"port": 26}]}},
            "datasources.production.json": {"m/x": {"transports": [{"host": "${HOST}"}], "t": 1}},
        },
        variables=Variables(environment={"HOST": "mx"}),
    )
    origins = loaded.datasources["m/x"].origins
    assert {pointer: (origin.file, origin.pointer) for pointer, origin in origins.items()} == {
        "/connector": ("datasources.json", "/m~1x/connector"),
        "/transports/0/type": ("datasources.json", "/m~1x/transports/0/type"),
        "/transports/0/port": ("datasources.local.json", "/m~1x/transports/0/port"),
        "/transports/0/host": ("datasources.production.json", "/m~1x/transports/0/host"),
        "/e": ("datasources.json", "/m~1x/e"),
        "/f": ("datasources.json", "/m~1x/f"),
        "/t": ("datasources.production.json", "/m~1x/t"),
    }
    host = origins["/transports/0/host"]
    assert (host.variable, host.source) == ("HOST", "environment")


def test_an_unresolved_variable_is_undefined_and_listed_with_its_place(load: Load) -> None:
    loaded = load({"datasources.json": {"m": {"pass": "${NOPE}", "list": ["x${NOPE}"]}}})
    assert loaded.datasources["m"].settings == {"pass": UNDEFINED, "list": [UNDEFINED]}
    places = [(place.pointer, place.source) for place in loaded.unresolved["NOPE"]]
    assert places == [("/m/pass", None), ("/m/list/0", None)]
    assert loaded.error is None


def test_the_environment_goes_before_the_keyring_and_that_before_config_json(load: Load) -> None:
    files = {
        "datasources.json": {"m": {"a": "${A}", "b": "${B}", "c": "${C}"}},
        "config.json": {"A": 1, "B": 2, "C": 3},
    }
    variables = Variables(environment={"A": "env"}, keyring={"A": "ring", "B": "ring"})
    loaded = load(files, variables=variables)
    datasource = loaded.datasources["m"]
    assert datasource.settings == {"a": "env", "b": "ring", "c": 3}
    sources = [datasource.origins[f"/{key}"].source for key in "abc"]
    assert sources == ["environment", "keyring", "config"]


def test_config_variables_that_are_given_replace_those_of_the_files(load: Load) -> None:
    files = {"datasources.json": {"m": {"a": "${A}"}}, "config.json": {"A": 1}}
    loaded = load(files, variables=Variables(config={"A": "given"}))
    assert loaded.datasources["m"].settings == {"a": "given"}


def test_an_object_from_config_json_has_an_origin_for_each_leaf(load: Load) -> None:
    files = {"datasources.json": {"m": {"o": "${O}"}}, "config.json": {"O": {"p": [1, 2], "q": {}}}}
    origins = load(files).datasources["m"].origins
    assert set(origins) == {"/o/p/0", "/o/p/1", "/o/q"}
    assert {origin.pointer for origin in origins.values()} == {"/m/o"}


def test_an_old_loopback_boot_leaves_placeholders_as_they_are(load: Load) -> None:
    files = {"datasources.json": {"m": {"host": "${HOST}"}}}
    variables = Variables(environment={"HOST": "mx"})
    loaded = load(files, variables=variables, versions=OLD_BOOT)
    assert loaded.datasources["m"].settings == {"host": "${HOST}"}
    assert loaded.datasources["m"].origins["/host"].variable is None


def test_base_only_reads_nothing_but_the_base_files(load: Load) -> None:
    files = {"datasources.json": {"m": {"a": 1}}, "datasources.local.json": {"m": {"a": 2}}}
    loaded = load(files, env=None)
    assert loaded.datasources["m"].settings == {"a": 1}
    assert loaded.env == ""
    assert [file.path for file in loaded.files] == [
        "datasources.json",
        "model-config.json",
        "config.json",
    ]


def test_an_empty_environment_is_development(load: Load) -> None:
    files = {"datasources.json": {"m": {"a": 1}}, "datasources.development.json": {"m": {"a": 2}}}
    loaded = load(files, env="")
    assert (loaded.env, loaded.datasources["m"].settings) == ("development", {"a": 2})


def test_each_candidate_file_has_a_state(load: Load) -> None:
    loaded = load(
        {
            "datasources.json": {},
            "datasources.local.js": "throw new Error('executed')",
            "datasources.local.json": {},
            "config.production.json": {},
        }
    )
    assert loaded.files == (
        FileRead("datasources.json", "read"),
        FileRead("datasources.local.js", "script"),
        FileRead("datasources.local.json", "hidden"),
        FileRead("datasources.production.json", "missing"),
        FileRead("model-config.json", "missing"),
        FileRead("model-config.local.json", "missing"),
        FileRead("model-config.production.json", "missing"),
        FileRead("config.json", "missing"),
        FileRead("config.local.json", "missing"),
        FileRead("config.production.json", "hidden"),
    )
    warnings = "\n".join(loaded.warnings)
    assert "datasources.local.js is a script" in warnings
    assert "datasources.local.json is never read: datasources.local.js stands" in warnings
    assert "config.json is missing" in warnings


@pytest.mark.parametrize(
    ("versions", "pattern"),
    [
        (LOOPBACK_2, "Cannot apply {file}: Cannot merge {what} for the option `m.transports`."),
        (LOOPBACK_3, "Cannot merge {what} for the option `{file}.m.transports`."),
    ],
    ids=["LoopBack 2", "LoopBack 3"],
)
def test_a_merge_error_is_worded_as_that_loopback_words_it(
    load: Load, tmp_path: Path, versions: Versions, pattern: str
) -> None:
    overrides: dict[str, Any] = {"datasources.production.json": {"m": {"transports": []}}}
    loaded = load({"datasources.json": {"m": MAIL}, **overrides}, versions=versions)
    what = "array values of different length"
    assert loaded.error == pattern.format(file=tmp_path / "datasources.production.json", what=what)
    assert loaded.datasources == {}


def test_loopback_3_with_a_loopback_boot_2_merges_as_that_boot_does(load: Load) -> None:
    versions = Versions("3.28.0", "2.28.0", "6.10.1", assumed=False, source="node_modules")
    overrides = {"datasources.production.json": {"m": {"connector": None}}}
    loaded = load({"datasources.json": {"m": MAIL}, **overrides}, versions=versions)
    assert loaded.error is not None
    assert loaded.error.startswith("Cannot apply ")


def test_broken_json_is_told_with_file_line_and_column(load: Load) -> None:
    loaded = load({"datasources.json": '{\n  "m": {},\n}'})
    assert loaded.error is not None
    assert loaded.error.startswith("datasources.json is not valid JSON: line 2, column 10")


def test_a_broken_file_that_is_not_read_does_no_harm(load: Load) -> None:
    loaded = load({"datasources.json": {"m": MAIL}, "datasources.staging.json": "{"})
    assert loaded.error is None


def test_a_data_source_that_loopback_3_refuses_is_shown_nevertheless(load: Load) -> None:
    files = {"datasources.json": {"m": {**MAIL, "defaultForType": "mail"}}}
    loaded = load(files)
    assert loaded.error is not None
    assert loaded.error.endswith('DataSource option "defaultForType" is no longer supported')
    assert "m" in loaded.datasources
    assert load(files, versions=LOOPBACK_2).error is None


def test_models_are_listed_without_meta_and_without_variables(load: Load) -> None:
    models = {"_meta": {"sources": []}, "Email": {"dataSource": "m"}, "Note": {"dataSource": None}}
    loaded = load({"datasources.json": {"m": MAIL}, "model-config.json": models})
    assert loaded.models == {"Email": "m", "Note": None}


def test_an_absurdly_deep_file_is_an_error_and_no_crash(load: Load) -> None:
    text = '{"m": ' + "[" * 400 + "]" * 400 + "}"
    loaded = load({"datasources.json": text})
    assert loaded.error is not None


def test_secrets_are_kept_out_of_the_repr(load: Load) -> None:
    files = {"datasources.json": {"m": {"pass": "${P}", "pw": "plain-secret"}}}
    variables = Variables(environment={"P": "env-secret"}, keyring={"Q": "ring-secret"})
    loaded = load(files, variables=variables)
    shown = repr(loaded) + repr(variables) + repr(variables.lookup("P"))
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("${A}", "A"),
        ("x${A}", "A"),
        ("${A}${B}", "B"),
        ("${A}\n", None),
        ("${A} ", None),
        ("${a-b}", None),
        ("${Ä}", None),
        ("${}", None),
        ("", None),
    ],
)
def test_a_placeholder_counts_only_at_the_end_of_the_text(text: str, name: str | None) -> None:
    assert placeholder(text) == name
