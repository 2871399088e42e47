"""How settings are shown without their secrets.

Wider than `secret_paths`, which finds what may move to the keyring: here a doubtful value is hidden.
"""

import re

from loopmail.core.js import UNDEFINED, Json

MASK = "********"

# Key names as they are after dropping case, "-" and "_".
SECRET_NAMES = frozenset(
    {
        "accesstoken",
        "accountkey",
        "apikey",
        "apisecret",
        "apitoken",
        "appsecret",
        "authorization",
        "authpass",
        "authpassword",
        "authtoken",
        "bearer",
        "clientsecret",
        "connectionstring",
        "consumersecret",
        "cookie",
        "key",
        "pass",
        "passphrase",
        "passwd",
        "password",
        "pfx",
        "privatekey",
        "pwd",
        "refreshtoken",
        "sastoken",
        "secret",
        "secretaccesskey",
        "secretkey",
        "servicekey",
        "sessiontoken",
        "sharedkey",
        "token",
        "xapikey",
        "xauthtoken",
        "xoauth2",
    }
)

# Containers of these names hold harmless values, too (the account, an address).
NAMES_OF_GROUPS = frozenset({"xoauth2", "key", "token"})

PLAIN_PLACEHOLDER = re.compile(r"\$\{[0-9A-Za-z_]+\}")
# Up to the last "@": a password with a "/" is no valid URL, and a secret nevertheless.
URL_PASSWORD = re.compile(r"(?<=://)([^\s/?#:@]*):(\S*)@")
URL_PARAMETER = re.compile(r"(?<=[?&;])([^=&;#\s]+)=([^&;#\s]+)")


def is_secret_name(name: str) -> bool:
    """Tell whether a key of this name holds a secret, e.g. `pass` or `clientSecret`."""
    return name.replace("-", "").replace("_", "").lower() in SECRET_NAMES


def is_secret_pointer(pointer: str) -> bool:
    """Tell whether the value at this JSON Pointer (relative to a data source) is a secret."""
    names = [part for part in pointer.split("/")[1:] if not part.isdigit()]
    if not names:
        return False
    if is_secret_name(names[-1]):
        return True
    return any(is_secret_name(name) and name.lower() not in NAMES_OF_GROUPS for name in names[:-1])


def mask_scalar(pointer: str, value: Json) -> Json:
    """Return a scalar as it may be shown: secrets as `********`, a URL without its password.

    Nothing (undefined, null, an empty text, true, false) and a bare `${VAR}` are no secrets.
    """
    if value is None or value is UNDEFINED or isinstance(value, bool) or value == "":
        return value
    if is_secret_pointer(pointer):
        if isinstance(value, str) and PLAIN_PLACEHOLDER.fullmatch(value):
            return value
        return MASK
    return mask_url(value) if isinstance(value, str) else value


def mask_url(text: str) -> str:
    """Mask the password and the secret parameters of a URL; other texts stay as they are."""
    if "://" not in text:
        return text
    hidden = URL_PASSWORD.sub(_mask_password, text)
    return URL_PARAMETER.sub(_mask_parameter, hidden)


def _mask_password(match: re.Match[str]) -> str:
    if not match[2] or PLAIN_PLACEHOLDER.fullmatch(match[2]):
        return match[0]
    return f"{match[1]}:{MASK}@"


def _mask_parameter(match: re.Match[str]) -> str:
    name = match[1].rpartition(".")[2]
    if not is_secret_name(name) or PLAIN_PLACEHOLDER.fullmatch(match[2]):
        return match[0]
    return f"{match[1]}={MASK}"
