"""What the memos answer after any edits is what is computed from the files alone."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app_builder import mail, make_app, transport
from loopmail.core.app.folder import AppFolder
from loopmail.core.app.versions import LOOPBACK_2, LOOPBACK_3
from loopmail.core.app.workspace import Snapshot, Workspace
from loopmail.core.errors import EditError
from loopmail.core.loopback.bindings import count_bindings, list_bindings
from loopmail.core.loopback.datasources import list_datasources
from loopmail.core.loopback.effective import Effective, effective
from loopmail.core.loopback.memo import DatasourceMemo, EffectiveMemo
from loopmail.core.loopback.variables import Variables
from loopmail.core.loopback.view import AppView

FILES = ("datasources.json", "datasources.production.json", "config.json", "model-config.json")
NAMES = st.sampled_from(["a", "b", "7", "toString", "constructor", "__proto__"])
LEAVES = st.sampled_from(
    [None, True, 1, 2.0, "x", "mail", "${A}", "no ${B}", "${C}", "${D}", "a", "b"]
)
KEYS = st.sampled_from(["connector", "transports", "host", "defaultForType", "__proto__", "t/~"])
PARTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(KEYS, PARTS, max_size=4)
LAYERS = st.dictionaries(NAMES, OBJECTS | PARTS, max_size=4)
GOOD = st.dictionaries(NAMES, OBJECTS, max_size=5)
CONFIG = st.dictionaries(st.sampled_from(["C", "D"]), LEAVES | OBJECTS, max_size=2)
STEP = st.tuples(
    st.sampled_from(FILES[:2]) | st.sampled_from(FILES),
    NAMES,
    st.sampled_from(["", "/host", "/connector", "/transports/0", "/transports/0/host"]),
    PARTS,
)
VARIABLES = Variables(environment={"A": "1"})


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> AppFolder:
    folder = make_app(
        tmp_path_factory.mktemp("app"),
        **{name[:-5].replace("-", "_").replace(".", "_"): {} for name in FILES},
    )
    return Workspace.open(folder).app


def in_order(answer: Effective) -> Any:
    """Return the whole answer, with the order of every mapping."""
    return (
        answer,
        [
            (name, list(one.settings.items()), list(one.origins.items()))
            for name, one in answer.datasources.items()
        ],
        list(answer.unresolved.items()),
        list(answer.models.items()),
    )


def workspace_of(app: AppFolder, values: Mapping[str, Any]) -> Workspace:
    texts = {name: json.dumps(value, indent=1) for name, value in values.items()}
    return Workspace.detached(Snapshot(app, {}, {}, texts))


# Apps that mostly boot, in which one value after the other is typed.
PLAIN_NAMES = st.sampled_from(["a", "b", "c", "7"])
PLAIN_KEYS = st.sampled_from(["host", "user", "connector", "x/~"])
PLAIN = st.dictionaries(PLAIN_NAMES, st.dictionaries(PLAIN_KEYS, LEAVES, max_size=3), max_size=4)
TYPED = st.tuples(
    st.sampled_from(FILES[:2]), PLAIN_NAMES, PLAIN_KEYS.map(lambda key: f"/{key}"), LEAVES
)
ODD_APPS = st.tuples(
    st.tuples(GOOD | LAYERS, st.just({}) | GOOD | LAYERS, CONFIG, st.just({})),
    st.lists(STEP, min_size=1, max_size=6),
)
PLAIN_APPS = st.tuples(
    st.tuples(PLAIN, st.just({}) | PLAIN, CONFIG, st.just({})),
    st.lists(TYPED, min_size=1, max_size=12),
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(PLAIN_APPS, PLAIN_APPS, ODD_APPS),
    st.sampled_from([LOOPBACK_2, LOOPBACK_3]),
    st.booleans(),
)
def test_after_any_edits_the_memos_answer_as_if_all_were_computed_anew(
    app: AppFolder, journey: tuple[tuple[Any, ...], list[Any]], versions: Any, lazy: bool
) -> None:
    start, steps = journey
    workspace = workspace_of(app, dict(zip(FILES, start, strict=True)))
    variables = VARIABLES
    if lazy:
        variables = Variables(environment={"LB_LAZYCONNECT_DATASOURCES": "1"})
    memo, listed = EffectiveMemo(), DatasourceMemo()
    for step in [None, *steps]:
        if step is not None:
            file, name, below, value = step
            try:
                workspace.apply(
                    [workspace.edit_value(file, f"/{name}{below.replace('x/~', 'x~1~0')}", value)]
                )
            except EditError:
                continue
        now = workspace.snapshot()
        values = copy.deepcopy(now.values)
        anew = Snapshot(app, values, now.errors, now.texts)
        mine = memo.effective(now, "production", variables, versions)
        assert in_order(mine) == in_order(effective(anew, "production", variables, versions))
        assert list(listed.list_datasources(now)) == list_datasources(anew)
        bindings = list_bindings(
            AppView(now, "production", variables, versions, load=memo.effective)
        )
        assert bindings == list_bindings(AppView(anew, "production", variables, versions))
        assert count_bindings(now, "production") == len(bindings)
        assert json.dumps(now.values) == json.dumps(values)  # nothing was changed in place


def test_a_letter_leaves_the_other_data_sources_the_very_same_objects(tmp_path: Path) -> None:
    sources = {name: mail(transport(host="h", auth={"pass": "${X}"}), name=name) for name in "abc"}
    workspace = Workspace.open(make_app(tmp_path, datasources=sources))
    memo = EffectiveMemo()
    before = memo.effective(workspace.snapshot(), "production", VARIABLES, LOOPBACK_3)
    pointer = "/b/transports/0/host"
    workspace.apply([workspace.edit_value("datasources.json", pointer, "new")])
    after = memo.effective(workspace.snapshot(), "production", VARIABLES, LOOPBACK_3)
    assert after.datasources["b"].settings["transports"][0]["host"] == "new"
    assert after.datasources["a"] is before.datasources["a"]
    assert after.datasources["c"] is before.datasources["c"]


def test_other_variables_environments_and_versions_are_computed_anew(tmp_path: Path) -> None:
    sources = {"a": mail(transport(host="${A}"))}
    app = make_app(tmp_path, datasources=sources, datasources_staging={"a": {"x": 1}})
    snapshot = Workspace.open(app).snapshot()
    memo = EffectiveMemo()
    for variables in (VARIABLES, Variables(keyring={"A": "2"})):
        for env in ("production", "staging", None):
            for versions in (LOOPBACK_2, LOOPBACK_3):
                question = (snapshot, env, variables, versions)
                assert in_order(memo.effective(*question)) == in_order(effective(*question))


def test_a_variable_that_is_met_later_now_stands_later(app: AppFolder) -> None:
    files: tuple[dict[str, Any], ...] = (
        {},
        {"a": {"host": None, "user": None, "connector": "no ${B}"}},
        {},
        {},
    )
    workspace = workspace_of(app, dict(zip(FILES, files, strict=True)))
    memo = EffectiveMemo()
    for file, pointer, value in (
        (FILES[0], "/a/host", None),
        (FILES[1], "/a/user", "${C}"),
        (FILES[0], "/a/connector", True),
    ):
        workspace.apply([workspace.edit_value(file, pointer, value)])
        now = workspace.snapshot()
        kept = memo.effective(now, "production", VARIABLES, LOOPBACK_2)
        assert in_order(kept) == in_order(effective(now, "production", VARIABLES, LOOPBACK_2))
