"""New text follows the indent and style found around it, to the byte."""

from pathlib import Path

import pytest

from loopmail.core.errors import EditError
from loopmail.core.js import UNDEFINED, Json
from loopmail.core.jsontext import (
    JsonSyntaxError,
    apply_edit,
    insert_text_copy,
    parse,
    remove_value,
    rename_key,
    set_value,
)

EXAMPLES = Path(__file__).parent / "examples"


def example(name: str) -> str:
    return (EXAMPLES / name).read_bytes().decode("utf-8", "surrogateescape")


def setting(text: str, pointer: str, value: Json) -> str:
    return apply_edit(text, set_value(text, pointer, value))


def removing(text: str, pointer: str) -> str:
    return apply_edit(text, remove_value(text, pointer))


@pytest.mark.parametrize(
    ("text", "pointer", "value", "after"),
    [
        ("{}", "/a", 1, '{\n  "a": 1\n}'),
        ("{}\n", "/a", {"b": []}, '{\n  "a": {\n    "b": []\n  }\n}\n'),
        ("{\r\n}\r\n", "/a", 1, '{\r\n  "a": 1\r\n}\r\n'),
        ("{ }", "/a", 1, '{\n  "a": 1\n}'),
        ("[]", "/-", {"a": 1}, '[\n  {\n    "a": 1\n  }\n]'),
        ('{ "a": 1 }', "/b", {"c": [1]}, '{ "a": 1, "b": { "c": [ 1 ] } }'),
        ('{"a": 1}', "/b", {"c": [1, 2]}, '{"a": 1, "b": {"c": [1, 2]}}'),
        ('{"a":1}', "/b", {"c": [1, 2]}, '{"a":1,"b":{"c":[1,2]}}'),
        ('{"a":{}}', "/a/b", 1, '{"a":{"b":1}}'),
        ("[1,2]", "/-", {"a": 1}, '[1,2,{"a":1}]'),
        ("[1, 2]", "/2", 3, "[1, 2, 3]"),
        ('{\n\t"a": 1\n}', "/b", {"c": 2}, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}'),
        ('{\n   "a": {}\n}', "/a/b", 2, '{\n   "a": {\n      "b": 2\n   }\n}'),
        ('{\n  "a" : 1\n}', "/b", 2, '{\n  "a" : 1,\n  "b" : 2\n}'),
        ('{\n  "a":1\n}', "/b", {"c": 2}, '{\n  "a":1,\n  "b":{\n    "c":2\n  }\n}'),
        ('{\n  "a"     :     1\n}', "/b", 2, '{\n  "a"     :     1,\n  "b": 2\n}'),
        ('{ "a": 1\n, "b": 2\n}', "/c", 3, '{ "a": 1\n, "b": 2\n, "c": 3\n}'),
        ('{\n  "a": 1,\n\n\n  "b": 2\n\n}', "/c", 3, '{\n  "a": 1,\n\n\n  "b": 2,\n  "c": 3\n\n}'),
        ('{\r  "a": {}\r}', "/a/b", 1, '{\r  "a": {\r    "b": 1\r  }\r}'),
        ('{\n  "a": [1, 2]\n}', "/a/-", 3, '{\n  "a": [1, 2, 3]\n}'),
        ('{\n  "a": 1\n}', "/a", [1], '{\n  "a": [\n    1\n  ]\n}'),
        ('{\n  "a": [1]\n}', "/a", [1, 2], '{\n  "a": [1, 2]\n}'),
        ('{"a":\n1}', "/b", 2, '{"a":\n1, "b": 2}'),
        ('{\n  "a": "x"\n}', "/é", "ü\u2028\t", '{\n  "a": "x",\n  "é": "ü\u2028\\t"\n}'),
        ("1", "", {"a": 1}, '{\n  "a": 1\n}'),
        (" [1] ", "", 2, " 2 "),
    ],
)
def test_set_follows_the_style_around_it(text: str, pointer: str, value: Json, after: str) -> None:
    assert setting(text, pointer, value) == after


