"""Looks for names in the real window; run by the system's Python inside a private desktop.

Usage: read_visible_names.py DRIVER-FOLDER LOOPMAIL APP-FOLDER WANTED-JSON
Prints what was not found, the headers of the tables, and the controls without a name.
"""

import json
import sys
from typing import Any

folder, program, app_folder, wanted_json = sys.argv[1:5]
sys.path.insert(0, folder)
ui: Any = __import__("uidriver")
wanted: dict[str, list[str]] = json.loads(wanted_json)

ui.launch([program, app_folder])
ui.find("edit", "Host", timeout=20)
title = ui.window("loopmail").name
ui.menu("View", "Problems")
headers = {"Problems": ui.find("table", "^Problems$", timeout=10).headers()}
audit = [str(one) for one in ui.audit()]
ui.menu("View", "JSON")  # the tab takes the place of the one before
ui.find("edit", "^JSON$", timeout=10)
audit += [str(one) for one in ui.audit()]
missing = [
    f"{role} {name}"
    for role, names in wanted.items()
    for name in names
    # Stop takes the place of Send while a test runs, and is hidden before.
    if not ui.exists(
        role, f"^{name}$", timeout=0.2, hidden=role in ("menuitem", "label") or name == "Stop"
    )
]
certificate = ui.find("tab", "^Certificate$")
certificate.click()
if not ui.exists("table", "^Certificate$", timeout=2):
    missing.append("table Certificate")
ui.find("cell", "^Model bindings").click()
headers["Model bindings"] = ui.find("table", "^Model bindings$", timeout=5).headers()
audit += [str(one) for one in ui.audit()]
print(json.dumps({"title": title, "missing": missing, "headers": headers, "unnamed": audit}))
