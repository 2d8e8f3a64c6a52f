"""What the encoder prints, read by the official SDK: what its accumulator and its errors rely on."""

from contextlib import closing

import httpx2
import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.surfaces.responses import Responses

BUILD = Builder(1_700_000_000, "chatcmpl-1", "gpt-x")
REQUEST = ChatRequest({"messages": []}, b'{"input":"hi"}', "responses")
CUT = ProxyError(Kind.TRUNCATED, "the stream was cut")
TOOLS = [
    {
        "type": "function",
        "name": "tide",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"port": {"type": "string"}},
            "required": ["port"],
            "additionalProperties": False,
        },
    }
]


class Tide(BaseModel):
    time: str


def client(body, kind="text/event-stream", status=200, headers=None):
    def answer(_request):
        return httpx2.Response(
            status, headers={"content-type": kind, **(headers or {})}, content=body
        )

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return OpenAI(api_key="sk-test", base_url="http://sdk.test/v1", http_client=http, max_retries=0)


def printed(*chunks, error=None):
    encoder = Responses().encoder(REQUEST)
    end = encoder.finish if error is None else lambda: encoder.late(error, "req_1")
    return b"".join(map(encoder.feed, chunks)) + end()


def accumulated(body, **named):
    with (
        closing(client(body)) as sdk,
        sdk.responses.stream(model="m", input="hi", **named) as stream,
    ):
        return list(stream), stream.get_final_response()


def test_a_text_is_added_up_piece_by_piece():
    events, final = accumulated(printed(BUILD.text("Hel"), BUILD.text("lo"), BUILD.finish("stop")))
    snapshots = [each.snapshot for each in events if each.type == "response.output_text.delta"]

    assert snapshots == ["Hel", "Hello"]
    assert final.output_text == "Hello"


def test_the_arguments_of_a_strict_tool_are_parsed():
    body = printed(
        BUILD.reasoning("Hm."),
        BUILD.tool_open(0, "call_a", "tide"),
        BUILD.tool_arguments(0, '{"port":'),
        BUILD.tool_arguments(0, '"Cork"}'),
        BUILD.finish("tool_calls"),
    )
    _, final = accumulated(body, tools=TOOLS)
    [thought, call] = final.output

    assert thought.summary[0].text == "Hm."
    assert (call.call_id, call.parsed_arguments) == ("call_a", {"port": "Cork"})


def test_a_structured_answer_is_parsed():
    body = printed(BUILD.text('{"time":"14:20"}'), BUILD.finish("stop"))
    _, final = accumulated(body, text_format=Tide)

    assert final.output_parsed == Tide(time="14:20")


def test_a_cut_answer_raises_what_happened():
    with closing(client(printed(BUILD.text("Hel"), error=CUT))) as sdk:
        stream = sdk.responses.create(model="m", input="hi", stream=True)
        seen = []
        with pytest.raises(openai.APIError, match="the stream was cut") as caught:
            seen.extend(stream)

    assert caught.value.code == "upstream_truncated"


def test_a_failure_before_any_word_raises_too():
    with pytest.raises(openai.APIError, match="the stream was cut"):
        accumulated(printed(error=CUT))


def test_an_answer_that_another_target_took_up_is_one_answer():
    mark = {**BUILD.role(), "firstbyte": {"resumed_from_partial": True}}
    body = printed(BUILD.text("Hel"), mark, BUILD.text("lo"), BUILD.finish("stop"))
    _, final = accumulated(body)

    assert final.output_text == "Hello"


def test_an_answer_that_began_anew_is_only_the_second():
    mark = {"fallback_attempts": ["a/b"], "resumed_from_partial": False, "restarted": True}
    first = {**BUILD.role(), "firstbyte": mark}
    body = printed(BUILD.text("Hel"), first, BUILD.text("Hi"), BUILD.finish("stop"))
    _, final = accumulated(body)

    assert final.output_text == "Hi"


def test_an_error_before_the_first_byte_is_the_sdks_own():
    answer = Responses().error(ProxyError(Kind.INVALID_REQUEST, "no", param="input"), "req_1")
    with (
        closing(
            client(answer.body, "application/json", answer.status, dict(answer.headers))
        ) as sdk,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        sdk.responses.create(model="m", input="hi")

    assert caught.value.param == "input"
