"""What reports show in place of secrets."""

from typing import Any

import pytest

from loopmail.core.js import UNDEFINED
from loopmail.core.jsontext import parse_pointer
from loopmail.core.secret_names import MASK, is_secret_place, mask_at


@pytest.mark.parametrize(
    "pointer",
    [
        "/transports/0/auth/pass",
        "/transport/auth/pass",
        "/transports/1/auth/clientSecret",
        "/transports/0/auth/refreshToken",
        "/transports/0/auth/accessToken",
        "/transports/0/auth/privateKey",
        "/transports/0/auth/xoauth2",
        "/transports/0/auth/xoauth2/refreshToken",
        "/transports/0/dkim/privateKey",
        "/transports/0/dkim/keys/0/privateKey",
        "/transports/0/tls/key",
        "/transports/0/tls/passphrase",
        "/password",
        "/secret",
        "/secretAccessKey",
        "/secret_access_key",
        "/apiKey",
        "/api-key",
        "/APIKEY",
        "/options/headers/Authorization",
        "/password/0",
        "/auth/pass/nested",
    ],
)
def test_these_places_hold_secrets(pointer: str) -> None:
    assert is_secret_place(parse_pointer(pointer))
    assert mask_at(parse_pointer(pointer), "abc") == MASK
    assert mask_at(parse_pointer(pointer), 123) == MASK


@pytest.mark.parametrize(
    "pointer",
    [
        "",
        "/host",
        "/transports/0/auth/user",
        "/transports/0/auth/xoauth2/user",
        "/transports/0/tls/rejectUnauthorized",
        "/transports/0/dkim/domainName",
        "/passive",
        "/keyPrefix",
        "/accessKeyId",
    ],
)
def test_these_places_hold_none(pointer: str) -> None:
    assert not is_secret_place(parse_pointer(pointer))
    assert mask_at(parse_pointer(pointer), "abc") == "abc"


@pytest.mark.parametrize("value", [None, UNDEFINED, True, False, "", "${PASS}"])
def test_nothing_and_a_bare_placeholder_are_shown(value: Any) -> None:
    assert mask_at(("auth", "pass"), value) == value


def test_a_password_that_only_ends_like_a_placeholder_is_hidden() -> None:
    assert mask_at(("auth", "pass"), "abc${PASS}") == MASK


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtps://u:p%40x@h:465/?pool=true", f"smtps://u:{MASK}@h:465/?pool=true"),
        ("smtp://u:a:b@c@h", f"smtp://u:{MASK}@h"),
        ("smtp://u:p/w@h", f"smtp://u:{MASK}@h"),
        ("http://:p@proxy:3128", f"http://:{MASK}@proxy:3128"),
        ("smtp://h/?auth.pass=p&name=x", f"smtp://h/?auth.pass={MASK}&name=x"),
        ("https://h/x?api_key=p#y", f"https://h/x?api_key={MASK}#y"),
        ("smtp://u@h", "smtp://u@h"),
        ("smtp://u:${P}@h", "smtp://u:${P}@h"),
        ("smtp://u:@h", "smtp://u:@h"),
        ("no url: a@b", "no url: a@b"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert mask_at(("url",), url) == shown
