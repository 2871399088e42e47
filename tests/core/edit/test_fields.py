"""The fields of a transport as data, and the JSON Schemas made to the same measure."""

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from loopmail import assets
from loopmail.core.app.document import Document
from loopmail.core.edit.fields import DEAD_KEYS, TRANSPORT_FIELDS, Field
from loopmail.core.js import Json

MAIN = {
    "/type": "Type",
    "/host": "Host",
    "/port": "Port",
    "/secure": "Secure",
    "/auth/user": "User",
    "/auth/pass": "Password",
    "/tls/rejectUnauthorized": "Verify certificate",
    "/tls/servername": "Server name",
    "/tls/ca": "CA certificate",
    "/name": "EHLO name",
}


def field(path: str) -> Field:
    return next(item for item in TRANSPORT_FIELDS if item.path == path)


def test_paths_and_labels_are_unique() -> None:
    paths = [item.path for item in TRANSPORT_FIELDS]
    labels = [item.label for item in TRANSPORT_FIELDS]
    assert len(set(paths)) == len(paths)
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"(/[A-Za-z0-9]+){1,2}", path) for path in paths)


def test_the_main_fields_have_the_names_of_the_window() -> None:
    assert {path: field(path).label for path in MAIN} == MAIN


@pytest.mark.parametrize("item", TRANSPORT_FIELDS, ids=lambda item: item.key)
def test_each_field_is_explained_in_plain_sentences(item: Field) -> None:
    assert item.help.endswith(".")
    assert "<" not in item.help
    assert item.kind in ("text", "number", "boolean", "secret", "choice", "lines")
    assert item.group in ("server", "sign-in", "certificate", "more")
    assert (item.kind == "choice") == bool(item.choices)
    assert {major for major, _ in item.defaults} <= {2, 4, 6}
    assert (item.since or 0) <= (item.until or 99)


def test_defaults_follow_nodemailer() -> None:
    assert field("/port").default_for(2).startswith("25")
    assert field("/port").default_for(3).startswith("587")
    assert field("/port").default_for(6).startswith("587")
    assert field("/port").default_for(7) == field("/port").default_for(6)
    assert field("/rateDelta").default_for(2) == ""
    assert field("/dnsTimeout").default_for(5) == ""
    assert field("/dnsTimeout").default_for(6) == "30000"
    assert "no" in field("/tls/servername").default_for(2)
    assert field("/auth/user").default_for(6) == ""


def test_fields_are_read_by_the_versions_they_belong_to() -> None:
    assert not field("/forceAuth").read_by(4)
    assert field("/forceAuth").read_by(6)
    assert field("/auth/xoauth2").read_by(2)
    assert not field("/auth/xoauth2").read_by(6)
    assert field("/host").read_by(2)


def test_secrets_are_marked() -> None:
    secret = {item.path for item in TRANSPORT_FIELDS if item.kind == "secret"}
    assert {"/auth/pass", "/auth/clientSecret", "/auth/refreshToken", "/tls/key"} <= secret
    assert "/auth/user" not in secret


def test_dead_keys_are_no_fields_and_name_what_to_use() -> None:
    paths = {item.path for item in TRANSPORT_FIELDS}
    for dead in DEAD_KEYS:
        assert dead.key not in paths
        assert dead.use is None or dead.use in paths
        assert dead.text.endswith(".")
    keys = {dead.key: dead.use for dead in DEAD_KEYS}
    assert keys["/secureConnection"] == "/secure"
    assert keys["/auth/password"] == "/auth/pass"
    assert keys["/from"] is None


def schema(name: str) -> Any:
    return assets.read_json(f"schemas/{name}.schema.json")


@pytest.mark.parametrize("name", ["datasources", "model-config"])
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def test_the_schema_explains_every_field_in_the_same_words() -> None:
    properties = schema("datasources")["$defs"]["transport"]["properties"]
    for item in TRANSPORT_FIELDS:
        first, _, second = item.path.strip("/").partition("/")
        entry = properties[first]["properties"][second] if second else properties[first]
        assert (entry["title"], entry["description"]) == (item.label, item.help)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("datasources", {}, True),
        ("datasources", {"db": {"connector": "memory", "transports": "its own"}}, True),
        ("datasources", {"m": {"connector": "mail", "transports": [{"port": "${P}"}]}}, True),
        ("datasources", {"m": {"connector": "mail", "transports": "x"}}, False),
        ("datasources", {"m": {"connector": "mail", "transports": [None]}}, False),
        ("datasources", {"m": "smtp.example.com"}, False),
        ("datasources", [], False),
        ("model-config", {"_meta": {"sources": ["a"]}, "Email": {"dataSource": None}}, True),
        ("model-config", {"Email": {"dataSource": "m", "public": "false", "x": 1}}, True),
        ("model-config", {"Email": "m"}, False),
        ("model-config", {"_meta": {"sources": "a"}}, False),
    ],
)
def test_the_schemas_tell_structure_from_nonsense(name: str, value: Json, valid: bool) -> None:
    assert Draft202012Validator(schema(name)).is_valid(value) is valid


def test_the_schemas_accept_what_real_people_have(corpus: Path) -> None:
    checked = 0
    for path in sorted(corpus.glob("*/server/*.json")):
        document = Document.load(path)
        name = "model-config" if path.name.startswith("model-config") else "datasources"
        if document.error is None:
            errors = list(Draft202012Validator(schema(name)).iter_errors(document.value()))
            assert not errors, f"{path}: {errors[0].message}"
            checked += 1
    assert checked > 70


@pytest.mark.parametrize("item", TRANSPORT_FIELDS, ids=lambda item: item.key)
def test_each_field_says_where_it_is_read_and_what_counts_without_it(item: Field) -> None:
    said = item.explained().splitlines()
    assert said[0] == f"{item.label} ({item.key})"
    assert item.help in said
    assert said[-1].startswith("Read in: ")
    told = [line for line in said if line.startswith("When it is not set: ")]
    assert bool(told) == bool(item.defaults)
    assert any("only" in line for line in said) == bool(item.since or item.until)


def test_what_differs_by_version_is_told_by_version() -> None:
    said = field("/port").explained()
    assert "When it is not set: 25, or 465 with " in said
    assert " (Nodemailer 2); 587, or 465 with " in said
    assert "(Nodemailer 4 and 6)." in said
    assert "Read by Nodemailer 6 only." in field("/dnsTimeout").explained()
    assert "When it is not set: localhost." in field("/host").explained()
