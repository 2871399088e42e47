"""The rules of the house that no linter knows. CONTRIBUTING.md has the reasons behind them."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "gui").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MOST_FILES = 20  # in a folder
MOST_LINES = 500  # in a file
MOST_LINES_OF_A_FUNCTION = 60
FEWEST_LINES = 100  # of a file that only one other file imports
# Folders whose files are rooms of their own, however small: verbs, pages, panels, dialogs, rules.
OWN_ROOMS = ("cli", "ui/page", "ui/panel", "ui/dialogs", "core/checks/rules")
# Folders of tests that mirror no folder of the program.
OTHER_TESTS = {"benchmarks", "conformance", "program", "servers"}
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]

FORBID = """
import sys
class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ImportError("forbidden here: " + name)
sys.meta_path.insert(0, Forbidden())
import importlib, pkgutil, loopmail
for root in {packages!r}:
    package = importlib.import_module(root)
    for found in pkgutil.walk_packages(package.__path__, root + "."):
        importlib.import_module(found.name)
"""


def _import_all(packages: list[str], forbidden: list[str]) -> subprocess.CompletedProcess[str]:
    code = FORBID.format(names=set(forbidden), packages=packages)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_everything_but_the_window_works_where_qt_is_not_installed() -> None:
    rooms = ("core", "net", "oauth", "smtp", "process", "catcher", "cli")
    done = _import_all([f"loopmail.{room}" for room in rooms], ["PySide6", "shiboken6"])
    assert done.returncode == 0, done.stderr


def test_the_import_watch_notices_a_forbidden_import() -> None:
    done = _import_all(["loopmail.ui"], ["PySide6"])
    assert done.returncode != 0
    assert "forbidden here: PySide6" in done.stderr


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES, f"{path} is too long"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            assert length <= MOST_LINES_OF_A_FUNCTION, f"{path}: {node.name} is too long"


def test_no_folder_is_a_hall() -> None:
    folders: dict[Path, int] = {}
    for path in [*SOURCES, *TESTS]:
        folders[path.parent] = folders.get(path.parent, 0) + 1
    crowded = {str(f.relative_to(ROOT)): n for f, n in folders.items() if n > MOST_FILES}
    assert not crowded


# --- who imports whom ------------------------------------------------------------------


@cache
def _modules() -> dict[str, Path]:
    """Every module of the program by its dotted name."""
    found = {}
    for path in SOURCES:
        name = path.relative_to(ROOT / "gui").with_suffix("").as_posix().replace("/", ".")
        found[name.removesuffix(".__init__")] = path
    return found


def _imports(nodes: Iterator[ast.AST], own: str) -> set[str]:
    """The program's modules that these statements import."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in _modules() else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name in _modules() and name != own}


def test_a_file_with_one_importer_is_a_room_of_its_own() -> None:
    importers: dict[str, set[str]] = {name: set() for name in _modules()}
    for name, path in _modules().items():
        for imported in _imports(ast.walk(ast.parse(path.read_text(encoding="utf-8"))), name):
            importers[imported].add(name)
    crumbs = {}
    for name, path in _modules().items():
        lines = path.read_text(encoding="utf-8").count("\n")
        folder = path.parent.relative_to(ROOT / "gui" / "loopmail").as_posix()
        of_its_own = folder in OWN_ROOMS or path.name == "__init__.py"
        if len(importers[name]) == 1 and lines < FEWEST_LINES and not of_its_own:
            crumbs[name] = lines
    assert not crumbs, "put these where they are used, or make them worth a file"


def test_no_import_leads_back_to_where_it_started() -> None:
    """Inside a folder, too, where import-linter does not look."""
    graph = {
        name: _imports(iter(ast.parse(path.read_text(encoding="utf-8")).body), name)
        for name, path in _modules().items()
    }
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join([*way[way.index(name) :], name])
        if name in done:
            return
        for imported in sorted(graph[name]):
            visit(imported, (*way, name))
        done.add(name)

    for name in graph:
        visit(name, ())


# --- tests, documents, leftovers -----------------------------------------------------------


def test_tests_stand_where_the_code_stands() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in TESTS}
    strangers = [
        str(folder)
        for folder in folders
        if folder.parts
        and folder.parts[0] not in OTHER_TESTS
        and not (ROOT / "gui" / "loopmail" / folder).is_dir()
    ]
    assert not strangers


def test_the_packaging_folder_is_no_package() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_nothing_is_left_undone() -> None:
    marks = ("STUB.", "STUB:", "NotImplementedError", "TODO", "FIXME")
    undone = [
        f"{path.name}: {mark}"
        for path in SOURCES
        for mark in marks
        if mark in path.read_text(encoding="utf-8")
    ]
    assert not undone


def test_nobody_is_sent_to_a_document_that_is_not_here() -> None:
    absent = re.compile(r"users-pains|loopback-semantics|\bCONTRACT\b|\bDESIGN\b|house\.md|§ ?\d")
    here = Path(__file__)
    texts = [*SOURCES, *TESTS, *DOCUMENTS, *(ROOT / "resources").rglob("*.json")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts
        if path != here
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if absent.search(line)
    ]
    assert not found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_documents_name_files_that_exist(document: Path) -> None:
    """Every `path/like/this` in a document, from the repository's root or from gui/loopmail."""
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/(?:[\w-]+\.\w+)?)`", text)
    roots = (ROOT, ROOT / "gui" / "loopmail", ROOT / "resources" / "loopmail_resources")
    missing = [name for name in named if not any((root / name).exists() for root in roots)]
    assert named
    assert not missing
