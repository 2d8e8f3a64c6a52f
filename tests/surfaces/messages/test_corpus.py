"""Every recorded answer of every protocol, rendered as Messages: in grammar, and read back by the official SDK as it was."""

import json

import pytest

from proxy.codecs.anthropic.structure import JSON_TOOL
from proxy.core.shape import ChatRequest
from proxy.surfaces.messages import Messages
from tests.support import corpus, messages_grammar, messages_sdk

CASES = [
    case
    for case in corpus.own() + corpus.recorded() + corpus.relayed()
    # A relayed caller is never answered through the tool that only we add.
    if not case.expect["error"] and not (case.relayed and JSON_TOOL.encode() in case.raw)
]
STREAMS = [case for case in CASES if case.is_stream]
WHOLE = [case for case in CASES if not case.is_stream]
REQUEST = ChatRequest(body={}, raw=b"{}", dialect="messages", stream=True)
PIECE = 700


def over(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def printed(case):
    decoder = case.decoder()
    pieces = [case.raw[at : at + PIECE] for at in range(0, len(case.raw), PIECE)]
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)] + decoder.finish()
    encoder = Messages().encoder(REQUEST)
    return b"".join(map(encoder.feed, chunks)) + encoder.finish()


def body(case):
    codec = corpus.CODECS[case.codec]
    status, headers = case.meta["status"], case.meta["response_headers"]
    completion = codec.decode(status, headers, case.raw, created=1, target=case.target)
    if not case.relayed:
        completion.pop("native", None)
    return Messages().whole(REQUEST, completion)


def compared(case, message):
    """What is seen and what is expected, in terms that both have."""
    seen, expected = messages_sdk.seen(message), corpus.expected(case)
    if not case.relayed:
        seen["text"] = corpus.without_stand_ins(seen["text"])
        expected["text"] += corpus.spoken(case)
    refusal = expected.pop("refusal")
    # A refusal is text here, and how it is explained is no text of the provider's.
    explained = (message.get("stop_details") or {}).get("explanation") or ""
    if case.relayed or "refusal" not in corpus.untold(case):
        expected["text"] += "" if case.relayed else refusal
    else:
        seen["text"] = seen["text"].removesuffix(explained)
    if refusal and not case.relayed:
        expected["finish"] = "content_filter"
    if case.relayed and seen["tool_calls"] and seen["finish"] == "stop":
        seen["finish"] = "tool_calls"
    for ours, theirs in zip(seen["tool_calls"], expected["tool_calls"], strict=True):
        # The SDK mends arguments that are cut short, and free text has no form in the corpus.
        if seen["finish"] in ("length", "content_filter") or theirs["arguments"] is None:
            ours["arguments"] = theirs["arguments"] = None
    return seen, expected


@over(STREAMS)
def test_a_stream_is_in_grammar_and_says_what_the_provider_said(case):
    data = printed(case)
    messages_grammar.check(data, relayed=case.relayed)
    seen, expected = compared(case, messages_sdk.streamed(data))

    assert seen == expected


@over(WHOLE)
def test_a_whole_answer_says_what_the_provider_said(case):
    seen, expected = compared(case, messages_sdk.whole(body(case)))

    assert seen == expected


@over([case for case in CASES if corpus.expected_usage(case) is not None])
def test_usage_is_what_the_provider_counted(case):
    message = messages_sdk.streamed(printed(case)) if case.is_stream else json.loads(body(case))
    # Who is relayed has the provider's own totals, and the list that they leave some of it to.
    expected = corpus.counts(corpus.expected_usage(case, told=case.relayed))
    # Some count what was cached apart from the prompt; fresh input is never below 0.
    cached = (expected["cached"] or 0) + (expected["cache_write"] or 0)
    expected["prompt"] = max(expected["prompt"], cached)

    assert messages_sdk.counts(message) == expected


@over([case for case in WHOLE if case.relayed and case.codec == "anthropic"])
def test_a_relayed_message_is_byte_for_byte_what_came(case):
    assert body(case) == case.raw
