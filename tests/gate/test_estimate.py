from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.gate.estimate import ANSWER, MOST_TOKENS, Estimate, estimate_of, so_far, used
from tests.support.ended import ended

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def asks(**body):
    return ChatRequest({"messages": [{"role": "user", "content": "x" * 350}], **body})


def test_the_prompt_is_counted_upwards_and_the_answer_is_as_long_as_it_may_be():
    assert estimate_of(asks(max_tokens=50)) == Estimate(105, 50)
    assert estimate_of(asks(max_completion_tokens=70, max_tokens=50)).completion == 70
    assert estimate_of(asks(max_tokens=50, n=3)).completion == 150
    assert estimate_of(asks(max_tokens=50)).total == 155


@pytest.mark.parametrize("bound", [None, 0, -5, True, "many"])
def test_an_answer_without_a_bound_has_a_usual_length(bound):
    assert estimate_of(asks(max_tokens=bound, n=bound)).completion == ANSWER


def test_no_number_of_a_caller_overflows():
    assert estimate_of(asks(max_tokens=10**30, n=10**30)).completion == MOST_TOKENS


@pytest.mark.parametrize(
    ("sent", "tokens"), [("x" * 350, 101), (["x" * 350, "x" * 350], 202), ([1, 2, 3], 3), ({}, 1)]
)
def test_of_vectors_the_input_is_counted_and_nothing_else(sent, tokens):
    assert estimate_of(ChatRequest({"input": sent})) == Estimate(tokens, 0)


@given(st.dictionaries(st.sampled_from(["messages", "max_tokens", "n", "input", "tools"]), JSON))
def test_a_body_of_any_shape_has_an_estimate(body):
    made = estimate_of(ChatRequest(body))

    assert 0 <= made.prompt <= MOST_TOKENS
    assert 0 <= made.completion <= MOST_TOKENS


def test_what_nobody_told_is_guessed_from_what_went_out():
    guess = Estimate(100, 50)

    assert used(guess, ended(bytes_out=1500)).wire()["completion_tokens"] == 10
    assert used(guess, ended(bytes_out=40, stream=False)).completion == 10
    assert used(guess, ended(bytes_out=10**9)).completion == 50
    assert used(guess, ended()).prompt == 100
    assert guess.usage.total == 150


def test_of_an_answer_that_ended_early_the_input_is_as_told_and_the_output_no_less_than_went_out():
    guess, told = Estimate(100, 50), Usage(4_009, 3, cached=4_000, cache_write=5)

    assert so_far(guess, told, 1500) == replace(told, completion=10)
    assert so_far(guess, told, 300) == told
    assert so_far(guess, told, 10**9).completion == 50
    assert so_far(guess, replace(told, completion=60), 10**9).completion == 60
    assert so_far(guess, told, 1500, before=4).completion == 6
    assert so_far(guess, told, 0, before=40) == told
