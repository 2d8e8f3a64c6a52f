"""Two official SDKs read the same answer: Google's the native one, OpenAI's what we make of it. They must agree."""

import httpx
import pytest
from google import genai
from google.genai import types

from tests.support import corpus, differential

UNREAD = {
    "enums as numbers": lambda case: "int_enums" in case.meta.get("nasty", ()),
    "arguments in pieces": lambda case: b'"partialArgs"' in case.raw,
    "an array for a stream": lambda case: case.meta["wire"] == "json_array",
    "several candidates at once": lambda case: "choices" in case.expect,
}
"""What Google's SDK leaves to its caller or cannot read, and how it shows."""

CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.meta["api"] == "gemini.generateContent"
    and not case.expect["error"]
    and not any(shows(case) for shows in UNREAD.values())
]
FILTERED = {
    "SAFETY",
    "RECITATION",
    "PROHIBITED_CONTENT",
    "BLOCKLIST",
    "SPII",
    "LANGUAGE",
    "MODEL_ARMOR",
}
CUT = {"MAX_TOKENS", "CONTINUATION"}
ONCE = types.GenerateContentConfig(automatic_continuation=False)
COUNTS = {
    "prompt": ("prompt_token_count", "tool_use_prompt_token_count"),
    "completion": ("candidates_token_count", "thoughts_token_count"),
    "cached": ("cached_content_token_count",),
    "reasoning": ("thoughts_token_count",),
}


@pytest.fixture(scope="module")
def sdk():
    """One client for all cases, for making one is slow; the answer that it is to read is put into `answers`."""
    answers = []
    http = httpx.Client(transport=httpx.MockTransport(lambda _: answers.pop()))
    options = types.HttpOptions(base_url="http://sdk.test", httpx_client=http)
    with genai.Client(api_key="k", http_options=options) as client:
        yield client.models, answers


def responses(case, sdk):
    models, answers = sdk
    kind = "text/event-stream" if case.is_stream else "application/json"
    answers.append(httpx.Response(200, headers={"content-type": kind}, content=case.raw))
    if case.is_stream:
        return list(models.generate_content_stream(model="m", contents="Hi", config=ONCE))
    return [models.generate_content(model="m", contents="Hi", config=ONCE)]


def native(case, sdk):
    """What Google's SDK reads, added up as its guides do."""
    events = responses(case, sdk)
    candidates = [each for event in events for each in event.candidates or () if not each.index]
    contents = [each.content for each in candidates if each.content]
    parts = [part for content in contents for part in content.parts or ()]
    calls = [part.function_call for part in parts if part.function_call]
    words = [each.finish_reason.value for each in candidates if each.finish_reason]
    return {
        "text": "".join(part.text for part in parts if part.text and not part.thought),
        "reasoning": "".join(part.text for part in parts if part.text and part.thought),
        "calls": [(call.name.removeprefix("default_api:"), call.args or {}) for call in calls],
        "finish": finish(words, calls, events),
        "usage": counted([event.usage_metadata for event in events if event.usage_metadata]),
    }


def finish(words, calls, events):
    blocked = any(event.prompt_feedback and event.prompt_feedback.block_reason for event in events)
    last = words[-1] if words else None
    if last in FILTERED or (blocked and not words):
        return "content_filter"
    if last in CUT:
        return "length"
    return "tool_calls" if calls else "stop"


def counted(told):
    """Totals so far, each the last that was told."""
    last = {}
    for usage in told:
        last |= {name: value for name, value in usage if value is not None}
    sums = [
        sum(last[name] for name in names if name in last)
        if any(name in last for name in names)
        else None
        for names in COUNTS.values()
    ]
    return None if sums == [None] * 4 else (sums[0] or 0, sums[1] or 0, *sums[2:])


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_sdks_read_the_same_answer(case, sdk):
    assert differential.ours(case) == native(case, sdk)
