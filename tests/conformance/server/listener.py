"""The misbehaving server: a listening socket with one behaviour, for one case."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from conformance.server.behaviour import Behaviour, Wrap
from conformance.server.dialogue import Dialogue

ENDLESS = 25  # connections of one message: it would go on like this for ever


class MisbehavingServer:
    """Listens on a free port of 127.0.0.1 while the `with` block lasts."""

    def __init__(self, behaviour: Behaviour, wrap: Wrap = "clear") -> None:
        self._behaviour = behaviour
        self._wrap: Wrap = behaviour.wrap or wrap
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        if behaviour.listening:
            self._socket.listen(16)
        self.port: int = self._socket.getsockname()[1]
        self.dialogues: list[Dialogue] = []
        self.reached = threading.Event()  # the moment at which it says nothing has come
        self._threads: list[threading.Thread] = []
        self.on_endless: Callable[[], None] = lambda: None
        self._last: tuple[str, int] | None = None
        self._acceptor = threading.Thread(target=self._accept, daemon=True, name="misbehaving")

    def __enter__(self) -> Self:
        # A port that refuses connections stays bound, so that no other case is given it.
        if self._behaviour.listening:
            self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.saw()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, address = self._socket.accept()
                if address == self._last:
                    sock.close()
                    return
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                dialogue = Dialogue(sock, self._behaviour, self._wrap, self.reached)
                thread = threading.Thread(target=dialogue.run, daemon=True, name="misbehaving")
                self.dialogues.append(dialogue)
                self._threads.append(thread)
                thread.start()
                if len(self.dialogues) == ENDLESS:
                    self.on_endless()

    def _stop_accepting(self) -> None:
        """Close the listening socket once all that have connected so far are accepted.

        They are accepted in order, so a connection of our own marks the last.
        """
        if self._acceptor.is_alive():
            with contextlib.suppress(OSError), socket.socket() as mark:
                mark.bind(("127.0.0.1", 0))
                self._last = mark.getsockname()
                mark.connect(("127.0.0.1", self.port))
                self._acceptor.join(timeout=5)
        self._socket.close()

    def saw(self) -> list[list[str]]:
        """Stop, wait for the connections to end, and return what each of them saw."""
        self._stop_accepting()
        for thread, dialogue in zip(self._threads, self.dialogues, strict=False):
            thread.join(timeout=1.0)
            if thread.is_alive():
                with contextlib.suppress(OSError):
                    dialogue.sock.shutdown(socket.SHUT_RDWR)
                thread.join(timeout=5)
        return [dialogue.saw for dialogue in self.dialogues]
