"""A mail server that means harm: it plays a script of bytes, whatever the client says."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

LINE = b"\0line\0"  # in a script: wait for a line of the client
Script = Iterable[bytes]

EHLO = b"250-hostile.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n"
WELCOME = [b"220 hostile.example\r\n", LINE, EHLO, LINE]
SIGNED_IN = [*WELCOME, b"235 ok\r\n", LINE]
TO_THE_END = [
    *SIGNED_IN,
    b"250 ok\r\n",
    LINE,
    b"250 ok\r\n",
    LINE,
    b"354 go\r\n",
    b"250 queued\r\n",
]


@dataclass
class HostileServer:
    """Listens on 127.0.0.1; `sent` counts the bytes of all connections, `lines` what came."""

    make_script: Callable[[], Script]
    close: bool = True  # after the script; else it stays silent
    port: int = 0
    sent: int = 0
    lines: list[bytes] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(10)
                    with contextlib.suppress(OSError):
                        self._play(connection)
                        if not self.close:
                            self._wait_for_the_end(connection)

    def _play(self, connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        for piece in self.make_script():
            if self._over.is_set():
                return
            if piece == LINE:
                line = reader.readline(4096)
                self.lines.append(line)
                if not line:
                    return
                continue
            connection.sendall(piece)
            self.sent += len(piece)

    def _wait_for_the_end(self, connection: socket.socket) -> None:
        while connection.recv(65536) and not self._over.is_set():
            pass

    def stop(self) -> None:
        """End what is endless."""
        self._over.set()

    def wait(self, seconds: float) -> None:
        """Pause between two bytes, but not after the end of the test."""
        self._over.wait(seconds)


@contextlib.contextmanager
def hostile(
    script: Script | Callable[["HostileServer"], Script], *, close: bool = True
) -> Iterator[HostileServer]:
    """Serve a script (a list, or a function that makes one for each connection)."""

    def make() -> Script:
        return script(server) if callable(script) else script

    server = HostileServer(make, close)
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    thread = threading.Thread(target=server.serve, args=(listener,), name="hostile-server")
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(15)
        assert not thread.is_alive()
