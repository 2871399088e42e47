"""How a session can end badly, in Nodemailer's terms."""

import re

_CODE = re.compile(r"\d+", re.ASCII)


class SmtpFailure(Exception):
    """The error that the app's callback gets.

    `response` is the server's reply; as in Nodemailer's _formatError it is appended to the message
    and its leading digits become the response code. `rejected` are the recipients, where every
    one was refused.
    """

    def __init__(
        self,
        text: str,
        code: str | None,
        response: str | None = None,
        command: str | None = None,
        *,
        rejected: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{text}: {response}" if response else text)
        self.code = code
        self.command = command
        self.response = response or None
        self.rejected = rejected
        digits = _CODE.match(response) if response else None
        self.response_code = (int(digits.group()) or None) if digits else None


class NotTestable(SmtpFailure):
    """What the app may well send, by a way that loopmail does not know."""


class AppCrash(Exception):
    """An uncaught exception: the app's process would die of it."""

    def __init__(self, text: str, code: str | None = None) -> None:
        super().__init__(text)
        self.code = code


class TooMuch(Exception):
    """The server sends without end; Nodemailer would go on, we stop."""
