"""Why a transport could not even be made."""


class BootFailure(Exception):
    """The app would not boot; the text is the error's message as LoopBack words it."""

    def __init__(self, text: str, code: str | None = None) -> None:
        super().__init__(text)
        self.code = code
