"""Places in the words that the window's fields have."""

import pytest

from loopmail.core.edit.places import joined, place_words, setting_words

BASE, LAYER, MODELS = "datasources.json", "datasources.production.json", "model-config.json"
TWO = {"transports": [{"alias": "main", "host": "a"}, {"host": "b.example.com"}, {}]}
VALUES = {
    BASE: {
        "mail": TWO,
        "one": {"transports": [{"host": "c"}]},
        "old": {"transport": {"host": "d"}},
    },
    LAYER: {"mail": {"transports": [{"port": 25}]}},
}


@pytest.mark.parametrize(
    ("file", "pointer", "words"),
    [
        (BASE, "/mail/transports/0/auth/pass", "mail › main › Password"),
        (BASE, "/mail/transports/1/host", "mail › b.example.com › Host"),
        (BASE, "/mail/transports/2", "mail › Transport 3"),
        (BASE, "/mail/transports/7/port", "mail › Transport 8 › Port"),
        (BASE, "/one/transports/0/port", "one › Port"),
        (BASE, "/one/transports/0", "one"),
        (BASE, "/old/transport/tls/rejectUnauthorized", "old › Verify certificate"),
        (BASE, "/old/transport/requireTLS", "old › Connection security"),
        (BASE, "/old/transport/auth/xoauth2/deep", "old › OAuth 2 token › deep"),
        (BASE, "/old/transport/no~1such", "old › no/such"),
        (BASE, "/db/password", "db › password"),
        (BASE, "", BASE),
        (LAYER, "/mail/transports/0/port", "mail › main › Port"),
        ("datasources.local.json", "/one/transports/0/port", "one › Port"),
        (MODELS, "/Email/dataSource", "Model bindings › Email › Data source"),
        (MODELS, "/_meta/sources/0", "Model bindings › _meta › sources › 0"),
        ("config.json", "/cookieSecret", "cookieSecret"),
    ],
)
def test_a_place_is_told_in_the_fields_words(file: str, pointer: str, words: str) -> None:
    assert joined(place_words(file, pointer, VALUES)) == words


def test_without_the_files_a_transport_has_its_number() -> None:
    words = place_words(BASE, "/mail/transports/1/auth/pass")
    assert words == ("mail", "Transport 2", "Password")


@pytest.mark.parametrize("broken", [None, [], {"mail": 1}, {"mail": {"transports": [3, "x"]}}])
def test_files_that_are_not_what_they_should_be_are_told_too(broken: object) -> None:
    words = place_words(BASE, "/mail/transports/1/host", {BASE: broken})
    assert words[0] == "mail"
    assert words[-1] == "Host"


def test_a_secret_in_a_host_is_never_told() -> None:
    values = {BASE: {"m": {"transports": [{"host": "smtp://u:geheim@h"}, {"host": "b"}]}}}
    assert "geheim" not in joined(place_words(BASE, "/m/transports/0/port", values))


def test_a_setting_alone() -> None:
    assert setting_words(("auth", "user")) == ("User",)
    assert setting_words(()) == ()
