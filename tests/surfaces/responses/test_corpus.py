"""Every recorded answer of every protocol, rendered for a Responses client, read back by OpenAI's own SDK."""

import json
from functools import cache

import httpx2
import pytest
from openai import OpenAI

from proxy.core.fold import fold
from proxy.core.shape import ChatRequest
from proxy.surfaces.responses import Responses
from tests.support import corpus
from tests.support.responses_grammar import checked

REQUEST = ChatRequest({"messages": []}, raw=b'{"input":"hi"}', dialect="responses", model="m")
CASES = [case for case in corpus.own() + corpus.recorded() if not case.expect["error"]]
STREAMS = [case for case in CASES if case.is_stream]
STATUS = {"length": "incomplete", "content_filter": "incomplete"}


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


@cache
def sdk():
    """One client, and the place for what it is answered."""
    answers = []

    def answer(_request):
        kind, body = answers.pop()
        return httpx2.Response(200, headers={"content-type": kind}, content=body)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return OpenAI(api_key="sk-test", base_url="http://sdk.test/v1", http_client=http), answers


def read_stream(body):
    """What the SDK's accumulator makes of a stream; of one that is not complete, its last event's response."""
    client, answers = sdk()
    answers.append(("text/event-stream", body))
    with client.responses.stream(model="m", input="hi") as stream:
        last = list(stream)[-1]
    return last.response


def read_whole(body):
    client, answers = sdk()
    answers.append(("application/json", body))
    return client.responses.create(model="m", input="hi")


def seen(response):
    """What a response says, in the corpus's terms."""
    texts = {"output_text": "", "refusal": ""}
    reasoning, calls = "", []
    for item in response.output:
        if item.type == "message":
            for part in item.content:
                texts[part.type] += getattr(part, "text", None) or getattr(part, "refusal", "")
        elif item.type == "reasoning":
            reasoning += "".join(part.text for part in item.summary)
        elif item.type in {"function_call", "custom_tool_call"}:
            calls.append({"name": item.name, "arguments": arguments(item)})
    return {
        "text": texts["output_text"],
        "reasoning": reasoning,
        "refusal": texts["refusal"],
        "tool_calls": calls,
        "status": response.status,
    }


def arguments(item):
    try:
        return json.loads(getattr(item, "arguments", ""))
    except ValueError:
        return None


def wanted(said):
    """What a response should say, out of what its choice says."""
    rest = {name: value for name, value in said.items() if name != "finish"}
    return {**rest, "status": STATUS.get(said["finish"], "completed")}


def with_words(said, case):
    """What is expected, the words of its sound included."""
    return {**said, "text": said["text"] + corpus.spoken(case)}


def told(case):
    """The chunks of a recorded stream, and what they add up to in the corpus's terms."""
    decoder = case.decoder()
    chunks = decoder.feed(case.raw) + decoder.finish()
    return chunks, corpus.seen(fold(chunks))[0]


@each(STREAMS)
def test_every_recorded_stream_is_told_in_events_that_the_sdk_adds_up_to_what_it_said(case):
    chunks, said = told(case)
    encoder = Responses().encoder(REQUEST)
    stream = b"".join(map(encoder.feed, chunks)) + encoder.finish()
    events = checked(stream)
    read = seen(read_stream(stream))

    read["text"] = corpus.without_stand_ins(read["text"])
    expected = with_words(wanted(corpus.expected(case)), case)

    assert read == with_words(wanted(said), case)
    assert read | corpus.untold(case) == expected | corpus.untold(case)
    assert json.loads(encoder.response) == events[-1]["response"]


@each(STREAMS)
def test_a_recorded_stream_and_its_sum_are_the_same_response(case):
    chunks, _ = told(case)
    encoder = Responses().encoder(REQUEST)
    for chunk in chunks:
        encoder.feed(chunk)
    encoder.finish()
    streamed = json.loads(encoder.response)
    whole = json.loads(Responses().whole(REQUEST, fold(chunks)))

    for response in (streamed, whole):
        response.pop("id")
        response["output"] = said_in(response["output"])
    assert whole == streamed


@each([case for case in CASES if not case.is_stream])
def test_every_recorded_answer_is_a_response_that_the_sdk_reads(case):
    codec = corpus.CODECS[case.codec]
    completion = codec.decode(200, {}, case.raw, created=1, target=case.target)
    completion.pop("native", None)
    read = seen(read_whole(Responses().whole(REQUEST, completion)))
    read["text"] = corpus.without_stand_ins(read["text"])
    expected = with_words(wanted(corpus.expected(case)), case)

    assert read | corpus.untold(case) == expected | corpus.untold(case)


def said_in(output):
    """What the items of an output say together: a sum does not know in which turns its parts came."""
    texts = {}
    for item in output:
        for part in [*item.get("content", []), *item.get("summary", [])]:
            texts.setdefault(part["type"], []).append(part.get("text", part.get("refusal")))
    calls = [(i["call_id"], i.get("arguments", i.get("input"))) for i in output if "call_id" in i]
    return {kind: "".join(parts) for kind, parts in texts.items()}, calls
