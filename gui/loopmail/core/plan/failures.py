"""Why a transport could not even be made."""


class BootFailure(Exception):
    """The app would not boot; the text is the error's message as LoopBack words it."""
