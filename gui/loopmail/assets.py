"""The only reader of the resources (schemas, presets, icons, translations, sample app)."""

import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any


def resource(name: str) -> Traversable:
    """Return the resource of this relative path; refuse paths that leave the folder."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts:
        raise ValueError(f"not a resource name: {name}")
    return files("loopmail_resources").joinpath(*parts)


def read_text(name: str) -> str:
    """Return a resource's text."""
    return resource(name).read_text(encoding="utf-8")


@cache
def read_json(name: str) -> Any:
    """Return a JSON resource; the value is shared, so callers must not change it."""
    return json.loads(read_text(name))
