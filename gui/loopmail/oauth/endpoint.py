"""One POST of a form to an OAuth 2 token endpoint (RFC 6749), cancellable and bounded.

Certificates of the endpoint are always checked. (Nodemailer before 9 does not check them; a test
must not send a refresh token to anybody who stands in the way.)
"""

import http.client
import json
import queue
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from loopmail.core.secret_names import mask_text
from loopmail.net.cancel import Cancel

TIMEOUT = 30.0  # seconds
_LIMIT = 1 << 20  # bytes of an answer; token answers have some hundred
_POLL = 0.1  # seconds between two looks at the Stop button


class TokenRefused(Exception):
    """No token came; the text says why and holds no secret."""


def post_form(
    url: str,
    form: Mapping[str, str],
    cancel: Cancel,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Mapping[str, Any]:
    """Post and return the JSON object of the answer, whatever its status; raise TokenRefused."""
    _check(url)
    answers: queue.Queue[bytes | Exception] = queue.Queue()

    def work() -> None:
        try:
            answers.put(_post(url, form, dict(headers or {}), timeout))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)

    # A thread of its own, abandoned on Stop: looking a name up cannot be interrupted.
    threading.Thread(target=work, name="oauth-token", daemon=True).start()
    return _object(_wait(answers, cancel, timeout))


def _wait(answers: "queue.Queue[bytes | Exception]", cancel: Cancel, timeout: float) -> bytes:
    waited = 0.0
    while waited < timeout + 1:
        cancel.check()
        try:
            answer = answers.get(timeout=_POLL)
        except queue.Empty:
            waited += _POLL
            continue
        if isinstance(answer, Exception):
            raise TokenRefused(_reason(answer)) from answer
        return answer
    raise TokenRefused("The token endpoint did not answer in time.")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "The token endpoint did not answer in time."
    return str(error) or type(error).__name__


def _post(url: str, form: Mapping[str, str], headers: dict[str, str], timeout: float) -> bytes:
    connection = _connection(url, timeout)
    try:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request("POST", target, urlencode(form).encode("ascii"), headers)
        return connection.getresponse().read(_LIMIT)
    finally:
        connection.close()


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise TokenRefused(f"“{url}” is no address of a token endpoint.") from None
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not local and (parts.scheme != "https" or not parts.hostname):
        raise TokenRefused("The token endpoint must be an https address.")


def _connection(url: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=timeout)
    import ssl

    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)


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
