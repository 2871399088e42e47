"""Connection URLs are read as Nodemailer reads them; compared with recorded answers."""

import json
from typing import Any

from conformance.urls.urls import ANSWERS, all_urls
from loopmail.core.js import Json
from loopmail.core.nodemailer.connection_url import MalformedUrl, parse_connection_url


def ours(url: str) -> dict[str, Any]:
    try:
        return {"options": _plain(parse_connection_url(url))}
    except MalformedUrl as error:
        return {"error": str(error)}


def _plain(value: Json) -> Json:
    """Write numbers that JSON does not know as the recording does."""
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if isinstance(value, float):
        names = {"inf": "Infinity", "-inf": "-Infinity"}
        if (name := names.get(str(value))) is not None:
            return {"number": name}
    return value


def test_urls_are_read_as_nodemailer_reads_them() -> None:
    recorded = json.loads(ANSWERS.read_text("utf-8"))
    assert [url for url, _ in recorded] == all_urls()
    wrong = [(url, answer, ours(url)) for url, answer in recorded if ours(url) != answer]
    assert not wrong, f"{len(wrong)}: {wrong[:5]}"
    assert sum("error" in answer for _, answer in recorded) > 2
