"""What the mail catcher is signed in with, noted."""

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Passwords:
    """Notes the password of each sign-in."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def __call__(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _method: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.seen.append(data.password)
        return AuthResult(success=True)


def note_passwords(monkeypatch: pytest.MonkeyPatch) -> Passwords:
    """Let every mail catcher of a test note the passwords that it is signed in with."""
    seen = Passwords()
    monkeypatch.setattr("loopmail.catcher.server._welcome", seen)
    return seen
