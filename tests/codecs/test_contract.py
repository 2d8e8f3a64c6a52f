"""Every codec over every recorded exchange and every fixture of ours: what a codec promises, proved on real bytes."""

import copy
import json
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold, unfold
from proxy.core.shape import ChatRequest, Target
from proxy.core.usage import Usage
from tests.support import corpus, recordings
from tests.support.runs import told

CASES = corpus.own() + corpus.recorded() + corpus.relayed()
ANSWERS = [case for case in CASES if not case.expect["error"]]
STREAMS = [case for case in CASES if case.is_stream]
WHOLE_STREAMS = [case for case in STREAMS if not case.expect["error"]]
CUT_STREAMS = [case for case in WHOLE_STREAMS if case.tells_its_end]
REQUESTS = [case for case in CASES if case.codec in corpus.CHAT_SHAPED and case.body is not None]
TARGET = Target("provider", "model", "openai", "http://provider.test/v1")
OPTIONS = {"project": "project", "location": "europe-west4"}

LEAST_MUTANTS = 6
MUTANTS = int(os.environ.get("FIRSTBYTE_FUZZ", "0"))
"""Mutated streams for each codec; `make fuzz` sets it."""
MAX_CUTS = 24


def over(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def read(case, pieces):
    decoder = case.decoder()
    chunks = []
    for piece in pieces:
        chunks += decoder.feed(piece)
    return chunks + decoder.finish()


def answer(case):
    if case.is_stream:
        return fold(read(case, [case.raw]))
    codec = corpus.CODECS[case.codec]
    status, headers = case.meta["status"], case.meta["response_headers"]
    return codec.decode(status, headers, case.raw, created=1, target=case.target)


def failure(case):
    codec = corpus.CODECS[case.codec]
    if case.meta["status"] >= 400:
        return codec.fault(case.meta["status"], case.meta["response_headers"], case.raw)
    with pytest.raises(ProxyError) as caught:
        answer(case)
    return caught.value


def attempt(function, *arguments, **named):
    """What a call gives and None, or None and the `ProxyError` that it raises; anything else goes through."""
    try:
        return function(*arguments, **named), None
    except ProxyError as error:
        return None, error


def borders(case):
    """Where frames end, at most `MAX_CUTS` of them: the first, the last, and some between."""
    raw = case.raw
    if case.meta["wire"] == "ndjson":
        return some_of([at + 1 for at in range(len(raw)) if raw[at : at + 1] == b"\n"])
    if case.meta["wire"] == "eventstream":
        ends = [0]
        while ends[-1] < len(raw):
            ends.append(ends[-1] + int.from_bytes(raw[ends[-1] :][:4], "big"))
        return some_of(ends[:-1])
    ends = [at + 2 for at in range(len(raw) - 2) if raw[at : at + 2] in {b"\n\n", b"\r\r"}]
    ends += [at + 4 for at in range(len(raw) - 4) if raw[at : at + 4] == b"\r\n\r\n"]
    return some_of(ends)


def some_of(ends):
    if len(ends) <= MAX_CUTS:
        return sorted(ends)
    third = MAX_CUTS // 3
    middle = random.Random(len(ends)).sample(ends[third:-third], third)
    return sorted(ends[:third] + middle + ends[-third:])


def test_the_recorded_corpus_is_there_where_it_is_required():
    assert corpus.recorded() or not recordings.REQUIRED, (
        f"no recorded exchanges at {recordings.CORPUS}"
    )


@over(ANSWERS)
def test_an_answer_says_what_the_provider_said(case):
    completion = answer(case)
    choices = corpus.seen(completion)

    assert choices[0] | corpus.untold(case) == corpus.expected(case)
    for expected in case.expect.get("choices", []):
        choice = choices[expected["index"]]
        assert choice["text"] == (expected["text"] or "")
        assert [call["name"] for call in choice["tool_calls"]] == [
            call["name"] for call in expected["tool_calls"]
        ]
        assert choice["finish"] == expected["finish"]


@over(ANSWERS)
def test_usage_is_what_the_provider_counted(case):
    usage = Usage.read(answer(case).get("usage"))

    assert corpus.counts(usage) == corpus.counts(corpus.expected_usage(case))


@over([case for case in CASES if case.expect["error"]])
def test_an_error_keeps_the_providers_words_and_gets_its_kind(case):
    error = failure(case)
    expected = case.expect["error"]
    code = expected["code"]

    assert error.message == expected["message"]
    assert error.type == expected["type"]
    assert error.code == (None if code is None else str(code))
    kinds = corpus.kinds_of(case)
    assert kinds is None or error.kind.value in kinds
    if expected["status"] is not None:
        assert error.status == expected["status"]


@over(corpus.recorded(undecided=True))
def test_an_answer_that_says_nothing_and_ends_oddly_is_no_answer(case):
    assert failure(case).kind in {Kind.MALFORMED, Kind.SERVER_ERROR}


@over([case for case in ANSWERS if case.expect.get("id") and case.codec in corpus.CHAT_SHAPED])
def test_the_answer_keeps_the_providers_id_and_model(case):
    completion = answer(case)

    # A server that changes its mind within a stream is held to its first word; the corpus notes the last.
    assert completion["id"].encode() in case.raw
    assert completion.get("model", "").encode() in case.raw


@over(WHOLE_STREAMS)
def test_every_chunk_has_the_same_identity(case):
    chunks = read(case, [case.raw])

    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1


@over(WHOLE_STREAMS)
def test_roles_finishes_and_tool_indexes_are_in_order(case):
    roles, finishes, slots = [], [], {}
    for chunk in read(case, [case.raw]):
        for choice in chunk["choices"]:
            index, delta = choice["index"], choice["delta"]
            roles += [index] if "role" in delta else []
            finishes += [index] if choice.get("finish_reason") else []
            for call in delta.get("tool_calls") or ():
                known = slots.setdefault(index, [])
                if call["index"] not in known:
                    known.append(call["index"])
                    assert call["id"]
                    assert call["type"]

    assert len(roles) == len(set(roles))
    assert sorted(finishes) == sorted(set(roles))
    assert all(known == list(range(len(known))) for known in slots.values())


@over(WHOLE_STREAMS)
def test_a_whole_answer_unfolds_and_folds_to_itself(case):
    completion = fold(read(case, [case.raw]))

    assert corpus.seen(fold(unfold(completion))) == corpus.seen(completion)


@over(STREAMS)
def test_one_byte_at_a_time_says_the_same(case):
    pieces = [case.raw[at : at + 1] for at in range(len(case.raw))]
    if case.expect["error"]:
        with pytest.raises(ProxyError) as caught:
            read(case, pieces)
        assert caught.value.message == case.expect["error"]["message"]
    else:
        assert told(read(case, pieces)) == told(read(case, [case.raw]))


@over(WHOLE_STREAMS)
def test_random_splits_say_the_same(case):
    dice = random.Random(case.name)
    whole = told(read(case, [case.raw]))
    for _ in range(3):
        cuts = sorted(dice.choices(range(len(case.raw) + 1), k=min(40, len(case.raw))))
        pieces = [case.raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(case.raw)], strict=True)]

        assert told(read(case, pieces)) == whole


