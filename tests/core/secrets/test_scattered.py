"""Secrets that a text spreads over lines or writes with escapes."""

import html
import json
import quopri
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopmail.core.secrets.scattered import ScatteredMask

SECRET = "huntér-22/Kaffee"
PARTS = ("hunt", "-22", "Kaffee", "22/K")


def escaped(secret: str, style: str) -> str:
    """Return a secret with every sign escaped."""
    if style.startswith(("\\u", "&")):
        return "".join(style.format(ord(letter)) for letter in secret)
    return "".join(style.format(byte) for byte in secret.encode())


@pytest.mark.parametrize(
    "text",
    [
        "535-5.7.8 huntér-\n535 5.7.8 22/Kaffee refused",
        "535-huntér\r\n535-\r\n535--22/Kaffee\r\n535 no",
        "550-h\n550-u\n550-n\n550-t\n550-é\n550-r\n550--\n550-2\n550-2\n550-/\n550 Kaffee",
        "Invalid login: 535-no: huntér-22\n535 /Kaffee",
        "535 hun\x1b[1mtér-22\x1b[0m/Kaffee",
        "535 h u n t é r - 2 2 / K a f f e e",
        "535 hunt\x00ér-22/\x07Kaffee",
        "535 huntér\u200b-22/\u00adKaffee",
        *(
            f"535 {escaped(SECRET, style)} no"
            for style in ("\\u{:04x}", "\\u{:04X}", "%{:02X}", "={:02X}", "\\x{:02x}", "&#{};")
        ),
        "535 " + escaped(SECRET, "&#x{:x};"),
        "535 " + json.dumps(json.dumps(SECRET)),
        json.dumps({"error": f"bad {escaped(SECRET, chr(92) + 'u{:04x}')}"}),
        html.escape(f"<b>{quote(SECRET)}</b>"),
        quopri.encodestring(("x" * 65 + SECRET).encode()).decode(),
        f"535-{quote(SECRET)[:9]}\n535 {quote(SECRET)[9:]}",
        "535-aHVudMOpci0yM\n535 i9LYWZmZWU=",
        "535-68756e74c3a9\n535 722d32322f4b6166666565",
    ],
    ids=ascii,
)
def test_a_scattered_secret_is_hidden_and_the_lines_stay(text: str) -> None:
    shown = ScatteredMask([SECRET])(text)
    assert shown != text
    assert "********" in shown
    assert shown.count("\n") == text.count("\n")
    plain = "".join(shown.split())
    assert not any(part in plain for part in (*PARTS, "aHVud", "i9LYW", "68756e", "722d3"))
    assert not any(quote(part) in shown or escaped(part, "%{:02X}") in shown for part in PARTS)


@pytest.mark.parametrize(
    "text",
    [
        "235 2.7.0 Authentication successful",
        "250-smtp.example.com\n250-SIZE 35882577\n250-AUTH LOGIN PLAIN\n250 SMTPUTF8",
        "535 5.7.8 hunters of 22 coffees",
        "",
        "\\u00e4 %41 =41 &amp; \\x41 \\",
    ],
)
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert ScatteredMask([SECRET, "ab", "1234"])(text) == text


def test_a_secret_that_looks_escaped_itself_is_hidden() -> None:
    for secret in ("a%41b%42c", "C:\\u0041\\x", "a=3Db=20c", "123-456 789", "5.7.8 of 535"):
        assert secret not in ScatteredMask([secret])(f"535 {secret} no")
        assert ScatteredMask([secret])(f"535-{secret[:4]}\n535 {secret[4:]}").count("*") >= 8


def test_what_stands_around_stays() -> None:
    shown = ScatteredMask(["hunter22"])("535-5.7.8 no: hunt\n535 5.7.8 er22 is wrong")
    assert shown == "535-5.7.8 no: ********\n535 5.7.8 ******** is wrong"


@given(
    cuts=st.sets(st.integers(1, len(SECRET) - 1), max_size=5),
    ends=st.sampled_from(["\n535-", "\r\n535-5.1.1 ", "\n", " ", "\t", "\x1b[0m", "=\n"]),
)
def test_wherever_it_is_broken_no_part_is_shown(cuts: set[int], ends: str) -> None:
    places = [0, *sorted(cuts), len(SECRET)]
    pieces = [SECRET[a:b] for a, b in zip(places, places[1:], strict=False)]
    shown = ScatteredMask([SECRET])(f"535-x {ends.join(pieces)} y")
    assert not set(shown) & set("huntKaf/")
    assert shown.endswith(" y")


def test_long_texts_take_no_long_time() -> None:
    """The lines of Python grow with the text; a flood of escapes is read in one pass."""
    mask = ScatteredMask([SECRET])
    flood = "535-" + "\\u0068%41=41&#65; " * 20_000
    assert mask(flood) == flood
