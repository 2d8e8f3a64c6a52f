"""What Anthropic's SDK makes of our streams and errors: the events that it fires, and what it raises and repeats."""

from contextlib import closing

import anthropic
import pytest

from proxy.core.build import Builder
from proxy.core.errors import MEANINGS, Kind, ProxyError, Tried
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest
from proxy.core.state import unpack
from proxy.core.usage import Usage
from proxy.surfaces.messages import Messages
from tests.support import corpus
from tests.support.messages_sdk import HI, client, streamed, whole

BUILD = Builder(1, "chatcmpl-1", "gpt-x")
REQUEST = ChatRequest(body={}, raw=b"{}", dialect="messages")
RAISED = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    413: anthropic.RequestTooLargeError,
    429: anthropic.RateLimitError,
    503: anthropic.ServiceUnavailableError,
    504: anthropic.DeadlineExceededError,
    529: anthropic.OverloadedError,
}


def printed(*chunks):
    encoder = Messages().encoder(REQUEST)
    return b"".join(map(encoder.feed, chunks)) + encoder.finish()


def test_a_call_is_read_with_its_input_and_its_usage():
    signed = [{"type": "thinking", "thinking": "Hm", "signature": "sig"}]
    message = streamed(
        printed(
            BUILD.reasoning("Hm"),
            BUILD.delta({"thinking_blocks": signed}),
            BUILD.text("Let me see."),
            BUILD.tool_open(0, "functions.tide:0", "tide"),
            BUILD.tool_arguments(0, '{"port":'),
            BUILD.tool_arguments(0, '"Cork"}'),
            BUILD.tool_open(1, "call_b", "wind"),
            BUILD.finish("tool_calls"),
            BUILD.usage(Usage(640, 57, cached=600, cache_write=0, reasoning=9)),
        )
    )
    thinking, text, tide, wind = message["content"]

    assert thinking == signed[0]
    assert text["text"] == "Let me see."
    assert (tide["name"], tide["input"]) == ("tide", {"port": "Cork"})
    assert (wind["id"], wind["input"]) == ("call_b", {})
    assert message["stop_reason"] == "tool_use"
    assert message["usage"]["input_tokens"] == 40
    assert message["usage"]["cache_read_input_tokens"] == 600
    assert message["usage"]["output_tokens_details"] == {"thinking_tokens": 9}


def test_an_answer_sent_back_is_the_call_that_it_answers():
    message = streamed(
        printed(BUILD.tool_open(0, "functions.tide:0", "tide"), BUILD.finish("stop"))
    )
    [call] = message["content"]
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": "14:20"}
    turns = [
        *HI,
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    seen = []
    with closing(client(b"{}", headers={"content-type": "application/json"}, seen=seen)) as sdk:
        sdk.messages.create(model="m", max_tokens=9, messages=turns)
    _, said, answer = Messages().parse(seen[0].content).body["messages"]

    assert unpack(said["tool_calls"][0]["id"]).id == answer["tool_call_id"] == call["id"]
    assert answer["content"] == "14:20"


def test_events_fire_as_the_sdk_has_them():
    chunks = [BUILD.text("Li"), BUILD.text("ma"), BUILD.finish("stop")]
    with (
        closing(client(printed(*chunks))) as sdk,
        sdk.messages.stream(model="m", max_tokens=9, messages=HI) as stream,
    ):
        texts = list(stream.text_stream)

    assert texts == ["Li", "ma"]


def test_a_failure_after_the_first_byte_raises():
    encoder = Messages().encoder(REQUEST)
    data = encoder.feed(BUILD.text("Li"))
    data += encoder.late(ProxyError(Kind.RESET, "The connection broke."), "req_1")
    with (
        closing(client(data)) as sdk,
        pytest.raises(anthropic.APIStatusError, match="The connection broke") as caught,
        sdk.messages.stream(model="m", max_tokens=9, messages=HI) as stream,
    ):
        stream.get_final_message()

    assert caught.value.body["error"]["code"] == "upstream_reset"


@pytest.mark.parametrize("kind", Kind)
def test_an_error_raises_what_its_status_means_and_is_repeated_only_where_it_helps(
    kind, monkeypatch
):
    monkeypatch.setattr(
        "anthropic._base_client.SyncAPIClient._sleep_for_retry", lambda *a, **k: None
    )
    error = ProxyError(kind, "What happened.", retry_after=1)
    error.attempts = (Tried("openai/m", kind, None, None, 1.0),)
    answer, seen = Messages().error(error, "req_1"), []
    with (
        closing(client(answer.body, answer.status, dict(answer.headers), seen)) as sdk,
        pytest.raises(anthropic.APIStatusError, match="What happened") as caught,
    ):
        sdk.messages.create(model="m", max_tokens=9, messages=HI)

    server = anthropic.InternalServerError if answer.status >= 500 else anthropic.APIStatusError
    assert isinstance(caught.value, RAISED.get(answer.status, server))
    assert caught.value.body["error"]["attempts"][0]["target"] == "openai/m"
    assert len(seen) == (2 if MEANINGS[kind].should_retry else 1)


SEARCHED = (
    "gemini/grounding",
    "responses/stream-search-and-citations",
    "anthropic/stream-server-search-and-citations",
)


@pytest.mark.parametrize("is_whole", [False, True])
@pytest.mark.parametrize("name", SEARCHED)
def test_a_search_of_any_provider_is_read_as_one_of_its_own(name, is_whole):
    [case] = [case for case in corpus.own() if case.name == name]
    decoder = case.decoder()
    chunks = [*decoder.feed(case.raw), *decoder.finish()]
    request = ChatRequest(body={}, raw=b"{}", dialect="messages", must_search="It needs a search.")
    encoder = Messages().encoder(request)
    if is_whole:
        message = whole(Messages().whole(request, fold(chunks)))
    else:
        message = streamed(b"".join(map(encoder.feed, chunks)) + encoder.finish())
    blocks = {block["type"]: block for block in message["content"]}
    pages = {page["url"] for page in blocks["web_search_tool_result"]["content"]}
    cited = {citation["url"] for citation in blocks["text"]["citations"]}

    assert blocks["server_tool_use"]["input"]["query"]
    assert blocks["web_search_tool_result"]["tool_use_id"] == blocks["server_tool_use"]["id"]
    assert pages == cited != set()
    assert message["usage"]["server_tool_use"]["web_search_requests"] == 1
