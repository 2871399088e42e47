"""HTML of a message: what is left of it can run nothing and asks for nothing from outside."""

import re

import pytest

from loopmail.catcher.html import MAX_DEPTH, MAX_HTML, Link, clean

HARMLESS = "<h1>Order</h1><p>It is <b>ready</b>, <i>Ada</i>.</p>"


def test_what_is_harmless_stays() -> None:
    assert clean(HARMLESS).html == HARMLESS
    table = clean('<table border="1"><tr><td colspan="2" bgcolor="#eee">x</td></tr></table>').html
    assert 'colspan="2"' in table
    assert 'bgcolor="#eee"' in table


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<style>@import url(https://evil.test/x.css)</style>",
        "<link rel=stylesheet href=https://evil.test/x.css>",
        '<p style="background:url(https://evil.test/x.png)">x</p>',
        '<p style="background-color:red;background-image:url(//evil.test/x)">x</p>',
        "<img src=https://evil.test/x.png>",
        "<img src=//evil.test/x.png>",
        "<img src='file:///etc/passwd'>",
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        '<img alt="a>b" src="https://evil.test/x.png">',
        "<img srcset='https://evil.test/x.png 2x' src='cid:a'>",
        "<iframe src=https://evil.test/></iframe>",
        "<object data=https://evil.test/></object>",
        "<svg><image href='https://evil.test/x.png'/></svg>",
        "<body background=https://evil.test/x.png>",
        "<table background=https://evil.test/x.png><tr><td>x</td></tr></table>",
        "<video poster=https://evil.test/x.png></video>",
        "<meta http-equiv=refresh content='0;url=https://evil.test/'>",
        "<base href=https://evil.test/>",
        "<form action=https://evil.test/><input name=x></form>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='file:///etc/passwd'>x</a>",
        "<p onclick=alert(1) onerror=alert(1)>x</p>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    ],
)
def test_what_is_hostile_goes(hostile: str) -> None:
    shown = clean(hostile).html
    assert "evil.test" not in re.sub(r'<a href="[^"]*">', "", shown)
    assert not re.search(r"script|style=\"[^\"]*url|on\w+=|file:|data:|srcset", shown)
    assert not re.search(r'src="(?!cid:)', shown)


def test_pictures_from_the_web_are_named_and_their_words_stay() -> None:
    html = '<img src="https://a.test/1.png" alt="A cup"><img src="cid:logo"><img src="http://b.test/2">'
    found = clean(html)
    assert found.remote == ("https://a.test/1.png", "http://b.test/2")
    assert found.pictures == ("logo",)
    assert "A cup" in found.html
    assert found.html.count("<img") == 1


def test_links_are_listed_with_their_words_and_where_they_really_lead() -> None:
    html = '<a href="https://evil.test/?a=1&amp;b=2"><b>https://bank.example</b></a><a href="mailto:x@y.zz">x</a>'
    assert clean(html).links == (
        Link("https://bank.example", "https://evil.test/?a=1&b=2"),
        Link("x", "mailto:x@y.zz"),
    )


@pytest.mark.parametrize(
    ("html", "word"),
    [
        ("x" * (MAX_HTML + 1), "too long"),
        ("<div>" * (MAX_DEPTH + 1), "nested"),
        ("<div>" * 15_000, "nested"),
        ("<table><tr><td>" * 10, "nested"),
        ("&" * (MAX_HTML // 2), "too long"),
        ("<b><span>" * 8_000, "nested"),
        ("<p>" + "word " * 20_000, "too long"),
    ],
)
def test_a_bomb_is_a_sentence(html: str, word: str) -> None:
    found = clean(html)
    assert word in found.problem
    assert found.html == ""


def test_paragraphs_and_rows_that_nobody_closed_do_not_count_as_nested() -> None:
    assert clean("<p>x" * 1000).problem == ""
    assert clean("<ul>" + "<li>x" * 1000 + "</ul>").problem == ""


def test_a_word_without_end_can_be_broken() -> None:
    long = "https://evil.test/" + "x" * 3000
    found = clean(f'<p><a href="{long}">{long}</a></p>')
    assert found.links[0].address == long
    assert max(map(len, re.sub("<[^>]*>", "", found.html).split("\u200b"))) <= 500


@pytest.mark.parametrize("number", ["1000000", "-1", "9e9", "99999999999999999999", "1;x"])
def test_numbers_that_would_be_laid_out_for_ever_go(number: str) -> None:
    html = f'<table width="{number}"><tr><td colspan="{number}">x</td></tr></table>'
    assert number not in clean(html).html


@pytest.mark.parametrize("html", ["", "\0<p>\0x", "<", "</", "<!--", "<p", "\ud800", "\x1b<b>"])
def test_garbage_never_raises(html: str) -> None:
    assert isinstance(clean(html).html, str)
