import copy
import json

import pytest

from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.surfaces.messages.encoder import MessagesEncoder
from tests.support import messages_grammar, messages_sdk

BUILD = Builder(1, "chatcmpl-1", "gpt-x")
REQUEST = ChatRequest(body={}, raw=b"{}", dialect="messages", model="asked")
SAID = [BUILD.role(), BUILD.text("Li"), BUILD.text("ma")]
ENDED = [BUILD.finish("stop"), BUILD.usage(Usage(10, 5))]
MARK = {"fallback_attempts": ["a/b"], "resumed_from_partial": True}


def native(event, *choices):
    payload = json.dumps(event).encode()
    told = {"dialect": "anthropic", "event": event["type"], "payload": payload}
    return {**BUILD.delta({}), "choices": [*choices], "native": told}


START = native(
    {
        "type": "message_start",
        "message": {
            "id": "msg_2",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": [],
            "usage": {"input_tokens": 3, "output_tokens": 1},
        },
    }
)
OPEN = native(
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
)
PIECE = native(
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Li"}}
)
STOP = native({"type": "content_block_stop", "index": 0})
END = native(
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
)
OVER = [native({"type": "message_stop"}), BUILD.finish("stop"), BUILD.usage(Usage(3, 2))]
RELAYED = [START, OPEN, PIECE, STOP, END, *OVER]


def printed(chunks, model=None, report=None):
    before = copy.deepcopy(chunks)
    encoder = MessagesEncoder(REQUEST, model)
    data = b"".join(map(encoder.feed, chunks)) + encoder.finish(report)
    assert chunks == before
    return data


def test_an_answer_of_another_protocol_is_translated():
    message = messages_sdk.streamed(printed([*SAID, *ENDED]))

    assert messages_sdk.seen(message)["text"] == "Lima"
    assert (message["id"], message["model"]) == ("msg_1", "gpt-x")


def test_an_answer_of_this_protocol_is_relayed():
    data = printed(RELAYED)
    messages_grammar.check(data)

    for each in RELAYED[:6]:
        assert each["native"]["payload"] in data
    assert messages_sdk.streamed(data)["usage"]["output_tokens"] == 2


@pytest.mark.parametrize("chunks", [[*SAID, *ENDED], RELAYED])
def test_the_model_may_have_the_callers_name_for_it(chunks):
    assert messages_sdk.streamed(printed(chunks, "alias"))["model"] == "alias"


@pytest.mark.parametrize("chunks", [[*SAID, *ENDED], RELAYED])
def test_a_report_stands_in_the_last_event(chunks):
    read = messages_grammar.check(printed(chunks, report={"target": "a/b"}))

    assert read[-1] == {"type": "message_stop", "firstbyte": {"target": "a/b"}}


def test_an_answer_of_no_chunks_is_a_message():
    assert len(messages_grammar.check(printed([]))) == 3


@pytest.mark.parametrize("before", [SAID, [START, OPEN, PIECE], [START]])
@pytest.mark.parametrize("after", [[*SAID[1:], *ENDED], [START, OPEN, PIECE, STOP, *ENDED]])
def test_whoever_goes_on_after_a_cut_goes_on_in_the_same_message(before, after):
    said = [BUILD.text("Lima") if chunk is PIECE else chunk for chunk in after]
    first = {**said[0], "firstbyte": MARK}
    data = printed([*before, first, *said[1:]])
    read = messages_grammar.check(data)
    marked = [event for event in read if "firstbyte" in event]
    message = messages_sdk.streamed(data)

    assert [event["firstbyte"] for event in marked] == [MARK]
    assert marked[0]["type"] == "content_block_start"
    assert messages_sdk.seen(message)["text"].endswith("Lima")
    assert message["usage"]["input_tokens"] == 10


def test_a_further_run_that_says_nothing_more_is_marked_at_the_end():
    read = messages_grammar.check(printed([*SAID, {**ENDED[0], "firstbyte": MARK}, ENDED[1]]))

    assert read[-2]["firstbyte"] == MARK


@pytest.mark.parametrize("said", [5, "x", [], {"target": "a/b", "attempts": []}])
def test_what_a_provider_says_under_the_name_of_a_mark_takes_nothing_up(said):
    chunks = [SAID[0], {**SAID[1], "firstbyte": said}, *SAID[2:], *ENDED]

    assert printed(chunks) == printed([*SAID, *ENDED])


@pytest.mark.parametrize("chunks", [[], SAID, [START, OPEN, PIECE]])
def test_a_failure_after_the_first_byte_ends_the_stream_without_its_end(chunks):
    encoder = MessagesEncoder(REQUEST)
    error = ProxyError(Kind.RESET, "The connection broke.")
    error.attempts = (Tried("a/b", Kind.RESET, None, None, 1.0),)
    data = b"".join(map(encoder.feed, chunks)) + encoder.late(error, "req_1")
    last = messages_grammar.check(data)[-1]

    assert last["type"] == "error"
    assert last["error"]["type"] == "api_error"
    assert last["error"]["attempts"][0]["target"] == "a/b"
    assert last["request_id"] == "req_1"


def test_pings_may_stand_anywhere():
    encoder = MessagesEncoder(REQUEST)
    data = encoder.heartbeat()
    for chunk in [*SAID, *ENDED]:
        data += encoder.feed(chunk) + encoder.heartbeat()
    data += encoder.finish()
    messages_grammar.check(data)

    assert messages_sdk.seen(messages_sdk.streamed(data))["text"] == "Lima"


def test_arguments_that_are_not_json_are_a_failure_and_no_end():
    encoder = MessagesEncoder(REQUEST)
    encoder.feed(BUILD.tool_open(0, "a", "tide"))
    encoder.feed(BUILD.tool_arguments(0, '{"port"'))

    with pytest.raises(ProxyError, match="not JSON"):
        encoder.feed(BUILD.finish("tool_calls"))
