"""Token endpoints that answer oddly, slowly or not at all: a sentence, and in time."""

import json
import math
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from loopmail.net.cancel import Cancel, Cancelled
from loopmail.oauth.endpoint import TokenRefused, obtain_token
from oauth.provider import running
from servers.hostile_server import LINE, HostileServer, hostile

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"

SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"
HEADERS = [LINE] * 6  # POST, Host, Accept-Encoding, Content-Type, Content-Length, the empty one


def auth(server: HostileServer) -> dict[str, Any]:
    url = f"http://127.0.0.1:{server.port}/token"
    return {"type": "OAuth2", "user": "a", "refreshToken": "refresh-8812", "accessUrl": url}


def answered(body: bytes) -> str:
    """Return the token that an answer with this body brings; raise TokenRefused."""
    length = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with hostile([LINE, length, body], close=False) as server:
        return obtain_token(auth(server), Cancel())


@pytest.mark.parametrize(
    "lifetime",
    ['"3600"', '"abc"', "-1", "1e400", "null", "true", "[]", "{}", '""', "0.5", "9" * 5000],
)
def test_an_odd_lifetime_is_no_reason_to_refuse_a_token(lifetime: str) -> None:
    body = f'{{"access_token": "fresh-1", "expires_in": {lifetime}}}'
    assert answered(body.encode()) == "fresh-1"


# What String(), `+` and truthiness of JavaScript make of it in Nodemailer's generateToken().
@pytest.mark.parametrize(("answer", "says"), [
    ({"error": ""}, "No access token"),
    ({"error": None}, "No access token"),
    ({"error": "", "error_description": "why"}, "No access token"),
    ({"error": "invalid_grant", "error_description": ""}, "invalid_grant"),
    ({"error": {"code": 400}}, "[object Object]"),
    ({"error": ["a", "b"]}, "a,b"),
    ({"error": True, "error_uri": 5}, "true (5)"),
    ({}, "No access token"),
    ([], "No access token"),
    ({"access_token": ""}, "No access token"),
    ("text", "Invalid authentication response"),
    (None, "Invalid authentication response"),
])  # fmt: skip
def test_a_refusal_is_worded_as_nodemailer_words_it(answer: object, says: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        answered(json.dumps(answer).encode())
    assert str(caught.value) == says


@pytest.mark.parametrize("body", [b"", b"NaN", b'{"access_token": NaN}', b"[" * 100_000, b"\xff"])
def test_what_node_does_not_take_for_json_is_none(body: bytes) -> None:
    with pytest.raises(TokenRefused, match="not JSON"):
        answered(body)


@pytest.mark.parametrize("script", [[], [LINE], [*HEADERS, SHORT]])
def test_an_endpoint_that_hangs_up_is_a_sentence(script: list[bytes]) -> None:
    with hostile(script) as server, pytest.raises(TokenRefused) as caught:
        obtain_token(auth(server), Cancel())
    says = "The token endpoint 127.0.0.1 closed the connection before it had answered."
    assert str(caught.value) == says


@pytest.mark.parametrize(
    "banner", [b"220 mail ESMTP\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300]
)
def test_an_endpoint_that_speaks_no_http_is_a_sentence(banner: bytes) -> None:
    with hostile([banner], close=False) as server, pytest.raises(TokenRefused) as caught:
        obtain_token(auth(server), Cancel())
    assert str(caught.value) == "The token endpoint 127.0.0.1 does not speak HTTP."


def test_an_endpoint_that_nobody_serves_is_a_sentence() -> None:
    with hostile([]) as server:
        gone = auth(server)
    with pytest.raises(TokenRefused, match="refuses connections"):
        obtain_token(gone, Cancel())


def drip(server: HostileServer, start: bytes = b"") -> Iterator[bytes]:
    yield LINE
    yield start
    while True:
        server.wait(0.02)
        yield b" "


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX:", HEAD], ids=len)
def test_an_answer_that_drips_ends_with_the_time_out(start: bytes) -> None:
    with hostile(lambda server: drip(server, start)) as server:
        with pytest.raises(TokenRefused, match="did not answer in time"):
            obtain_token(auth(server), Cancel(), timeout=0.5)
        assert server.sent > len(start)


@pytest.mark.parametrize("start", [b"", HEAD], ids=len)
def test_stop_ends_a_dripping_endpoint(start: bytes) -> None:
    cancel = Cancel()

    def script(server: HostileServer) -> Iterator[bytes]:
        for number, piece in enumerate(drip(server, start)):
            if number == 4:
                cancel.cancel()
            yield piece

    with hostile(script) as server, pytest.raises(Cancelled):
        obtain_token(auth(server), cancel, timeout=math.inf)


def test_an_authority_of_the_environment_counts_for_the_endpoint_too(tmp_path: Path) -> None:
    authority, path = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with running(context) as provider:
        asked = {"user": "a", "refreshToken": "r", "accessUrl": provider.url}
        with pytest.raises(TokenRefused, match="cannot be asked: .*certificate verify failed"):
            obtain_token(asked, Cancel())
        assert obtain_token(asked, Cancel(), extra_ca=str(path)) == "fresh-access-4471"
