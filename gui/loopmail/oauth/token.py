"""The access token of an OAuth 2 sign-in, as Nodemailer gets it.

Source: nodemailer 4.7.0 and 6.10.1, lib/xoauth2/index.js, getToken() and generateToken().
"""

import base64
import json
import time
from collections.abc import Mapping

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer.conversions import to_number, to_string
from loopmail.net.cancel import Cancel
from loopmail.oauth.endpoint import TIMEOUT, TokenRefused, access_token_of, post_form

GOOGLE_TOKENS = "https://accounts.google.com/o/oauth2/token"
GOOGLE_SCOPE = "https://mail.google.com/"
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def obtain_token(
    auth: Mapping[str, Json], cancel: Cancel, *, renew: bool = False, timeout: float = TIMEOUT
) -> str:
    """Return the given access token if it is still valid, else fetch one; raise TokenRefused."""
    given = auth.get("accessToken", UNDEFINED)
    if not renew and truthy(given) and not _expired(auth):
        return to_string(given)
    form = _service_form(auth) if truthy(auth.get("serviceClient")) else _refresh_form(auth)
    form |= _texts(auth.get("customParams"))
    url = auth.get("accessUrl")
    return access_token_of(
        post_form(
            url if isinstance(url, str) and url else GOOGLE_TOKENS,
            form,
            cancel,
            headers=_texts(auth.get("customHeaders")),
            timeout=timeout,
        )
    )


def _expired(auth: Mapping[str, Json]) -> bool:
    """Tell whether `expires` (ms since 1970) has passed; `timeout` starts at each start."""
    number = to_number(auth.get("expires", UNDEFINED))
    return number == number and number != 0 and number <= time.time() * 1000


def _texts(value: Json) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(key): to_string(entry) for key, entry in value.items()}


def _refresh_form(auth: Mapping[str, Json]) -> dict[str, str]:
    if not truthy(auth.get("refreshToken")):
        raise TokenRefused("Can't create new access token for user")

    def text(key: str) -> str:
        value = auth.get(key)
        return to_string(value) if truthy(value) else ""

    return {
        "client_id": text("clientId"),
        "client_secret": text("clientSecret"),
        "refresh_token": text("refreshToken"),
        "grant_type": "refresh_token",
    }


def _service_form(auth: Mapping[str, Json]) -> dict[str, str]:
    """Sign the request of a service account (RFC 7523)."""
    seconds = to_number(auth.get("serviceRequestTimeout", UNDEFINED))
    lifetime = int(min(max(seconds if seconds == seconds else 0, 0), 3600)) or 300
    now = int(time.time())
    url = auth.get("accessUrl")
    claims = {
        "iss": auth.get("serviceClient"),
        "scope": auth.get("scope") or GOOGLE_SCOPE,
        "sub": auth.get("user"),
        "aud": url if isinstance(url, str) and url else GOOGLE_TOKENS,
        "iat": now,
        "exp": now + lifetime,
    }
    try:
        assertion = _signed(claims, to_string(auth.get("privateKey", UNDEFINED)))
    except (ValueError, TypeError):
        raise TokenRefused("Can't generate token. Check your auth options") from None
    return {"grant_type": _JWT_GRANT, "assertion": assertion}


def _signed(claims: Mapping[str, Json], key_text: str) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(key_text.encode(), password=None)
    except UnsupportedAlgorithm:
        raise ValueError("key") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("key")
    head = _base64url(b'{"alg":"RS256","typ":"JWT"}')
    payload = f"{head}.{_base64url(json.dumps(claims).encode())}"
    return f"{payload}.{_base64url(key.sign(payload.encode(), PKCS1v15(), hashes.SHA256()))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
