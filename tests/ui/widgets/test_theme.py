import re
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from loopmail.assets import resource
from loopmail.ui.widgets.building_blocks import Banner, Card
from loopmail.ui.widgets.icons import icon
from loopmail.ui.widgets.theme import (
    CONTRAST,
    DARK,
    LIGHT,
    Colours,
    make_palette,
    style_sheet,
    wear,
)

THEMES = [LIGHT, DARK, CONTRAST]
NAMES = ["light", "dark", "contrast"]
ICONS = sorted(Path(str(resource("icons"))).glob("*.svg"))
# Text and the ground it stands on.
PAIRS = [
    ("text", "window"),
    ("text", "side"),
    ("text", "card"),
    ("text", "selected"),
    ("text", "hover"),
    ("muted", "window"),
    ("muted", "side"),
    ("muted", "card"),
    ("muted", "selected"),
    ("accent", "card"),
    ("accent", "selected"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("ok", "ok_soft"),
    ("warn", "warn_soft"),
    ("error", "error_soft"),
    ("error", "card"),
    ("warn", "card"),
    ("text", "ok_soft"),
    ("text", "warn_soft"),
    ("text", "error_soft"),
    ("muted", "hover"),
    ("muted", "production_soft"),
    ("muted", "warn_soft"),
    ("muted", "error_soft"),
    ("muted", "ok_soft"),
    ("production", "production_soft"),
    ("production", "card"),
    ("production", "side"),
    ("staging", "staging_soft"),
    ("staging", "card"),
    ("json_key", "card"),
    ("json_text", "card"),
    ("json_number", "card"),
    ("json_word", "card"),
]
# What one has to see to know that something can be typed or pressed there.
EDGES = [
    ("field_border", ground)
    for ground in ("card", "window", "side", "hover", "production_soft", "warn_soft", "error_soft")
]


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=NAMES)
@pytest.mark.parametrize("pair", PAIRS, ids="-on-".join)
def test_texts_can_be_read_on_their_ground(theme: Colours, pair: tuple[str, str]) -> None:
    text, ground = (getattr(theme, name) for name in pair)
    assert _contrast(text, ground) >= 4.5  # WCAG 2.2, 1.4.3 (AA)


@pytest.mark.parametrize("theme", THEMES, ids=NAMES)
@pytest.mark.parametrize("pair", EDGES, ids="-on-".join)
def test_edges_of_fields_are_seen(theme: Colours, pair: tuple[str, str]) -> None:
    edge, ground = (getattr(theme, name) for name in pair)
    assert _contrast(edge, ground) >= 3  # WCAG 2.2, 1.4.11 (AA)


def test_high_contrast_is_seven_to_one_and_frames_what_has_no_ground() -> None:
    texts = [one for one, ground in PAIRS if ground == "card"]
    assert min(_contrast(getattr(CONTRAST, one), CONTRAST.card) for one in texts) >= 7
    assert CONTRAST.frame > 0


@pytest.mark.parametrize("theme", THEMES, ids=NAMES)
def test_the_style_sheet_is_filled_in_and_its_images_exist(theme: Colours) -> None:
    sheet = style_sheet(theme)
    assert "$" not in sheet
    for path in re.findall(r"url\((.+?)\)", sheet):
        assert Path(path).is_file()


def test_all_themes_have_all_colours() -> None:
    for field in fields(Colours):
        if field.name not in ("scheme", "frame"):
            for theme in THEMES:
                assert QColor(getattr(theme, field.name)).isValid()


def test_wearing_a_theme_changes_palette_and_icons(qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    edit = QLineEdit()
    qtbot.addWidget(edit)
    try:
        seen = []
        for theme in (LIGHT, DARK):
            wear(app, theme)
            window = app.palette().color(QPalette.ColorRole.Window)
            assert window == QColor(theme.window)
            seen.append(icon("mail").pixmap(24).toImage())
        assert seen[0] != seen[1]
    finally:
        app.setStyleSheet("")
        app.setPalette(make_palette(LIGHT))


@pytest.mark.parametrize("path", ICONS, ids=lambda one: one.stem)
def test_every_icon_is_valid_and_draws_something(path: Path, qtbot: QtBot) -> None:
    assert QSvgRenderer(str(path)).isValid()
    image = icon(path.stem).pixmap(QSize(24, 24)).toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24))


def test_icons_are_sharp_at_twice_the_scale(qtbot: QtBot) -> None:
    pixmap = icon("mail").pixmap(QSize(24, 24), 2.0)
    assert pixmap.size() == QSize(48, 48)


def test_a_disabled_icon_is_fainter(qtbot: QtBot) -> None:
    def ink(mode: QIcon.Mode) -> int:
        image = icon("save").pixmap(QSize(24, 24), mode).toImage()
        return sum(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24))

    assert 0 < ink(QIcon.Mode.Disabled) < ink(QIcon.Mode.Normal)


def test_a_cards_label_names_its_field(qtbot: QtBot) -> None:
    card = Card("Server")
    qtbot.addWidget(card)
    edit = QLineEdit()
    label = card.add_row("Host", edit)
    assert label.buddy() is edit


def test_a_banner_never_takes_text_for_markup(qtbot: QtBot) -> None:
    banner = Banner("warn")
    qtbot.addWidget(banner)
    banner.say("<b>bold</b>", '<img src="file:///x">')
    banner.resize(400, 100)
    assert banner.title.text() == "<b>bold</b>"
    assert banner.text.textFormat().name == "PlainText"
