"""Small mail servers for the probe: they note every line that a client says."""

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from mail.tls_material import Kind, server_context


@dataclass(frozen=True)
class Manner:
    """How a server behaves."""

    implicit: bool = False  # TLS from the first byte
    starttls: bool = False
    silent: bool = False  # accepts and says nothing
    certificate: Kind = "good"
    auth: Sequence[str] = ("PLAIN", "LOGIN")


class ProbeServer:
    """Listens on a free port of this machine until it is closed."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.said: list[str] = []  # by all clients
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._serve)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._socket, *self._clients):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in (self._socket, *self._clients):
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._clients.append(client)
            self._start(self._talk, client)

    def _talk(self, client: socket.socket) -> None:
        try:
            self._dialogue(client)
        except (OSError, ValueError):
            return

    def _dialogue(self, client: socket.socket) -> None:
        if self.manner.silent:
            client.recv(1)
            return
        secure = self.manner.implicit
        if secure:
            client = self._encrypt(client)
        client.sendall(b"220 probe.test ESMTP\r\n")
        while line := self._line(client):
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                client.sendall(self._offer(secure))
            elif verb == "STARTTLS" and self.manner.starttls:
                client.sendall(b"220 go\r\n")
                client, secure = self._encrypt(client), True
            elif verb == "QUIT":
                client.sendall(b"221 bye\r\n")
                return
            else:
                client.sendall(b"502 no\r\n")

    def _encrypt(self, client: socket.socket) -> socket.socket:
        context = server_context(self.manner.certificate)
        # Noted before the handshake: a socket whose handshake fails must be closed as well.
        secured = context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        self._clients.append(secured)
        secured.do_handshake()
        return secured

    def _offer(self, secure: bool) -> bytes:
        lines = ["250-probe.test"]
        if self.manner.starttls and not secure:
            lines.append("250-STARTTLS")
        if secure:
            lines.append("250-AUTH " + " ".join(self.manner.auth))
        return "\r\n".join([*lines, "250 SIZE 1000000", ""]).encode()

    def _line(self, client: socket.socket) -> str:
        data = b""
        while not data.endswith(b"\n"):
            piece = client.recv(1)
            if not piece:
                return ""
            data += piece
        text = data.decode("ascii", "replace").strip()
        self.said.append(text)
        return text
