"""Hiding secrets in a program's output, as it streams by.

A secret is recognised in plain text and in the forms in which it leaves a Node program: base64
at any alignment (hence inside AUTH PLAIN and XOAUTH2), AUTH LOGIN, JSON, URL, HTML and hex.
"""

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from loopmail.core import secret_names

MASK = secret_names.MASK.encode()
# Shorter texts occur by chance in every output; masking them would hide nothing but the output.
SHORTEST = 3
# What may be shown of a secret's beginning when output pauses there (e.g. at a prompt).
SHOWN_PREFIX = 3
# What ways of URL-escaping leave as it is: all escaped, a path's "/", encodeURIComponent and
# encodeURI (ECMA-262, 19.2.6), the user-info of `new URL` (WHATWG URL, percent-encode sets).
_URL_SAFE = ("", "/", "!'()*~", ";/?:@&=+$,#!'()*~", "!$&'()*+,~")


def encoded_forms(secret: str, users: Iterable[str] = ()) -> set[bytes]:
    """Return every byte sequence that gives the secret away; `users` are the names it goes with."""
    forms: set[bytes] = set()
    lines = {line.strip() for line in secret.splitlines()}
    # A terminal changes what stands between the lines of a key in PEM form.
    for text in {secret, *(x for x in lines if len(x) >= 16 and not x.startswith("-----"))}:
        forms |= _text_forms(text)
    raw = secret.encode("utf-8", "surrogatepass")
    for user in users:
        name = user.encode("utf-8", "surrogatepass")
        for start in (b"", name):  # RFC 4616: authorisation identity, user, password
            forms.add(base64.b64encode(start + b"\0" + name + b"\0" + raw))
        forms.add(f"{quote(user, safe='')}:{quote(secret, safe='')}".encode())
    if len(raw) >= 6:
        forms |= {raw.hex().encode(), raw.hex(" ").encode()}
    return {form for form in forms if len(form) >= SHORTEST}


def _text_forms(text: str) -> set[bytes]:
    """Return the plain, quoted and base64 forms of one text."""
    spellings = {
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(text, ensure_ascii=False)[1:-1], ensure_ascii=False)[1:-1],
        text.replace("\\", "\\\\").replace("'", "\\'"),
        html.escape(text),
    }
    forms = {spelling.encode("utf-8", "surrogatepass") for spelling in spellings}
    raw = text.encode("utf-8", "surrogatepass")
    for quoted in (quote_plus(raw), *(quote(raw, safe=safe) for safe in _URL_SAFE)):
        small = re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), quoted)
        forms |= {quoted.encode(), small.encode()}
    if len(raw) >= SHORTEST:
        forms |= _base64_forms(raw)
    return forms


def _base64_forms(raw: bytes) -> set[bytes]:
    """Return the exact base64 form, and what it has for sure at each of the three alignments."""
    forms = {base64.b64encode(raw), base64.urlsafe_b64encode(raw).rstrip(b"=")}
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).rstrip(b"=")
        # The first characters also carry bits of what stands before, the last of what follows.
        start = (before * 8 + 5) // 6
        end = (before + len(raw)) * 8 // 6
        core = whole[start:end]
        if len(core) >= 4:
            forms |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


class StreamMasker:
    """Masks one stream: `feed` returns what may be shown, holding back what may begin a secret.

    Call `pause` when no more has come for a moment, and `finish` at the end.
    """

    def __init__(self, secrets: Iterable[str], users: Iterable[str] = ()) -> None:
        names = tuple(users)
        forms: set[bytes] = set()
        for secret in secrets:
            if len(secret) >= SHORTEST:
                forms |= encoded_forms(secret, names)
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile(b"|".join(map(re.escape, longest_first)) or b"(?!)")
        self._forms = sorted(forms)
        self._longest = len(longest_first[0]) if forms else 0
        self._held = b""
        self._shown = 0  # bytes at the start of `_held` that were shown at a pause

    def __repr__(self) -> str:
        return f"StreamMasker({len(self._forms)} forms)"

    @property
    def holding(self) -> bool:
        """Whether `pause` may have something to say."""
        return len(self._held) > self._shown

    def feed(self, data: bytes) -> bytes:
        """Take output and return what may be shown now."""
        buffer = self._held + data
        out: list[bytes] = []
        position = 0
        while True:
            # What may become a longer form counts before a shorter one that lies within it.
            hold_from = self._possible_start(buffer, position)
            match = self._pattern.search(buffer, position)
            if match is None or match.start() >= hold_from:
                break
            out += [self._fresh(buffer, position, match.start()), MASK]
            position = match.end()
            self._shown = max(0, min(self._shown, match.start()))
        out.append(self._fresh(buffer, position, hold_from))
        self._held = buffer[hold_from:]
        self._shown = max(0, self._shown - hold_from)
        return b"".join(out)

    def _fresh(self, buffer: bytes, start: int, end: int) -> bytes:
        """Return a part of the buffer without what was shown at a pause already."""
        return buffer[max(start, min(self._shown, end)) : end]

    def _possible_start(self, buffer: bytes, position: int) -> int:
        """Return where the longest tail begins that could be the start of a secret."""
        first = max(position, len(buffer) - self._longest + 1)
        for start in range(first, len(buffer)):
            tail = buffer[start:]
            behind = bisect_right(self._forms, tail)  # where a form that begins with it would be
            if behind < len(self._forms) and self._forms[behind].startswith(tail):
                return start
        return len(buffer)

    def pause(self) -> bytes:
        """Return a held tail that is too short to give anything away; it still counts."""
        if not self.holding:
            return b""
        if self._pattern.search(self._held):
            return self._release()
        if len(self._held) > SHOWN_PREFIX:
            return b""
        tail = self._held[self._shown :]
        self._shown = len(self._held)
        return tail

    def finish(self) -> bytes:
        """Return what is left at the end of the stream; most of a secret counts as one."""
        held = self._held
        place = bisect_right(self._forms, held)
        if self.holding and any(
            form.startswith(held) and 2 * len(held) > len(form) for form in self._forms[place:]
        ):
            self._held, self._shown = b"", 0
            return MASK
        return self._release()

    def _release(self) -> bytes:
        """Show what is held back, the complete forms in it masked."""
        held, shown = self._held, self._shown
        self._held, self._shown = b"", 0
        match = self._pattern.search(held)
        if match is not None and match.start() < shown:
            return MASK + self._pattern.sub(MASK, held[match.end() :])
        return self._pattern.sub(MASK, held[shown:])


def mask_text(text: str, secrets: Iterable[str], users: Iterable[str] = ()) -> str:
    """Mask the secrets in a whole text."""
    masker = StreamMasker(secrets, users)
    data = text.encode("utf-8", "surrogateescape")
    return (masker.feed(data) + masker.finish()).decode("utf-8", "surrogateescape")
