"""Which LoopBack and Nodemailer an app uses."""

import json
from pathlib import Path
from typing import Any

import pytest

from loopmail.core.app.packages import detect_with_notes
from loopmail.core.app.versions import (
    LOOPBACK_2,
    LOOPBACK_3,
    Versions,
    choose,
    highest_of_range,
    nodemailer_of,
    resolves_variables,
)


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")


def install(root: Path, **packages: str) -> None:
    for name, version in packages.items():
        path = root / "node_modules" / name.replace("_", "-").replace("--", "/node_modules/")
        write(path / "package.json", {"name": path.name, "version": version})


def detect(root: Path) -> Versions:
    return detect_with_notes(root)[0]


def numbers(versions: Versions) -> tuple[str, str, str]:
    return versions.loopback, versions.boot, versions.nodemailer


def test_without_any_trace_of_loopback_its_last_release_is_assumed(tmp_path: Path) -> None:
    assert detect(tmp_path) == LOOPBACK_3
    assert LOOPBACK_3.assumed


def test_installed_packages_decide(tmp_path: Path) -> None:
    install(tmp_path, loopback="2.36.2", loopback_boot="2.17.0", nodemailer="2.6.0")
    write(tmp_path / "package.json", {"dependencies": {"loopback": "^3.0.0"}})
    found = detect(tmp_path)
    assert numbers(found) == ("2.36.2", "2.17.0", "2.6.0")
    assert (found.assumed, found.source, found.major) == (False, "node_modules", 2)


def test_loopbacks_own_nodemailer_goes_before_the_apps(tmp_path: Path) -> None:
    install(tmp_path, loopback="3.27.0", nodemailer="6.9.0", loopback__nodemailer="4.7.0")
    assert detect(tmp_path).nodemailer == "4.7.0"


def test_packages_behind_links_are_found_as_pnpm_lays_them_out(tmp_path: Path) -> None:
    store = tmp_path / "node_modules" / ".pnpm" / "loopback@3.27.0" / "node_modules"
    write(store / "loopback" / "package.json", {"version": "3.27.0"})
    write(store / "nodemailer" / "package.json", {"version": "4.6.8"})
    (tmp_path / "node_modules" / "loopback").symlink_to(store / "loopback")
    assert detect(tmp_path).nodemailer == "4.6.8"


def test_packages_of_a_parent_folder_are_found_as_node_finds_them(tmp_path: Path) -> None:
    install(tmp_path, loopback="3.26.0", loopback_boot="3.1.0", nodemailer="4.1.0")
    assert numbers(detect(tmp_path / "packages" / "app")) == ("3.26.0", "3.1.0", "4.1.0")


def test_a_missing_nodemailer_is_taken_from_loopbacks_range_and_marked(tmp_path: Path) -> None:
    install(tmp_path, loopback="3.22.0")
    found = detect(tmp_path)
    assert numbers(found) == ("3.22.0", "3.3.1", "4.7.0")
    assert found.assumed


def test_a_lock_file_of_version_1_tells_nested_packages(tmp_path: Path) -> None:
    inner = {"nodemailer": {"version": "2.7.2"}}
    packages = {
        "loopback": {"version": "2.42.0", "dependencies": inner},
        "loopback-boot": {"version": "2.27.1"},
        "nodemailer": {"version": "6.1.0"},
    }
    write(tmp_path / "package-lock.json", {"lockfileVersion": 1, "dependencies": packages})
    found = detect(tmp_path)
    assert numbers(found) == ("2.42.0", "2.27.1", "2.7.2")
    assert (found.assumed, found.source) == (False, "package-lock.json")


@pytest.mark.parametrize("lock_version", [2, 3])
def test_lock_files_of_versions_2_and_3_tell_paths(tmp_path: Path, lock_version: int) -> None:
    packages = {
        "": {"name": "app"},
        "node_modules/loopback": {"version": "3.28.0"},
        "node_modules/loopback-boot": {"version": "3.3.1"},
        "node_modules/nodemailer": {"version": "6.9.1"},
    }
    value = {"lockfileVersion": lock_version, "packages": packages}
    write(tmp_path / "package-lock.json", value)
    assert numbers(detect(tmp_path)) == ("3.28.0", "3.3.1", "6.9.1")


