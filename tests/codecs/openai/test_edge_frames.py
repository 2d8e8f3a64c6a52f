"""The role, the end and the usage are read at once where they are as OpenAI writes them, and come to the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.openai import stream as stream_module
from proxy.codecs.openai.edge_frames import edge_of
from proxy.codecs.openai.stream import OpenAIStream
from proxy.core.errors import ProxyError
from proxy.core.shape import Quirks, Target
from tests.support import corpus

COUNTS = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def frame(choices, **more):
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m"}
    return {**head, "choices": choices, **more}


def choice(delta, finish=None, **more):
    return frame([{"index": 0, "delta": delta, "finish_reason": finish, **more}])


ROLE = choice({"role": "assistant", "content": "", "refusal": None}, logprobs=None)
TEXT = choice({"content": "a"})
STOP = choice({}, "stop")
USAGE = frame([], usage=COUNTS, service_tier="default")


def sse(*frames):
    parts = (one if isinstance(one, bytes) else _compact(one) for one in frames)
    return b"".join(b"data: %b\n\n" % part for part in parts)


def _compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def told(data, cuts=(), decoder=None):
    """All that a decoder tells of a stream, cut into these reads."""
    decoder = decoder or OpenAIStream(Target("p", "m", "openai", "http://p.test/v1"), 1)
    said = []
    try:
        for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
            chunks = [_unmarked(chunk) for chunk in decoder.feed(data[start:end])]
            said.append((chunks, decoder.events, decoder.ended))
        said.append((decoder.finish(), decoder.events, decoder.over))
    except ProxyError as error:
        said.append((error.kind, error.message))
    return said


def _unmarked(chunk):
    """The chunk without the word that its frame is known."""
    if "native" not in chunk:
        return chunk
    native = {name: value for name, value in chunk["native"].items() if name != "is_settled"}
    return {**chunk, "native": native}


def test_frames_of_a_choice_are_marked_as_known_and_no_others():
    decoder = OpenAIStream(Target("p", "m", "openai", "http://p.test/v1"), 1)
    chunks = decoder.feed(sse(ROLE, TEXT, STOP, USAGE))

    assert [chunk["native"].get("is_settled") for chunk in chunks] == [True, None, True, False]


def slowly(monkeypatch):
    monkeypatch.setattr(stream_module, "edge_of", lambda payload, *, is_first: None)


@pytest.mark.parametrize("one", [ROLE, STOP, choice({}, "length"), USAGE, frame([])])
def test_the_forms_are_known(one):
    assert edge_of(_compact(one), is_first=True) is not None


@pytest.mark.parametrize("one", [TEXT, choice({}, "tool_calls"), {**STOP, "x_groq": {}}])
def test_what_is_more_is_none_of_them(one):
    assert edge_of(_compact(one), is_first=True) is None


def test_what_is_neither_end_nor_usage_is_not_looked_at_behind_the_role():
    assert edge_of(_compact(ROLE), is_first=False) is None
    assert edge_of(_compact(STOP), is_first=False) is not None


def test_an_answer_of_openais_own_is_read_without_the_reader_of_frames(monkeypatch):
    data = sse(ROLE, TEXT, STOP, USAGE, b"[DONE]")
    whole = told(data)
    monkeypatch.setattr(OpenAIStream, "_frame", None)

    assert told(data) == whole
    assert len(whole[0][0]) == 4


def nested(depth):
    """Details of a usage that many levels deep."""
    details = 1
    for _ in range(depth):
        details = {"a": details}
    return {**USAGE, "usage": {**COUNTS, "prompt_tokens_details": details}}


@pytest.mark.parametrize("depth", [2, 200])
def test_nested_counts_come_to_the_same(depth, monkeypatch):
    data = sse(ROLE, TEXT, STOP, nested(depth), b"[DONE]")
    quick = told(data)
    slowly(monkeypatch)

    assert told(data) == quick


ODD = [
    ROLE,
    TEXT,
    STOP,
    USAGE,
    choice({}, "length"),
    choice({"content": ""}, "stop"),
    choice({"role": "assistant"}, "stop"),
    choice({"role": "assistant", "content": "b"}),
    choice({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f"}}]}),
    choice({"function_call": {"name": "f", "arguments": "{}"}}),
    choice({}),
    frame([]),
    {**STOP, "usage": COUNTS},
    {**ROLE, "usage": COUNTS},
    {**STOP, "id": "c2"},
    {**USAGE, "created": 8},
    {**USAGE, "usage": {**COUNTS, "prompt_cache_hit_tokens": 1}},
    {**ROLE, "id": ""},
    {**ROLE, "created": 0},
    {**ROLE, "model": ""},
    {**frame([]), "id": ""},
    {**frame([]), "id": "c2"},
    frame([{"index": 1, "delta": {"role": "assistant"}, "finish_reason": None}]),
    frame([{"index": 1, "delta": {}, "finish_reason": "stop"}]),
    _compact(STOP).replace(b'"stop"', b'"st\\u006fp"') + b" ",
    _compact(ROLE).replace(b":7", b":7.5"),
    b"[DONE]",
    b"{",
]


@given(
    st.lists(st.sampled_from(ODD), max_size=8),
    st.sampled_from([[ROLE], [ROLE, TEXT], []]),
    st.data(),
)
def test_it_comes_to_what_the_reader_of_frames_makes_of_it(frames, start, data):
    stream = sse(*start, *frames)
    places = st.lists(st.integers(0, len(stream)), max_size=2).map(sorted)
    cuts = data.draw(places)
    quick = told(stream, cuts)
    with pytest.MonkeyPatch.context() as patch:
        slowly(patch)

        assert told(stream, cuts) == quick


@pytest.mark.parametrize(
    "quirks", [Quirks(think_tags=True), Quirks(response=("cached_elsewhere",)), Quirks()]
)
def test_quirks_make_no_difference(quirks, monkeypatch):
    data = sse(ROLE, choice({"content": "<think>b</think>"}), TEXT, STOP, USAGE, b"[DONE]")
    target = Target("p", "m", "openai", "http://p.test/v1", quirks=quirks)
    quick = told(data, decoder=OpenAIStream(target, 1))
    slowly(monkeypatch)

    assert told(data, decoder=OpenAIStream(target, 1)) == quick


CASES = [
    case
    for case in corpus.own() + corpus.recorded() + corpus.recorded(undecided=True)
    if case.codec in corpus.CHAT_SHAPED and case.is_stream
]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_recorded_answers_come_to_the_same(case, monkeypatch):
    quick = told(case.raw, decoder=case.decoder())
    slowly(monkeypatch)

    assert told(case.raw, decoder=case.decoder()) == quick


def test_the_role_may_come_behind_a_word_on_the_prompt(monkeypatch):
    data = sse(frame([], prompt_filter_results=[]), ROLE, TEXT, STOP, b"[DONE]")
    quick = told(data)

    assert len(quick[0][0]) == 4

    slowly(monkeypatch)

    assert told(data) == quick
