"""Signing in with OAuth 2 in the user's browser: authorization code with PKCE.

RFC 6749, RFC 7636 (PKCE), RFC 8252 (native apps: a redirect to a free port of the loopback
interface). The client id is the user's own. The listener answers one state only and ends with the
first answer that fits.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from loopmail.net.cancel import Cancel
from loopmail.oauth.endpoint import TokenRefused, access_token_of, post_form, without_secrets
from loopmail.oauth.redirect import RedirectListener


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """The app registered with a provider, and what it asks for; public clients have no secret."""

    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    login_hint: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider granted."""

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)


# Well-known endpoints by host of the mail server; the scopes let a program send mail.
GOOGLE = (
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
    "https://mail.google.com/",
)
MICROSOFT = (
    "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    "https://outlook.office.com/SMTP.Send offline_access",
)


def endpoints_for(host: str) -> tuple[str, str, str] | None:
    """Return authorize address, token address and scope for a known mail server."""
    name = host.lower()
    if name.endswith((".gmail.com", ".googlemail.com", ".google.com")):
        return GOOGLE
    if name.endswith((".office365.com", ".outlook.com", ".hotmail.com", ".live.com")):
        return MICROSOFT
    return None


class BrowserSignIn:
    """`url` goes to the browser; `wait` blocks (off the GUI thread) until the answer came."""

    def __init__(self, client: OAuthClient) -> None:
        self._client = client
        self._verifier = secrets.token_urlsafe(64)
        self._state = secrets.token_urlsafe(24)
        self._answer: dict[str, str] = {}
        self._listener = RedirectListener()
        self.redirect = self._listener.address

    @property
    def url(self) -> str:
        """The address to open in the browser."""
        digest = hashlib.sha256(self._verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self.redirect,
            "scope": self._client.scope,
            "state": self._state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "access_type": "offline",  # Google: a refresh token, please
            "prompt": "consent",
        }
        if self._client.login_hint:
            query["login_hint"] = self._client.login_hint
        return f"{self._client.authorize_url}?{urlencode(query)}"

    def wait(self, cancel: Cancel, timeout: float = 300.0) -> Tokens:
        """Wait for the browser and exchange the code; raise TokenRefused or Cancelled.

        `timeout` (seconds) is for the browser, whatever else connects meanwhile.
        """
        self._listener.serve(self._take, cancel, timeout)
        if "code" not in self._answer:
            reason = self._answer.get("error_description") or self._answer.get("error")
            if reason is None:
                raise TokenRefused("The provider's answer holds neither a code nor a reason.")
            sent = {"client_secret": self._client.client_secret, "code_verifier": self._verifier}
            raise TokenRefused(f"The provider refused: {without_secrets(reason, sent)}")
        form = {
            "grant_type": "authorization_code",
            "code": self._answer["code"],
            "redirect_uri": self.redirect,
            "client_id": self._client.client_id,
            "code_verifier": self._verifier,
        }
        if self._client.client_secret:
            form["client_secret"] = self._client.client_secret
        data = post_form(self._client.token_url, form, cancel)
        access = access_token_of(data, form)
        refresh = data.get("refresh_token")
        if not isinstance(refresh, str) or not refresh:
            raise TokenRefused("The provider gave no refresh token; allow offline access.")
        return Tokens(refresh, access)

    def _take(self, query: str) -> bool:
        """Take the answer over if its state is ours (compared in constant time)."""
        fields = {key: values[0] for key, values in parse_qs(query).items()}
        if not hmac.compare_digest(fields.get("state", "").encode(), self._state.encode()):
            return False
        self._answer = fields
        return True
