import pytest

from proxy.core import jsons, vectors
from proxy.core.build import Builder
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.usage import Usage
from proxy.gate.cache import (
    MOST,
    Kept,
    Place,
    key_of,
    read,
    written_chunk,
    written_stream,
    written_whole,
)
from proxy.gate.caller import Caller
from proxy.surfaces.chat import Chat
from proxy.surfaces.embeddings import Embeddings
from proxy.surfaces.messages import Messages

PLACE = Place("chat", "chat", (("p/m", {}),))
BLUE = Caller("blue")
USAGE = Usage(prompt=3, completion=2)


def asked(surface=None, forward=(), **more):
    said = {"model": "chat", "messages": [{"role": "user", "content": "hi"}], **more}
    return (surface or Chat()).parse(jsons.encode(said), forward)


def key(caller=BLUE, place=PLACE, **more):
    return key_of(caller, asked(**more), place)


def said(finish="stop", native=None):
    build = Builder(1_700_000_000, "chatcmpl-1", "m")
    chunks = [build.role(), build.text("hel"), build.text("lo"), build.finish(finish)]
    chunks.append(build.usage(USAGE))
    if native is not None:
        chunks[1] = {**chunks[1], "native": {"dialect": native, "payload": b'{"a": 1}'}}
    return chunks


def whole(finish="stop", native=None):
    completion = fold(said(finish))
    if native is not None:
        completion["native"] = {"dialect": native, "payload": b'{"a": 1}'}
    return completion


def streamed(chunks):
    return written_stream("p/m", map(written_chunk, chunks))


def test_texts_that_came_together_are_kept_once():
    (chunk,) = Builder(1).texts(["a", "b"])

    assert jsons.decode(written_chunk(chunk)) == {k: v for k, v in chunk.items() if k != "pieces"}


@pytest.mark.parametrize(
    "more",
    [
        {"stream": True, "stream_options": {"include_usage": True}},
        {"user": "ann", "safety_identifier": "x", "metadata": {"trace": "1"}},
        {"prompt_cache_key": "k", "store": True},
        {"firstbyte": {"report": True, "first_byte_timeout": 3}},
        {"forward": (("via", "1.1 x"), ("traceparent", "00-1"), ("idempotency-key", "k"))},
    ],
)
def test_what_changes_nothing_about_the_answer_finds_the_same(more):
    assert key(**more) == key()


@pytest.mark.parametrize(
    "more",
    [
        {"messages": [{"role": "user", "content": "ho"}]},
        {"temperature": 0},
        {"n": 2},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        {"models": ["other"]},
        {"vendor_extension": 1},
        {"forward": (("anthropic-beta", "x"),)},
        {"caller": Caller("red")},
        {"caller": Caller("blue", credential=Secret("sk-own"))},
        {"place": Place("chat", "chat", (("p/m", {"temperature": 1}),))},
        {"place": Place("chat", "chat", (("p/m", {}), ("q/m", {})))},
        {"place": Place("other", "chat", PLACE.targets)},
        {"place": Place("chat", "other", PLACE.targets)},
    ],
)
def test_whatever_else_is_said_is_another_question(more):
    assert key(**more) != key()


def test_tenants_never_share_a_key():
    tenants = [
        *(Caller(), Caller("a"), Caller(key="a"), Caller(mark="b")),
        *(Caller(credential=Secret("a")), Caller(credential=Secret("b"))),
        *(Caller("a", credential=Secret("a")), Caller("team:a"), Caller("", key="team:a")),
    ]

    assert len({key(tenant) for tenant in tenants}) == len(tenants)


def test_two_keys_of_a_team_share():
    assert key(Caller("blue", key="one")) == key(Caller("blue", key="two"))


def test_the_order_of_equals_is_no_difference():
    both = (("p/m", {}), ("q/m", {"a": 1}))

    assert key(place=Place("chat", "chat", both)) == key(place=Place("chat", "chat", both[::-1]))


