"""The walk reaches every page, panel, dialog and entry of the menus that opens something."""

import importlib.util
from pathlib import Path

from ui.tour import Tour

ROOT = Path(__file__).parents[2]
UI = ROOT / "gui" / "loopmail" / "ui"
# Rooms whose widgets stand in a page or dialog that the walk reaches under another name, and what
# only shows together with something of the user's: another program's change, several apps.
ELSEWHERE = {
    *("tree_model", "mail_header", "tree", "adopt_row", "passwords_model", "problem_detail"),
    *("problem_rows", "run_session", "conflict", "choose_app", "layer_actions"),
    *("json_area", "caught", "caught_list", "safe_browser"),
}
REACHED = {
    "bindings": "s10_bindings",
    "catcher": "s31_catcher",
    "file": "s11_broken_file",
    "mail": "s04_mail_page",
    "no_mail": "s02_no_mail",
    "set_up": "s03_set_up",
    "welcome": "s01_welcome",
    "about": "s52_about",
    "adopt": "s41_move_passwords",
    "palette": "s40_find_anything",
    "how_it_reads": "s51_how_it_reads",
    "passwords": "s42_passwords",
    "shortcuts": "s50_shortcuts",
    "forecast": "s21_forecast",
    "environments": "s25_environments",
    "json": "s22_json",
    "json_area": "s26_json_with_error",
    "plan": "s21_forecast",
    "review": "s43_review",
    "problems": "s20_problems",
    "run": "s23_app_output",
}


def test_a_stop_shows_every_page_panel_and_dialog() -> None:
    rooms = {
        path.stem
        for folder in ("page", "panel", "dialogs")
        for path in (UI / folder).glob("*.py")
        if path.stem != "__init__"
    }
    new = rooms - ELSEWHERE - set(REACHED)
    assert not new, "give these a stop in tests/ui/tour.py, and say here which"
    assert {name for name in REACHED.values() if not hasattr(Tour, name)} == set()


def test_the_pictures_of_the_readme_are_drawn_by_the_walk() -> None:
    path = ROOT / "packaging" / "screenshots" / "make.py"
    spec = importlib.util.spec_from_file_location("make_screenshots", path)
    assert spec is not None
    assert spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    stops = {name[1:].replace("_", "-") for name in dir(Tour) if name[1:3].isdigit()}
    for stop, look, name in make.BEST:
        assert stop in stops
        assert look in make.LOOKS
        assert f"packaging/screenshots/{name}.png" in (ROOT / "README.md").read_text("utf-8")
        assert (path.parent / f"{name}.png").is_file()
