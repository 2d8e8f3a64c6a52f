"""An answer that goes on as it came is one that the general reader passes on as it came, and says the same of."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.codecs.azure import Azure
from proxy.codecs.openai.codec import OpenAI
from proxy.codecs.openai.whole import read_whole
from proxy.codecs.openai.whole_answer import whole_answer
from proxy.core.shape import ChatRequest, Quirks, Target
from proxy.core.usage import Usage
from proxy.surfaces.chat.whole import whole_body
from tests.support import corpus, exact

COUNTS = {
    "prompt_tokens": 9,
    "completion_tokens": 5,
    "total_tokens": 14,
    "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 1},
    "completion_tokens_details": {"reasoning_tokens": 2, "rejected_prediction_tokens": 0},
}
ANSWER = {**exact.ANSWER, "usage": COUNTS, "service_tier": "flex"}
ODD = st.sampled_from([None, True, -1, 0, 7, 2**53, 1.5, "", "default", "5", [], {}, {"a": 1}])
DETAILS = st.dictionaries(
    st.sampled_from(
        [
            *("cached_tokens", "cache_write_tokens", "audio_tokens", "image_tokens"),
            *("reasoning_tokens", "accepted_prediction_tokens", "other"),
        ]
    ),
    ODD,
    max_size=2,
)
NAMES = [*COUNTS, "prompt_cache_hit_tokens", "cache_creation_input_tokens", "cost", "queue_time"]


def changed(base, odd):
    """The base with some members odd, missing or more."""
    gone = st.sets(st.sampled_from(sorted(base)), max_size=1)
    return st.builds(
        lambda odd, gone: {k: v for k, v in {**base, **odd}.items() if k not in gone}, odd, gone
    )


USAGES = changed(
    COUNTS,
    st.one_of(
        st.dictionaries(st.sampled_from(NAMES), ODD, max_size=2),
        st.fixed_dictionaries({"prompt_tokens_details": DETAILS}),
        st.fixed_dictionaries({"completion_tokens_details": DETAILS}),
    ),
)
ANSWERS = st.builds(
    lambda answer, usage: {**answer, "usage": usage},
    changed(
        ANSWER,
        st.dictionaries(
            st.sampled_from([*ANSWER, "system_fingerprint", "error", "x_groq", "more"]),
            ODD,
            max_size=2,
        ),
    ),
    st.one_of(ODD, USAGES),
)


def same(body):
    """Whether an answer goes on as it came, held to what the general reader says of it."""
    whole = whole_answer(body)
    if whole is None:
        return False
    general = read_whole(body, 7)

    assert general["native"] == {"dialect": "openai", "payload": body, "is_settled": True}
    assert whole_body(ChatRequest(body={}), general) == whole.body == body
    assert whole.model == general["model"]
    assert whole.tier == general.get("service_tier")
    assert whole.usage == Usage.read(general.get("usage"))
    return True


@given(ANSWERS)
@example(ANSWER)
@example({**ANSWER, "usage": {**COUNTS, "prompt_tokens_details": None, "cost": None}})
def test_the_general_reader_says_the_same(sent):
    same(json.dumps(sent).encode())


@given(st.data())
def test_the_general_reader_says_the_same_of_broken_bytes(data):
    body = bytearray(json.dumps(ANSWER).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    same(bytes(body))


def test_openais_own_answer_goes_on_as_it_came():
    body = json.dumps(ANSWER).encode()
    whole = whole_answer(body)

    assert (whole.body, whole.model, whole.tier) == (body, "m", "flex")
    assert whole.usage == Usage(9, 5, cached=3, reasoning=2, audio_input=1)


def test_an_answer_may_tell_no_usage():
    sent = {name: value for name, value in ANSWER.items() if name != "usage"}

    assert whole_answer(json.dumps(sent).encode()).usage is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        json.dumps(ANSWER).encode() + b"\n",
        b" " + json.dumps(ANSWER).encode(),
        b"\xef\xbb\xbf" + json.dumps(ANSWER).encode(),
        json.dumps({**ANSWER, "model": ""}).encode(),
        json.dumps({**ANSWER, "usage": {**COUNTS, "queue_time": 0.1}}).encode(),
        json.dumps({**ANSWER, "usage": {**COUNTS, "prompt_cache_hit_tokens": 3}}).encode(),
        json.dumps({**ANSWER, "usage": {**COUNTS, "num_cached_tokens": 3}}).encode(),
        json.dumps(
            {**ANSWER, "choices": [{**exact.CHOICE, "finish_reason": "tool_calls"}]}
        ).encode(),
        json.dumps({**ANSWER, "model": "\ud800"}).encode(),
    ],
    ids=str,
)
def test_any_other_answer_is_for_the_general_reader(body):
    assert whole_answer(body) is None


@pytest.mark.parametrize("quirks", [Quirks(think_tags=True), Quirks(response=("usage_in_choice",))])
def test_a_target_whose_answers_need_a_hand_has_them_read(quirks):
    body = json.dumps(ANSWER).encode()
    plain = Target("p", "m", "openai", "http://p")
    odd = Target("p", "m", "openai", "http://p", quirks=quirks)

    for codec in (OpenAI(), Azure()):
        assert codec.whole_answer(body, plain) is not None
        assert codec.whole_answer(body, odd) is None
    assert OpenAI(think_tags=True).whole_answer(body, plain) is None


def test_both_readers_say_the_same_of_what_was_recorded():
    cases = [case for case in (*corpus.recorded(), *corpus.own()) if not case.is_stream]
    passed = [case.name for case in cases if same(case.raw)]

    assert passed
