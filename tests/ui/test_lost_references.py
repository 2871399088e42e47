from PySide6.QtCore import QObject, Signal

import loopmail.ui  # noqa: F401  gives True its spare references


class _Sender(QObject):
    signal = Signal()


def test_thousands_of_signals_do_not_end_the_interpreter() -> None:
    sender = _Sender()
    heard: list[int] = []
    sender.signal.connect(lambda: heard.append(1))
    for _ in range(5000):
        sender.signal.emit()
    assert len(heard) == 5000
