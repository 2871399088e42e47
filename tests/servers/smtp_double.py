"""A small SMTP server on real sockets for tests: answers by a script, notes what it sees."""

import base64
import contextlib
import hashlib
import hmac
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO

USER = "me@example.org"
PASSWORD = "s3cret-Wörd!"
TOKEN = "ya29.token-of-access"
_CHALLENGE = b"<1.2@double>"


@dataclass
class Script:
    """What the server does; `replies` overrides the answer to a verb, "greeting" the first line.

    `silent_at` and `close_at` name the verb (or "greeting", "message", "handshake") at which it
    says nothing more, or closes.
    """

    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")
    extensions: tuple[str, ...] = ()
    starttls: ssl.SSLContext | None = None
    implicit: ssl.SSLContext | None = None
    replies: Mapping[str, bytes] = field(default_factory=dict)
    silent_at: str = ""
    close_at: str = ""


class _Done(Exception):
    pass


class SmtpDouble:
    """Use as a context manager; `port` is where it listens."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.lines: list[str] = []
        self.messages: list[bytes] = []
        self.signed_in: list[str] = []
        self.reached = threading.Event()  # the silent moment has come
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "SmtpDouble":
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._socket.accept()
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        self._open.append(sock)
        talk = _Talk(self, sock)
        with contextlib.suppress(_Done, OSError, ValueError):
            talk.run()
        talk.close()


class _Talk:
    def __init__(self, server: SmtpDouble, sock: socket.socket) -> None:
        self.server = server
        self.script = server.script
        self.sock = sock
        self.file: BinaryIO = sock.makefile("rb")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.file.close()
        with contextlib.suppress(OSError):
            self.sock.close()

    def run(self) -> None:
        if self.script.implicit:
            self.moment("handshake")
            self.wrap(self.script.implicit)
        self.answer("greeting", b"220 double ready")
        while line := self.file.readline():
            text = line.decode("utf-8").rstrip("\r\n")
            self.server.lines.append(text)
            self.take(text)

    def wrap(self, context: ssl.SSLContext) -> None:
        self.file.close()
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.server._open.append(self.sock)
        self.file = self.sock.makefile("rb")

    def moment(self, name: str) -> None:
        if name == self.script.silent_at:
            self.server.reached.set()
            while self.sock.recv(4096):
                pass
            raise _Done
        if name == self.script.close_at:
            raise _Done

    def answer(self, verb: str, reply: bytes) -> bytes:
        self.moment(verb)
        said = self.script.replies.get(verb, reply)
        self.sock.sendall(said + b"\r\n")
        return said

    def take(self, text: str) -> None:
        verb = text.split(" ")[0].split(":")[0].upper()
        match verb:
            case "EHLO" | "LHLO":
                self.answer(verb, self.capabilities())
            case "STARTTLS" if self.script.starttls:
                if self.answer(verb, b"220 go ahead").startswith(b"2"):
                    self.moment("handshake")
                    self.wrap(self.script.starttls)
            case "AUTH":
                self.moment("AUTH")
                self.sign_in(*text.split(" ")[1:])
            case "DATA":
                if self.answer(verb, b"354 go ahead").startswith((b"2", b"3")):
                    self.message()
            case "QUIT":
                self.answer(verb, b"221 bye")
                raise _Done
            case _:
                self.answer(verb, b"250 ok")

    def capabilities(self) -> bytes:
        offers = ["double", *self.script.extensions]
        if self.script.starttls and not isinstance(self.sock, ssl.SSLSocket):
            offers.append("STARTTLS")
        if self.script.mechanisms:
            offers.append("AUTH " + " ".join(self.script.mechanisms))
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        return "\r\n".join(lines).encode()

    def ask(self, prompt: bytes) -> str:
        self.sock.sendall(b"334 " + base64.b64encode(prompt) + b"\r\n")
        return base64.b64decode(self.file.readline()).decode("utf-8")

    def sign_in(self, mechanism: str, initial: str = "") -> None:
        good = False
        match mechanism:
            case "PLAIN":
                good = base64.b64decode(initial).decode() == f"\0{USER}\0{PASSWORD}"
            case "LOGIN":
                good = (self.ask(b"Username:"), self.ask(b"Password:")) == (USER, PASSWORD)
            case "CRAM-MD5":
                digest = hmac.new(PASSWORD.encode(), _CHALLENGE, hashlib.md5).hexdigest()
                good = self.ask(_CHALLENGE) == f"{USER} {digest}"
            case "XOAUTH2":
                wanted = f"user={USER}\1auth=Bearer {TOKEN}\1\1"
                good = base64.b64decode(initial).decode() == wanted
        if good:
            self.server.signed_in.append(mechanism)
        self.sock.sendall(b"235 welcome\r\n" if good else b"535 5.7.8 wrong credentials\r\n")

    def message(self) -> None:
        kept = bytearray()
        while (line := self.file.readline()) not in (b".\r\n", b""):
            kept += line
        self.server.messages.append(bytes(kept))
        self.answer("message", b"250 queued as 77")
