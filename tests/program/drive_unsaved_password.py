"""Changes a password in the real window and discards it; run by the system's Python in a desktop.

Usage: drive_unsaved_password.py DRIVER-FOLDER LOOPMAIL APP SCREENSHOT-FOLDER OLD NEW
Prints one line of JSON: what another program finds in the keyring, what the window says and asks.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

folder, program, shop, shots, old, new = sys.argv[1:]
sys.path.insert(0, folder)
ui: Any = __import__("uidriver")


def lookup() -> str:
    """Ask the keyring with another program."""
    entry = ["service", "loopmail:coffee-shop", "username", "EMAIL_DS_PASS"]
    words = ["secret-tool", "lookup", *entry]
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False).stdout


def shot(name: str) -> None:
    """Keep a picture of the screen."""
    ui.screenshot(str(Path(shots) / f"{name}.png"))


def quit_and_discard(name: str) -> str:
    """Leave, and return what the window asked before."""
    ui.menu("File", "Quit")
    ui.find("dialog", "Unsaved changes", timeout=20)
    shot(name)
    asked = " ".join(ui.texts(ui.find("dialog", "Unsaved changes")))
    ui.click("button", "Discard")
    ui.wait_for(lambda: app.proc.poll() is not None, what="the end of the program", timeout=20)
    return asked


stored = [program, "secret", "set", shop, "EMAIL_DS_PASS"]
subprocess.run(stored, input=old, text=True, timeout=60, check=True, capture_output=True)
seen: dict[str, object] = {}
app = ui.launch([program, shop])
field = ui.find("edit", "Password", timeout=20)
field.set_text(new)
ui.find("edit", "From", timeout=20).set_text("shop@example.com")
ui.find("edit", "To").set_text("guest@example.com")
shot("changed")
ui.click("button", "Send Test Message")
seen["verdict"] = ui.find("label", "^Sent", timeout=30).name
shot("sent")
found = [lookup()]
seen["asked"] = quit_and_discard("asked")
found.append(lookup())
app = ui.launch([program, shop])
ui.find("edit", "Password", timeout=20)
ui.wait_for_text("Keyring: ", timeout=20)
ui.select("Keep password in", "Environment variable")
ui.find("button", "Also delete it from the keyring", timeout=20)
shot("environment")
seen["asked again"] = quit_and_discard("asked-again")
found.append(lookup())
seen["keyring"] = found
print(json.dumps(seen))
