"""Translators get every text of the window: lupdate finds those that stand outside of `tr`, too."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loopmail.ui.session import actions, messages
from loopmail.ui.window import bottom
from loopmail.ui.window import help as help_module

TEXTS = ("Keyboard Shortcuts", "Version {0}", "Report", "What &amp;LoopBack Would Do", "App Output")
MENUS = ("&amp;Open Folder…", "Write all changed files", "Unsaved changes")


@pytest.mark.timeout(120)
def test_lupdate_finds_the_texts_of_menus_panels_questions_and_help(tmp_path: Path) -> None:
    lupdate = shutil.which("pyside6-lupdate", path=str(Path(sys.executable).parent))
    assert lupdate is not None
    found = tmp_path / "found.ts"
    files = [str(one.__file__) for one in (actions, messages, help_module, bottom)]
    subprocess.run([lupdate, *files, "-ts", str(found)], check=True, capture_output=True)
    sources = found.read_text(encoding="utf-8")
    assert [text for text in (*TEXTS, *MENUS) if f"<source>{text}</source>" not in sources] == []
