"""A small OAuth 2 provider on the loopback interface: authorization codes, PKCE, refresh tokens."""

import base64
import hashlib
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass
class Provider:
    """What it was asked, and what it answers."""

    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    answer: dict[str, object] | bytes = field(
        default_factory=lambda: {"access_token": "fresh-access-4471", "expires_in": 3600}
    )
    challenges: dict[str, str] = field(default_factory=dict)

    def authorize(self, address: str) -> str:
        """Play the browser of a user who agrees; return the address it is sent to."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        assert query["code_challenge_method"] == "S256"
        self.challenges["code-1"] = query["code_challenge"]
        answer = {"code": "code-1", "state": query["state"]}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def reply(self, form: dict[str, str]) -> bytes:
        """Answer a request for a token."""
        self.forms.append(form)
        if isinstance(self.answer, bytes):
            return self.answer
        data = dict(self.answer)
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if challenge != self.challenges.get(form["code"]):
                data = {"error": "invalid_grant"}
        return json.dumps(data).encode()


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """Run a provider on a free port, with TLS if there is a context."""
    provider = Provider()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            fields = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
            body = provider.reply({key: value[0] for key, value in fields.items()})
            self.send_response(200 if b"access_token" in body else 400)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}/token"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        provider.url = f"https://localhost:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
