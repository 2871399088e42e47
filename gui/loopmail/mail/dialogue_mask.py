"""Keeping secrets out of the transcript and the verdict."""

from collections.abc import Iterable

from loopmail.core.secret_names import MASK
from loopmail.mail.masking import encoded_forms


class DialogueMask:
    """Replaces secrets in text, in every form in which the dialogue may carry them."""

    def __init__(self, secrets: Iterable[str], users: Iterable[str] = ()) -> None:
        self._users = tuple(users)
        self._forms: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask one more secret from now on (a token that was fetched)."""
        forms = set(self._forms)
        for form in encoded_forms(secret, self._users) if secret else ():
            # replies are read as Latin-1, texts of our own as UTF-8
            forms |= {form.decode("latin-1"), form.decode("utf-8", "replace")}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text


def visible(text: str, limit: int = 2000) -> str:
    """Make control characters visible and clip long lines."""
    shown = "".join(
        c if c.isprintable() else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
        for c in text[:limit]
    )
    return shown + (f"… ({len(text)} characters)" if len(text) > limit else "")
