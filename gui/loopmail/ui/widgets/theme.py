"""Light, dark and high contrast: the colours, the palette and the short style sheet made of them.

`apply_theme` follows the system's colour scheme and its wish for contrast, unless `choose_appearance` says otherwise.
Widgets that paint themselves ask `colours()` while painting; all others get their look through
`style.qss` and the properties which `building_blocks.py` sets (`role`, `tone`).
"""

from dataclasses import asdict, dataclass
from string import Template
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from loopmail.assets import read_text, resource

Appearance = Literal["system", "light", "dark", "contrast"]
APPEARANCES: tuple[Appearance, ...] = ("system", "light", "dark", "contrast")


@dataclass(frozen=True, slots=True)
class Colours:
    """All colours of the window, as `#rrggbb`."""

    scheme: str  # "light" or "dark": also how the names of images end that exist in both colours
    frame: int  # pixels around what else its ground alone sets off: banners, selected rows
    window: str
    side: str  # the tree's background, tool bar and status bar
    card: str  # cards, fields, lists
    border: str  # of cards and lines, for decoration only
    field_border: str  # of fields and buttons, which must be seen (WCAG 2.2, 1.4.11)
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    selected: str  # background of a selected row
    hover: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    error: str
    error_soft: str
    # The environments, in chips and in the tool bar; neither red nor amber, which mean problems.
    production: str
    production_soft: str
    staging: str
    staging_soft: str
    # What JSON is made of.
    json_key: str
    json_text: str
    json_number: str
    json_word: str


LIGHT = Colours(
    scheme="light",
    frame=0,
    window="#f7f7f9",
    side="#eff0f5",
    card="#ffffff",
    border="#d9dbe3",
    field_border="#82858f",
    text="#1c1d22",
    muted="#5c5f69",
    accent="#3357d6",
    accent_hover="#2947b8",
    on_accent="#ffffff",
    selected="#dfe6fd",
    hover="#e8eaf1",
    ok="#146c43",
    ok_soft="#e4f4eb",
    warn="#8a5200",
    warn_soft="#fff2dc",
    error="#b3261e",
    error_soft="#fdeceb",
    production="#8d2367",
    production_soft="#fbeaf4",
    staging="#0b6570",
    staging_soft="#e0f2f4",
    json_key="#1f3f9e",
    json_text="#146c43",
    json_number="#8a3b00",
    json_word="#8d2367",
)
DARK = Colours(
    scheme="dark",
    frame=0,
    window="#1e1f23",
    side="#232429",
    card="#292a30",
    border="#42444d",
    field_border="#7d818d",
    text="#ececf0",
    muted="#a9acb7",
    accent="#8fa4ff",
    accent_hover="#a9b9ff",
    on_accent="#10131f",
    selected="#343c5e",
    hover="#33353c",
    ok="#7fd8a6",
    ok_soft="#1f3a2c",
    warn="#f2bd6b",
    warn_soft="#3d301c",
    error="#ff9c93",
    error_soft="#462523",
    production="#f4a3cc",
    production_soft="#3a2533",
    staging="#79d0da",
    staging_soft="#1b3539",
    json_key="#a9b9ff",
    json_text="#7fd8a6",
    json_number="#f2bd6b",
    json_word="#f4a3cc",
)
CONTRAST = Colours(
    scheme="light",
    frame=2,
    window="#ffffff",
    side="#ffffff",
    card="#ffffff",
    border="#000000",
    field_border="#000000",
    text="#000000",
    muted="#2b2b2b",
    accent="#0026a8",
    accent_hover="#001a75",
    on_accent="#ffffff",
    selected="#dfe6fd",
    hover="#ececec",
    ok="#00441f",
    ok_soft="#ffffff",
    warn="#5c3300",
    warn_soft="#ffffff",
    error="#7a0000",
    error_soft="#ffffff",
    production="#6d0047",
    production_soft="#ffffff",
    staging="#00434b",
    staging_soft="#ffffff",
    json_key="#1f3f9e",
    json_text="#00441f",
    json_number="#6b2d00",
    json_word="#6d0047",
)

_current = LIGHT
_by_palette = LIGHT  # what the system's palette looked like before ours
_appearance: Appearance = "system"


def colours() -> Colours:
    """Return the colours that apply now."""
    return _current


def apply_theme(app: QApplication) -> None:
    """Give the program its look and keep following the system's colour scheme."""
    global _by_palette
    app.setStyle("Fusion")
    # A system that reports no scheme may still have given a dark palette.
    _by_palette = DARK if app.palette().window().color().lightness() < 128 else LIGHT
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: _follow(app))
    _follow(app)


def choose_appearance(app: QApplication, appearance: Appearance) -> None:
    """Be light or dark whatever the system says, or follow the system again."""
    global _appearance
    _appearance = appearance
    _follow(app)


def _follow(app: QApplication) -> None:
    """Apply the appearance that the user chose, else the system's."""
    wanted = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}.get(_appearance)
    if wanted is None and _high_contrast():
        wanted = CONTRAST
    if wanted is None:
        schemes = {Qt.ColorScheme.Dark: DARK, Qt.ColorScheme.Light: LIGHT}
        wanted = schemes.get(QGuiApplication.styleHints().colorScheme(), _by_palette)
    if wanted is not _current or not app.styleSheet():
        wear(app, wanted)


def _high_contrast() -> bool:
    """Tell whether the system asks for high contrast, where Qt knows it (from 6.10 on)."""
    hints = QGuiApplication.styleHints()
    accessibility = hints.accessibility() if hasattr(hints, "accessibility") else None
    preference = getattr(accessibility, "contrastPreference", None)
    return preference is not None and preference().name == "HighContrast"


def wear(app: QApplication, chosen: Colours) -> None:
    """Show all windows in these colours."""
    global _current
    _current = chosen
    app.setPalette(make_palette(chosen))
    app.setStyleSheet(style_sheet(chosen))


def style_sheet(chosen: Colours) -> str:
    """Return the style sheet in these colours."""
    values = {**asdict(chosen), "icons": str(resource("icons")).replace("\\", "/")}
    return Template(read_text("style.qss")).substitute(values)


def make_palette(chosen: Colours) -> QPalette:
    """Return the palette in these colours, disabled ones included."""
    role = QPalette.ColorRole
    by_role = {
        role.Window: chosen.window,
        role.WindowText: chosen.text,
        role.Base: chosen.card,
        role.AlternateBase: chosen.window,
        role.Text: chosen.text,
        role.Button: chosen.card,
        role.ButtonText: chosen.text,
        role.BrightText: chosen.error,
        role.PlaceholderText: chosen.muted,
        role.Highlight: chosen.accent,
        role.HighlightedText: chosen.on_accent,
        role.Link: chosen.accent,
        role.LinkVisited: chosen.accent,
        role.ToolTipBase: chosen.card,
        role.ToolTipText: chosen.text,
        role.Light: chosen.card,
        role.Midlight: chosen.hover,
        role.Mid: chosen.border,
        role.Dark: chosen.border,
        role.Shadow: chosen.border,
    }
    if hasattr(role, "Accent"):
        by_role[role.Accent] = chosen.accent
    palette = QPalette()
    for one, colour in by_role.items():
        palette.setColor(one, QColor(colour))
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(chosen.muted))
    return palette
