"""Access tokens from an OAuth 2 token endpoint (RFC 6749), as Nodemailer gets them.

Source: nodemailer 4.7.0 and 6.10.1, lib/xoauth2/index.js, getToken() and generateToken().

Certificates of the endpoint are always checked. (Nodemailer before 9 does not check them; a test
must not send a refresh token to anybody who stands in the way.)
"""

import base64
import contextlib
import http.client
import json
import queue
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer.conversions import to_number, to_string
from loopmail.core.secret_names import mask_text
from loopmail.net.cancel import Cancel

_TIMEOUT = 30.0  # seconds
_LIMIT = 1 << 20  # bytes of an answer; token answers have some hundred
_POLL = 0.1  # seconds between two looks at the Stop button


class TokenRefused(Exception):
    """No token came; the text says why and holds no secret."""


# --- What to ask for ------------------------------------------------------------------

_GOOGLE_TOKENS = "https://accounts.google.com/o/oauth2/token"
_GOOGLE_SCOPE = "https://mail.google.com/"


def obtain_token(auth: Mapping[str, Json], cancel: Cancel, *, renew: bool = False) -> str:
    """Return the given access token if it is still valid, else fetch one; raise TokenRefused."""
    given = auth.get("accessToken", UNDEFINED)
    # `expires` is in ms since 1970; `timeout` starts at each start, so it is never over here
    expires = to_number(auth.get("expires", UNDEFINED))
    expired = expires != 0 and expires <= time.time() * 1000  # never, if it is NaN
    if not renew and truthy(given) and not expired:
        return to_string(given)
    url = auth.get("accessUrl")
    url = url if isinstance(url, str) and url else _GOOGLE_TOKENS
    form = _service_form(auth, url) if truthy(auth.get("serviceClient")) else _refresh_form(auth)
    form |= _texts(auth.get("customParams"))
    headers = _texts(auth.get("customHeaders"))
    return access_token_of(post_form(url, form, cancel, headers=headers))


def _texts(value: Json) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(key): to_string(entry) for key, entry in value.items()}


def _refresh_form(auth: Mapping[str, Json]) -> dict[str, str]:
    if not truthy(auth.get("refreshToken")):
        raise TokenRefused("Can't create new access token for user")
    form = {}
    for name in ("client_id", "client_secret", "refresh_token"):
        first, last = name.split("_")
        value = auth.get(first + last.capitalize())
        form[name] = to_string(value) if truthy(value) else ""
    return {**form, "grant_type": "refresh_token"}


def _service_form(auth: Mapping[str, Json], url: str) -> dict[str, str]:
    """Sign the request of a service account (RFC 7523)."""
    seconds = to_number(auth.get("serviceRequestTimeout", UNDEFINED))
    lifetime = int(min(max(seconds if seconds == seconds else 0, 0), 3600)) or 300
    now = int(time.time())
    claims = {
        "iss": auth.get("serviceClient"),
        "scope": auth.get("scope") or _GOOGLE_SCOPE,
        "sub": auth.get("user"),
        "aud": url,
        "iat": now,
        "exp": now + lifetime,
    }
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    from loopmail.net.certificates import rsa_key

    key = rsa_key(to_string(auth.get("privateKey", UNDEFINED)))
    if key is None:
        raise TokenRefused("Can't generate token. Check your auth options")
    head = _base64url(b'{"alg":"RS256","typ":"JWT"}')
    payload = f"{head}.{_base64url(json.dumps(claims).encode())}"
    proof = _base64url(key.sign(payload.encode(), PKCS1v15(), SHA256()))
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return {"grant_type": grant, "assertion": f"{payload}.{proof}"}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


# --- One POST of a form, cancellable and bounded --------------------------------------


def post_form(
    url: str,
    form: Mapping[str, str],
    cancel: Cancel,
    *,
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Post and return the JSON object of the answer, whatever its status; raise TokenRefused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise TokenRefused(f"“{url}” is no address of a token endpoint.") from None
    local = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    if not local and (parts.scheme != "https" or not host):
        raise TokenRefused("The token endpoint must be an https address.")
    answers: queue.Queue[bytes | Exception] = queue.Queue()

    def work() -> None:
        try:
            connection = _connection(host, port, secure=not local)
            with contextlib.closing(connection):
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                body = urlencode(form).encode("ascii")
                connection.request("POST", target, body, kind | dict(headers or {}))
                answers.put(connection.getresponse().read(_LIMIT))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)

    # A thread of its own, abandoned on Stop: looking a name up cannot be interrupted.
    threading.Thread(target=work, name="oauth-token", daemon=True).start()
    return _object(_wait(answers, cancel))


def _connection(host: str, port: int | None, *, secure: bool) -> http.client.HTTPConnection:
    if not secure:
        return http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    import ssl

    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT, context=context)


def _wait(answers: "queue.Queue[bytes | Exception]", cancel: Cancel) -> bytes:
    late = "The token endpoint did not answer in time."
    end = time.monotonic() + _TIMEOUT + 1
    while time.monotonic() < end:
        cancel.check()
        with contextlib.suppress(queue.Empty):
            answer = answers.get(timeout=_POLL)
            if isinstance(answer, TimeoutError):
                raise TokenRefused(late) from answer
            if isinstance(answer, Exception):
                raise TokenRefused(str(answer) or type(answer).__name__) from answer
            return answer
    raise TokenRefused(late)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        text = mask_text(body.decode("utf-8", "replace").strip())[:200]
        raise TokenRefused(f"The token endpoint's answer is not JSON: {text!r}") from None
    if not isinstance(data, dict):
        raise TokenRefused("Invalid authentication response")
    return data


def access_token_of(data: Mapping[str, Any]) -> str:
    """Return the access token of an answer; raise TokenRefused, worded as by Nodemailer.

    Source: nodemailer 6.10.1, lib/xoauth2/index.js, generateToken().
    """
    if data.get("error"):
        text = str(data["error"])
        if data.get("error_description"):
            text += f": {data['error_description']}"
        if data.get("error_uri"):
            text += f" ({data['error_uri']})"
        raise TokenRefused(text)
    if not data.get("access_token"):
        raise TokenRefused("No access token")
    return str(data["access_token"])