@pytest.mark.parametrize(
    ("name", "pointer", "value", "before", "after"),
    [
        (
            "two-spaces.json", "/mail/transports/0/tls/rejectUnauthorized", False,
            '"secure": true',
            '"secure": true,\n        "tls": {\n          "rejectUnauthorized": false\n        }',
        ),
        (
            "tabs-crlf.json", "/mail/transports/0/auth", {"user": "u"},
            '"port": 25', '"port": 25,\r\n\t\t\t"auth": {\r\n\t\t\t\t"user": "u"\r\n\t\t\t}',
        ),
        (
            "tabs-crlf.json", "/mail/transports/-", {"host": "h"},
            "\t\t}]", '\t\t}, {\r\n\t\t\t"host": "h"\r\n\t\t}]',
        ),
        (
            "compact-brackets.json", "/mail/transports/2", {"type": "smtp"},
            "    }],", '    }, {\n      "type": "smtp"\n    }],',
        ),
        (
            "compact-brackets.json", "/mail/transports/0/auth/type", "login",
            '"pass": "b" }', '"pass": "b", "type": "login" }',
        ),
        (
            "compact-brackets.json", "/mail/transports/1/auth", {"user": "u"},
            '"type": "stub"',
            '"type": "stub",\n      "auth": {\n        "user": "u"\n      }',
        ),
        (
            "bom-no-final-newline.json", "/mail/transports", [{"host": "h"}],
            '"connector": "mail"',
            '"connector": "mail",\n        "transports": [\n            {\n'
            '                "host": "h"\n            }\n        ]',
        ),
        ("one-line.json", "/mail/transports/0/port", 1, "[]", '[ { "port": 1 } ]'),
        ("one-line.json", "/mail/transports/-", {"port": 1}, "[]", '[ { "port": 1 } ]'),
        ("minified.json", "/mail/transports/0/secure", False, "25}", '25,"secure":false}'),
        ("blank-lines.json", "/db/name", "x", "{}", '{\n    "name": "x"\n  }'),
        ("blank-lines.json", "/mail/b", 1, '"mail"\n', '"mail",\n    "b": 1\n'),
        ("comma-first.json", "/new", 1, '"other": 1', '"other": 1\n, "new": 1'),
        ("mixed-line-ends.json", "/d", 1, "null\r\n  }", 'null\r\n  },\r\n  "d": 1'),
        ("lone-cr.json", "/mail/host", "h", '"port": 25', '"port": 25,\r    "host": "h"'),
        ("spellings.json", "/dup", 3, '"dup": 2', '"dup": 3'),
        ("not-utf8.json", "/n", 2, '"n": 1', '"n": 2'),
    ],
)  # fmt: skip
def test_set_in_the_examples_changes_just_that(
    name: str, pointer: str, value: Json, before: str, after: str
) -> None:
    text = example(name).removeprefix("\ufeff")
    assert text.count(before) == 1
    assert setting(text, pointer, value) == text.replace(before, after)


