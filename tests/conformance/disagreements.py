"""Disagreements that are known and not yet fixed, by version and case, each with its reason."""

KNOWN: dict[str, dict[str, str]] = {}
