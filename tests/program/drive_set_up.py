"""Goes from nothing to an app that sends, in the real window; run by the system's Python in a desktop.

Usage: drive_set_up.py DRIVER-FOLDER LOOPMAIL SCREENSHOT-FOLDER PORT APP APP-TO-PASTE-INTO
Prints one line of JSON: the actions of each walk, the verdicts, what the window says of the app.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

folder, program, shots, port, shop, second = sys.argv[1:]
sys.path.insert(0, folder)
ui: Any = __import__("uidriver")
walks: dict[str, list[str]] = {}
seen: dict[str, Any] = {"actions": walks, "verdicts": [], "ready": [], "keyring": []}


def shot(name: str) -> None:
    """Keep a picture of the screen."""
    ui.screenshot(str(Path(shots) / f"{name}.png"))


def focus() -> str:
    """Role and label of what has the focus."""
    node = ui.focused()
    return f"{node.role} {node.label}" if node is not None else ""


def act(walk: str, what: str, do: Callable[[], object]) -> None:
    """Do one action of a walk, as a user counts them."""
    walks.setdefault(walk, []).append(what)
    do()


def focused_on(words: str) -> None:
    """Wait until the focus is where the next thing is typed."""
    ui.wait_for(lambda: words in focus(), what=f"the focus on {words}, it is on {focus()}")


def lookup(name: str) -> str:
    """Ask the keyring with another program."""
    words = ["secret-tool", "lookup", "service", f"loopmail:{name}", "username", "EMAIL_DS_PASS"]
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False).stdout


def saved(app: str) -> Any:
    """What the app's file says of its mail."""
    return json.loads((Path(app) / "server" / "datasources.json").read_text()).get("emailDs")


def finish(walk: str, app: str, name: str) -> None:
    """Wait for the verdict, save, and note what the window says of the app."""
    seen["verdicts"].append(ui.find("label", "^Sent", timeout=30).name)
    ui.find("label", "But the app itself will not send yet", timeout=20)
    shot(f"{name}-sent")
    assert saved(app) is None, "something was written before Save"
    act(walk, "Save", lambda: ui.key("ctrl+s"))
    ui.wait_for(lambda: saved(app), what="the saved file", timeout=20)
    ui.wait_gone("label", "But the app itself will not send yet", timeout=20)
    seen["ready"].append(not ui.exists("label", "But not in every environment"))
    seen["keyring"].append(lookup(name))
    shot(f"{name}-saved")


window = ui.launch([program])
ui.find("button", "Open Folder", timeout=20)
act("typed", "Open Folder…", lambda: ui.key("ctrl+o"))
ui.find("dialog", "Open Folder", timeout=20)
act("typed", "path", lambda: ui.type_keys(shop))
act("typed", "Enter", lambda: ui.key("Return"))
ui.find("label", "This app cannot send mail yet", timeout=20)
focused_on("Search providers")
shot("no-mail")
for _ in range(60):  # what a mouse does with one click
    if "Other Server" in focus():
        break
    ui.key("Tab")
    ui.pump(0.05)
act("typed", "Other Server…", lambda: ui.key("space"))
for field, text in (("Host", "127.0.0.1"), ("Port", port), ("User", "me@shop.example")):
    focused_on(field)
    act("typed", field, lambda text=text: ui.type_keys(text))  # type: ignore[misc]
    ui.key("Return")
focused_on("Password")
act("typed", "Password", lambda: ui.type_keys("typed-4471"))
shot("set-up")
act("typed", "Send a Test", lambda: ui.key("Return"))
finish("typed", shop, "typed")

act("pasted", "Open Folder…", lambda: ui.key("ctrl+o"))
ui.find("dialog", "Open Folder", timeout=20)
act("pasted", "path", lambda: ui.type_keys(second))
act("pasted", "Enter", lambda: ui.key("Return"))
ui.find("label", "This app cannot send mail yet", timeout=20)
focused_on("Search providers")
line = (
    f"swaks --server 127.0.0.1:{port} --au me@shop.example --ap pasted-4472 --to you@shop.example"
)
act("pasted", "Ctrl+V", lambda: ui.paste(line))
ui.find("edit", "Host", timeout=10)
ui.wait_for(lambda: ui.find("edit", "Host").text == "127.0.0.1", what="the host")
shot("pasted")
seen["unnamed"] = len(ui.audit())
act("pasted", "Send a Test", lambda: ui.click("button", "Send a Test"))
finish("pasted", second, "pasted")
print(json.dumps(seen))
ui.key("ctrl+q")
window.wait_exit()
