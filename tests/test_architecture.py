"""The rules of the house that no linter knows."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "gui").rglob("*.py"))
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


def test_core_and_mail_work_where_qt_is_not_installed() -> None:
    done = _import_all(["loopmail.core", "loopmail.smtp"], ["PySide6", "shiboken6"])
    assert done.returncode == 0, done.stderr


def test_the_import_watch_notices_a_forbidden_import() -> None:
    done = _import_all(["loopmail.ui"], ["PySide6"])
    assert done.returncode != 0
    assert "forbidden here: PySide6" in done.stderr


@pytest.mark.parametrize(
    "path",
    [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 350, f"{path} is too long"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            assert node.end_lineno - node.lineno < 40, f"{path}: {node.name} is too long"


def test_the_median_file_is_small() -> None:
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES]
    assert statistics.median(lengths) <= 120


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
