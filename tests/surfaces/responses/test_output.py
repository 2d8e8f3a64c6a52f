"""Items in the order of their events; that what they say adds up is for the grammar, in the encoder's tests."""

import pytest

from proxy.core.state import unseal
from proxy.surfaces.responses.output import (
    Call,
    CustomCall,
    Given,
    Item,
    Message,
    Reasoning,
    picture,
)

BLOCK = {"type": "thinking", "thinking": "Hm.", "signature": "s"}


def kinds(events):
    return [event["type"].removeprefix("response.") for event in events]


def test_a_message_opens_parts_as_they_are_needed():
    item = Message("msg_1", 0)
    events = item.begin() + item.text("a", []) + item.text("b", []) + item.refusal("No")

    assert kinds(events) == [
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "content_part.added",
        "refusal.delta",
    ]
    assert kinds(item.end("completed")) == ["refusal.done", "content_part.done", "output_item.done"]
    assert item.whole("completed") == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [
            {"type": "output_text", "text": "ab", "annotations": [], "logprobs": []},
            {"type": "refusal", "refusal": "No"},
        ],
    }


def test_a_message_that_says_nothing_still_has_a_text():
    item = Message("msg_1", 0)

    assert kinds(item.end("completed")) == [
        "content_part.added",
        "output_text.done",
        "content_part.done",
        "output_item.done",
    ]


def test_a_note_is_told_when_it_comes_and_not_before():
    item = Message("msg_1", 0)
    [opening, told] = item.annotate({"type": "url_citation"})

    assert opening["part"]["annotations"] == []
    assert (told["annotation_index"], told["content_index"]) == (0, 0)
    assert item.whole("completed")["content"][0]["annotations"] == [{"type": "url_citation"}]


def test_what_is_known_of_tokens_comes_with_the_piece_and_with_the_whole():
    item = Message("msg_1", 0)
    token = {"token": "a", "logprob": -0.1}
    delta = item.text("a", [token])[-1]
    [done, closed, _] = item.end("completed")

    assert delta["logprobs"] == done["logprobs"] == closed["part"]["logprobs"] == [token]


def test_a_part_that_another_opened_is_gone_on_with():
    item = Message("msg_1", 0)
    item.grow("lost: no part is open")
    item.follow("output_text")
    item.grow("a")

    assert kinds(item.text("b", [])) == ["output_text.delta"]
    assert item.whole("completed")["content"][0]["text"] == "ab"

    item.leave()

    assert kinds(item.text("c", [])) == ["content_part.added", "output_text.delta"]


def test_reasoning_is_sealed_when_it_ends():
    item = Reasoning("rs_1", 0)
    item.blocks.append(BLOCK)
    events = [*item.begin(), *item.think("H"), *item.think("m"), *item.end("completed")]

    assert kinds(events) == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    assert "encrypted_content" not in events[0]["item"]
    assert events[-1]["item"]["summary"] == [{"type": "summary_text", "text": "Hm"}]
    assert unseal(events[-1]["item"]["encrypted_content"]) == (BLOCK,)


def test_reasoning_without_words_is_still_sealed():
    item = Reasoning("rs_1", 0)

    assert kinds(item.end("completed")) == ["output_item.done"]
    assert item.whole("completed")["summary"] == []
    assert unseal(item.whole("completed")["encrypted_content"]) == ()


def test_a_call_that_was_made_without_arguments_gets_an_empty_object():
    item = Call("fc_1", 0, "call_1", "tide")
    [delta, done, closed] = item.end("completed")

    assert delta["delta"] == done["arguments"] == closed["item"]["arguments"] == "{}"
    assert done["name"] == "tide"


def test_a_call_that_was_cut_short_gets_none():
    item = Call("fc_1", 0, "call_1", "tide")

    assert kinds(item.end("incomplete")) == ["function_call_arguments.done", "output_item.done"]
    assert item.whole("incomplete")["arguments"] == ""


def test_a_custom_call_says_free_text_or_nothing():
    item = CustomCall("ctc_1", 0, "call_1", "note")

    assert kinds(item.put("a")) == ["custom_tool_call_input.delta"]
    assert item.whole("completed")["input"] == "a"
    assert kinds(CustomCall("ctc_1", 0, "c", "n").end("completed")) == [
        "custom_tool_call_input.done",
        "output_item.done",
    ]


def test_a_picture_is_an_item_that_holds_it_at_its_end():
    item = picture("ig_1", 0, "data:image/webp;base64,AAAA")

    assert "result" not in item.begin()[0]["item"]
    assert item.whole("completed") == {
        "id": "ig_1",
        "type": "image_generation_call",
        "result": "AAAA",
        "output_format": "webp",
        "status": "completed",
    }


@pytest.mark.parametrize("url", ["https://example.test/a.png", "data:text/plain;base64,AA", ""])
def test_a_picture_elsewhere_is_none(url):
    assert picture("ig_1", 0, url) is None


def test_a_given_item_has_nothing_open():
    assert Given("x", 0, {}).rest("completed") == []


def test_an_item_without_a_kind_says_nothing():
    with pytest.raises(AssertionError, match="Item says what it is"):
        Item("x", 0).whole("completed")
