import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import ProxyError
from proxy.surfaces.chat import parse as general
from proxy.surfaces.chat.texts import read_plain, read_texts

TEXTS = {
    "model": "m",
    "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
    "temperature": 0.5,
    "max_tokens": 7,
}

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.text(max_size=3),
    st.lists(st.text(max_size=2), max_size=2),
    st.dictionaries(st.sampled_from(["include_usage", "type", "x"]), st.booleans(), max_size=2),
)
FIELDS = [
    "model", "stream", "temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens", "user", "n",
    "max_completion_tokens", "seed", "stop", "prompt_cache_key", "safety_identifier", "service_tier", "store", "tools",
    "verbosity", "reasoning_effort", "stream_options", "functions", "firstbyte", "models", "thinking", "unheard_of",
]  # fmt: skip
MESSAGES = st.lists(
    st.one_of(
        ODD,
        st.fixed_dictionaries(
            {"role": st.sampled_from(["system", "user", "assistant", "tool", "developer", "x"])},
            optional={"content": ODD, "name": ODD, "reasoning_content": ODD, "tool_calls": ODD},
        ),
    ),
    max_size=3,
)
BODIES = st.fixed_dictionaries(
    {"messages": st.one_of(st.just(TEXTS["messages"]), MESSAGES)},
    optional=dict.fromkeys(FIELDS, ODD),
)


def read(sent):
    body = json.dumps(sent).encode()
    return read_texts(json.loads(body), body, (("a", "b"),))


def read_by_all_checks(sent):
    body = json.dumps(sent).encode()
    return general._read(json.loads(body), body, (("a", "b"),))


def told(request):
    return {name: getattr(request, name) for name in request.__slots__ if name != "only_texts"}


@given(BODIES)
def test_whatever_is_read_at_one_look_is_what_all_checks_would_have_read(sent):
    request = read(sent)

    if request is not None:
        assert told(request) == told(read_by_all_checks(sent))


@given(BODIES)
def test_whatever_the_checks_refuse_is_not_read(sent):
    try:
        read_by_all_checks(sent)
    except ProxyError:
        assert read(sent) is None


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"stream": True},
        {"seed": 2**70, "n": 2, "stop": ["a"], "user": "u", "top_p": 1},
        {"reasoning_effort": "low", "verbosity": "low", "store": False},
    ],
)
def test_plain_calls_are_read_at_one_look(more):
    request = read({**TEXTS, **more})

    assert request is not None
    assert request.only_texts
    assert request.stream is more.get("stream", False)
    assert request.include_usage is ("stream_options" in more)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": []},
        {"stream_options": {"include_usage": True}},
        {"max_tokens": -1},
        {"temperature": None},
        {"model": None},
        {"messages": []},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "t"}]}]},
        {"messages": [{"role": "tool", "content": "t", "tool_call_id": "c"}]},
        {"firstbyte": {"report": True}},
        {"unheard_of": 1},
        {"seed": 1.0},
        {"store": 1},
    ],
    ids=str,
)
def test_what_needs_a_second_look_is_left_to_it(more):
    assert read({**TEXTS, **more}) is None


@given(BODIES)
def test_a_call_that_is_plain_is_read_alike_out_of_its_bytes(sent):
    request, plain = read(sent), read_plain(json.dumps(sent).encode(), (("a", "b"),))

    assert plain == request


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"7",
        b'\xef\xbb\xbf{"messages":[{"role":"user","content":"u"}]}',
        b'{"messages":[{"role":"user","content":"\\ud800"}]}',
        b'{"messages":[{"role":"user","content":"u"}],"stream":true,"stream_options":null}',
        b'{"messages":[{"role":"user","content":"u"}],"stop":' + b"[" * 200 + b"]" * 200 + b"}",
    ],
    ids=repr,
)
def test_what_is_odd_is_not_plain(body):
    assert read_plain(body, ()) is None
