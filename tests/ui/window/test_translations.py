"""Translators get every text of the window, and a language comes as a whole or not at all."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from loopmail.app import translate_into
from loopmail.ui.session.state import AppState
from loopmail.ui.window.bars import ToolBar
from loopmail.ui.window.main_window import MainWindow

UI = Path(__file__).parents[3] / "gui" / "loopmail" / "ui"
SOURCES = sorted(UI.rglob("*.py"))
TRANSLATORS = ("tr", "translate", "QT_TRANSLATE_NOOP")
WORDS = re.compile(r"[^\W\d_]{2,}")

# What shows a text, with the number of the arguments that are names and no texts.
SHOWS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(
        (
            *("setText", "setToolTip", "setStatusTip", "setWhatsThis", "setWindowTitle"),
            *("setPlaceholderText", "setAccessibleName", "setAccessibleDescription", "setTitle"),
            *("setInformativeText", "setTabText", "setTabToolTip", "setLabelText", "addTab"),
            *("addRow", "add_row", "setHeaderLabels", "setSuffix", "setPrefix", "showMessage"),
            *("setSpecialValueText", "addAction", "addMenu", "addItems", "set_note"),
            *("set_sentence", "set_origin", "set_stale", "QLabel", "QPushButton", "QCheckBox"),
            *("QRadioButton", "QGroupBox", "QAction", "QMenu", "Card", "ReadOnlyText", "heading"),
            *("button", "primary_button", "link_button", "close_button", "announce"),
        ),
        (),
    ),
    "addItem": (1,),  # the value that the text stands for
    "plain_label": (1,),  # roles and tones
    "buddy_label": (2,),
    "chip": (1,),
    "say": (2,),
    "show_message": (0, 1),
}
NAMES = {"role", "name", "tone", "inside", "objectName", "mnemonic", "image"}

# Shown as it is in every language: what a file or a program holds, and the program's own name.
AS_IT_IS = {
    *("info", "ok", "warn", "error", "accent"),  # tones
    *(
        "NODE_ENV=",
        "development",
        "auth",
        "tls",
        "ignoreTLS, requireTLS",
        "loopmail",
        "loopmail[*]",
    ),
    *("[*] — loopmail", "LB ", "https://provider.example/authorize"),
}


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _translates(node: ast.AST) -> bool:
    return any(
        isinstance(one, ast.Call) and _name(one.func) in TRANSLATORS for one in ast.walk(node)
    )


def _literals(node: ast.AST) -> Iterator[str]:
    """The words of an expression that no translator gets."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.FormattedValue):
        yield from _literals(node.value)
    elif isinstance(
        node, ast.JoinedStr | ast.BinOp | ast.IfExp | ast.BoolOp | ast.List | ast.Tuple
    ):
        skipped = node.test if isinstance(node, ast.IfExp) else None
        for child in ast.iter_child_nodes(node):
            if child is not skipped:
                yield from _literals(child)


def _shown_untranslated(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or _name(call.func) not in SHOWS:
            continue
        names = SHOWS[_name(call.func)]
        given: list[ast.expr] = [one for at, one in enumerate(call.args) if at not in names]
        given += [one.value for one in call.keywords if one.arg not in NAMES]
        for expression in given:
            for text in _literals(expression):
                if WORDS.search(text) and text not in AS_IT_IS:
                    yield call.lineno, text


def _glued(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Sentences put together from translated parts: another language has another order."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.AugAssign):
            joins = isinstance(node.op, ast.Add | ast.Mod)
        else:
            joins = isinstance(node, ast.JoinedStr)
        of_texts = not any(isinstance(one, ast.List | ast.Tuple) for one in ast.walk(node))
        if joins and of_texts and _translates(node):
            yield getattr(node, "lineno", 0), ast.unparse(node)
        if isinstance(node, ast.Call) and _name(node.func) in TRANSLATORS:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
            for text in texts:
                if isinstance(text, str) and text != text.strip():
                    yield node.lineno, f"begins or ends with a blank: {text!r}"
            if not any(
                isinstance(one, ast.Constant | ast.Name | ast.Attribute) for one in node.args
            ):
                yield node.lineno, f"lupdate finds no text: {ast.unparse(node)}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(UI)))
def test_no_text_reaches_a_widget_past_the_translators(path: Path) -> None:
    found = list(_shown_untranslated(ast.parse(path.read_text(encoding="utf-8"))))
    assert not found, "put these into self.tr, or into AS_IT_IS"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(UI)))
