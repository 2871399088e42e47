"""Fixtures of the test panel's tests."""

from collections.abc import Iterator

import pytest

from loopmail.catcher.server import MailCatcher


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    """A running mail catcher."""
    with MailCatcher() as server:
        yield server
