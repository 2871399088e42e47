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
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer.conversions import to_number, to_string
from loopmail.core.secret_names import mask_text, secrecy
from loopmail.core.secrets.scattered import ScatteredMask
from loopmail.net.cancel import Cancel
from loopmail.net.node_errors import lookup_text

TIMEOUT = 30.0  # seconds for the whole request, however slowly the answer comes
_LIMIT = 1 << 20  # bytes of an answer; token answers have some hundred
_POLL = 0.1  # seconds between two looks at the Stop button


class TokenRefused(Exception):
    """No token came; the text says why and holds no secret."""


# --- What to ask for ------------------------------------------------------------------

_GOOGLE_TOKENS = "https://accounts.google.com/o/oauth2/token"
_GOOGLE_SCOPE = "https://mail.google.com/"


def obtain_token(
    auth: Mapping[str, Json],
    cancel: Cancel,
    *,
    renew: bool = False,
    timeout: float = TIMEOUT,
    extra_ca: str = "",
) -> str:
    """Return the given access token if it is still valid, else fetch one; raise TokenRefused.

    `extra_ca` is a file of authorities that count besides Mozilla's, as NODE_EXTRA_CA_CERTS does.
    How long a fetched one is valid (`expires_in`) makes no difference to a single message.
    """
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
    answer = post_form(url, form, cancel, headers=headers, timeout=timeout, extra_ca=extra_ca)
    return access_token_of(answer, form)


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
    timeout: float = TIMEOUT,
    extra_ca: str = "",
) -> Mapping[str, Any]:
    """Post and return the JSON object of the answer, whatever its status; raise TokenRefused.

    It ends after `timeout` seconds at most, and at once on Stop; raise Cancelled.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        shown = mask_text(url, address=True)
        raise TokenRefused(f"“{shown}” is no address of a token endpoint.") from None
    local = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    if not local and (parts.scheme != "https" or not host):
        raise TokenRefused("The token endpoint must be an https address.")
    answers: queue.Queue[bytes | Exception] = queue.Queue()
    over = threading.Event()
    connection = _connection(host, port, secure=not local, extra_ca=extra_ca)

    def work() -> None:
        try:
            with contextlib.closing(connection):
                connection.connect()
                if over.is_set():
                    return
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                body = urlencode(form).encode("ascii")
                connection.request("POST", target, body, kind | dict(headers or {}))
                with connection.getresponse() as response:
                    answer = response.read(_LIMIT)
                    missing = response.length
                if missing and len(answer) < _LIMIT:
                    raise http.client.IncompleteRead(answer, missing)
                answers.put(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)

    # A thread of its own, abandoned on Stop: looking a name up cannot be interrupted.
    threading.Thread(target=work, name="oauth-token", daemon=True).start()
    try:
        return _object(_wait(answers, cancel, host, timeout), {**form, **(headers or {})})
    finally:
        over.set()
        with contextlib.suppress(OSError, AttributeError):  # where it is connected, it reads on
            connection.sock.shutdown(socket.SHUT_RDWR)


def _connection(
    host: str, port: int | None, *, secure: bool, extra_ca: str
) -> http.client.HTTPConnection:
    if not secure:
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    import ssl

    import certifi

    from loopmail.net.tls import trust_extra

    context = ssl.create_default_context(cafile=certifi.where())
    if extra_ca:
        trust_extra(context, extra_ca)
    return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)


def _wait(
    answers: "queue.Queue[bytes | Exception]", cancel: Cancel, host: str, timeout: float
) -> bytes:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        cancel.check()
        with contextlib.suppress(queue.Empty):
            answer = answers.get(timeout=_POLL)
            if isinstance(answer, Exception):
                raise TokenRefused(_why(answer, host)) from answer
            return answer
    raise TokenRefused(_why(TimeoutError(), host))


def _why(error: Exception, host: str) -> str:
    """Say in one sentence why no answer came."""
    if isinstance(error, TimeoutError):
        return f"The token endpoint {host} did not answer in time."
    if isinstance(error, socket.gaierror):
        return f"The token endpoint {host} is not known here ({lookup_text(error, host)})."
    if isinstance(error, (ConnectionRefusedError, http.client.HTTPException, ConnectionError)):
        if isinstance(error, ConnectionRefusedError):
            return f"The token endpoint {host} refuses connections."
        if isinstance(error, (ConnectionError, http.client.IncompleteRead)):
            return f"The token endpoint {host} closed the connection before it had answered."
        return f"The token endpoint {host} does not speak HTTP."
    text = mask_text(str(error)) or type(error).__name__
    return f"The token endpoint {host} cannot be asked: {text}"


# Beside what is called a secret (RFC 6749, 4.1.3; RFC 7636, 4.5; RFC 7521, 4.1).
_SECRETS = frozenset({"code", "code_verifier", "assertion"})


def without_secrets(text: str, form: Mapping[str, str]) -> str:
    """Return what an endpoint said without the secrets of the form that was posted to it."""
    secret = [v for k, v in form.items() if k in _SECRETS or secrecy(k) == "secret"]
    return mask_text(ScatteredMask(secret)(text))


def _object(body: bytes, form: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        data = json.loads(body, parse_constant=_refuse, parse_int=_number)
    except (ValueError, RecursionError):
        text = without_secrets(body.decode("utf-8", "replace").strip(), form)[:200]
        raise TokenRefused(f"The token endpoint's answer is not JSON: {text!r}") from None
    if isinstance(data, list):  # an object without the members looked for, in JavaScript
        return {}
    if not isinstance(data, dict):
        raise TokenRefused("Invalid authentication response")
    return data


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is no JSON")


def _number(digits: str) -> float:
    return float(digits)  # JavaScript's only kind of number: any length will do


def access_token_of(data: Mapping[str, Any], form: Mapping[str, str]) -> str:
    """Return the access token of the answer to a form; raise TokenRefused, worded as by Nodemailer.

    Source: nodemailer 6.10.1, lib/xoauth2/index.js, generateToken().
    """
    if truthy(data.get("error")):
        text = to_string(data["error"])
        if truthy(data.get("error_description")):
            text += f": {to_string(data['error_description'])}"
        if truthy(data.get("error_uri")):
            text += f" ({to_string(data['error_uri'])})"
        raise TokenRefused(without_secrets(text, form))
    if not truthy(data.get("access_token")):
        raise TokenRefused("No access token")
    return to_string(data["access_token"])
