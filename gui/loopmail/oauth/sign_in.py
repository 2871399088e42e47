"""Signing in with OAuth 2 in the user's browser: authorization code with PKCE.

RFC 6749, RFC 7636 (PKCE), RFC 8252 (native apps: a redirect to a free port of the loopback
interface). The client id is the user's own. The listener answers one state only, takes few and
small requests, and ends with the first answer that fits.
"""

import base64
import hashlib
import hmac
import http.server
import secrets
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from loopmail.net.cancel import Cancel
from loopmail.oauth.endpoint import TokenRefused, access_token_of, post_form

_POLL = 0.1  # seconds
_MAX_REQUESTS = 50  # a browser asks for an icon too; a flood ends the sign-in
_PAGE = (
    "<!doctype html><meta charset=utf-8><title>loopmail</title>"
    "<p style='font:1.2em sans-serif;margin:3em'>{text}</p>"
)


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
        self._arrived = threading.Event()
        self._requests = 0
        self._server = http.server.HTTPServer(("127.0.0.1", 0), self._handler())
        self._server.timeout = _POLL
        self.redirect = f"http://127.0.0.1:{self._server.server_port}/"

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
        """Wait for the browser and exchange the code; raise TokenRefused or Cancelled."""
        end = time.monotonic() + timeout
        try:
            while not self._arrived.is_set():
                cancel.check()
                if time.monotonic() > end or self._requests > _MAX_REQUESTS:
                    raise TokenRefused("Nobody signed in in the browser in time.")
                self._server.handle_request()  # returns after _POLL if nobody asks
        finally:
            self._server.server_close()
        if "code" not in self._answer:
            reason = self._answer.get("error_description") or self._answer.get("error", "")
            raise TokenRefused(f"The provider refused: {reason}")
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
        access = access_token_of(data)
        refresh = data.get("refresh_token")
        if not isinstance(refresh, str) or not refresh:
            raise TokenRefused("The provider gave no refresh token; allow offline access.")
        return Tokens(refresh, access)

    def _take(self, query: str) -> bool:
        """Take the answer over if its state is ours (compared in constant time)."""
        fields = {key: values[0] for key, values in parse_qs(query).items()}
        if not hmac.compare_digest(fields.get("state", "").encode(), self._state.encode()):
            return False
        if not self._arrived.is_set():
            self._answer = fields
            self._arrived.set()
        return True

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        sign_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 2  # seconds; a client that says nothing must not hold the sign-in up

            def do_GET(self) -> None:  # noqa: N802 - http.server's name
                """Answer the redirect."""
                sign_in._requests += 1
                parts = urlsplit(self.path)
                fits = parts.path == "/" and sign_in._take(parts.query)
                text = "You can close this window and go back to loopmail."
                self._reply(200 if fits else 404, text if fits else "Nothing here.")

            def _reply(self, status: int, text: str) -> None:
                body = _PAGE.format(text=text).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing: the request line holds the code."""

        return Handler
