import pytest

from proxy.core.build import Builder
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.surfaces.messages.translation import Translation
from tests.support import messages_grammar

BUILD = Builder(1, "chatcmpl-1", "gpt-x")
REQUEST = ChatRequest(body={"stop": ["END"]}, raw=b"{}", dialect="messages", model="asked")
TEXT = [BUILD.role(), BUILD.text("Li"), BUILD.text("ma"), BUILD.finish("stop")]
PREFACE = {"id": "", "model": "", "choices": [], "prompt_filter_results": []}


def events(chunks, model=None, report=None, **named):
    translation = Translation(REQUEST, model, **named)
    return messages_grammar.check(
        b"".join(map(translation.feed, chunks)) + translation.finish(report)
    )


def types(read):
    return [event["type"].removeprefix("content_block_") for event in read]


def test_an_answer_is_a_message():
    read = events([*TEXT, BUILD.usage(Usage(10, 5, cached=4))])

    assert types(read) == [
        "message_start",
        *("start", "delta", "delta", "stop"),
        "message_delta",
        "message_stop",
    ]
    assert read[0]["message"] == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "gpt-x",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": {
            "input_tokens": 0,
            "output_tokens": 0,
            "cache_creation_input_tokens": None,
            "cache_read_input_tokens": None,
        },
    }
    assert read[-2] == {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None, "stop_details": None},
        "usage": {"input_tokens": 6, "output_tokens": 5, "cache_read_input_tokens": 4},
    }


def test_usage_that_comes_first_stands_at_the_start_too():
    read = events([{**TEXT[0], "usage": Usage(10, 1).wire()}, *TEXT[1:]])

    assert read[0]["message"]["usage"]["input_tokens"] == 10
    assert read[-2]["usage"] == {"input_tokens": 10, "output_tokens": 1}


def test_the_start_waits_for_a_chunk_that_has_the_id():
    translation = Translation(REQUEST, None)

    assert translation.feed(PREFACE) == b""
    assert translation.feed(TEXT[0]).startswith(b"event: message_start")


def test_the_end_waits_for_the_end():
    translation = Translation(REQUEST, None)
    data = b"".join(map(translation.feed, [*TEXT, BUILD.usage(Usage(1, 1))]))

    assert types(messages_grammar.check(data, ended=False))[-1] == "stop"


@pytest.mark.parametrize(
    ("model", "chunk", "named"),
    [
        (None, TEXT[0], "gpt-x"),
        ("alias", TEXT[0], "alias"),
        ("", {**TEXT[0], "model": "x"}, "asked"),
        (None, {**TEXT[0], "model": ""}, "asked"),
    ],
)
def test_the_model_is_the_providers_unless_another_is_given(model, chunk, named):
    assert events([chunk, *TEXT[1:]], model)[0]["message"]["model"] == named


def test_only_the_first_choice_is_told():
    read = events([BUILD.text("no", 1), *TEXT, BUILD.finish("length", 1)])

    assert [event["delta"]["text"] for event in read if "text" in event.get("delta", {})] == [
        "Li",
        "ma",
    ]
    assert read[-2]["delta"]["stop_reason"] == "end_turn"


def test_an_answer_without_a_chunk_is_a_message_all_the_same():
    assert types(events([])) == ["message_start", "message_delta", "message_stop"]


def test_an_answer_without_a_finish_is_ended():
    assert events(TEXT[:-1])[-2]["delta"]["stop_reason"] == "end_turn"


def test_a_report_stands_in_the_last_event():
    assert events(TEXT, report={"target": "a/b"})[-1]["firstbyte"] == {"target": "a/b"}


def test_a_further_run_begins_a_block_that_says_so():
    translation = Translation(REQUEST, None)
    data = translation.feed(TEXT[0]) + translation.feed(TEXT[1])
    data += translation.resume({"restarted": True})
    again = Builder(2, "other", "other").text("Lima")
    data += translation.feed(again) + translation.feed(TEXT[-1]) + translation.finish(None)
    read = messages_grammar.check(data)

    assert [event.get("index") for event in read] == [None, 0, 0, 0, 1, 1, 1, None, None]
    assert read[4]["firstbyte"] == {"restarted": True}


def test_the_rest_of_a_message_has_no_second_start():
    translation = Translation(REQUEST, None, resumed_at=2)
    data = translation.resume({"restarted": True})
    data += b"".join(map(translation.feed, TEXT)) + translation.finish(None)
    read = messages_grammar.events(data)

    assert types(read)[0] == "start"
    assert (read[0]["index"], read[0]["firstbyte"]) == (2, {"restarted": True})
