"""Finding an app below the folder that is opened, and never making one up."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from loopmail.core.app import finding
from loopmail.core.app.finding import find_app
from loopmail.core.app.folder import open_app
from loopmail.core.app.workspace import Workspace
from loopmail.core.errors import AppError, FileUnwritable, SeveralApps

LOOPBACK = {"name": "shop", "dependencies": {"loopback": "^3.28.0"}}


def write(path: Path, value: Any = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value or {}), "utf-8")
    return path


def make(server: Path) -> Path:
    write(server / "datasources.json")
    write(server / "model-config.json")
    return server


@pytest.mark.parametrize(
    "place",
    [
        "api/server",
        "src/server",
        "backend",
        "backend/server",
        "packages/shop/server",
        "packages/shop/src/server",
        "apps/api/server",
        "lb3app/server",
        "services/mail/app/server",
    ],
)
def test_the_only_app_below_is_opened(tmp_path: Path, place: str) -> None:
    write(tmp_path / "package.json", LOOPBACK)
    server = make(tmp_path / place)
    assert find_app(tmp_path).server == server
    assert open_app(server).server == server
    assert open_app(open_app(tmp_path).root).server == server


@pytest.mark.parametrize(
    "place",
    [
        "node_modules/loopback/server",
        "dist/server",
        "build/server",
        ".git/server",
        ".cache/x/server",
        "packages/a/node_modules/b/server",
        "test/fixtures/server",
        "a/b/c/d/server",
    ],
)
def test_what_is_no_source_of_an_app_is_not_found(tmp_path: Path, place: str) -> None:
    write(tmp_path / "package.json", {"name": "root"})
    make(tmp_path / place)
    with pytest.raises(AppError, match="is no LoopBack app"):
        find_app(tmp_path)


def test_links_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path / "elsewhere" / "api" / "server")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "api").symlink_to(tmp_path / "elsewhere" / "api")
    (tmp_path / "here" / "round").symlink_to(tmp_path / "here")
    with pytest.raises(AppError, match="is no LoopBack app"):
        find_app(tmp_path / "here")


def test_data_sources_of_another_program_are_no_app(tmp_path: Path) -> None:
    write(tmp_path / "grafana" / "provisioning" / "datasources.json")
    with pytest.raises(AppError, match="is no LoopBack app"):
        find_app(tmp_path)
    write(tmp_path / "grafana" / "package.json", LOOPBACK)
    assert find_app(tmp_path).server == tmp_path / "grafana" / "provisioning"


def test_the_versions_are_those_of_the_package_above(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"dependencies": {"loopback": "^2.42.0"}})
    make(tmp_path / "backend" / "server")
    assert open_app(tmp_path).versions.loopback.startswith("2.")


def test_several_apps_are_named_to_choose_from(tmp_path: Path) -> None:
    for name in ("api", "apps/shop", "apps/admin"):
        make(tmp_path / name / "server")
        write(tmp_path / name / "package.json", LOOPBACK)
    with pytest.raises(SeveralApps) as caught:
        find_app(tmp_path)
    places = [tmp_path / name for name in ("api", "apps/admin", "apps/shop")]
    assert list(caught.value.places) == places
    assert "holds 3 LoopBack apps: api, apps/admin and apps/shop" in str(caught.value)
    for place in places:
        assert find_app(place).root == place


def test_two_apps_of_one_package_go_by_their_server_folders(tmp_path: Path) -> None:
    write(tmp_path / "package.json", LOOPBACK)
    for name in ("backend", "admin"):
        make(tmp_path / name)
    with pytest.raises(SeveralApps) as caught:
        find_app(tmp_path)
    assert list(caught.value.places) == [tmp_path / "admin", tmp_path / "backend"]


def test_an_app_at_the_root_goes_before_those_below(tmp_path: Path) -> None:
    write(tmp_path / "package.json", LOOPBACK)
    make(tmp_path / "server")
    make(tmp_path / "packages" / "other" / "server")
    assert find_app(tmp_path).server == tmp_path / "server"


def test_the_search_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "FOLDERS", 5)
    looked: list[object] = []
    scan = os.scandir

    def count(path: Any) -> Any:
        looked.append(path)
        return scan(path)

    for number in range(40):
        (tmp_path / f"d{number:02}").mkdir()
    make(tmp_path / "zz" / "server")
    monkeypatch.setattr(os, "scandir", count)
    with pytest.raises(AppError):
        find_app(tmp_path)
    assert len(looked) < 12


# --- TypeScript -----------------------------------------------------------------------


def test_the_sources_are_edited_and_the_built_copy_is_named(tmp_path: Path) -> None:
    write(tmp_path / "package.json", LOOPBACK | {"main": "dist/server/server.js"})
    source, built = make(tmp_path / "src" / "server"), make(tmp_path / "dist" / "server")
    write(source / "datasources.json", {"mail": {"connector": "mail"}})
    for path in (tmp_path, tmp_path / "src", source):
        app = open_app(path)
        assert (app.root, app.server, app.built) == (tmp_path, source, built)
        assert app.name == "shop"
        assert app.behind == ("datasources.json",)
        assert app.built_note is not None
        assert "runs from dist/server, which is built from src/server" in app.built_note
    write(built / "datasources.json", '{"mail":\n{"connector":"mail"}}')
    assert open_app(tmp_path).behind == ()


@pytest.mark.parametrize(
    ("package", "built"),
    [
        ({"main": "dist/server/server.js"}, True),
        ({"scripts": {"start": "node ./dist/server"}}, True),
        ({"main": "server/server.js", "scripts": {"start": "node distribute.js"}}, False),
    ],
)
def test_a_copy_beside_plain_sources_counts_if_the_app_starts_there(
    tmp_path: Path, package: dict[str, Any], built: bool
) -> None:
    write(tmp_path / "package.json", LOOPBACK | package)
    make(tmp_path / "server")
    make(tmp_path / "dist" / "server")
    assert (open_app(tmp_path).built is not None) is built


# --- Nothing is made up ---------------------------------------------------------------


@pytest.mark.parametrize("files", [[], ["src/index.ts"], ["tsconfig.json", "src/server/server.ts"]])
def test_a_package_that_names_loopback_and_has_no_files_says_so(
    tmp_path: Path, files: list[str]
) -> None:
    write(tmp_path / "package.json", LOOPBACK)
    for name in files:
        write(tmp_path / name, "")
    with pytest.raises(AppError) as caught:
        open_app(tmp_path)
    text = str(caught.value)
    assert "names loopback, but its files were not found" in text
    assert "datasources.json" in text
    assert "server folder" in text


def test_the_folder_of_the_script_that_starts_loopback_is_the_apps(tmp_path: Path) -> None:
    write(tmp_path / "package.json", LOOPBACK)
    write(tmp_path / "app.js", "const boot = require('loopback-boot');")
    assert open_app(tmp_path).server == tmp_path


def test_a_misspelt_file_is_named_where_nothing_else_is_there(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"name": "x"})
    write(tmp_path / "server" / "datasource.json")
    with pytest.raises(AppError, match=r"There is server/datasource\.json; LoopBack reads"):
        open_app(tmp_path)


def test_loopback_4_beside_a_loopback_3_app_opens_that(tmp_path: Path) -> None:
    write(tmp_path / "package.json", {"dependencies": {"@loopback/core": "1", "loopback": "3"}})
    write(tmp_path / "src" / "datasources" / "mail.datasource.json")
    server = make(tmp_path / "lb3app" / "server")
    assert open_app(tmp_path).server == server


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("boot(app, { appRootDir: __dirname, dataSources: require('./datasources') });", True),
        ("const dataSources = {};\nboot(app, {dataSources}, start);", True),
        ("boot(app, __dirname, function(err) {});\nlog(app.dataSources.db);", False),
        ("// boot(app, {dataSources: x})\nboot(app, __dirname);", False),
    ],
)
def test_no_file_is_made_beside_data_sources_handed_over_in_code(
    tmp_path: Path, script: str, refused: bool
) -> None:
    write(tmp_path / "package.json", LOOPBACK)
    write(tmp_path / "server" / "model-config.json")
    write(tmp_path / "server" / "server.js", script)
    workspace = Workspace.open(tmp_path)
    change = workspace.edit_value("datasources.json", "/mail", {})
    if not refused:
        workspace.apply([change])
        return
    with pytest.raises(FileUnwritable, match=r"server\.js hands the data sources"):
        workspace.apply([change])
    assert list(workspace.documents) == ["model-config.json"]
