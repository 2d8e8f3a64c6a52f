import base64

import pytest

from proxy.codecs.bedrock.blocks import block_of, delta_of, opened_by
from proxy.core.errors import Kind, ProxyError
from proxy.core.state import unpack
from tests.support.converse import (
    NOVA_2,
    answer,
    decoder,
    delta,
    end,
    start,
    stop,
)


def b64(data):
    return base64.b64encode(data).decode()


def thought(**said):
    return delta(0, {"reasoningContent": said})


CALL = start(1, {"toolUse": {"toolUseId": "t", "name": "tide"}})


def test_reasoning_is_told_as_it_comes_and_signed_at_the_end():
    message, _ = answer(
        thought(text="H"), thought(text="m."), thought(signature="c2ln"), stop(0), CALL, end()
    )
    block = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}

    assert message["reasoning_content"] == "Hm."
    assert message["thinking_blocks"] == [block]
    packed = unpack(message["tool_calls"][0]["id"])
    assert packed.maker == "anthropic/claude-sonnet-4-5"
    assert packed.blocks == (block,)


@pytest.mark.parametrize(
    ("pieces", "data"),
    [
        ([b64(b"sealed")], b64(b"sealed")),
        ([b64(b"sealed"), b64(b" words")], b64(b"sealed words")),
        (["??", "!!"], "??!!"),
    ],
)
def test_encrypted_reasoning_goes_back_whole_to_its_maker(pieces, data):
    sealed = [thought(redactedContent=piece) for piece in pieces]
    message, _ = answer(*sealed, stop(0), CALL, end(), model=NOVA_2)
    packed = unpack(message["tool_calls"][0]["id"])

    assert packed.maker == "bedrock/amazon.nova-2-lite-v1:0"
    assert packed.blocks == ({"type": "redacted_content", "data": data},)
    assert "reasoning_content" not in message


def test_text_without_a_start_and_its_citations():
    web = {"location": {"web": {"url": "https://a.test/x", "domain": "a.test"}}}
    own = {
        "title": "mine",
        "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 1}},
    }
    message, _ = answer(
        delta(0, {"citation": web}),
        delta(0, {"text": "Hi"}),
        delta(0, {"citation": own}),
        stop(0),
        end(),
    )
    note = {"start_index": 0, "end_index": 2, "url": "https://a.test/x", "title": ""}

    assert message["annotations"] == [{"type": "url_citation", "url_citation": note}]


def test_an_image_is_a_data_url():
    pieces = [
        delta(0, {"image": {"source": {"bytes": b64(b"ab")}}}),
        delta(0, {"image": {"source": {}}}),
    ]
    message, _ = answer(start(0, {"image": {"format": "webp"}}), *pieces, stop(0), end())

    assert message["images"] == [
        {"type": "image_url", "image_url": {"url": f"data:image/webp;base64,{b64(b'ab')}"}}
    ]


def test_an_image_without_bytes_says_nothing():
    message, _ = answer(
        delta(0, {"image": {"error": {"message": "no"}}}), stop(0), delta(1, {"text": "x"}), end()
    )

    assert "images" not in message


def test_what_the_provider_ran_itself_is_hidden():
    reader = decoder()
    chunks = reader.feed(
        start(0, {"toolUse": {"toolUseId": "t", "name": "x", "type": "server_tool_use"}})
        + delta(0, {"toolUse": {"input": "{}"}})
        + stop(0)
        + start(1, {"toolResult": {"toolUseId": "t"}})
        + delta(1, {"toolResult": [{"text": "x"}]})
    )

    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": ""}
    ]
    assert reader.unknown == 0


def test_what_is_held_back_has_a_limit():
    reader = decoder(max_answer=10)
    with pytest.raises(ProxyError) as caught:
        reader.feed(thought(redactedContent="x" * 11))

    assert caught.value.kind is Kind.OVERSIZED


def test_arguments_without_a_start_are_hidden_and_counted():
    reader = decoder()
    reader.feed(delta(0, {"toolUse": {"input": "{}"}}))

    assert reader.unknown == 1


@pytest.mark.parametrize("odd", [None, 7, "x", []])
def test_members_of_another_type_say_nothing(odd):
    for name in ("toolUse", "reasoningContent", "citationsContent", "image", "toolResult", "text"):
        assert block_of({name: odd})["type"]
    for name in ("toolUse", "reasoningContent", "citation", "image", "toolResult", "text"):
        assert delta_of({name: odd})["type"]
    assert block_of({"odd": odd}) == delta_of({"odd": odd}) == opened_by({"odd": odd}) == {}


def test_cited_text_is_text_whatever_stands_beside_it():
    content = {
        "content": [{"text": "a"}, 7, {"text": 8}, {"text": "b"}],
        "citations": [7, {"source": "https://b.test"}],
    }

    assert block_of({"citationsContent": content}) == {
        "type": "text",
        "text": "ab",
        "citations": [{"url": None, "title": None}, {"url": "https://b.test", "title": None}],
    }
