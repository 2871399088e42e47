"""Access tokens are fetched as Nodemailer fetches them; signing in happens in the browser."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from loopmail.net.cancel import Cancel, Cancelled
from loopmail.oauth.endpoint import TokenRefused, obtain_token
from loopmail.oauth.sign_in import BrowserSignIn, OAuthClient, Tokens, endpoints_for
from oauth.provider import Provider, running

SECRETS = ("refresh-8812", "client-secret-7733")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as found:
        yield found


def block(provider: Provider, **more: Any) -> dict[str, Any]:
    return {
        "type": "OAuth2",
        "user": "shop@example.com",
        "clientId": "client-1",
        "clientSecret": SECRETS[1],
        "refreshToken": SECRETS[0],
        "accessUrl": provider.url,
        **more,
    }


def test_a_given_access_token_is_used_as_it_is(provider: Provider) -> None:
    assert obtain_token(block(provider, accessToken="given"), Cancel()) == "given"
    assert provider.forms == []


def test_an_expired_or_refused_access_token_is_renewed(provider: Provider) -> None:
    expired = block(provider, accessToken="given", expires=1000)
    assert obtain_token(expired, Cancel()) == "fresh-access-4471"
    assert obtain_token(block(provider, accessToken="given"), Cancel(), renew=True) != "given"
    assert provider.forms[0] == {
        "client_id": "client-1",
        "client_secret": SECRETS[1],
        "refresh_token": SECRETS[0],
        "grant_type": "refresh_token",
    }


def test_the_providers_refusal_is_worded_as_nodemailer_words_it(provider: Provider) -> None:
    provider.answer = {"error": "invalid_grant", "error_description": "Token has been revoked."}
    with pytest.raises(TokenRefused, match="invalid_grant: Token has been revoked.") as caught:
        obtain_token(block(provider), Cancel())
    assert not any(secret in repr(caught.value) for secret in SECRETS)


def test_without_a_refresh_token_none_can_be_fetched(provider: Provider) -> None:
    with pytest.raises(TokenRefused, match="Can't create new access token for user"):
        obtain_token({"user": "a"}, Cancel())


def test_an_answer_that_is_no_json_is_a_sentence(provider: Provider) -> None:
    provider.answer = b"<html>"
    with pytest.raises(TokenRefused, match="not JSON"):
        obtain_token(block(provider), Cancel())


def test_a_token_goes_to_https_only() -> None:
    with pytest.raises(TokenRefused, match="https"):
        obtain_token({"refreshToken": "x", "accessUrl": "http://example.com/token"}, Cancel())


def test_a_service_account_signs_its_request(provider: Provider) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    auth = block(provider, serviceClient="service-1", privateKey=key.decode())
    assert obtain_token(auth, Cancel()) == "fresh-access-4471"
    assert provider.forms[0]["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert provider.forms[0]["assertion"].count(".") == 2


def test_a_stopped_request_ends_at_once() -> None:
    cancel = Cancel()
    cancel.cancel()
    with running() as provider, pytest.raises(Cancelled):
        obtain_token(block(provider), cancel)


def sign_in(provider: Provider, **more: str) -> BrowserSignIn:
    client = OAuthClient(
        "https://accounts.example.com/auth", provider.url, "client-1", SECRETS[1], "mail", **more
    )
    return BrowserSignIn(client)


def wait_in_thread(browser: BrowserSignIn) -> tuple[threading.Thread, list[Tokens | Exception]]:
    results: list[Tokens | Exception] = []

    def work() -> None:
        try:
            results.append(browser.wait(Cancel(), timeout=20))
        except TokenRefused as error:
            results.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, results


def test_a_browser_sign_in_brings_a_refresh_token(provider: Provider) -> None:
    provider.answer = {"access_token": "a-1", "refresh_token": SECRETS[0], "expires_in": 3599}
    browser = sign_in(provider)
    thread, results = wait_in_thread(browser)
    with urllib.request.urlopen(provider.authorize(browser.url)) as page:
        assert b"close this window" in page.read()
    thread.join()
    assert results == [Tokens(SECRETS[0], "a-1")]
    assert SECRETS[0] not in repr(results)
    assert provider.forms[0]["redirect_uri"] == browser.redirect


def test_an_answer_with_a_foreign_state_is_not_taken(provider: Provider) -> None:
    provider.answer = {"access_token": "a-1", "refresh_token": "r-1"}
    browser = sign_in(provider)
    thread, results = wait_in_thread(browser)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{browser.redirect}?code=evil&state=guess")
    refused.value.close()
    assert not results
    urllib.request.urlopen(provider.authorize(browser.url)).close()
    thread.join()
    assert isinstance(results[0], Tokens)


def test_a_user_who_declines_is_told_so(provider: Provider) -> None:
    browser = sign_in(provider)
    thread, results = wait_in_thread(browser)
    address = provider.authorize(browser.url).replace("code=code-1", "error=access_denied")
    urllib.request.urlopen(address).close()
    thread.join()
    assert "access_denied" in str(results[0])


def test_waiting_for_the_browser_can_be_stopped(provider: Provider) -> None:
    browser, cancel = sign_in(provider), Cancel()
    assert browser.redirect.startswith("http://127.0.0.1:")
    cancel.cancel()
    with pytest.raises(Cancelled):
        browser.wait(cancel)


def test_known_providers_have_their_endpoints() -> None:
    google, microsoft = endpoints_for("smtp.gmail.com"), endpoints_for("smtp.office365.com")
    assert google is not None
    assert microsoft is not None
    assert "google" in google[0]
    assert "microsoftonline" in microsoft[0]
    assert endpoints_for("mail.example.com") is None


SAID = [
    {"error": "invalid_client", "error_description": f"bad secret {SECRETS[1]} of {SECRETS[0]}"},
    {"error": "x", "error_uri": f"https://h/?s={SECRETS[1][:6]}%2D{SECRETS[1][7:]}"},
    f"<p>{SECRETS[1]} and {SECRETS[0]}</p>".encode(),
    b'{"error": "' + "".join(f"\\u{ord(c):04x}" for c in SECRETS[1]).encode() + b'", "y": ',
    b"x" * 190 + SECRETS[1].encode() + b" and so on",
]


@pytest.mark.parametrize("answer", SAID, ids=["JSON", "URL", "page", "escapes", "cut"])
@pytest.mark.parametrize("browser", [False, True], ids=["refresh", "browser"])
def test_what_an_endpoint_repeats_of_its_form_is_not_shown(
    provider: Provider, answer: dict[str, object] | bytes, browser: bool
) -> None:
    provider.answer = answer
    if browser:
        signing = sign_in(provider)
        thread, results = wait_in_thread(signing)
        urllib.request.urlopen(provider.authorize(signing.url)).close()
        thread.join()
        text = str(results[0])
    else:
        with pytest.raises(TokenRefused) as caught:
            obtain_token(block(provider), Cancel())
        text = str(caught.value)
    assert "client-s" not in text
    assert "7733" not in text
    assert "0063" not in text
    assert browser or "8812" not in text


def test_what_the_provider_sends_through_the_browser_is_masked(provider: Provider) -> None:
    signing = sign_in(provider)
    thread, results = wait_in_thread(signing)
    said = f"error=no&error_description=secret+{SECRETS[1]}+was+wrong"
    urllib.request.urlopen(provider.authorize(signing.url).replace("code=code-1", said)).close()
    thread.join()
    assert str(results[0]) == "The provider refused: secret ******** was wrong"
