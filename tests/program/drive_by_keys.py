"""Does the window's main job by keys alone; run by the system's Python inside a private desktop.

Usage: drive_by_keys.py DRIVER-FOLDER LOOPMAIL APP-FOLDER SCREENSHOT-FOLDER
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

folder, program, app_folder, shots = sys.argv[1:5]
sys.path.insert(0, folder)
ui: Any = __import__("uidriver")
file = Path(app_folder) / "server" / "datasources.json"


def focus() -> str:
    """Role and label of what has the focus."""
    node = ui.focused()
    return f"{node.role} {node.label}" if node is not None else ""


def until(wanted: Callable[[], Any], key: str, what: str, most: int = 40) -> None:
    """Press a key until something is so."""
    for _ in range(most):
        if wanted():
            return
        ui.key(key)
        ui.pump(0.15)
    raise SystemExit(f"{key} does not lead to {what}; the focus is on: {focus()}")


def at(words: str) -> Callable[[], bool]:
    """Tell whether the focus is on something with these words in its role or label."""
    return lambda: words in focus()


def go(keys: str, words: str) -> None:
    """Press keys and see where they lead.

    A busy machine may still be showing the page before when they come: then once more.
    """
    for patience in (3, 5, 15):  # seconds
        ui.key(keys)
        try:
            ui.wait_for(at(words), timeout=patience, what=f"{keys} leading to {words}")
        except ui.UIError:
            if patience == 15:
                raise
        else:
            return


def setting(key: str) -> Any:
    """What the saved file has in the first transport."""
    return json.loads(file.read_text())["emailDs"]["transports"][0].get(key)


# An app that was open before is among the recent ones.
first = ui.launch([program, app_folder])
ui.find("edit", "Host", timeout=20)
ui.key("ctrl+q")
first.wait_exit()
app = ui.launch([program])
ui.wait_for(at("Open Folder"), what="the focus on Open Folder")
until(at(f"Open {app_folder}"), "Tab", "the recent app")
ui.key("space")
ui.find("edit", "Host", timeout=20)

# The tree has the focus; the arrows walk through it.
ui.wait_for(at("App"), what="the focus in the tree")
name = ui.find("edit", "^Name$")
ui.key("Down")
ui.wait_for(lambda: ui.find("edit", "^Name$").text == "db", what="the data source db")
ui.key("Up")
ui.wait_for(lambda: ui.find("edit", "^Name$").text == "emailDs", what="the mail data source")

# Provider, user and password.
go("alt+p", "Preset")
ui.type_keys("GMail")
ui.wait_for(lambda: ui.find("edit", "Host").text == "smtp.gmail.com", what="GMail's host")
until(at("Host"), "Tab", "the host")
go("alt+g", "Sign-in")
ui.key("Home")
ui.type_keys("User")
go("alt+u", "User")
ui.key("ctrl+a")
ui.type_keys("me@gmail.com")
go("alt+w", "Password")
ui.type_keys("abcdefghijklmnop")
until(at("Keep password in"), "Tab", "the home of the password")
ui.key("Home")
ui.type_keys("Keyring")
ui.key("ctrl+s")
ui.wait_for(
    lambda: (setting("auth") or {}).get("pass") == "${EMAIL_DS_PASS}", what="the saved password"
)
saved = file.read_text()

# Through all parts of the window and back.
seen: list[str] = []
for _ in range(8):
    ui.key("F6")
    ui.pump(0.3)
    seen.append(focus())

# To the mail catcher, since GMail is far away.
ui.key("alt+m")
ui.pump(0.2)
ui.type_keys("m")
ui.wait_for(lambda: ui.exists("label", "Mail catcher"), what="the catcher's page")
until(at("tree"), "F6", "the tree")
ui.key("Home")
ui.find("edit", "Host", timeout=5)
go("alt+p", "Preset")
ui.key("Home", "Down")  # the catcher stands first among the servers
ui.wait_for(lambda: ui.find("edit", "Host").text == "127.0.0.1", what="the catcher's host")
ui.key("ctrl+s")
go("alt+t", "To")
ui.key("ctrl+a")
ui.type_keys("customer@example.com")
ui.key("shift+Tab")
ui.wait_for(at("From"), what="From before To")
ui.key("ctrl+a")
ui.type_keys("me@gmail.com")
ui.key("ctrl+Return")
verdict = ui.find("label", "^Sent", timeout=20).name

# Out of the tables and texts with Tab, and a panel away with Escape.
until(at("Message"), "Tab", "the message")
until(at("Transcript"), "Tab", "the transcript")
until(lambda: "Transcript" not in focus(), "Tab", "beyond the transcript", most=4)
ui.key("ctrl+shift+m")
ui.wait_for(lambda: ui.exists("table", "Problems"), what="the problems")
until(at("Problems"), "F6", "the problems")
ui.key("Escape")
ui.wait_gone("table", "Problems")
ui.screenshot(str(Path(shots) / "keys.png"))
print(json.dumps({"verdict": verdict, "parts": seen, "saved": saved, "unnamed": len(ui.audit())}))
ui.key("ctrl+q")
app.wait_exit()
