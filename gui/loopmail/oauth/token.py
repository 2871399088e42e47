"""The access token of an OAuth 2 sign-in, as Nodemailer gets it.

Source: nodemailer 4.7.0 and 6.10.1, lib/xoauth2/index.js, getToken() and generateToken().
"""

import base64
import json
import time
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from loopmail.core.js import UNDEFINED, Json, truthy
from loopmail.core.nodemailer.conversions import to_number, to_string
from loopmail.net.cancel import Cancel
from loopmail.net.certificates import rsa_key
from loopmail.oauth.endpoint import TokenRefused, access_token_of, post_form

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
    names = {"client_id": "clientId", "client_secret": "clientSecret"}
    names["refresh_token"] = "refreshToken"
    values = {name: auth.get(key) for name, key in names.items()}
    form = {name: to_string(value) if truthy(value) else "" for name, value in values.items()}
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