@over(CUT_STREAMS)
def test_a_cut_stream_is_never_taken_for_whole(case):
    whole = corpus.seen(fold(read(case, [case.raw])))
    for cut in borders(case):
        decoder = case.decoder()
        chunks = decoder.feed(case.raw[:cut])
        ended = decoder.ended
        if ended:
            assert corpus.seen(fold(chunks + decoder.finish())) == whole
        else:
            with pytest.raises(ProxyError) as caught:
                decoder.finish()
            assert caught.value.kind in {Kind.TRUNCATED, Kind.EMPTY}


@over(CUT_STREAMS)
def test_a_stream_cut_inside_a_frame_is_cut_or_whole(case):
    whole = corpus.seen(fold(read(case, [case.raw])))
    dice = random.Random(case.name)
    for cut in dice.choices(range(len(case.raw)), k=MAX_CUTS):
        chunks, error = attempt(read, case, [case.raw[:cut]])

        if error:
            assert error.kind in {Kind.TRUNCATED, Kind.EMPTY, Kind.MALFORMED}
        else:
            assert corpus.seen(fold(chunks)) == whole


def rounds(case):
    """Mutants of each stream: a few, or so many that `make fuzz` gets its number for every codec."""
    streams = sum(other.codec == case.codec for other in STREAMS)
    return max(LEAST_MUTANTS, -(-MUTANTS // streams))


@over([case for case in STREAMS if case.raw])
def test_mutated_bytes_raise_nothing_but_proxy_errors(case):
    dice = random.Random(case.name)
    for _ in range(rounds(case)):
        raw = bytearray(case.raw)
        for _ in range(dice.randrange(1, 12)):
            raw[dice.randrange(len(raw))] = dice.choice(b'{}[]",:0-nte\\\n\r\xff\x00a')
        chunks, error = attempt(read, case, [bytes(raw)])

        assert error or fold(chunks)


@over([case for case in CASES if not case.is_stream])
def test_mutated_bodies_raise_nothing_but_proxy_errors(case):
    dice = random.Random(case.name)
    codec = corpus.CODECS[case.codec]
    for _ in range(6):
        raw = bytearray(case.raw)
        for _ in range(dice.randrange(1, 8) if raw else 0):
            raw[dice.randrange(len(raw))] = dice.choice(b'{}[]",:0-nte\\\n\r\xff\x00a')
        completion, error = attempt(codec.decode, 200, {}, bytes(raw), created=1)

        assert codec.fault(500, {}, bytes(raw)).message
        assert completion or error


@pytest.mark.parametrize("name", sorted(corpus.CODECS))
@over(REQUESTS)
def test_a_request_is_encoded_the_same_twice_and_not_touched(case, name):
    codec = corpus.CODECS[name]
    stream = bool(case.body.get("stream"))
    request = ChatRequest(body=case.body, stream=stream, model="asked")
    before = copy.deepcopy(request.body)
    target = Target("provider", "model", name, "http://provider.test/v1", options=OPTIONS)
    call, error = attempt(codec.encode, request, target)

    assert request.body == before
    if error:
        assert error.kind in {Kind.UNSUPPORTED, Kind.INVALID_REQUEST}
    else:
        assert codec.encode(request, target) == call


WORDS = [
    "id",
    "index",
    "type",
    "choices",
    "delta",
    "message",
    "content",
    "role",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "usage",
    "error",
    "code",
    "finish_reason",
    "object",
    "created",
    "model",
    "reasoning",
    "function_call",
    "x_groq",
    "base_resp",
    "status_code",
    "detail",
    "text",
    "thinking",
    "native",
    "custom",
    "event",
    "candidates",
    "parts",
    "functionCall",
    "args",
    "partialArgs",
    "jsonPath",
    "stringValue",
    "thought",
    "inlineData",
    "finishReason",
    "groundingMetadata",
    "groundingChunks",
    "groundingSupports",
    "citationMetadata",
    "logprobsResult",
    "promptFeedback",
    "usageMetadata",
    "output",
    "stopReason",
    "toolUse",
    "reasoningContent",
    "citationsContent",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2000) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=24,
)


@pytest.mark.parametrize("name", sorted(corpus.CODECS))
@given(frames=st.lists(JSON, max_size=4))
def test_any_json_at_all_raises_nothing_but_proxy_errors(name, frames):
    codec = corpus.CODECS[name]
    decoder = codec.stream(ChatRequest(body={}), TARGET, created=1)
    payloads = [json.dumps(frame).encode() for frame in frames]
    data = b"".join(b"data: " + payload + b"\n\n" for payload in payloads)
    chunks, error = attempt(decoder.feed, data)
    if not error:
        last, error = attempt(decoder.finish)

    assert error or fold(chunks + last)
    for payload in payloads:
        completion, error = attempt(codec.decode, 200, {}, payload, created=1)
        assert completion or error
        assert codec.fault(400, {}, payload).message


@pytest.mark.parametrize("name", sorted(corpus.CODECS))
@given(data=st.binary(max_size=200))
def test_any_bytes_at_all_raise_nothing_but_proxy_errors(name, data):
    codec = corpus.CODECS[name]
    decoder = codec.stream(ChatRequest(body={}), TARGET, created=1)
    _, error = attempt(decoder.feed, data)
    if not error:
        _, error = attempt(decoder.finish)

    assert error
    assert codec.fault(502, {}, data).message
