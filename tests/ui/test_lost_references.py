from PySide6.QtCore import QObject, Signal

import loopmail.ui  # noqa: F401  gives the singletons their spare references


class _Sender(QObject):
    signal = Signal()


def test_thousands_of_signals_do_not_end_the_interpreter() -> None:
    sender = _Sender()
    heard: list[int] = []
    sender.signal.connect(lambda: heard.append(1))
    for _ in range(5000):
        sender.signal.emit()
    assert len(heard) == 5000


def test_ten_thousands_of_calls_do_not_end_the_interpreter() -> None:
    thing = QObject()
    for _ in range(50_000):
        thing.setObjectName("x")
    assert thing.objectName() == "x"