def test_a_shrinkwrap_goes_before_the_lock_file(tmp_path: Path) -> None:
    for name, version in (("npm-shrinkwrap.json", "2.40.0"), ("package-lock.json", "3.1.1")):
        write(tmp_path / name, {"dependencies": {"loopback": {"version": version}}})
    assert detect(tmp_path).source == "npm-shrinkwrap.json"


MANY = 300_000
YARN_1 = """# yarn lockfile v1


loopback-boot@^2.6.5:
  version "2.28.0"
  resolved "https://example.org/loopback-boot.tgz"

"loopback@^3.0.0", loopback@^3.22.0:
  version "3.26.0"
  dependencies:
    async "^2.0.1"
    nodemailer "^4.0.1"

nodemailer@^4.0.1:
  version "4.7.0"

nodemailer@^6.0.0:
  version "6.4.16"
"""

YARN_BERRY = """__metadata:
  version: 6

"loopback@npm:^3.28.0":
  version: 3.28.0
  dependencies:
    nodemailer: ^6.4.16

"nodemailer@npm:^6.4.16":
  version: 6.9.3
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (YARN_1, ("3.26.0", "2.28.0", "4.7.0")),
        (YARN_1.replace("\n", "\r\n"), ("3.26.0", "2.28.0", "4.7.0")),
        (YARN_BERRY, ("3.28.0", "3.3.1", "6.9.3")),
    ],
    ids=["version 1", "with Windows line ends", "Berry"],
)
def test_yarns_lock_file_tells_the_nodemailer_that_loopback_asked_for(
    tmp_path: Path, text: str, expected: tuple[str, str, str]
) -> None:
    (tmp_path / "yarn.lock").write_bytes(text.encode())
    assert numbers(detect(tmp_path)) == expected


@pytest.mark.parametrize("filler", [" \n" * MANY, f"  nodemailer x{' ' * MANY}x\n"])
def test_a_hostile_lock_file_is_read_in_linear_time(tmp_path: Path, filler: str) -> None:
    """Twice the length took four times as long: minutes for these."""
    text = f'loopback@^3.0.0:\n{filler}  version "3.26.0"\n'
    (tmp_path / "yarn.lock").write_text(text)
    assert numbers(detect(tmp_path)) == ("3.26.0", "3.3.1", "4.7.0")


def test_a_broken_loopback_boot_is_told_once(tmp_path: Path) -> None:
    install(tmp_path, loopback="3.26.0")
    write(tmp_path / "node_modules" / "loopback-boot" / "package.json", "{")
    notes = detect_with_notes(tmp_path)[1]
    assert [note.partition(" ")[0] for note in notes] == ["node_modules/loopback-boot/package.json"]


@pytest.mark.parametrize(
    ("declared", "loopback", "nodemailer"),
    [
        ("^2.22.0", "2.42.0", "2.7.2"),
        ("^3.22.0", "3.28.0", "6.10.1"),
        ("3.x", "3.28.0", "6.10.1"),
        ("~3.27.0", "3.27.0", "4.7.0"),
        ("3.22.1", "3.22.1", "4.7.0"),
        ("~3.19.0", "3.19.3", "2.7.2"),
        ("~2.29.0", "2.29.1", "1.11.0"),
        (">=2.0.0 <3.0.0", "2.42.0", "2.7.2"),
        (">=2.1.0", "3.28.0", "6.10.1"),
        ("2.x || 3.x", "3.28.0", "6.10.1"),
        ("<3.28.0", "3.27.0", "4.7.0"),
        ("2.0.0 - 2.30.0", "2.30.0", "2.7.2"),
        ("latest", "3.28.0", "6.10.1"),
        ("*", "3.28.0", "6.10.1"),
    ],
)
def test_a_range_of_package_json_gives_assumed_versions(
    tmp_path: Path, declared: str, loopback: str, nodemailer: str
) -> None:
    write(tmp_path / "package.json", {"dependencies": {"loopback": declared}})
    found = detect(tmp_path)
    assert (found.loopback, found.nodemailer) == (loopback, nodemailer)
    assert (found.assumed, found.source) == (True, "package.json")


@pytest.mark.parametrize("text", ["git+https://example.org/x.git", "file:../loopback", "next", ""])
def test_what_is_no_range_of_numbers_is_not_guessed_at(tmp_path: Path, text: str) -> None:
    found = highest_of_range(text, "loopback")
    assert found == ("3.28.0" if text == "" else None)


def test_the_range_of_loopback_boot_counts_for_itself(tmp_path: Path) -> None:
    ranges = {"loopback": "^3.22.0", "loopback-boot": "^2.6.5"}
    write(tmp_path / "package.json", {"dependencies": ranges})
    found = detect(tmp_path)
    assert (found.major, found.boot, found.boot_major) == (3, "2.28.0", 2)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        '"text"',
        "{",
        "",
        "[" * 100_000,
        '{"dependencies": []}',
        '{"dependencies": {"loopback": 3}}',
        '{"dependencies": {"loopback": {"a": 1}}}',
        '{"dependencies": {"loopback": "' + "9" * 5000 + '"}}',
        '{"version": ' + "9" * 5000 + "}",
        "\udcff",
    ],
)
def test_hostile_files_lead_to_the_default_and_never_raise(tmp_path: Path, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    (tmp_path / "node_modules" / "loopback").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "yarn.lock"):
        (tmp_path / name).write_bytes(data)
        (tmp_path / "node_modules" / "loopback" / name).write_bytes(data)
    assert detect(tmp_path) == LOOPBACK_3


def test_a_broken_lock_file_is_told(tmp_path: Path) -> None:
    write(tmp_path / "package-lock.json", "{\n  oops")
    notes = detect_with_notes(tmp_path)[1]
    assert notes == ("package-lock.json is not valid JSON (line 2, column 3).",)


def test_versions_that_are_not_known_are_read_by_the_nearest_rules() -> None:
    old = Versions("1.10.0", "1.1.2", "1.3.4", assumed=False, source="node_modules")
    new = Versions("3.28.0", "3.3.1", "7.0.3", assumed=False, source="node_modules")
    odd = Versions("3.28.0", "3.3.1", "5.1.0", assumed=False, source="node_modules")
    assert (old.major, old.boot_major, old.nodemailer_major) == (2, 2, 2)
    assert (new.major, new.nodemailer_major, odd.nodemailer_major) == (3, 6, 4)


def test_nodemailer_changed_with_these_releases_of_loopback() -> None:
    releases = {"2.29.1": "1", "2.30.0": "2", "3.0.0": "2", "3.19.3": "2"}
    releases |= {"3.20.0": "4", "3.27.0": "4", "3.28.0": "6"}
    assert {name: nodemailer_of(name)[0] for name in releases} == releases


@pytest.mark.parametrize(
    ("boot", "resolves"),
    [("2.17.0", False), ("2.18.0", True), ("2.28.0", True), ("3.0.1", True), ("2.6.5", False)],
)
def test_loopback_boot_resolves_variables_since_2_18(boot: str, resolves: bool) -> None:
    versions = Versions("2.42.0", boot, "2.7.2", assumed=False, source="node_modules")
    assert resolves_variables(versions) is resolves


def test_choosing_a_major_version_keeps_what_is_found_when_it_fits() -> None:
    found = Versions("2.36.2", "2.17.0", "2.6.0", assumed=False, source="node_modules")
    assert choose(2, found) is found
    chosen = choose(3, found)
    assert numbers(chosen) == numbers(LOOPBACK_3)
    assert (chosen.assumed, chosen.source) == (True, "chosen")
    assert numbers(choose(2, LOOPBACK_3)) == numbers(LOOPBACK_2)
