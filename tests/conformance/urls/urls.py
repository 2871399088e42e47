"""Connection URLs of many shapes, and asking real Nodemailer what it makes of them."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ANSWERS = HERE / "answers.json"
COUNT = 1200

_KEYS = (
    *(
        "name",
        "port",
        "host",
        "secure",
        "auth",
        "auth.user",
        "tls",
        "tls.servername",
        "tls.",
        "pool",
    ),
    *("tls.ca", "tls.rejectUnauthorized", "tls.toString", "toString", "__proto__", "constructor"),
    *(
        "tls.__proto__",
        "a.b.c",
        ".",
        "",
        "1",
        "10",
        "2",
        "maxConnections",
        "logger",
        "dkim.x",
        "x%20y",
    ),
)
_VALUES = (
    *(
        "x",
        "",
        "true",
        "false",
        "Infinity",
        "-Infinity",
        "NaN",
        "1e400",
        "-0",
        "0x10",
        "25",
        "2.50",
    ),
    *(
        " 7 ",
        "+",
        "%20",
        "null",
        "undefined",
        "true ",
        "TRUE",
        "a=b",
        "%C3%BC",
        "1_000",
        "0b11",
        "007",
    ),
)
_STARTS = ("smtp://", "smtps://", "SMTP://", "direct:", "//", "", "smtp:", "http://", "smtp:///")
_PLACES = (
    *("mail.example.com", "MAIL.example.COM:2525", "h:0", "u:p@h", "u%40e.org:p%3Aq@h:465", "u@h"),
    *(
        "u:p:q@h",
        "u@h:12ab",
        "h:25:26",
        "h;x",
        "%41b@h",
        "münchen.example",
        "h_1",
        "a b",
        "[::1",
        "u@p@h",
        "h\\\\x",
        "[2001:db8::1]:25",
        "h/path",
        "",
        "user:@h",
        ":p@h",
        "h:587/",
        "a%2Bb:%24@h",
    ),
)


def all_urls() -> list[str]:
    """Return the URLs; always the same ones."""
    chance = random.Random(4471)
    found = []
    for _ in range(COUNT):
        pairs = [
            f"{chance.choice(_KEYS)}={chance.choice(_VALUES)}"
            if chance.random() < 0.9
            else chance.choice(_KEYS)
            for _ in range(chance.randint(0, 4))
        ]
        query = f"?{'&'.join(pairs)}" if pairs else ""
        fragment = "#x?y=1" if chance.random() < 0.05 else ""
        found.append(f"{chance.choice(_STARTS)}{chance.choice(_PLACES)}{query}{fragment}")
    return list(dict.fromkeys(found))


def ask(modules: Path, urls: list[str]) -> list[dict[str, Any]]:
    """Return what the Nodemailer of a node_modules folder answers."""
    run = subprocess.run(
        ["node", str(HERE / "parse_urls.js"), str(modules)],
        input="".join(json.dumps(url) + "\n" for url in urls),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]
