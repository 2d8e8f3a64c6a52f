import json
from array import array

import pytest

from proxy.core import jsons, long_arrays
from proxy.core.long_arrays import STEP
from proxy.core.steps import done
from proxy.core.vectors import MOST

NUMBERS = [0.5, -1, 2e-9] * 300
LONG = 'x"[1]\\' * (STEP // 6)
"""Makes a text longer than a step, and is no place to cut: brackets in a string."""


def taken(steps):
    """How many steps it took, and what it came to."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return count, end.value
        count += 1


def plain(value):
    """As JSON has it."""
    if isinstance(value, array):
        return list(value)
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return list(map(plain, value)) if isinstance(value, list) else value


def arrays_in(value):
    if isinstance(value, array):
        return 1
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(arrays_in, inner))


def renamed(text):
    members = jsons.split(text)
    members["model"] = jsons.raw("other")
    return jsons.join(members)


def test_a_short_object_is_read_at_once_and_as_it_is():
    assert taken(long_arrays.read_object(b'{"a":[1,2]}')) == (0, {"a": [1, 2]})


def test_a_long_object_is_read_in_steps_and_its_long_arrays_of_numbers_are_vectors():
    rows = [{"index": at, "embedding": NUMBERS} for at in range(400)]
    text = json.dumps({"data": rows, "short": [1, 2], "none": []}).encode()
    steps, value = taken(long_arrays.read_object(text))

    assert steps > len(text) // STEP
    assert arrays_in(value) == len(rows)
    assert plain(value) == json.loads(text)


@pytest.mark.parametrize(
    "value",
    [
        {"a": NUMBERS, "b": LONG},
        {"a": LONG, "b": NUMBERS},
        {"a": [NUMBERS, [NUMBERS]], "b": [LONG]},
        {"a": "[" + "1," * 2000 + "1]", "b": NUMBERS, "c": LONG},
        {"a": '"[' + "1," * 2000 + '1]"', "c": [LONG, "[" + "1," * 2000, "1]"]},
        {"a": "@0", "b": NUMBERS, "c": ["@1", "@7", LONG]},
        {"a": [None] * 2000, "b": [True] * 2000, "c": ["x"] * 2000, "d": [{"e": 1}] * 2000, "f": LONG},
        {"a": [*NUMBERS, 2 * MOST], "b": [*NUMBERS, 10**300], "c": LONG},
        {"a": NUMBERS, "b": [[]] * STEP},
        {"a": LONG},
    ],
)  # fmt: skip
def test_whatever_stands_in_a_long_object_it_is_read_as_it_is(value):
    for separators in ((",", ":"), (" , ", " : ")):
        text = json.dumps(value, separators=separators).encode()

        assert plain(done(long_arrays.read_object(text))) == value


@pytest.mark.parametrize("end", [b"", b"]", b'"', b"}}", b",}"])
def test_a_long_text_that_is_no_object_is_refused(end):
    text = json.dumps({"a": LONG, "b": NUMBERS}).encode()[:-1] + end

    with pytest.raises(jsons.JsonError):
        done(long_arrays.read_object(text))


@pytest.mark.parametrize(
    "value",
    [
        {"model": "m"},
        {"model": "m", "a": NUMBERS, "b": LONG},
        {"a": LONG, "b": [NUMBERS, {"c": NUMBERS}], "model": "m"},
        {"a": "[" + "1," * 2000 + "1]", "b": LONG},
        {"a": [NUMBERS, "@0"], "model": "@1", "b": LONG},
        {"a": [NUMBERS, "@9"], "b": LONG},
        {"a": LONG},
    ],
)
def test_a_long_object_is_edited_as_a_short_one_is(value):
    text = json.dumps(value).encode()

    assert done(long_arrays.edited(text, renamed)) == renamed(text)


def test_a_long_object_is_edited_in_steps():
    text = json.dumps({"a": [NUMBERS] * 400}).encode()

    assert taken(long_arrays.edited(text, renamed))[0] > len(text) // STEP
