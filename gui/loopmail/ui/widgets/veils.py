"""A text with its secrets behind dots: what is shown, and which text an edit of it means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loopmail.core.app.merge import differing
from loopmail.core.json_masking import HiddenPart

DOTS = "•" * 8


@dataclass(frozen=True, slots=True)
class Veil:
    """A secret part of the plain text, from `start` to `end`; `open` while the user looks at it."""

    start: int
    end: int
    name: str
    open: bool = False


class VeiledText:
    """The plain text and its veils, in order and apart; each closed one is shown as `DOTS`."""

    def __init__(self, plain: str = "", veils: Sequence[Veil] = ()) -> None:
        self.plain = plain
        self.veils = list(veils)

    @property
    def shown(self) -> str:
        """The text with its secrets behind dots."""
        done: list[str] = []
        position = 0
        for veil in self.veils:
            if not veil.open:
                done += [self.plain[position : veil.start], DOTS]
                position = veil.end
        return "".join([*done, self.plain[position:]])

    def take(self, plain: str, parts: Sequence[HiddenPart]) -> None:
        """Take another text and its secret parts; what the user looks at stays open."""
        start, end_old, end_new = differing(self.plain, plain)
        kept = self._moved(start, end_old, end_new - start)
        looked_at = [veil for veil in kept if veil.open]
        self.plain = plain
        self.veils = [
            Veil(
                p.start, p.end, p.name, any((v.start, v.end) == (p.start, p.end) for v in looked_at)
            )
            for p in parts
        ]

    def place_shown(self, place: int) -> int:
        """Return where a place of the plain text is in the shown one."""
        moved = 0
        for veil in self.veils:
            if veil.start >= place:
                break
            if not veil.open:
                inside = min(place, veil.end) - veil.start
                moved += min(inside, len(DOTS)) - inside if place < veil.end else 0
                moved += len(DOTS) - (veil.end - veil.start) if place >= veil.end else 0
        return place + moved

    def place_plain(self, place: int) -> int:
        """Return where a place of the shown text is in the plain one; in dots: where they begin."""
        moved = 0
        for veil, start, end in self.spans():
            if start >= place:
                break
            if not veil.open and place < end:
                return veil.start
            moved = veil.end - end
        return place + moved

    def spans(self) -> list[tuple[Veil, int, int]]:
        """Return each veil with where it lies in the shown text."""
        found = []
        moved = 0
        for veil in self.veils:
            start = veil.start + moved
            length = veil.end - veil.start if veil.open else len(DOTS)
            moved += length - (veil.end - veil.start)
            found.append((veil, start, start + length))
        return found

    def turn(self, veil: Veil) -> None:
        """Open a veil, or close it."""
        at = self.veils.index(veil)
        self.veils[at] = replace(veil, open=not veil.open)

    def close(self) -> None:
        """Close all veils."""
        self.veils = [replace(veil, open=False) for veil in self.veils]

    def edit(self, start: int, end: int, content: str) -> bool:
        """Make an edit of the shown text one of the plain text; False where that cannot be.

        Dots are no text: they can be removed whole with what they hide, but neither be changed
        nor put anywhere.
        """
        if DOTS in content:
            return False
        first = last = 0  # from the shown text to the plain one, at `start` and at `end`
        for veil, begin, stop in self.spans():
            if not veil.open:
                if begin < end and start < stop and not (start <= begin and stop <= end):
                    return False
                if start == end and begin < start < stop:
                    return False
            if stop <= start:
                first = veil.end - stop
            if stop <= end:
                last = veil.end - stop
        start, end = start + first, end + last
        self.plain = self.plain[:start] + content + self.plain[end:]
        self.veils = self._moved(start, end, len(content))
        return True

    def _moved(self, start: int, end: int, length: int) -> list[Veil]:
        """Return the veils after an edit of the plain text; one that it touches is gone.

        An open one grows and shrinks with what is typed in it.
        """
        found = []
        moved = length - (end - start)
        for veil in self.veils:
            if veil.end <= start and not (veil.open and veil.end == start):
                found.append(veil)
            elif veil.start >= end and not (veil.open and veil.start == start == end):
                found.append(replace(veil, start=veil.start + moved, end=veil.end + moved))
            elif veil.open and veil.start <= start and end <= veil.end:
                found.append(replace(veil, end=veil.end + moved))
        return [veil for veil in found if veil.start < veil.end]