@pytest.mark.parametrize(
    ("text", "pointer", "after"),
    [
        ('{\n  "a": 1\n}', "/a", "{}"),
        ('{ "a": 1 }', "/a", "{}"),
        ('{ "a": 1, "b": 2 }', "/a", '{ "b": 2 }'),
        ('{ "a": 1, "b": 2 }', "/b", '{ "a": 1 }'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', "/a", '{\n  "b": 2,\n  "c": 3\n}'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', "/b", '{\n  "a": 1,\n  "c": 3\n}'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', "/c", '{\n  "a": 1,\n  "b": 2\n}'),
        ("[1,2]", "/1", "[1]"),
        ("[1,2]", "/0", "[2]"),
        ('{"a":1,"b":2,"a":3}', "/a", '{"b":2}'),
        ('{"a":1,"a":2,"b":2,"a":3,"c":4}', "/a", '{"b":2,"c":4}'),
        ('{"b":2,"a":1,"c":4,"a":3}', "/a", '{"b":2,"c":4}'),
        ('{"a":1,"a":2}', "/a", "{}"),
        ('[{\n  "a": 1\n}, {\n  "b": 2\n}]', "/0", '[{\n  "b": 2\n}]'),
        ('{ "a": 1\n, "b": 2\n}', "/b", '{ "a": 1\n}'),
    ],
)
def test_remove_leaves_clean_text(text: str, pointer: str, after: str) -> None:
    assert removing(text, pointer) == after


def test_rename_renames_every_occurrence_and_nothing_else() -> None:
    text = '{"a" : 1, "b": 2, "\\u0061": {"a": 3}}'
    edit = rename_key(text, "/a", 'x"')
    assert apply_edit(text, edit) == '{"x\\"" : 1, "b": 2, "x\\"": {"a": 3}}'
    assert rename_key(text, "/a", "a").empty


def test_copy_keeps_the_spelling_of_the_original() -> None:
    text = '{\n  "a": { "n": 1.0, "s": "\\u00e9" },\n  "b": 2\n}'
    after = apply_edit(text, insert_text_copy(text, "/a", "c"))
    spelled = '{ "n": 1.0, "s": "\\u00e9" }'
    assert after == f'{{\n  "a": {spelled},\n  "c": {spelled},\n  "b": 2\n}}'


@pytest.mark.parametrize("value", [465, 465.0])
def test_setting_an_equal_value_is_no_edit(value: float) -> None:
    assert set_value('{"port": 465.00}', "/port", value).empty
    assert not set_value('{"port": 1}', "/port", True).empty


@pytest.mark.parametrize(
    ("pointer", "value", "part"),
    [
        ("/a/b", 1, "/a is no object or list"),
        ("/l/3", 1, "/l has 2 items"),
        ("/l/01", 1, "/l has 2 items"),
        ("/l/x/y", 1, "/l has 2 items"),
        ("a", 1, "begins with"),
        ("/~2", 1, "~0"),
        ("/a", float("nan"), "NaN"),
        ("/a", float("inf"), "infinite"),
        ("/a", {1: 2}, "must be a text"),
        ("/a", object(), "type object"),
        ("/a", UNDEFINED, "undefined"),
    ],
)
def test_edits_that_do_not_fit_are_refused(pointer: str, value: Json, part: str) -> None:
    with pytest.raises(EditError, match=part):
        set_value('{"a": 1, "l": [1, 2]}', pointer, value)


def test_other_edits_that_do_not_fit_are_refused() -> None:
    text = '{"a": 1, "l": [1, 2]}'
    for pointer in ("", "/x", "/l/2", "/l/-", "/a/b"):
        with pytest.raises(EditError):
            remove_value(text, pointer)
    for pointer in ("", "/x", "/l/0"):
        with pytest.raises(EditError):
            rename_key(text, pointer, "y")
        with pytest.raises(EditError):
            insert_text_copy(text, pointer, "y")
    with pytest.raises(EditError, match="already an entry “l”"):
        rename_key(text, "/a", "l")
    with pytest.raises(JsonSyntaxError):
        set_value("{", "/a", 1)


def test_undefined_is_left_out_of_objects_and_null_in_lists() -> None:
    after = setting('{"a":1}', "/b", {"x": UNDEFINED, "y": [UNDEFINED], "z": {"u": UNDEFINED}})
    assert after == '{"a":1,"b":{"y":[null],"z":{}}}'


def test_lone_surrogates_are_written_as_escapes() -> None:
    assert setting('{"a":1}', "/a", "\ud800x\ud83d\ude00") == '{"a":"\\ud800x😀"}'


def test_values_100000_deep_are_written_and_copied() -> None:
    deep: Json = 1
    for _ in range(100_000):
        deep = [deep]
    text = setting('{"a":1}', "/b", deep)
    assert text == '{"a":1,"b":' + "[" * 100_000 + "1" + "]" * 100_000 + "}"
    assert set_value(text, "/b", deep).empty
    assert len(parse(apply_edit(text, insert_text_copy(text, "/b", "c"))).members) == 3
    indented = setting('{\n  "a": 1\n}', "/b", deep)
    assert len(indented) < 100_000_000


def test_repr_of_an_edit_does_not_show_a_password() -> None:
    assert "geheim" not in repr(set_value("{}", "/pass", "geheim"))
