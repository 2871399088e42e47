"""The HTML of a message, cleaned for showing: no script, no style sheet, nothing from outside.

nh3 (ammonia, with the HTML parser of Servo) does the cleaning: it reads HTML as browsers do and
writes only what is allowed. What is left is in the part of HTML that Qt's rich text knows.
"""

import re
from dataclasses import dataclass
from html import unescape

import nh3

# Cleaning and laying out can take as long as the square of these; a bomb is made of little else.
MAX_HTML = 100_000  # characters, before and after cleaning
MAX_DEPTH = 150  # elements within each other
MAX_TABLES = 5  # tables within each other: their widths are worked out from the inside
MAX_PARAGRAPH = 10_000  # characters: a paragraph is laid out as one piece
MOST_LINKS = 500

_BLOCKS = {
    *("p", "div", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "center"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th"),
    "caption",
}
_INLINE = {
    *("a", "b", "i", "u", "s", "em", "strong", "small", "big", "sub", "sup", "code", "tt", "kbd"),
    *("span", "font", "img", "del", "ins", "cite", "var", "samp", "dfn", "q", "address"),
}
_STYLES = {
    *("color", "background-color", "font-weight", "font-style"),  # sizes are Qt's to bound
    *("text-align", "text-decoration", "vertical-align"),
}
_ATTRIBUTES = {
    "*": {"style", "align", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "size", "face"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "tr": {"bgcolor", "valign"},
    "td": {"colspan", "rowspan", "width", "bgcolor", "valign"},
    "th": {"colspan", "rowspan", "width", "bgcolor", "valign"},
    "ol": {"start"},
}
# What a browser closes by itself, and what has no end: they do not nest.
_FLAT = frozenset(
    (*("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option"),)
    + ("br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr", "source")
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_PICTURE = re.compile(r'<img\b(?:[^>"]|"[^"]*")*>')
_SOURCE = re.compile(r'\ssrc="([^"]*)"')
_LINK = re.compile(
    r'<a\b(?:[^>"]|"[^"]*")*?\shref="([^"]*)"(?:[^>"]|"[^"]*")*>(.*?)</a>', re.DOTALL
)
_ANY_TAG = re.compile(r'<(?:[^>"]|"[^"]*")*>')
_NUMBER = re.compile(
    r'\s(?:colspan|rowspan|width|height|border|cellpadding|cellspacing|size|start)="([^"]*)"'
)
_BLOCK = re.compile(rf"</?(?:{'|'.join(sorted(_BLOCKS))})\b")
_WORD = re.compile(r"(<[^>]*>)|([^\s<&]{500})")
_SMALL = re.compile(r"\d{1,3}%?\Z")


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a message: its words, and where it really leads."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """What may be shown of a message's HTML; `problem` says why nothing is."""

    html: str = ""
    problem: str = ""
    links: tuple[Link, ...] = ()
    remote: tuple[str, ...] = ()  # addresses of pictures that are not loaded
    pictures: tuple[str, ...] = ()  # the `cid:` names that it shows


def clean(html: str) -> SafeHtml:
    """Return what may be shown of HTML that came from anywhere; never raises, whatever it is."""
    if len(html) > MAX_HTML:
        return SafeHtml(problem="The HTML is too long to be shown here.")
    if _depth(html) > MAX_DEPTH:
        return SafeHtml(problem="The HTML is nested too deeply to be shown here.")
    allowed = nh3.clean(
        html.replace("\0", "").encode("utf-8", "replace").decode(),
        tags=_BLOCKS | _INLINE,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        filter_style_properties=_STYLES,
        url_relative="deny",
        link_rel=None,
    )
    if len(allowed) > MAX_HTML:
        return SafeHtml(problem="The HTML is too long to be shown here.")
    if _depth(allowed) > MAX_DEPTH or _depth(allowed, "table") > MAX_TABLES:
        return SafeHtml(problem="The HTML is nested too deeply to be shown here.")
    remote: dict[str, None] = {}
    pictures: dict[str, None] = {}

    def picture(match: re.Match[str]) -> str:
        """Keep a picture of the message itself; note one from elsewhere, of which the words stay."""
        found = _SOURCE.search(match[0])
        source = unescape(found[1]) if found else ""
        if source.lower().startswith("cid:"):
            pictures[source[4:]] = None
            return match[0]
        if source:
            remote[source] = None
        words = re.search(r'\salt="([^"]*)"', match[0])
        return words[1] if words else ""

    shown = _WORD.sub(_breakable, _NUMBER.sub(_bounded, _PICTURE.sub(picture, allowed)))
    if max(map(len, _BLOCK.split(shown))) > MAX_PARAGRAPH:
        return SafeHtml(problem="The HTML is too long to be shown here.")
    links = tuple(_links(shown))
    return SafeHtml(shown, "", links, tuple(remote), tuple(pictures))


def _depth(html: str, only: str = "") -> int:
    """Return how many elements stand within each other at most (those that are not closed, too)."""
    depth = deepest = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _FLAT or (only and name != only):
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _bounded(match: re.Match[str]) -> str:
    """Keep a small number: a million columns would be laid out one by one."""
    return match[0] if _SMALL.match(match[1]) else ""


def _breakable(match: re.Match[str]) -> str:
    """Let a word without end be broken (U+200B); tags stay as they are."""
    return match[1] or f"{match[2]}\u200b"


def _links(html: str) -> list[Link]:
    found: dict[Link, None] = {}
    for match in _LINK.finditer(html):
        text = " ".join(unescape(_ANY_TAG.sub(" ", match[2])).split())
        found[Link(text, unescape(match[1]))] = None
        if len(found) == MOST_LINKS:
            break
    return list(found)
