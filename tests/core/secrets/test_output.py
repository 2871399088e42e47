"""Secrets in a program's output: every form in which they leave, however the output is cut."""

import base64
import hashlib
import html
import json
import sys
from types import FrameType
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopmail.core.secrets.output import MASK, StreamMasker, encoded_forms, mask_text

SECRET = "geheim+Wört/1 \\'\"&?"
USER = "barista@example.com"
FORMS = {
    "plain": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 behind one byte": base64.b64encode(b"x" + SECRET.encode() + b"yz").decode(),
    "base64 behind two bytes": base64.b64encode(b"xy" + SECRET.encode() + b"z").decode(),
    "base64 behind three bytes": base64.b64encode(b"xyz" + SECRET.encode()).decode(),
    "AUTH PLAIN": base64.b64encode(f"\0{USER}\0{SECRET}".encode()).decode(),
    "AUTH PLAIN with identity": base64.b64encode(f"{USER}\0{USER}\0{SECRET}".encode()).decode(),
    "XOAUTH2": base64.b64encode(f"user=a\1auth=Bearer {SECRET}\1\1".encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    "JSON": json.dumps({"pass": SECRET}),
    "JSON of Node": json.dumps({"pass": SECRET}, ensure_ascii=False),
    "JSON in JSON": json.dumps(
        json.dumps({"pass": SECRET}, ensure_ascii=False), ensure_ascii=False
    ),
    "URL": f"smtps://{quote(USER, safe='')}:{quote(SECRET, safe='')}@host",
    "form": quote_plus(SECRET),
    "encodeURIComponent": quote(SECRET, safe="!'()*~"),
    "HTML": html.escape(SECRET),
    "util.inspect": SECRET.replace("\\", "\\\\").replace("'", "\\'"),
    "hex": SECRET.encode().hex(),
    "Buffer": SECRET.encode().hex(" "),
}


def masked_in_pieces(data: bytes, sizes: list[int]) -> bytes:
    masker = StreamMasker([SECRET], [USER])
    out, position, number = b"", 0, 0
    while position < len(data):
        size = sizes[number % len(sizes)]
        out += masker.feed(data[position : position + size])
        position, number = position + size, number + 1
    return out + masker.finish()


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_is_masked(form: str) -> None:
    shown = mask_text(f"before {FORMS[form]} after\n", [SECRET], [USER])
    assert shown.startswith("before ")
    assert shown.endswith(" after\n")
    assert "********" in shown
    # What base64 mixes with the neighbours' bits may stay: at most a character at either side.
    longest = max((len(w) for w in shown.split() if "****" in w), default=0)
    assert SECRET[:6] not in shown
    assert longest < len(FORMS[form]) + 8


@given(
    form=st.sampled_from(sorted(FORMS)),
    before=st.binary(max_size=12),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
def test_the_cut_of_the_reads_changes_nothing(form: str, before: bytes, sizes: list[int]) -> None:
    data = before + FORMS[form].encode() + b"\n" + FORMS[form].encode()
    whole = masked_in_pieces(data, [len(data)])
    assert masked_in_pieces(data, sizes) == whole
    assert SECRET.encode() not in whole
    assert MASK in whole


@given(st.binary(max_size=300), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_output_without_secrets_is_left_as_it_is(data: bytes, sizes: list[int]) -> None:
    assert masked_in_pieces(data, sizes) == data


def test_nothing_is_held_back_but_what_may_begin_a_secret() -> None:
    masker = StreamMasker(["hunter22"])
    assert masker.feed(b"listening on port 3000\n") == b"listening on port 3000\n"
    assert masker.feed(b"over hu") == b"over "
    assert masker.holding
    assert masker.feed(b"man\n") == b"human\n"
    assert StreamMasker(["hunter22"]).holding is False


def test_a_prompt_is_shown_at_a_pause_and_the_secret_behind_it_still_masked() -> None:
    masker = StreamMasker(["hunter22"])
    assert masker.feed(b"name: hu") == b"name: "
    assert masker.pause() == b"hu"
    assert masker.pause() == b""
    assert masker.feed(b"nter22 done\n") == b"******** done\n"


def test_a_pause_after_a_harmless_beginning_goes_on_without_repeating_it() -> None:
    masker = StreamMasker(["hunter22"])
    assert masker.feed(b"hu") + masker.pause() + masker.feed(b"man\n") == b"human\n"


def test_a_long_beginning_of_a_secret_is_not_shown_at_a_pause() -> None:
    masker = StreamMasker(["hunter22"])
    assert masker.feed(b"hunter") == b""
    assert masker.pause() == b""
    assert masker.feed(b"22") + masker.finish() == MASK


def test_output_that_ends_within_a_secret_does_not_show_most_of_it() -> None:
    masker = StreamMasker(["hunter22"])
    assert masker.feed(b"hunter2") + masker.finish() == MASK


def test_a_secret_that_begins_a_longer_one_hides_neither() -> None:
    for cut in range(1, 10):
        masker = StreamMasker(["hunter", "hunter2222"])
        data = b"hunter2222 hunter\n"
        shown = masker.feed(data[:cut]) + masker.feed(data[cut:]) + masker.finish()
        assert shown == b"******** ********\n"


def test_a_key_is_masked_line_by_line_whatever_the_line_ends() -> None:
    lines = ["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0B", "AQEFAASCBKcwggSjAgEA"]
    key = "\n".join(lines) + "\n"
    shown = mask_text("\r\n".join(lines), [key])
    assert "MIIE" not in shown
    assert "AQEF" not in shown


@pytest.mark.parametrize("secrets", [[], [""], ["a"], ["ab"]])
def test_secrets_too_short_to_hide_leave_the_output_readable(secrets: list[str]) -> None:
    assert mask_text("abacus ab a", secrets) == "abacus ab a"


def test_it_shows_no_secret_itself() -> None:
    assert SECRET not in repr(StreamMasker([SECRET])) + str(vars(StreamMasker([])))


@pytest.mark.parametrize(
    "shown",
    [
        SECRET.encode().hex().upper(),
        SECRET.encode().hex(" ").upper(),
        json.dumps({"type": "Buffer", "data": list(SECRET.encode())}, separators=(",", ":")),
        json.dumps({"type": "Buffer", "data": list(SECRET.encode())}),
        json.dumps({"auth": {"type": "Buffer", "data": list(SECRET.encode())}}, indent=2),
        f"<Buffer {SECRET.encode().hex(' ')}>",
    ],
)
def test_a_buffer_is_masked_however_node_writes_it(shown: str) -> None:
    masked = mask_text(shown, [SECRET])
    assert "********" in masked
    assert not any(text in masked for text in ("103", "104", "67 65", "67656865", "6865"))


def test_the_beginning_that_util_inspect_shows_of_a_long_buffer_is_masked() -> None:
    secret = "".join(chr(33 + number) for number in range(80))
    shown = f"<Buffer {secret[:50].encode().hex(' ')} ... 30 more bytes>"
    assert mask_text(shown, [secret]) == "<Buffer ******** ... 30 more bytes>"


def test_secrets_that_overlap_are_hidden_whole() -> None:
    assert mask_text("abcdefgh.", ["abcdef", "efgh"]) == "********."


def test_a_secret_that_grows_after_a_pause_is_hidden_whole() -> None:
    masker = StreamMasker(["hunter22", "hunter22-and-more"])
    assert masker.feed(b"is hunter22") + masker.pause() == b"is ********"
    assert masker.feed(b"-and-more\n") + masker.finish() == b"\n"


def masked_at_once(data: bytes, forms: set[bytes]) -> bytes:
    """Return what the masker should: all that belongs to a form hidden, by trying every place."""
    covers = [
        (start, start + len(form))
        for start in range(len(data))
        for form in forms
        if data.startswith(form, start)
    ]
    for start in range(len(data)):
        tail = data[start:]
        if any(form.startswith(tail) and 2 * len(tail) > len(form) for form in forms):
            covers.append((start, len(data)))
            break
    out, position = b"", 0
    for start, end in sorted(covers):
        if start >= position:
            out += data[position:start] + MASK
        position = max(position, end)
    return out + data[position:]


@given(
    secrets=st.lists(st.text("ab", min_size=3, max_size=9), min_size=1, max_size=4),
    data=st.text("abc", max_size=60),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
def test_it_hides_what_a_search_at_every_place_finds(
    secrets: list[str], data: str, sizes: list[int]
) -> None:
    forms = set().union(*(encoded_forms(secret) for secret in secrets))
    masker = StreamMasker(secrets)
    text, shown, number = data.encode(), b"", 0
    while text:
        size = sizes[number % len(sizes)]
        shown += masker.feed(text[:size])
        text, number = text[size:], number + 1
    # The last bytes may be most of a form only where something was held back.
    holding = masker.holding
    shown += masker.finish()
    assert holding or shown.endswith((MASK, data[-1:].encode()))
    assert shown == masked_at_once(data.encode(), forms)


@given(
    unit=st.text("ab", min_size=1, max_size=7),
    count=st.integers(1, 60),
    parts=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=6),
    sizes=st.lists(st.integers(1, 200), min_size=1, max_size=5),
)
def test_long_forms_that_break_off_anywhere_change_nothing(
    unit: str, count: int, parts: list[tuple[int, int]], sizes: list[int]
) -> None:
    secrets = [unit * count + "cd", f"x{unit * 9}d", "abc"]
    forms = sorted(set().union(*(encoded_forms(secret) for secret in secrets)))
    data = b""
    for number, cut in parts:
        form = forms[number % len(forms)]
        data += form[: cut % (len(form) + 1)]
    data += b"\n"
    masker, shown, position = StreamMasker(secrets), b"", 0
    for size in [*sizes, len(data)]:
        shown += masker.feed(data[position : position + size])
        position += size
    assert shown + masker.finish() == masked_at_once(data, set(forms))


def lines_run(secrets: list[str], data: bytes) -> int:
    """Count the lines of Python that masking takes, in reads of 1,000 bytes."""
    masker, count = StreamMasker(secrets), 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for place in range(0, len(data), 1000):
            masker.feed(data[place : place + 1000])
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("near", ["a" * 1990 + "c", "a" * 1990, "c", "ab" * 900, "MIIEvQIBAD"])
def test_the_work_grows_with_the_output_alone(near: str) -> None:
    secrets = ["a" * 2000 + "b", "ab" * 1000 + "c", "MIIEvQIBADANBgkqhkiG9w0B\nMIIEvQIBADAN"]
    data = near.encode() * (40_000 // len(near))
    once, twice = lines_run(secrets, data), lines_run(secrets, data * 2)
    assert twice <= 2.1 * once
    # Making states costs some lines for each of the forms' bytes, going through them five.
    assert twice - once <= 6 * len(data)


def test_beginnings_of_forms_cost_little_more_when_they_come_for_the_first_time() -> None:
    lines = [hashlib.sha384(bytes([number])).digest() for number in range(25)]
    key = "\n".join(base64.b64encode(line).decode() for line in lines)
    data = b"\n".join(form[:-1] for form in sorted(encoded_forms(key)))
    assert lines_run([key], data) <= 12 * len(data)


@given(
    secrets=st.lists(st.text("abcdefgh", min_size=3, max_size=40), min_size=1, max_size=5),
    parts=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=40),
    between=st.text("abcxyz\n", min_size=1, max_size=40),
    size=st.integers(256, 2000),
)
def test_reads_that_are_gone_through_at_once_are_masked_like_those_byte_by_byte(
    secrets: list[str], parts: list[tuple[int, int]], between: str, size: int
) -> None:
    forms = sorted(set().union(*(encoded_forms(secret) for secret in secrets)))
    data = b"plain words " * 100
    for number, cut in parts:
        form = forms[number % len(forms)]
        data += between.encode() + form[: cut % (len(form) + 1)] + form * (cut % 3 == 0)
    large, small = StreamMasker(secrets), StreamMasker(secrets)
    at_once = b"".join(large.feed(data[at : at + size]) for at in range(0, len(data), size))
    piecewise = b"".join(small.feed(data[at : at + 16]) for at in range(0, len(data), 16))
    assert at_once + large.finish() == piecewise + small.finish()


def test_thousands_of_secrets_are_found_without_a_state_for_each_of_their_bytes() -> None:
    secrets = [hashlib.sha384(str(number).encode()).hexdigest()[:24] for number in range(150)]
    data = b"\n".join(form[:-1] for secret in secrets for form in sorted(encoded_forms(secret)))
    # Byte by byte it takes twelve lines for each.
    assert lines_run(secrets, data * 2) - lines_run(secrets, data) <= len(data)
