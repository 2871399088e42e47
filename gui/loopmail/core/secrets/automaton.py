"""Finding where any of many texts ends in output that streams by, in a time that it alone decides."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from operator import itemgetter

# Bytes that every form has.
_FIRST = 3
# Bytes gone through before looking again whether they may be skipped: a slice must stay cheap.
_STRETCH = 64
# Bytes that are compared at once where only one form goes on.
_SHORTEST_JUMP = 6
_LONGEST_JUMP = 256
_MOST_SHORTER = 4
# Beginnings of forms that `re` searches for faster than blocks of so many bytes are looked up.
_FEW = 100
_BLOCK = 4
# Bytes from which on going through them all at once is worth the call.
_WORTH = 256
# Beginnings of forms that the scanner finds them by, in bytes.
_PREFIX = 16
# So many of them, and one more in so many bytes, are tried one by one: any, and those whose form
# may go on behind the data.
_FEW_STARTS = 16
_BYTES_A_START = 10
_BYTES_A_TAIL = 100
# So many times as much is read byte by byte before the scanner is tried again.
_AGAIN = 16
# Where forms end in a text: bytes up to there, and bytes of the form.
Ends = list[tuple[int, int]]


class State(dict[int, "State"]):
    """The tail of the output that may become a form: a state of Aho and Corasick's automaton.

    The sorted forms from `low` to `high` begin with the `depth` bytes read last, and none with
    more of them. A byte leads to the next state, which is made when the byte first comes.
    """

    __slots__ = (
        *("branches", "complete", "depth", "fallback", "growing", "high"),
        *("jump", "jumps", "low", "machine", "shorter", "stops"),
    )

    def __init__(
        self, machine: "Machine", low: int, high: int, depth: int, fallback: "State | None"
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

    def __missing__(self, byte: int) -> "State":
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


class _Jump:
    """Bytes with which the only form of a state goes on, compared at once instead of one by one.

    Most bytes of the forms come only in these, and need no states. What the shorter tails make of
    the bytes is found out when it is needed, and kept: `exits` has, by the number of bytes that
    were as expected, the state of the next shorter tail and the forms that end on the way. Where
    there are many shorter tails, as of `aaaa…`, going through the bytes is less work.
    """

    __slots__ = ("exits", "number", "origin", "text")

    def __init__(self, origin: State) -> None:
        form = origin.machine.forms[origin.low]
        self.origin = origin
        self.text = form[origin.depth : origin.depth + _LONGEST_JUMP]
        self.number: int | None = None  # the text as a number, to compare
        self.exits: dict[int, tuple[State, Ends]] = {}

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


class _Scanner:
    """Goes through much output at once: beginnings of forms are found in machine code.

    It has no state that could be taken along, so it begins where the tail that may grow begins,
    and what of the output may grow is looked for behind.
    """

    def __init__(self, forms: list[bytes]) -> None:
        # Most output is short and does without. A DFA, the default for few texts, is made in a
        # time that grows with the square of texts like `aaaa…`.
        from ahocorasick_rs import BytesAhoCorasick, Implementation

        self._forms = forms
        # Of each form, the longest other one that it begins with.
        self._shorter: list[int] = []
        # Which forms begin so, and how long the longest of them is.
        groups: dict[bytes, tuple[int, int, int]] = {}
        for number, form in enumerate(forms):
            before = number - 1
            while before >= 0 and not form.startswith(forms[before]):
                before = self._shorter[before]
            self._shorter.append(before)
            low, _, longest = groups.get(form[:_PREFIX], (number, number, 0))
            groups[form[:_PREFIX]] = low, number + 1, max(longest, len(form))
        self._groups = list(groups.values())
        self._longest = max(map(len, forms))
        self._starts = BytesAhoCorasick(list(groups), implementation=Implementation.ContiguousNFA)

    def read(self, data: bytes, ends: Ends) -> int | None:
        """Add to `ends` where forms lie, as one where they overlap; return what may grow.

        None, and nothing in `ends`, where so much begins like a form that this is slow.
        """
        found = self._starts.find_matches_as_indexes(data, overlapping=True)
        if len(found) > _FEW_STARTS + len(data) // _BYTES_A_START:
            return None
        found.sort(key=itemgetter(1))
        growing = self._growing(data, found)
        if growing is not None:
            begin = until = 0
            for group, at, _ in found:
                end = at + self._length(data, at, *self._groups[group])
                if end == at:
                    continue
                if at >= until:
                    if until:
                        ends.append((until, until - begin))
                    begin = at
                until = max(until, end)
            if until:
                ends.append((until, until - begin))
        return growing

    def _length(self, data: bytes, at: int, low: int, high: int, longest: int) -> int:
        """Return the bytes of the longest form of a group that lies at a place, 0 if none does."""
        number = high - 1
        if number > low:
            number = bisect_right(self._forms, data[at : at + longest], low, high) - 1
        while number >= low:
            if data.startswith(self._forms[number], at):
                return len(self._forms[number])
            number = self._shorter[number]
        return 0

    def _growing(self, data: bytes, found: list[tuple[int, int, int]]) -> int | None:
        """Return the bytes of the longest tail that may grow into a form, None if that is hard."""
        size, groups = len(data), self._groups
        near = size - self._longest
        places = [at for group, at, _ in found if at > near and at + groups[group][2] > size]
        if len(places) > _FEW_STARTS + size // _BYTES_A_TAIL:
            return None
        places.extend(range(max(0, size - _PREFIX + 1, near + 1), size))
        for place in sorted(places):
            tail = data[place:]
            longer = bisect_right(self._forms, tail)
            if longer < len(self._forms) and self._forms[longer].startswith(tail):
                return size - place
        return 0


class _Beginnings:
    """Finds where a form may begin, by far faster than going through byte after byte."""

    def __init__(self, forms: Collection[bytes]) -> None:
        first = sorted({form[:_FIRST] for form in forms})
        self._pattern = re.compile(b"|".join(map(re.escape, first)) or b"(?!)")
        self._few = len(first) <= _FEW
        # With many, `re` would try them all at each place. Of the shortest form's length, each form
        # has a block at one of `_step` places in a row, hence one look in as many bytes is enough.
        shortest = min(map(len, forms), default=_FIRST)
        self._size = min(_BLOCK, shortest)
        self._step = shortest - self._size + 1
        self._blocks = {
            form[start : start + self._size] for form in forms for start in range(self._step)
        }

    def after(self, data: bytes, place: int) -> tuple[int, int]:
        """Return a place from there on before which no form begins, and up to where one may."""
        if self._few:
            match = self._pattern.search(data, place)
            return match.span() if match else (max(place, len(data) - _FIRST + 1), len(data))
        size, step, blocks = self._size, self._step, self._blocks
        for at in range(place + step - 1, len(data) - size + 1, step):
            if data[at : at + size] in blocks:
                return at - step + 1, at + 1
        return max(place, len(data) - size - step + 2), len(data)


class Machine:
    """Goes through output and finds where forms end."""

    def __init__(self, forms: Collection[bytes]) -> None:
        self.forms = sorted(forms)
        self._beginnings = _Beginnings(forms)
        self._states: dict[tuple[int, int], State] = {}
        self.root = State(self, 0, len(forms), 0, None)
        self._read = 0  # bytes, so far
        self._scan_from = len(self.forms)  # having read less, making a scanner is not worth it
        self._scanner: _Scanner | None = None

    def scan(self, data: bytes, ends: Ends) -> int | None:
        """Read as `run` from the root, at once; return how many bytes of the tail may grow.

        None, and nothing in `ends`, where `run` is the better way: where forms begin everywhere,
        or so little came that the scanner is not worth being made.
        """
        self._read += len(data)
        if len(data) < _WORTH or not self.forms or self._read < self._scan_from:
            return None
        if self._scanner is None:
            self._scanner = _Scanner(self.forms)
        growing = self._scanner.read(data, ends)
        if growing is None:  # what follows is probably alike
            self._scan_from = self._read + _AGAIN * len(data)
        return growing

    def state(self, low: int, high: int, depth: int, fallback: State) -> State:
        """Return the state of a beginning of forms, always the same one."""
        known = self._states.get((low, depth))
        if known is None:
            known = self._states[low, depth] = State(self, low, high, depth, fallback)
        return known

    def run(self, state: State, data: bytes, ends: Ends) -> State:
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

    def _jump(self, origin: State, data: bytes, place: int, ends: Ends) -> tuple[State, int]:
        """Return the state and the place behind what is as expected; at least one byte is."""
        jump = origin.jump
        if jump is None:
            jump = origin.jump = _Jump(origin)
        piece = data[place : place + len(jump.text)]
        count = jump.fits(piece)
        known = jump.exits.get(count)
        if known is None:
            inside: Ends = []
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
