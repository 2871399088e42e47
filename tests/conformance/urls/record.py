"""Records what real Nodemailer makes of the URLs; `make conformance` runs it."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from conformance.real_loopback import install  # noqa: E402
from conformance.urls.urls import ANSWERS, all_urls, ask  # noqa: E402

urls = all_urls()
answers = [ask(install(name) / "node_modules", urls) for name in ("lb2", "lb3n4", "lb3")]
assert answers[0] == answers[1] == answers[2], "the three Nodemailers differ"
lines = [json.dumps([url, answer]) for url, answer in zip(urls, answers[0], strict=True)]
ANSWERS.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
print(f"{len(urls)} URLs recorded")
