"""JavaScript's view of JSON values."""

import math

import pytest

from loopmail.core.js import UNDEFINED, Json, as_double, is_array_index, is_object, own_keys, truthy


@pytest.mark.parametrize("value", [[], {}, "0", "false", " ", 1, -1, 0.5, True, math.inf])
def test_javascript_takes_it_for_true(value: Json) -> None:
    assert truthy(value)


@pytest.mark.parametrize("value", [False, 0, 0.0, -0.0, "", None, UNDEFINED, math.nan])
def test_javascript_takes_it_for_false(value: Json) -> None:
    assert not truthy(value)


def test_typeof_says_object_for_containers_and_null_but_not_for_undefined() -> None:
    objects: list[Json] = [{}, [], None]
    others: list[Json] = ["", 0, False, UNDEFINED]
    assert all(is_object(value) for value in objects)
    assert not any(is_object(value) for value in others)


def test_keys_that_are_array_indices_come_first_in_rising_order() -> None:
    value: dict[str, None] = dict.fromkeys(
        ["b", "10", "a", "9", "01", "-1", "1.0", "4294967295", "0"]
    )
    assert own_keys(value) == ["0", "9", "10", "b", "a", "01", "-1", "1.0", "4294967295"]


def test_arrays_and_texts_have_their_indices_as_keys_and_other_scalars_none() -> None:
    assert own_keys(["x", "y"]) == ["0", "1"]
    assert own_keys("abc") == ["0", "1", "2"]
    assert own_keys(5) == own_keys(None) == own_keys(True) == own_keys("") == []


def test_digits_of_other_scripts_are_no_array_index() -> None:
    assert is_array_index("12")
    assert not is_array_index("\u0661\u0662")


@pytest.mark.parametrize(
    ("number", "double"),
    [
        (465.0, 465),
        (2**53 + 1, 2**53),
        (123456789012345680000, 123456789012345680000),  # not …683968, its exact value
        (-(10**20) - 1, -(10**20)),
        (10**400, math.inf),
        (-(10**400), -math.inf),
        (0.1, 0.1),
        (1e21, 1e21),
        (True, True),
        ("465", "465"),
        (None, None),
    ],
)
def test_numbers_are_doubles_and_other_values_stay(number: Json, double: Json) -> None:
    assert as_double(number) == double
    assert type(as_double(number)) is type(double)


def test_undefined_is_falsy_and_not_null() -> None:
    assert UNDEFINED is not None
    assert not UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"
