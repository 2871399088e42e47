"""JSON texts without their secrets, also texts that are being typed and are no JSON yet."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from os.path import commonprefix

from loopmail.core.js import Json
from loopmail.core.jsontext import JsonSyntaxError, Node, parse
from loopmail.core.secret_names import MASK, PEM_KEY, is_secret_place, mask_at, secrecy

# Nothing is tried again and again: a text of millions of signs is read in linear time.
_QUOTED = (  # the end may be missing
    r"\"[^\"\\\n\r]*+(?:\\.[^\"\\\n\r]*+)*\"?|'[^'\\\n\r]*+(?:\\.[^'\\\n\r]*+)*'?"
)
_TOKEN = re.compile(
    rf"(?P<string>{_QUOTED})|(?P<open>[{{\[])|(?P<close>[}}\]])|(?P<sign>[:,])"
    r"|(?P<word>[^\s\"'{}\[\]:,]+)"
)
_COLON = re.compile(r"\s*:(?!//)")
_JSON_WORD = re.compile(r"(?:-?\d[\d.eE+-]*|true|false|null)(?=\s*(?:[,}\]]|\Z)|[ \t]*[\r\n])")
_BARE_VALUE = re.compile(r"[^\r\n,}\]\"]*")
_GOES_ON = re.compile(r"(?:\r?\n(?![ \t]*[\"'}\]{\[])[^\r\n]+)*")
_MEMBER = re.compile(r"(?<![\w.$-])([\w.$-]++)\\?[\"',\s]{0,4}[:=][\s,]*")
_STRING = re.compile(rf"(?:{_QUOTED})(?=\s*[,}}\]]|[ \t]*[\r\n]|\s*\Z)")
_LINE = re.compile(r"[^\r\n]*")
_SIGN_IN = re.compile(r"(?<=[^\s\"'/:,{}]:)([\"'\n]?)[^\s\"':/]+(?=@)")


# A scalar as it is written, from start to end: its place and value, or what is shown in its stead.
_Written = tuple[int, int, tuple[str, ...], Json]
_Shown = tuple[int, int, str]


def mask_json_text(text: str, *others: str) -> str:
    """Mask the secrets of a JSON text, and those of `others` where the same value stands in it.

    Lines, quotes and everything else stay, so that a difference of two such texts is honest. A
    text that is no JSON (yet) is masked as well, then rather too much than too little.
    """
    known = {value for one in (text, *others) for value in _hidden_values(one)}
    whole = _is_json(text)
    if not whole:  # then the depth of a place means nothing
        text = PEM_KEY.sub(_mask_lines, text)
        text = _SIGN_IN.sub(rf"\1{MASK}", _with(text, _secret_members(text)))
    shown: list[_Shown] = []
    for start, end, tokens, value in _scalars(text):
        also = not isinstance(value, bool) and value in known
        masked = MASK if also else mask_at(tokens, value, in_file=whole)
        if masked != value:
            shown.append((start, end, masked))
    return _with(text, shown)


@dataclass(frozen=True, slots=True)
class HiddenPart:
    """A part of a text that may not be shown; `name` is the key of its value, "" if unknown."""

    start: int
    end: int
    name: str


def hidden_parts(text: str) -> list[HiddenPart]:
    """Return what `mask_json_text` would not show, in order and apart; quotes stay outside.

    Of an address only the part with the password; of a line that is no JSON (yet) all from the
    first secret to the last.
    """
    try:
        scalars = sorted(_scalars_of(parse(text)), key=lambda written: written[0])
    except JsonSyntaxError:
        return list(_hidden_in_lines(text))
    masks = [mask_at(tokens, value, in_file=True) for *_, tokens, value in scalars]
    known = {value for (*_, value), mask in zip(scalars, masks, strict=True) if mask == MASK}
    found = []
    for (start, end, tokens, value), mask in zip(scalars, masks, strict=True):
        name = next((one for one in reversed(tokens) if not one.isdigit()), "")
        quoted = text[start] == '"'
        inner = text[start + quoted : end - quoted]
        if mask == MASK or (not isinstance(value, bool) and value in known):
            first, last = 0, len(inner)
        elif mask == value:
            continue
        else:
            escaped = json.dumps(mask, ensure_ascii=False)[1:-1]
            first, last = _differing(inner, escaped if "\\" not in inner else "")
        if first < last:
            found.append(HiddenPart(start + quoted + first, start + quoted + last, name))
    return found


def _scalars_of(root: Node) -> Iterator[_Written]:
    """Yield the scalars of a tree with their places, in any order."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while waiting:
        node, tokens = waiting.pop()
        waiting += [(member.value, (*tokens, member.key)) for member in node.members]
        waiting += [(item, (*tokens, str(at))) for at, item in enumerate(node.items)]
        if node.kind not in ("object", "array"):
            yield node.offset, node.end, tokens, node.scalar


