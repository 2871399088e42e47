"""Adopts an app's passwords in the real window; run by the system's Python in a private desktop.

Usage: drive_secrets.py DRIVER-FOLDER LOOPMAIL APP SCREENSHOT-FOLDER [COMMAND …]
Prints one line of JSON: what another program finds in the keyring, what the window says, and
what COMMAND said with the passwords it got.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

folder, program, shop, shots, *command = sys.argv[1:]
sys.path.insert(0, folder)
ui: Any = __import__("uidriver")


def lookup(user: str) -> str:
    """Ask the keyring with another program."""
    words = ["secret-tool", "lookup", "service", "loopmail:coffee-shop", "username", user]
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False).stdout


seen: dict[str, object] = {}
app = ui.launch([program, shop])
ui.find("edit", "Host", timeout=20)
ui.menu("Data Source", "Move Passwords to Keyring")
ui.find("button", "Move 2 to Keyring", timeout=20)
ui.wait_for_text("^Git has it since", timeout=20)
ui.screenshot(str(Path(shots) / "adopt.png"))
ui.click("button", "Move 2 to Keyring")
seen["told"] = ui.find("label", "^Moved 2 secrets", timeout=20).name
ui.screenshot(str(Path(shots) / "adopted.png"))
ui.click("button", "Close")
ui.menu("File", "Save")
base = Path(shop) / "server" / "datasources.json"
ui.wait_for(lambda: "${" in base.read_text(), what="the saved file", timeout=20)
seen["keyring"] = [lookup("EMAIL_DS_PASS"), lookup("DB_PASS")]
ui.menu("Mail", "Run App")
status = ui.find("label", "^Ended after", timeout=30)
seen["run"] = status.name
ui.screenshot(str(Path(shots) / "run.png"))
ui.menu("Data Source", "Passwords…")
seen["entries"] = ui.find("table", "Passwords", timeout=20).read_table(max_rows=10)
ui.screenshot(str(Path(shots) / "passwords.png"))
app.terminate()
if command:
    done = subprocess.run(
        [program, "run", shop, "--", *command],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=shop,
    )
    seen["command"] = done.stdout + done.stderr
print(json.dumps(seen))
