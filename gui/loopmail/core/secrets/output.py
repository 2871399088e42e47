"""Hiding secrets in a program's output, as it streams by.

A secret is recognised in plain text and in the forms in which it leaves a Node program: base64
at any alignment (hence inside AUTH PLAIN and XOAUTH2), AUTH LOGIN, JSON, URL, HTML, hex and
Node's ways to write a Buffer.
"""

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from loopmail.core import secret_names

MASK = secret_names.MASK.encode()
# Shorter texts occur by chance in every output; masking them would hide nothing but the output.
SHORTEST = 3
# What may be shown of a secret's beginning when output pauses there (e.g. at a prompt).
SHOWN_PREFIX = 3
# Bytes gone through before looking again whether they may be skipped: a slice must stay cheap.
_STRETCH = 64
# Bytes that are compared at once where only one form goes on.
_SHORTEST_JUMP = 6
_LONGEST_JUMP = 256
_MOST_SHORTER = 4
# Beginnings of forms that `re` searches for faster than blocks of so many bytes are looked up.
_FEW = 100
_BLOCK = 4
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


class _State(dict[int, "_State"]):
    """The tail of the output that may become a form: a state of Aho and Corasick's automaton.

    The sorted forms from `low` to `high` begin with the `depth` bytes read last, and none with
    more of them. A byte leads to the next state, which is made when the byte first comes.
    """

    __slots__ = (
        *("branches", "complete", "depth", "fallback", "growing", "high"),
        *("jump", "jumps", "low", "machine", "shorter", "stops"),
    )

    def __init__(
        self, machine: "_Machine", low: int, high: int, depth: int, fallback: "_State | None"
    ) -> None:
        super().__init__()
        self.machine, self.low, self.high, self.depth = machine, low, high, depth
        self.fallback = fallback  # the state of the next shorter tail; None at the beginning
        self.growing = depth  # bytes of the longest tail that may grow into a form
        self.complete = 0  # bytes of the longest form that ends here
        self.branches: dict[int, tuple[int, int]] | None = None  # where there are several forms
        self.shorter = 0  # how many shorter tails may become a form as well
        # The byte with which its only form goes on if what follows is compared at once, or -1.
        self.jumps = -1
        self.jump: _Jump | None = None
        self.stops = True  # whether going through bytes one by one has something to do here
        if fallback is None:
            return
        form = machine.forms[low]
        left = len(form) - depth
        self.complete = depth if left == 0 else fallback.complete
        self.shorter = fallback.shorter + 1
        if high - low == 1:
            if left == 0:
                self.growing = fallback.growing
            elif left >= _SHORTEST_JUMP and self.shorter <= _MOST_SHORTER:
                self.jumps = form[depth]
        self.stops = self.complete > 0 or self.jumps >= 0

    def __missing__(self, byte: int) -> "_State":
        passed = [self]
        state = self.fallback
        while state is not None and byte not in state:
            passed.append(state)
            state = state.fallback
        after = passed[-1] if state is None else state[byte]
        # From the shortest tail to the longest, since each falls back to the one before it.
        for shorter in reversed(passed):
            branch = shorter.going_on(byte)
            if branch is not None:
                after = self.machine.state(*branch, shorter.depth + 1, after)
            shorter[byte] = after
        return after

    def going_on(self, byte: int) -> tuple[int, int] | None:
        """Return which of the forms go on with the byte, None if none does."""
        depth, low = self.depth, self.low
        if self.high - low == 1:  # nearly always, since most beginnings are of one form only
            form = self.machine.forms[low]
            return (low, low + 1) if len(form) > depth and form[depth] == byte else None
        if self.branches is None:
            self.branches = dict(self._branches())
        return self.branches.get(byte)

    def _branches(self) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield each byte with which some forms go on, and which these are."""
        forms, depth, low, high = self.machine.forms, self.depth, self.low, self.high
        if low < high and len(forms[low]) == depth:
            low += 1
        while low < high:
            byte = forms[low][depth]
            end = bisect_right(forms, byte, low, high, key=lambda form: form[depth])
            yield byte, (low, end)
            low = end


# Where forms end in a text: bytes up to there, and bytes of the form.
_Ends = list[tuple[int, int]]


class _Jump:
    """Bytes with which the only form of a state goes on, compared at once instead of one by one.

    Most bytes of the forms come only in these, and need no states. What the shorter tails make of
    the bytes is found out when it is needed, and kept: `exits` has, by the number of bytes that
    were as expected, the state of the next shorter tail and the forms that end on the way. Where
    there are many shorter tails, as of `aaaa…`, going through the bytes is less work.
    """

    __slots__ = ("exits", "number", "origin", "text")

    def __init__(self, origin: _State) -> None:
        form = origin.machine.forms[origin.low]
        self.origin = origin
        self.text = form[origin.depth : origin.depth + _LONGEST_JUMP]
        self.number: int | None = None  # the text as a number, to compare
        self.exits: dict[int, tuple[_State, _Ends]] = {}

    def fits(self, piece: bytes) -> int:
        """Return how many bytes of the text a piece of this or a lesser length begins with."""
        text = self.text
        if len(piece) < len(text):
            text = text[: len(piece)]
        if piece == text:
            return len(piece)
        if len(piece) < len(self.text):
            number = int.from_bytes(text, "big")
        else:
            if self.number is None:
                self.number = int.from_bytes(text, "big")
            number = self.number
        differing = int.from_bytes(piece, "big") ^ number
        return len(piece) - (differing.bit_length() + 7) // 8


@dataclass
class _Found:
    """Where forms lie that overlap, in bytes since the beginning; `told`: its mask was shown."""

    start: int
    end: int
    told: bool = False


class _Beginnings:
    """Finds where a form may begin, by far faster than going through byte after byte."""

    def __init__(self, forms: Collection[bytes]) -> None:
        first = sorted({form[:SHORTEST] for form in forms})
        self._pattern = re.compile(b"|".join(map(re.escape, first)) or b"(?!)")
        self._few = len(first) <= _FEW
        # With many, `re` would try them all at each place. Of the shortest form's length, each form
        # has a block at one of `_step` places in a row, hence one look in as many bytes is enough.
        shortest = min(map(len, forms), default=SHORTEST)
        self._size = min(_BLOCK, shortest)
        self._step = shortest - self._size + 1
        self._blocks = {
            form[start : start + self._size] for form in forms for start in range(self._step)
        }

    def after(self, data: bytes, place: int) -> tuple[int, int]:
        """Return a place from there on before which no form begins, and up to where one may."""
        if self._few:
            match = self._pattern.search(data, place)
            return match.span() if match else (max(place, len(data) - SHORTEST + 1), len(data))
        size, step, blocks = self._size, self._step, self._blocks
        for at in range(place + step - 1, len(data) - size + 1, step):
            if data[at : at + size] in blocks:
                return at - step + 1, at + 1
        return max(place, len(data) - size - step + 2), len(data)


class _Machine:
    """Goes through output and finds where forms end."""

    def __init__(self, forms: Collection[bytes]) -> None:
        self.forms = sorted(forms)
        self._beginnings = _Beginnings(forms)
        self._states: dict[tuple[int, int], _State] = {}
        self.root = _State(self, 0, len(forms), 0, None)

    def state(self, low: int, high: int, depth: int, fallback: _State) -> _State:
        """Return the state of a beginning of forms, always the same one."""
        known = self._states.get((low, depth))
        if known is None:
            known = self._states[low, depth] = _State(self, low, high, depth, fallback)
        return known

    def run(self, state: _State, data: bytes, ends: _Ends) -> _State:
        """Read data from a state on and return the state then; add to `ends` the forms that end."""
        root, place, size = self.root, 0, len(data)
        while place < size:
            near = 0
            if state is root:
                place, near = self._beginnings.after(data, place)
            elif state.jumps >= 0:
                if data[place] != state.jumps:
                    assert state.fallback is not None
                    state = (
                        state.fallback
                    )  # as a byte leads to shorter tails, not more than it led up
                    continue
                if size - place >= _SHORTEST_JUMP:
                    state, place = self._jump(state, data, place, ends)
                    continue
            for byte in data[place : max(near, place + _STRETCH)]:
                state = state[byte]
                place += 1
                if state.stops:
                    if state.complete:
                        ends.append((place, state.complete))
                    if state.jumps >= 0 or (state is root and place >= near):
                        break
        return state

    def _jump(self, origin: _State, data: bytes, place: int, ends: _Ends) -> tuple[_State, int]:
        """Return the state and the place behind what is as expected; at least one byte is."""
        jump = origin.jump
        if jump is None:
            jump = origin.jump = _Jump(origin)
        piece = data[place : place + len(jump.text)]
        count = jump.fits(piece)
        known = jump.exits.get(count)
        if known is None:
            inside: _Ends = []
            assert origin.fallback is not None
            known = self.run(origin.fallback, jump.text[:count], inside), inside
            jump.exits[count] = known
        state, inside = known
        for end, length in inside:
            ends.append((place + end, length))
        place += count
        if count == len(piece):
            state = self.state(origin.low, origin.high, origin.depth + count, state)
            if state.complete:
                ends.append((place, state.complete))
        return state, place


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
        self._machine = _Machine(forms)
        self._state = self._machine.root
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
        until = self._base + len(self._held) - self._state.growing
        out = self._show(until)
        self._held = self._held[until - self._base :]
        self._base = until
        self._found = [found for found in self._found if found.end > until]
        return out

    def _read(self, data: bytes) -> None:
        """Go through new output and note where forms end."""
        offset = self._base + len(self._held)
        ends: _Ends = []
        self._state = self._machine.run(self._state, data, ends)
        for end, length in ends:
            self._note(offset + end - length, offset + end)

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
        state: _State | None = self._state if self.holding else None
        while state is not None and state.depth:
            # The shortest of the forms that go on from here decides.
            if 2 * state.depth > min(map(len, self._machine.forms[state.low : state.high])):
                self._note(end - state.depth, end)
                break
            state = state.fallback
        out = self._show(end)
        self._state, self._found, self._held, self._base = self._machine.root, [], b"", end
        return out


def mask_text(
    text: str, secrets: Iterable[str], users: Iterable[str] = (), *, cut: bool = False
) -> str:
    """Mask the secrets in a whole text; of one that was `cut`, what may begin a secret is left out."""
    masker = StreamMasker(secrets, users)
    data = text.encode("utf-8", "surrogateescape")
    shown = masker.feed(data) + (b"" if cut else masker.finish())
    return shown.decode("utf-8", "surrogateescape" if not cut else "replace")