def test_an_api_that_says_more_than_chat_is_looked_up_by_all_that_it_says():
    def found(**more):
        return key_of(BLUE, asked(Messages(), max_tokens=5, **more), PLACE)

    assert found() == found(stream=True, metadata={"user_id": "ann"})
    assert found() != found(container="c")
    assert found() != key(max_tokens=5)


def test_a_request_that_is_too_large_is_not_looked_up():
    assert key(messages=[{"role": "user", "content": "x" * MOST}]) is None


def test_a_key_tells_nothing():
    assert "sk-own" not in (found := key(Caller("blue", credential=Secret("sk-own"))))
    assert found.startswith("answer:")
    assert len(found) == len("answer:") + 64


def test_what_came_in_chunks_is_given_whole_and_in_chunks():
    kept = read(streamed(said()))

    assert kept.target == "p/m"
    assert kept.whole() == fold(said())
    assert fold(kept.told()) == fold(said())


@pytest.mark.parametrize("native", [None, "openai"])
def test_what_came_whole_is_given_whole_and_in_chunks(native):
    kept = read(written_whole("p/m", whole(native=native)))

    assert kept == Kept("p/m", whole())
    assert fold(kept.told()) == whole()


@pytest.mark.parametrize("native", ["openai", "openai/run"])
def test_frames_that_say_nothing_more_are_not_kept(native):
    assert streamed(said(native=native)) == streamed(said())


def test_what_only_its_own_dialect_says_is_given_the_way_it_came():
    chunks, completion = said(native="anthropic"), whole(native="anthropic")
    in_chunks, at_once = read(streamed(chunks)), read(written_whole("p/m", completion))

    assert in_chunks.told() == chunks
    assert in_chunks.whole() is None
    assert at_once.whole() == completion
    assert at_once.told() is None


@pytest.mark.parametrize("finish", ["length", "content_filter", "", None])
def test_an_answer_that_was_ended_for_its_provider_is_not_kept(finish):
    assert written_whole("p/m", whole(finish)) is None
    assert streamed(said(finish)) is None


def test_every_choice_must_have_ended():
    cut = {"index": 1, "message": {"role": "assistant", "content": "x"}, "finish_reason": "length"}
    completion = whole()

    assert written_whole("p/m", whole("tool_calls")) is not None
    assert written_whole("p/m", {**completion, "choices": [*completion["choices"], cut]}) is None
    assert written_whole("p/m", {**completion, "choices": []}) is None


def test_a_stream_that_adds_up_to_nothing_is_not_kept():
    assert streamed([]) is None
    assert streamed([{"choices": [{"index": -1, "delta": {}}]}]) is None


def test_an_answer_that_is_too_large_is_not_kept():
    completion = whole()
    completion["choices"][0]["message"]["content"] = "x" * MOST

    assert written_whole("p/m", completion) is None


def test_vectors_come_back_as_they_were():
    answer = {
        "choices": [],
        "vectors": (vectors.of([0.5, -1.0]), vectors.of([0.25, 3.0])),
        "usage": None,
    }
    kept = read(written_whole("p/m", answer))

    assert kept.whole() == answer
    assert kept.told() is None
    assert written_whole("p/m", {"choices": [], "vectors": ()}) is None


def test_vectors_that_are_too_many_are_not_even_written(monkeypatch):
    monkeypatch.setattr(jsons, "encode", None)
    answer = {"choices": [], "vectors": (vectors.of([0.0] * (MOST // 2 + 1)),), "usage": None}

    assert written_whole("p/m", answer) is None


def test_embeddings_are_looked_up_too():
    body = {"model": "chat", "input": "hi"}
    one = Embeddings().parse(jsons.encode(body))
    two = Embeddings().parse(jsons.encode({**body, "encoding_format": "base64"}))

    assert key_of(BLUE, one, PLACE) != key_of(BLUE, two, PLACE)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"target":"p/m"}', b'{"target":"p/m","chunks":[1]}']
)
def test_what_we_never_wrote_is_nothing(data):
    assert read(data) is None
