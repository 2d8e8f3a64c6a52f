"""Two official SDKs read the same answer: Cohere's the native one, OpenAI's what we make of it. They must agree."""

import json

import httpx
import pytest
from cohere import ClientV2

from proxy.codecs.cohere.names import restored
from tests.support import corpus, differential

UNREAD = {
    "cohere/whole-string-content": "its content is a list by definition",
    "cohere/stream-no-last-blank-line": "an event without its blank line is none",
}
"""What Cohere's SDK reads otherwise, and why; we are more lenient."""

CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.codec == "cohere" and not case.expect["error"] and case.name not in UNREAD
]
HI = [{"role": "user", "content": "Hi"}]
FINISH = {"MAX_TOKENS": "length", "ERROR_TOXIC": "content_filter"}


def sdk(case):
    kind = "text/event-stream" if case.is_stream else "application/json"
    answer = httpx.Response(200, headers={"content-type": kind}, content=case.raw)
    return ClientV2(
        api_key="k",
        base_url="http://sdk.test",
        httpx_client=httpx.Client(transport=httpx.MockTransport(lambda _: answer)),
    )


def whole(case):
    """What Cohere's SDK reads of a whole answer."""
    answer = sdk(case).chat(model="m", messages=HI)
    message = answer.message
    blocks = message.content or []
    return {
        "text": "".join(block.text for block in blocks if block.type == "text"),
        "reasoning": "".join(block.thinking for block in blocks if block.type == "thinking")
        + (message.tool_plan or ""),
        "calls": [(c.function.name, c.function.arguments) for c in message.tool_calls or ()],
        "finish": answer.finish_reason,
        "usage": answer.usage,
    }


def added_up(case):
    """What Cohere's SDK reads of a stream, event by event, added up as its guides do."""
    seen = {"text": "", "reasoning": "", "calls": [], "finish": None, "usage": None}
    for event in sdk(case).chat_stream(model="m", messages=HI):
        message = getattr(getattr(event, "delta", None), "message", None)
        if event.type in {"content-start", "content-delta"}:
            seen["text"] += message.content.text or ""
            seen["reasoning"] += message.content.thinking or ""
        elif event.type == "tool-plan-delta":
            seen["reasoning"] += message.tool_plan
        elif event.type == "tool-call-start":
            function = message.tool_calls.function
            seen["calls"].append((function.name, function.arguments))
        elif event.type == "tool-call-delta":
            name, arguments = seen["calls"][event.index]
            piece = message.tool_calls.function.arguments
            seen["calls"][event.index] = (name, arguments + piece)
        elif event.type == "message-end":
            seen["finish"], seen["usage"] = event.delta.finish_reason, event.delta.usage
    return seen


def native(case):
    seen = added_up(case) if case.is_stream else whole(case)
    calls = [(restored(name), arguments) for name, arguments in seen["calls"]]
    finish = FINISH.get(seen["finish"], "tool_calls" if calls else "stop")
    return {
        **seen,
        "calls": [
            (name, None if finish == "length" else json.loads(arguments or "{}") or {})
            for name, arguments in calls
        ],
        "finish": finish,
        "usage": counted(seen["usage"]),
    }


def counted(usage):
    real = usage and (usage.tokens or usage.billed_units)
    return real and (
        real.input_tokens,
        real.output_tokens,
        usage.cached_tokens,
        getattr(real, "reasoning_tokens", None),
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_sdks_read_the_same_answer(case):
    assert differential.ours(case) == native(case)
