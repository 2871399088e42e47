"""One connection of the misbehaving server: reads commands, replies as its behaviour says."""

import base64
import contextlib
import hashlib
import hmac
import socket
import ssl
import struct
import threading
from collections import Counter
from weakref import WeakKeyDictionary

from conformance.server.behaviour import DEFAULTS, Behaviour, Stage, Wrap, capability_reply
from conformance.server.certificates import server_context
from conformance.server.reply import Reply, say

_CHALLENGE = "<1896.697170952@mail.example.test>"
_PAUSE = threading.Event()  # never set: waiting for it paces the pieces of a slow reply
_dialogues: WeakKeyDictionary[ssl.SSLSocket, "Dialogue"] = WeakKeyDictionary()
_COMMANDS: dict[str, Stage] = {
    "EHLO": "ehlo",
    "LHLO": "ehlo",
    "HELO": "helo",
    "STARTTLS": "starttls",
    "AUTH": "auth",
    "MAIL": "mail",
    "RCPT": "rcpt",
    "DATA": "data",
    "QUIT": "quit",
    "RSET": "rset",
}


class Over(Exception):
    """The connection has ended."""


class Dialogue:
    """Talks on one socket and notes in `saw` what came: commands, TLS, the message.

    `reached` is set when the moment comes at which the server says nothing.
    """

    def __init__(
        self, sock: socket.socket, behaviour: Behaviour, wrap: Wrap, reached: threading.Event
    ) -> None:
        self.saw: list[str] = []
        self.messages: list[bytes] = []
        self.signed_in: list[str] = []  # the mechanisms that succeeded
        self.reached = reached
        self.sock = sock
        self._behaviour = behaviour
        self._wrap = wrap
        self._buffer = b""
        self._secure = False
        self._lmtp = False
        self._recipients = 0
        self._counts: Counter[Stage] = Counter()
        self._lines = sock.makefile("rb")

    def run(self) -> None:
        """Serve the connection to its end; never raises for what the client does."""
        try:
            if self._behaviour.proxy is not None:
                self._tunnel(self._behaviour.proxy)
            if self._wrap == "implicit":
                self._handshake()
            self._do("greeting", DEFAULTS["greeting"])
            while True:
                self._command(self._read_line())
        except (Over, OSError, ValueError):
            pass
        finally:
            with contextlib.suppress(OSError):
                self._lines.close()
                self.sock.close()

    def _tunnel(self, reply: Reply) -> None:
        """Act as the proxy that the client asks for a connection."""
        if self._behaviour.proxy_tls:
            self._handshake()
            self._secure = False
        while self._read_line():
            pass
        self._send(reply)
        while not reply.data and self.sock.recv(4096):
            pass  # silent for as long as the client waits
        if not reply.data.startswith(b"HTTP/1.") or reply.data[9:10] != b"2":
            self._drain()
            raise Over
        # Nodemailer loses a greeting that follows at once; a real one has a network to cross.
        _PAUSE.wait(0.2)

    def _command(self, line: str) -> None:
        stage = _COMMANDS.get(line.split(" ")[0].upper(), "other")
        if stage == "ehlo":
            self._lmtp = line.upper().startswith("LHLO")
            if self._wrap == "starttls" and not self._secure:
                self._do("first-ehlo", capability_reply(self._behaviour.before_tls))
            else:
                self._do("ehlo", capability_reply(self._behaviour.capabilities))
        elif stage == "starttls":
            reply = self._do(stage, DEFAULTS[stage])
            if reply.data.startswith(b"220"):
                self._handshake()
        elif stage == "auth":
            self._auth(line)
        elif stage == "data":
            if self._do(stage, DEFAULTS[stage]).data[:1] in (b"2", b"3"):
                self._message()
        else:
            reply = self._do(stage, DEFAULTS[stage])
            self._recipients += stage == "rcpt" and reply.data[:1] == b"2"

    def _do(self, stage: Stage, default: Reply) -> Reply:
        """Reply at a stage as the behaviour says, else by default."""
        scripted = self._behaviour.replies.get(stage)
        count = self._counts[stage]
        self._counts[stage] += 1
        reply = scripted[min(count, len(scripted) - 1)] if scripted else default
        self._send(reply)
        return reply

    def _send(self, reply: Reply) -> None:
        if not reply.data and reply.end == "stay":
            self.reached.set()
        if reply.after:
            _PAUSE.wait(reply.after)
        size = max(1, -(-len(reply.data) // reply.pieces))
        parts = [reply.data[at : at + size] for at in range(0, len(reply.data), size)]
        for number, part in enumerate(parts):
            if number:
                _PAUSE.wait(0.02)
            self.sock.sendall(part)
        if reply.end == "close":
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
                self._drain()
            raise Over
        if reply.end == "reset":
            _PAUSE.wait(0.1)  # a reset that overtakes the connect would read differently
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Over

    def _drain(self) -> None:
        """Read what still comes, so that closing sends a FIN and no RST."""
        self.sock.settimeout(5)
        while self.sock.recv(65536):
            pass

    def _read_line(self) -> str:
        line = self._lines.readline(1 << 20)
        if not line:
            raise Over
        if line[:1] == b"\x16":
            self.saw.append("-- TLS hello on a clear port")
            raise Over
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        self.saw.append(text)
        return text

    def _message(self) -> None:
        message = bytearray()
        for line in self._lines:
            if line == b".\r\n":
                self.saw.append("-- message")
                self.messages.append(bytes(message))
                for _ in range(self._recipients if self._lmtp else 1):
                    self._do("message", DEFAULTS["message"])
                return
            message += line
        raise Over

    def _handshake(self) -> None:
        kind = self._behaviour.handshake
        if kind in ("close", "reset", "garbage", "silent"):
            self.sock.recv(4096)
            self.saw.append("-- TLS hello")
            self._send(Reply(b"not TLS at all\r\n" if kind == "garbage" else b""))
            if kind == "silent":
                self._drain()
            self._send(Reply(end="reset" if kind == "reset" else "close"))
        if kind == "clear-text":
            return
        settings = server_context(self._behaviour.certificate, self._behaviour.tls_version)
        settings.sni_callback = _note_name
        secured = settings.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
        self.sock = secured
        _dialogues[secured] = self
        secured.do_handshake()
        self._lines = secured.makefile("rb")
        self._secure = True
        self.saw.append(f"-- {secured.version()}")

    def _auth(self, line: str) -> None:
        words = line.split(" ")
        method = words[1].upper() if len(words) > 1 else ""
        user, password, _token = self._behaviour.credentials
        if method == "PLAIN" and len(words) > 2:
            self._judge("auth", method, _plain(words[2]) == ("", user, password))
        elif method == "LOGIN":
            self._login()
        elif method == "CRAM-MD5":
            self._cram()
        elif method == "XOAUTH2" and len(words) > 2:
            self._xoauth2(words[2])
        else:
            self._do("auth", say("504 Unknown mechanism"))

    def _judge(self, stage: Stage, method: str, good: bool) -> None:
        if good:
            self.signed_in.append(method)
        self._do(stage, say("235 Welcome" if good else "535 5.7.8 Bad credentials"))

    def _login(self) -> None:
        if not self._asks("auth", say("334 VXNlcm5hbWU6")):
            return
        user = _decoded(self._read_line())
        if not self._asks("auth-1", say("334 UGFzc3dvcmQ6")):
            return
        password = _decoded(self._read_line())
        self._judge("auth-2", "LOGIN", (user, password) == self._behaviour.credentials[:2])

    def _cram(self) -> None:
        challenge = base64.b64encode(_CHALLENGE.encode()).decode()
        if not self._asks("auth", say(f"334 {challenge}")):
            return
        user, password, _token = self._behaviour.credentials
        digest = hmac.new(password.encode(), _CHALLENGE.encode(), hashlib.md5).hexdigest()
        self._judge("auth-1", "CRAM-MD5", _decoded(self._read_line()) == f"{user} {digest}")

    def _xoauth2(self, text: str) -> None:
        user, _password, token = self._behaviour.credentials
        if _decoded(text) == f"user={user}\x01auth=Bearer {token}\x01\x01":
            self._judge("auth", "XOAUTH2", True)
            return
        fault = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
        if self._asks("auth", say(f"334 {fault}")):
            self._read_line()
            self._judge("auth-1", "XOAUTH2", False)

    def _asks(self, stage: Stage, default: Reply) -> bool:
        return self._do(stage, default).data.startswith(b"334")


def _note_name(
    sock: ssl.SSLSocket | ssl.SSLObject, name: str | None, _settings: ssl.SSLContext
) -> None:
    """Note the server name the client asks for; the settings are shared by all connections."""
    assert isinstance(sock, ssl.SSLSocket)
    _dialogues[sock].saw.append("-- TLS hello" + (f" for {name}" if name else ""))


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""


def _plain(text: str) -> tuple[str, ...]:
    return tuple(_decoded(text).split("\0"))