def test_no_sentence_is_glued_from_translated_parts(path: Path) -> None:
    found = list(_glued(ast.parse(path.read_text(encoding="utf-8"))))
    assert not found, "one text with {0} for each part, or sentences() for whole sentences"


@pytest.mark.parametrize(
    "code",
    [
        'label.setText("Not set")',
        'label.setText("Sent" if ok else self.tr("Failed"))',
        'label.setText(f"{count} problems")',
        'button("Fix It", slot, name="fix")',
        'bar.show_message("key", "warn", "Saved")',
    ],
)
def test_the_search_notices_a_text_past_the_translators(code: str) -> None:
    assert list(_shown_untranslated(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'text = self.tr("Sent") + more',
        'text += self.tr("by {0}")',
        "text = f\"{self.tr('Port')}: {port}\"",
        'text = self.tr(" (new)")',
        'text = self.tr(f"{count} problems")',
    ],
)
def test_the_search_notices_a_glued_sentence(code: str) -> None:
    assert list(_glued(ast.parse(code)))


# --- what lupdate finds ------------------------------------------------------------------------


def _texts_of_the_sources() -> Iterator[str]:
    """Every text that is given to a translator as a literal."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in TRANSLATORS:
                at = 0 if _name(node.func) == "tr" else 1
                given = node.args[at] if len(node.args) > at else None
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value


@pytest.fixture(scope="module")
def found_by_lupdate(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    from xml.etree import ElementTree

    lupdate = shutil.which("pyside6-lupdate", path=str(Path(sys.executable).parent))
    assert lupdate is not None
    found = tmp_path_factory.mktemp("lupdate") / "found.ts"
    command = [lupdate, *map(str, SOURCES), "-ts", str(found)]
    subprocess.run(command, check=True, capture_output=True)
    return {one.text or "" for one in ElementTree.parse(found).iter("source")}


@pytest.mark.timeout(240)
def test_lupdate_finds_every_text_of_the_window(found_by_lupdate: set[str]) -> None:
    texts = set(_texts_of_the_sources())
    assert len(texts) > 300
    assert texts - found_by_lupdate == set()


def test_lupdate_finds_the_texts_of_menus(found_by_lupdate: set[str], window: MainWindow) -> None:
    shown = {action.text() for action in window.menu_actions.all()}
    assert shown - found_by_lupdate == set()


# --- a language as a whole ---------------------------------------------------------------------

GERMAN = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS>
<TS version="2.1" language="de"><context><name>ToolBar</name><message>
<source>Tool Bar</source><translation>Werkzeugleiste</translation></message></context></TS>
"""
CANCEL = QDialogButtonBox.StandardButton.Cancel


@pytest.fixture
def default_locale() -> Iterator[None]:
    before = QLocale()
    yield
    QLocale.setDefault(before)


def _cancel_and_bar(qtbot: QtBot, window: MainWindow, state: AppState) -> tuple[str, str]:
    box, tools = QDialogButtonBox(CANCEL), ToolBar(state, window.menu_actions, window)
    qtbot.addWidget(box)
    return box.button(CANCEL).text().replace("&", ""), tools.windowTitle()


@pytest.mark.usefixtures("default_locale")
def test_qts_texts_stay_english_where_ours_are(
    qapp: QCoreApplication, qtbot: QtBot, window: MainWindow, state: AppState, tmp_path: Path
) -> None:
    for name in ("de_DE", "fr_FR", "ar_EG", "ja_JP"):
        assert translate_into(QLocale(name), str(tmp_path), qapp) == []
        assert _cancel_and_bar(qtbot, window, state) == ("Cancel", "Tool Bar")
        assert QLocale().language() == QLocale.Language.English
        assert QLocale().territory() in (QLocale(name).territory(), QLocale.Country.World)


@pytest.mark.usefixtures("default_locale")
def test_qts_texts_come_together_with_ours(
    qapp: QCoreApplication, qtbot: QtBot, window: MainWindow, state: AppState, tmp_path: Path
) -> None:
    lrelease = shutil.which("pyside6-lrelease", path=str(Path(sys.executable).parent))
    assert lrelease is not None
    (tmp_path / "loopmail_de.ts").write_text(GERMAN, encoding="utf-8")
    subprocess.run([lrelease, str(tmp_path / "loopmail_de.ts")], check=True, capture_output=True)
    translators = translate_into(QLocale("de_DE"), str(tmp_path), qapp)
    try:
        assert len(translators) == 2
        assert _cancel_and_bar(qtbot, window, state) == ("Abbrechen", "Werkzeugleiste")
    finally:
        for one in translators:
            qapp.removeTranslator(one)
