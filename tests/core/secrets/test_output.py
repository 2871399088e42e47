"""Secrets in a program's output: every form in which they leave, however the output is cut."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopmail.core.secrets.output import MASK, StreamMasker, mask_text

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
