from dataclasses import replace

import pytest

from proxy.codecs.codec import Codec
from proxy.codecs.openai import OpenAI
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Quirks, Target

TARGET = Target("provider", "m", "openai", "http://provider.test/v1")


def test_it_is_a_codec_by_the_name_of_its_protocol():
    codec: Codec = OpenAI()

    assert codec.name == "openai"


def test_it_writes_reads_and_names_failures():
    codec = OpenAI()
    body = b'{"id":"a","choices":[{"index":0,"message":{"content":"<think>b</think>c"}}]}'

    assert codec.encode(ChatRequest(body={}), TARGET).body == b'{"model":"m"}'
    assert codec.decode(200, {}, body, created=5)["created"] == 5
    assert codec.fault(429, {"retry-after": "3"}, b"").retry_after == 3


def test_whole_answers_are_split_at_their_tags_where_the_target_says_so():
    body = b'{"id":"a","choices":[{"index":0,"message":{"content":"<think>b</think>c"}}]}'
    tagged = replace(TARGET, quirks=Quirks(think_tags=True))
    message = OpenAI().decode(200, {}, body, created=5, target=tagged)["choices"][0]["message"]
    plain = OpenAI().decode(200, {}, body, created=5, target=TARGET)["choices"][0]["message"]

    assert (message["reasoning_content"], message["content"]) == ("b", "c")
    assert plain["content"] == "<think>b</think>c"


def test_whole_answers_are_split_at_their_tags_where_it_is_told_so():
    body = b'{"id":"a","choices":[{"index":0,"message":{"content":"<think>b</think>c"}}]}'
    message = OpenAI(think_tags=True).decode(200, {}, body, created=5)["choices"][0]["message"]

    assert (message["reasoning_content"], message["content"]) == ("b", "c")


@pytest.mark.parametrize(
    ("n", "ended"), [(None, True), (1, True), (2, False), ("2", True), (-1, True)]
)
def test_a_stream_knows_how_many_choices_were_asked_for(n, ended):
    decoder = OpenAI().stream(ChatRequest(body={"n": n}), TARGET, created=5)
    decoder.feed(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n')

    assert decoder.ended is ended


def test_a_stream_is_cut_off_at_the_targets_limit():
    small = Target("provider", "m", "openai", "http://provider.test/v1", max_event=10)
    decoder = OpenAI().stream(ChatRequest(body={}), small, created=5)
    with pytest.raises(ProxyError) as caught:
        decoder.feed(b"data: " + b"x" * 20)

    assert caught.value.kind is Kind.OVERSIZED
