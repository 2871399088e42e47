"""Names that were probably meant for LoopBack."""

import pytest

from loopmail.core.app.misnamed import environment_hint, is_copy, misnamed_files


@pytest.mark.parametrize(
    "name",
    [
        "datasources.example.json",
        "datasources.sample.json",
        "datasources.production.bak.json",
        "datasources.json.template",
        "datasources.json.dist",
        "datasources.json.old",
        "datasources.json.orig",
        "datasources.json~",
        "datasources copy.json",
        "datasources copy 2.json",
        "datasources (1).json",
        "datasources-old.json",
        "datasources.json.bak2",
        "Copy of datasources.json",
    ],
)
def test_templates_and_backups_are_known(name: str) -> None:
    assert is_copy(name)
    (found,) = misnamed_files([name], "datasources")
    assert (found.meant, found.kind) == ("datasources.json", "copy")


@pytest.mark.parametrize("env", ["production", "test", "test2", "docker", "eu.live", "e2e", "gold"])
def test_an_environment_is_no_copy(env: str) -> None:
    assert not is_copy(env)


@pytest.mark.parametrize(
    ("name", "kind", "meant"),
    [
        ("datasource.json", "datasources", "datasources.json"),
        ("dataSources.json", "datasources", "datasources.json"),
        ("DATASOURCES.json", "datasources", "datasources.json"),
        ("data-sources.json", "datasources", "datasources.json"),
        ("data_sources.json", "datasources", "datasources.json"),
        ("datasorces.json", "datasources", "datasources.json"),
        ("datasources.jsn", "datasources", "datasources.json"),
        ("datasources.json5", "datasources", "datasources.json"),
        ("datasources.JSON", "datasources", "datasources.json"),
        ("datasources.yaml", "datasources", "datasources.json"),
        ("datasources.json.txt", "datasources", "datasources.json"),
        ("datasource.production.json", "datasources", "datasources.production.json"),
        ("datasources-production.json", "datasources", "datasources.production.json"),
        ("datasources_local.json", "datasources", "datasources.local.json"),
        ("datasources.production.jsn", "datasources", "datasources.production.json"),
        ("model-configs.json", "model-config", "model-config.json"),
        ("modelConfig.json", "model-config", "model-config.json"),
        ("model_config.json", "model-config", "model-config.json"),
        ("models-config.json", "model-config", "model-config.json"),
    ],
)
def test_a_misspelt_file_is_known(name: str, kind: str, meant: str) -> None:
    (found,) = misnamed_files([name], kind)
    assert (found.name, found.meant, found.kind) == (name, meant, "misspelt")


@pytest.mark.parametrize(
    "name",
    [
        "datasources.json",
        "datasources.local.json",
        "datasources.production.js",
        "datasources.production.ts",
        "datasources.d.ts",
        "datasources-schema.json",
        "model-config.json",
        "middleware.json",
        "data.json",
        "datasources",
        "package.json",
        "source.json",
    ],
)
def test_other_files_are_left_alone(name: str) -> None:
    assert misnamed_files([name], "datasources") == ()


def test_a_script_of_the_base_files_name_comes_first() -> None:
    names = ["datasource.json", "datasources.example.json", "datasources.js"]
    found = misnamed_files(names, "datasources")
    assert [one.kind for one in found] == ["script", "misspelt", "copy"]


@pytest.mark.parametrize(
    ("env", "near"),
    [
        ("test ", "test"),
        (" production", "production"),
        ("prodution", "production"),
        ("Production", "production"),
        ("prod", "production"),
        ("stagin", "staging"),
        ("developement", "development"),
    ],
)
def test_a_misspelt_environment_is_known(env: str, near: str) -> None:
    hint = environment_hint(env, ("production", "staging"))
    assert hint is not None
    assert hint.near == near


@pytest.mark.parametrize("env", [None, "development", "production", "test", "local", "staging"])
def test_a_usual_environment_needs_no_hint(env: str | None) -> None:
    assert environment_hint(env, ("staging",)) is None


def test_an_environment_that_differs_in_its_number_is_another_one() -> None:
    hint = environment_hint("qa2", ("qa1", "docker"))
    assert hint is not None
    assert hint.near is None
    assert "There are files for qa1, docker." in hint.text


def test_an_environment_of_its_own_is_fine_where_no_file_is_for_any() -> None:
    assert environment_hint("eu-live", ()) is None
