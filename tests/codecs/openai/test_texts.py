import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai.texts import read_texts
from proxy.codecs.openai.whole import read_whole
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest
from proxy.surfaces.chat.whole import whole_body
from tests.support.exact import ANSWER, CHOICE, MESSAGE

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2),
    st.sampled_from(["", "stop", "length", "tool_calls", "error", "unknown", "assistant", "user"]),
    st.lists(st.integers(0, 1), max_size=1),
    st.dictionaries(st.sampled_from(["message", "usage"]), st.integers(0, 1), max_size=1),
)


def changed(base, names):
    """The base with some members odd, missing or more."""
    odd = st.dictionaries(st.sampled_from(names), ODD, max_size=2)
    gone = st.sets(st.sampled_from(names), max_size=1)
    return st.builds(
        lambda odd, gone: {k: v for k, v in {**base, **odd}.items() if k not in gone}, odd, gone
    )


MESSAGES = changed(
    MESSAGE,
    ["role", "content", "refusal", "tool_calls", "reasoning", "reasoning_content", "annotations"],
)
CHOICES = st.builds(
    lambda choice, message: {**choice, "message": message} if "message" in choice else choice,
    changed(CHOICE, ["index", "message", "logprobs", "finish_reason", "usage"]),
    MESSAGES,
)
USAGES = changed(
    ANSWER["usage"],
    [
        "prompt_tokens",
        "prompt_cache_hit_tokens",
        "cache_read_input_tokens",
        "num_cached_tokens",
        "prompt_tokens_details",
        "prompt_token_details",
    ],
)
ANSWERS = st.builds(
    lambda answer, choices, usage: {**answer, "choices": choices, "usage": usage},
    changed(ANSWER, ["id", "object", "created", "model", "error", "x_groq", "native", "errors"]),
    st.lists(CHOICES, max_size=2),
    st.one_of(ODD, USAGES),
)


def is_texts(sent):
    """Whether an answer is taken at one look."""
    _, texts = read_texts(json.dumps(sent).encode())
    return texts is not None and texts.is_settled


def by_all_checks(sent):
    """What is made of an answer without the one look, or the failure that it is."""
    # A reader of tags looks at every answer for itself; there are none here.
    return read_whole(json.dumps(sent).encode(), 7, think_tags=True)


@given(ANSWERS)
def test_an_answer_of_the_form_is_one_that_all_checks_pass_on_unchanged(sent):
    if is_texts(sent):
        whole = by_all_checks(sent)
        native = whole.pop("native")

        assert whole == sent
        assert native["payload"] == json.dumps(sent).encode()


@given(ANSWERS, st.booleans())
def test_no_caller_of_chat_needs_an_edit_of_an_answer_of_the_form(sent, legacy):
    request = ChatRequest(body={}, legacy_functions=legacy)
    body = json.dumps(sent).encode()

    if is_texts(sent):
        assert whole_body(request, by_all_checks(sent)) == body
        assert whole_body(request, read_whole(body, 7)) == body


@given(ANSWERS)
def test_what_the_checks_refuse_is_not_of_the_form(sent):
    try:
        by_all_checks(sent)
    except ProxyError:
        assert not is_texts(sent)


def test_openais_own_answer_is_of_the_form():
    assert is_texts(ANSWER)
    assert is_texts({**ANSWER, "service_tier": "default", "system_fingerprint": "fp"})
    assert is_texts({**ANSWER, "usage": {**ANSWER["usage"], "prompt_tokens_details": {"a": 0}}})


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [ANSWER],
        {**ANSWER, "error": {"message": "no"}},
        {**ANSWER, "choices": []},
        {**ANSWER, "choices": [{**CHOICE, "finish_reason": "tool_calls"}]},
        {**ANSWER, "choices": [{**CHOICE, "message": {**MESSAGE, "content": None}}]},
        {**ANSWER, "choices": [{**CHOICE, "message": {**MESSAGE, "tool_calls": []}}]},
        {**ANSWER, "usage": {"prompt_tokens": 1, "prompt_cache_hit_tokens": 1}},
        {**ANSWER, "usage": {"prompt_tokens": 1, "num_cached_tokens": 1}},
        {**ANSWER, "usage": {"prompt_tokens": 1, "prompt_token_details": {"cached_tokens": 1}}},
        {**ANSWER, "choices": [{**CHOICE, "logprobs": {"content": []}}]},
        {**ANSWER, "choices": [{**CHOICE, "message": {**MESSAGE, "annotations": [{}]}}]},
        {**ANSWER, "usage": {"cost_details": {"upstream": {"deep": 1}}}},
        {**ANSWER, "created": 0},
        {**ANSWER, "id": ""},
    ],
    ids=str,
)
def test_what_all_checks_have_a_word_on_is_left_to_them(answer):
    assert not is_texts(answer)