def _hidden_in_lines(text: str) -> Iterator[HiddenPart]:
    lines, shown = text.split("\n"), mask_json_text(text).split("\n")
    if len(lines) != len(shown):  # then nothing is sure
        shown = [""] * len(lines)
    position = 0
    for line, masked in zip(lines, shown, strict=True):
        if line != masked:
            start, end = _differing(line, masked)
            if start < end:
                yield HiddenPart(position + start, position + end, "")
        position += len(line) + 1


def _differing(text: str, other: str) -> tuple[int, int]:
    """Return from where to where a text is not what another one is."""
    start = len(commonprefix([text, other]))
    tail = len(commonprefix([text[start:][::-1], other[start:][::-1]]))
    return start, len(text) - tail


def _with(text: str, shown: Iterable[_Shown]) -> str:
    """Return the text with these scalars as they may be shown."""
    done: list[str] = []
    position = 0
    for start, end, masked in shown:
        done += [text[position:start], _spelled(text[start:end], masked)]
        position = end
    return "".join([*done, text[position:]])


@lru_cache(8)  # the same two texts are asked about several times in a row
def _is_json(text: str) -> bool:
    try:
        parse(text)
    except JsonSyntaxError:
        return False
    return True


@lru_cache(8)
def _hidden_values(text: str) -> frozenset[Json]:
    whole = _is_json(text)
    return frozenset(
        value
        for *_, tokens, value in _scalars(text)
        if mask_at(tokens, value, in_file=whole) == MASK
    )


def _spelled(written: str, shown: str) -> str:
    """Return what stands in place of a scalar: in its quotes, a number in double ones."""
    quote = written[0] if written[0] in "\"'" else ""
    if not quote:
        return f'"{shown}"' if _JSON_WORD.fullmatch(written) else shown
    closed = len(written) > 1 and written.endswith(quote)
    lines = "".join(f"\n{MASK}" for _ in range(written.count("\n")))  # broken over several
    return quote + json.dumps(shown, ensure_ascii=False)[1:-1] + lines + (quote if closed else "")


def _secret_members(text: str) -> Iterator[_Shown]:
    """Yield what stands behind secret names, whatever is wrong with the quotes around."""
    end = 0
    for match in _MEMBER.finditer(text):
        start = match.end()
        if match.start() < end or secrecy(match[1]) == "none":
            continue
        if text[start : start + 1] in ("", "{", "[", "}", "]"):
            continue
        known = _JSON_WORD.match(text, start) or _STRING.match(text, start)
        behind = known.end() if known else _end_of_line(text, start)
        if mask_at((match[1],), _read(text[start:behind])) == MASK:
            end = behind
            yield start, end, MASK


def _mask_lines(match: re.Match[str]) -> str:
    head = match[0][: match.start("body") - match.start()]
    return head + re.sub(r"[^\r\n]+", MASK, match["body"])


def _scalars(text: str) -> Iterator[_Written]:
    """Yield the scalars of a JSON text with their places; of a broken one, as well as can be."""
    around: list[tuple[str, bool]] = []  # key of each open container, whether it is an object
    key: str | None = None
    position = 0
    while match := _TOKEN.search(text, position):
        position = match.end()
        in_object = bool(around) and around[-1][1]
        if match["open"]:
            around.append((key or "0", match["open"] == "{"))
            key = None
        elif match["close"]:
            key = None
            del around[-1:]
        elif match["sign"]:
            key = key if match["sign"] == ":" else None
        elif (in_object and key is None) or (match["string"] and _COLON.match(text, position)):
            key = str(_read(match[0]))
        elif match["word"] and key is None and _COLON.match(text, position):
            key = match[0]
        else:
            tokens = (*(name for name, _ in around[1:]), key or "0")
            end = _end_of_scalar(text, match, is_secret_place(tokens))
            yield match.start(), end, tokens, _read(text[match.start() : end])
            key, position = None, end


def _end_of_scalar(text: str, match: re.Match[str], secret: bool) -> int:
    """Return where a scalar ends: one without its quotes may be longer than it looks."""
    written, end = match[0], match.end()
    if match["string"]:
        closed = len(written) > 1 and written[-1] == written[0]
        more = None if closed or not secret else _GOES_ON.match(text, end)
        return more.end() if more else end
    if _JSON_WORD.match(text, match.start()):
        return end
    if secret:
        return max(end, _end_of_line(text, match.start()))
    bare = _BARE_VALUE.match(text, match.start())
    return max(end, bare.end() if bare else end)


def _end_of_line(text: str, start: int) -> int:
    """Return where the rest of a line ends, the brackets and commas at its end left out."""
    line = _LINE.match(text, start)
    return start + len(line[0].rstrip(" \t,}]")) if line else start


def _read(written: str) -> Json:
    """Return the value of a scalar; one that is not JSON counts as the text it looks like."""
    try:
        value = json.loads(written)
    except (ValueError, RecursionError):
        return written.strip().strip("\"'") if written[:1] in ('"', "'") else written
    return value if not isinstance(value, float) or value == value else written
