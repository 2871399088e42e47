"""Drives the real window as a user does; run by the system's Python inside a private desktop.

Usage: drive_sample_app.py DRIVER-FOLDER LOOPMAIL SCREENSHOT-FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

folder, program, shots = sys.argv[1:4]
sys.path.insert(0, folder)
ui: Any = __import__("uidriver")

app = ui.launch([program])
ui.click("button", "Try the sample app")
ui.find("edit", "Host", timeout=20)
ui.find("combo", "Preset").select("GMail")
ui.wait_for(lambda: ui.find("edit", "Host").text == "smtp.gmail.com", what="GMail's host")
gmail = {
    "host": ui.find("edit", "Host").text,
    "port": ui.find("edit", "Port").text,
    "security": ui.find("combo", "Connection security").text,
}
ui.screenshot(str(Path(shots) / "gmail.png"))
ui.find("combo", "Preset").select("^Mail catcher")
ui.wait_for(lambda: ui.find("edit", "Host").text == "127.0.0.1", what="the catcher's host")
title = ui.window("loopmail").name
ui.menu("File", "Save")
ui.find("edit", "From").set_text("barista@example.com")
ui.find("edit", "To").set_text("customer@example.com")
ui.menu("Mail", "Send Test Message")
verdict = ui.find("label", "^Sent", timeout=20).name
ui.screenshot(str(Path(shots) / "sent.png"))
print(json.dumps({"gmail": gmail, "title": title, "verdict": verdict}))
app.terminate()
