import pytest

from loopmail.core.jsontext import JsonSyntaxError, line_column, parse

CASES = [
    # text, line, column, part of the reason
    ("", 1, 1, "the file is empty"),
    (" \n ", 2, 2, "the file is empty"),
    ('{\n  // note\n  "a": 1}', 2, 3, "a comment is not allowed"),
    ("{/* x */}", 1, 2, "a comment is not allowed"),
    ('{"a": 1 # x\n}', 1, 9, "a comment is not allowed"),
    ('{"a": 1,}', 1, 8, "a comma before the closing bracket"),
    ("[1, 2,\r\n\r\n]", 1, 6, "a comma before the closing bracket"),
    ("[1,,2]", 1, 4, "a value is missing before the comma"),
    ("[,1]", 1, 2, "a value is missing before the comma"),
    ('{,"a":1}', 1, 2, "a comma too many"),
    ('{"a":1,,"b":2}', 1, 8, "a comma too many"),
    ("{'a': 1}", 1, 2, "double quotes"),
    ("{a: 1}", 1, 2, "a key must stand in double quotes"),
    ('{"a": x}', 1, 7, "a text must stand in double quotes"),
    ('{"a" 1}', 1, 6, "a colon is missing"),
    ('{"a"}', 1, 5, "a colon is missing"),
    ('{"a"', 1, 5, "the text ends inside the object that begins in line 1"),
    ('{"a":}', 1, 6, "a value is expected before “}”"),
    ('{"a": 1 "b": 2}', 1, 9, "a comma is missing"),
    ('{\r"a": 1\r"b": 2}', 3, 1, "a comma is missing"),
    ("[1 2]", 1, 4, "a comma is missing"),
    ("[1}", 1, 3, "“}” cannot end the list that begins in line 1"),
    ('{"a": 1]', 1, 8, "“]” cannot end the object"),
    ('{"a": [1, 2', 1, 12, "the text ends inside the list that begins in line 1; “]” is missing"),
    ('{"a":\n{"b": 1}', 2, 9, "the text ends inside the object that begins in line 1"),
    ('{"a": "x', 1, 7, "the text ends inside this string"),
    ('{"a": "x\ny"}', 1, 9, "a string must end in its line"),
    ('{"a": "x\ty"}', 1, 9, "a tab in a string must be written \\t"),
    ('{"a": "\x00"}', 1, 8, "U+0000"),
    (r'{"a": "C:\dir"}', 1, 10, r"\d is not an escape"),
    (r'{"a": "\u12g4"}', 1, 8, "four hexadecimal digits"),
    ('["a\\\n"]', 1, 4, "a backslash before a line end"),
    (r'{"a\x": 1}', 1, 4, r"\x is not an escape"),
    ('{"a": NaN}', 1, 7, "NaN is not a JSON value"),
    ('{"a": -Infinity}', 1, 7, "Infinity is not a JSON value"),
    ('{"a": undefined}', 1, 7, "undefined is not a JSON value"),
    ('{"a": True}', 1, 7, "True must be written true"),
    ('{"a": None}', 1, 7, "write null"),
    ('{"a": trueish}', 1, 11, "not allowed here"),
    ('{"a": 0465}', 1, 8, "a number must not begin with 0"),
    ('{"a": -01}', 1, 9, "a number must not begin with 0"),
    ('{"a": +1}', 1, 7, "a number must not begin with +"),
    ('{"a": .5}', 1, 7, "decimal point"),
    ('{"a": 1.}', 1, 8, "digits are missing behind the decimal point"),
    ('{"a": 1e}', 1, 8, "digits are missing in the exponent"),
    ('{"a": 1e+}', 1, 8, "digits are missing in the exponent"),
    ('{"a": -}', 1, 7, "digits are missing behind the minus"),
    ('{"a": 0x1F}', 1, 8, "a number must be decimal"),
    ('{"a": “x”}', 1, 7, "typographic quote"),
    ('{"a":\u00a01}', 1, 6, "U+00A0"),
    ('\ufeff{"a": 1}', 1, 1, "byte-order mark"),
    ('{"a": \udce9}', 1, 7, "the byte 0xE9 is not UTF-8"),
    ("{}\n{}", 2, 1, "more text follows"),
    ('{"a": 1}}', 1, 9, "more text follows"),
    ("]", 1, 1, "a value is expected before “]”"),
    ('{\n<<<<<<< HEAD\n"a": 1\n}', 2, 1, "conflict of a merge"),
    ('{"a": 1\n=======\n}', 2, 1, "conflict of a merge"),
    ("{\x00}", 1, 2, "NUL"),
    ('{"a": 1 /', 1, 9, "“/” is not allowed here"),
    ('{"a": 1\u200b}', 1, 8, "U+200B"),
    ("{1: 2}", 1, 2, "a key must stand in double quotes"),
    ('{"a": "b" "c"}', 1, 11, "a comma is missing"),
]


@pytest.mark.parametrize(("text", "line", "column", "reason"), CASES)
def test_errors_name_the_place_and_the_reason(
    text: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        parse(text)
    assert reason in caught.value.reason
    assert (caught.value.line, caught.value.column) == (line, column)
    assert line_column(text, caught.value.offset) == (line, column)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_for_every_line_end(end: str) -> None:
    text = end.join(["{", '  "a": 1,', '  "b": x', "}"])
    with pytest.raises(JsonSyntaxError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (3, 8)


def test_an_offset_in_the_middle_of_crlf_is_still_in_its_line() -> None:
    assert line_column("a\r\nb", 2) == (1, 3)
    assert line_column("a\r\nb", 3) == (2, 1)
    assert line_column("a\rb", 2) == (2, 1)


def test_an_unclosed_text_100000_deep_is_an_error_like_any_other() -> None:
    with pytest.raises(JsonSyntaxError, match="the text ends inside the list"):
        parse("[" * 100_000)
    with pytest.raises(JsonSyntaxError, match="the text ends"):
        parse('{"a":' * 100_000)


def test_a_string_that_never_ends_is_refused_in_linear_time() -> None:
    with pytest.raises(JsonSyntaxError, match="the text ends inside this string"):
        parse('["' + '\\"' * 500_000)
