import threading
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from loopmail.core.app.versions import LOOPBACK_2
from loopmail.ui.form.oauth import OAuthRows
from loopmail.ui.session.state import AppState
from oauth import provider as oauth_provider
from page_apps import SmallApps, transport

SERVICE = "loopmail:tea-shop"
GOOGLE: dict[str, Any] = {
    "type": "smtp",
    "host": "smtp.gmail.com",
    "port": 465,
    "auth": {"type": "OAuth2", "user": "me@gmail.com", "clientId": "cli"},
}


Opened = Callable[..., tuple[AppState, OAuthRows]]


@pytest.fixture
def opened(small_apps: SmallApps) -> Opened:
    def open_rows(settings: dict[str, Any], major: int = 3) -> tuple[AppState, OAuthRows]:
        state = small_apps.with_transport(settings)
        if major == 2:
            state.versions = replace(LOOPBACK_2)
        return state, small_apps.form(state).sign_in.oauth

    return open_rows


def browser_that_agrees(provider: oauth_provider.Provider) -> Any:
    """Return what stands for the user's browser: it follows the redirect in a thread."""

    def visit(address: str) -> bool:
        back = provider.authorize(address)
        threading.Thread(target=lambda: urllib.request.urlopen(back, timeout=10).read()).start()
        return True

    return visit


def test_a_sign_in_in_the_browser_stores_the_refresh_token_in_the_keyring(
    opened: Opened, qtbot: QtBot
) -> None:
    with oauth_provider.running() as provider:
        provider.answer = {"access_token": "acc", "refresh_token": "refresh-7781", "expires_in": 9}
        state, rows = opened({**GOOGLE, "auth": {**GOOGLE["auth"], "accessUrl": provider.url}})
        assert rows.browser is not None
        addresses: list[str] = []
        agrees = browser_that_agrees(provider)

        def visit(address: str) -> bool:
            addresses.append(address)
            return bool(agrees(address))

        rows.browser.open_address = visit
        rows.browser.button.click()
        assert not rows.browser.stop_button.isHidden()
        qtbot.waitUntil(lambda: "refreshToken" in transport(state)["auth"], timeout=10000)
    assert transport(state)["auth"]["refreshToken"] == "${EMAIL_DS_REFRESH_TOKEN}"
    assert state.secrets().get(SERVICE, "EMAIL_DS_REFRESH_TOKEN") == "refresh-7781"
    assert addresses[0].startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert "code_challenge_method=S256" in addresses[0]
    assert "login_hint=me%40gmail.com" in addresses[0]
    qtbot.waitUntil(rows.browser.button.isEnabled, timeout=5000)


def test_the_sign_in_can_be_stopped(opened: Opened, qtbot: QtBot) -> None:
    state, rows = opened(GOOGLE)
    assert rows.browser is not None
    rows.browser.open_address = lambda _address: True
    rows.browser.button.click()
    assert "browser" in rows.browser.row.sentence.text()
    rows.browser.stop_button.click()
    qtbot.waitUntil(rows.browser.button.isEnabled, timeout=5000)
    assert "refreshToken" not in transport(state)["auth"]


def test_a_refusal_is_told_in_one_sentence(opened: Opened, qtbot: QtBot) -> None:
    with oauth_provider.running() as provider:
        provider.answer = {"error": "invalid_client"}
        state, rows = opened({**GOOGLE, "auth": {**GOOGLE["auth"], "accessUrl": provider.url}})
        assert rows.browser is not None
        rows.browser.open_address = browser_that_agrees(provider)
        rows.browser.button.click()
        qtbot.waitUntil(rows.browser.button.isEnabled, timeout=10000)
    sentence = rows.browser.row.sentence.text()
    assert sentence == "The sign-in did not work: invalid_client"
    assert "refreshToken" not in transport(state)["auth"]


def test_what_is_missing_is_said_before_a_browser_opens(opened: Opened) -> None:
    _, rows = opened({**GOOGLE, "auth": {"type": "OAuth2", "user": "me@gmail.com"}})
    assert rows.browser is not None
    rows.browser.open_address = lambda _address: pytest.fail("opened")
    rows.browser.begin()
    assert "Client ID" in rows.browser.row.sentence.text()


def test_microsofts_token_address_is_filled_in(opened: Opened, small_apps: SmallApps) -> None:
    state, _ = opened({"type": "smtp", "host": "smtp.office365.com", "auth": {"user": "me"}})
    form = small_apps.forms[0]
    way = form.sign_in.way
    way.setCurrentIndex(2)
    assert transport(state)["auth"] == {
        "type": "OAuth2",
        "user": "me",
        "accessUrl": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    }


def test_loopback_2_is_offered_a_token_only_and_told_its_limits(opened: Opened) -> None:
    _, rows = opened({**GOOGLE, "auth": {"user": "me", "xoauth2": "tok"}}, major=2)
    assert list(rows.secrets) == ["/auth/xoauth2"]
    assert rows.browser is None
    assert not rows.limits.isHidden()
    assert "an hour" in rows.limits.text.text()


def test_settings_that_few_need_are_folded_away(opened: Opened) -> None:
    _, rows = opened(GOOGLE)
    key = rows.secrets["/auth/privateKey"]
    assert key.row.isHidden()
    rows.toggle.setChecked(True)
    assert not key.row.isHidden()


def test_what_is_unfolded_shows_what_the_file_says_now(opened: Opened) -> None:
    auth = {**GOOGLE["auth"], "privateKey": "k3y"}
    state, rows = opened({**GOOGLE, "auth": auth})
    rows.toggle.setChecked(True)
    assert rows.secrets["/auth/privateKey"].edit.text() == "k3y"
    rows.toggle.setChecked(False)
    assert state.workspace is not None
    place = "/emailDs/transports/0/auth/privateKey"
    state.push("Other Key", [state.workspace.edit_value("datasources.json", place, "other")])
    rows.toggle.setChecked(True)
    assert rows.secrets["/auth/privateKey"].edit.text() == "other"


def test_a_private_key_keeps_its_lines(opened: Opened, qtbot: QtBot) -> None:
    state, rows = opened(GOOGLE)
    pem = "-----BEGIN PRIVATE KEY-----\nabc\ndef\n-----END PRIVATE KEY-----\n"
    rows.secrets["/auth/privateKey"].edit.setText(pem)
    qtbot.waitUntil(lambda: "privateKey" in transport(state)["auth"], timeout=5000)
    assert state.secrets().get(SERVICE, "EMAIL_DS_PRIVATE_KEY") == pem
