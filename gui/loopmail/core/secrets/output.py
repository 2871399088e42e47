"""Hiding secrets in a program's output, as it streams by.

A secret is recognised in plain text and in the forms in which it leaves a Node program: base64
at any alignment (hence inside AUTH PLAIN and XOAUTH2), AUTH LOGIN, JSON, URL, HTML, hex and
Node's ways to write a Buffer.
"""

import base64
import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from loopmail.core import secret_names
from loopmail.core.secrets.automaton import Ends, Machine, State

MASK = secret_names.MASK.encode()
# Shorter texts occur by chance in every output; masking them would hide nothing but the output.
SHORTEST = 3
# What may be shown of a secret's beginning when output pauses there (e.g. at a prompt).
SHOWN_PREFIX = 3
# As many times as what comes may be read again what is held back.
_MOST_AGAIN = 2
# util.inspect shows so many bytes of a Buffer (buffer.INSPECT_MAX_BYTES).
_INSPECTED = 50
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
        # `<Buffer 68 75 …>` of util.inspect, cut after its first bytes.
        for text in (raw.hex(), raw.hex(" "), raw[:_INSPECTED].hex(" ")):
            forms |= {text.encode(), text.upper().encode()}
        # `{"type":"Buffer","data":[104,117,…]}`, also as JSON.stringify indents it.
        for comma in (",", ", ", ",\n", *(",\n" + " " * indent for indent in (2, 4, 6, 8))):
            forms.add(comma.join(map(str, raw)).encode())
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


@dataclass
class _Found:
    """Where forms lie that overlap, in bytes since the beginning; `told`: its mask was shown."""

    start: int
    end: int
    told: bool = False


class StreamMasker:
    """Masks one stream: `feed` returns what may be shown, holding back what may begin a secret.

    Every byte that belongs to some form is hidden; forms that overlap are one mask. The time it
    takes grows with the output alone, whatever the forms and the output are; beginnings of forms
    take some times as long when they come for the first time.
    Call `pause` when no more has come for a moment, and `finish` at the end.
    """

    def __init__(self, secrets: Iterable[str], users: Iterable[str] = ()) -> None:
        names = tuple(users)
        forms: set[bytes] = set()
        for secret in secrets:
            if len(secret) >= SHORTEST:
                forms |= encoded_forms(secret, names)
        self._machine = Machine(forms)
        self._state: State | None = self._machine.root  # None: to be found out from `_held`
        self._growing = 0  # bytes of the longest tail that may grow into a form
        self._found: list[_Found] = []  # apart and in order; all end behind `_base`
        self._held = b""
        self._base = 0  # where `_held` begins, in bytes since the beginning
        self._shown = 0  # up to where all was shown, by now or at a pause

    def __repr__(self) -> str:
        return f"StreamMasker({len(self._machine.forms)} forms)"

    @property
    def holding(self) -> bool:
        """Whether `pause` may have something to say."""
        return self._base + len(self._held) > self._shown

    def feed(self, data: bytes) -> bytes:
        """Take output and return what may be shown now."""
        self._read(data)
        self._held += data
        until = self._base + len(self._held) - self._growing
        out = self._show(until)
        self._held = self._held[until - self._base :]
        self._base = until
        self._found = [found for found in self._found if found.end > until]
        return out

    def _read(self, data: bytes) -> None:
        """Go through new output and note where forms end."""
        offset = self._base + len(self._held)
        ends: Ends = []
        held = len(self._held)
        growing = None
        # What is held back is read again; where that is most, the state is better taken along.
        if held <= _MOST_AGAIN * len(data):
            growing = self._machine.scan(self._held + data, ends)
        if growing is not None:
            self._state, self._growing = None, growing
            offset -= held
        else:
            self._state = self._machine.run(self._state_now(), data, ends)
            self._growing = self._state.growing
        for end, length in ends:
            self._note(offset + end - length, offset + end)

    def _state_now(self) -> State:
        """Return the state that what is held back leads to."""
        if self._state is None:
            self._state = self._machine.run(self._machine.root, self._held, [])
        return self._state

    def _note(self, start: int, end: int) -> None:
        """Remember where a form lies, as one with those it overlaps."""
        told = False
        while self._found and self._found[-1].end > start:
            last = self._found.pop()
            start, told = min(start, last.start), told or last.told
        self._found.append(_Found(start, end, told))

    def _show(self, until: int) -> bytes:
        """Return what was not shown yet up to a place, which no form reaches over unnoted."""
        out: list[bytes] = []
        for found in self._found:
            if found.start >= until:
                break
            out.append(self._plain(found.start))
            if not found.told:
                out.append(MASK)
                found.told = True
            self._shown = max(self._shown, found.end)
        out.append(self._plain(until))
        return b"".join(out)

    def _plain(self, until: int) -> bytes:
        """Return the plain bytes up to a place that were not shown yet."""
        start = self._shown
        self._shown = max(start, until)
        return self._held[start - self._base : max(start, until) - self._base]

    def pause(self) -> bytes:
        """Return of a held tail what gives nothing away; it still counts."""
        end = self._base + len(self._held)
        for found in self._found:
            if not found.told and found.start - self._base <= SHOWN_PREFIX:
                return self._show(found.end)
        return self._show(end) if len(self._held) <= SHOWN_PREFIX else b""

    def finish(self) -> bytes:
        """Return what is left at the end of the stream; most of a secret counts as one."""
        end = self._base + len(self._held)
        state: State | None = self._state_now() if self.holding else None
        while state is not None and state.depth:
            # The shortest of the forms that go on from here decides.
            if 2 * state.depth > min(map(len, self._machine.forms[state.low : state.high])):
                self._note(end - state.depth, end)
                break
            state = state.fallback
        out = self._show(end)
        self._state, self._found, self._held, self._base = self._machine.root, [], b"", end
        self._growing = 0
        return out


def mask_text(
    text: str, secrets: Iterable[str], users: Iterable[str] = (), *, cut: bool = False
) -> str:
    """Mask the secrets in a whole text; of one that was `cut`, what may begin a secret is left out."""
    masker = StreamMasker(secrets, users)
    data = text.encode("utf-8", "surrogateescape")
    shown = masker.feed(data) + (b"" if cut else masker.finish())
    return shown.decode("utf-8", "surrogateescape" if not cut else "replace")
