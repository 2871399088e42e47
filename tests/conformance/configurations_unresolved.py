"""What is left where a `${VAR}` finds no value: `undefined`, which is not the same as a missing key."""

from conformance.configurations import LOGIN, TRUST, Configuration, _one
from conformance.configurations_more import SMTP, _source
from conformance.server.behaviour import PASSWORD, USER

UNDEFINED = "{undefined}"

UNRESOLVED_SIGN_IN = [
    _one("unresolved-user", auth={"user": UNDEFINED, "pass": PASSWORD}),
    _one("unresolved-pass", auth={"user": USER, "pass": UNDEFINED}),
    _one("unresolved-user-and-pass", auth={"user": UNDEFINED, "pass": UNDEFINED}),
    _one("unresolved-pass-pool", auth={"user": USER, "pass": UNDEFINED}, pool=True),
    _one("unresolved-both-pool", auth={"user": UNDEFINED, "pass": UNDEFINED}, pool=True),
    _one("unresolved-auth", auth=UNDEFINED),
    _one("unresolved-auth-type", auth={"type": UNDEFINED, **LOGIN["auth"]}),
    _one(
        "unresolved-token",
        auth={"type": "OAuth2", "user": USER, "accessToken": UNDEFINED},
    ),
    _one("unresolved-xoauth2", auth={"user": USER, "xoauth2": UNDEFINED}),
    _one("unresolved-method", authMethod=UNDEFINED, **LOGIN),
]
UNRESOLVED: list[Configuration] = [
    _one("unresolved-host", **{**LOGIN, "host": UNDEFINED}),
    _one("unresolved-secure", secure=UNDEFINED, **LOGIN),
    _one("unresolved-tls", tls=UNDEFINED, **LOGIN),
    _one("unresolved-require-tls", "starttls", requireTLS=UNDEFINED, **LOGIN, **TRUST),
    _one("unresolved-name", name=UNDEFINED, **LOGIN),
    _one("unresolved-service", service=UNDEFINED, **LOGIN),
    _one("unresolved-url", url=UNDEFINED, **LOGIN),
    _one("unresolved-proxy", proxy=UNDEFINED, **LOGIN),
    _one("unresolved-logger", logger=UNDEFINED, **LOGIN),
    _one("unresolved-pool", pool=UNDEFINED, **LOGIN),
    _one("unresolved-greeting-timeout", **{**LOGIN, "greetingTimeout": UNDEFINED}),
    _one("unresolved-socket-timeout", **{**LOGIN, "socketTimeout": UNDEFINED}),
    _source("unresolved-type", transports=[{**SMTP, "type": UNDEFINED}]),
    _source("unresolved-alias", transports=[{**SMTP, "alias": UNDEFINED}]),
    _source("unresolved-element", transports=[UNDEFINED]),
    _source("unresolved-transports", transports=UNDEFINED),
    _source("unresolved-transports-beside-transport", transports=UNDEFINED, transport=SMTP),
    _source("unresolved-transport", transport=UNDEFINED),
]
