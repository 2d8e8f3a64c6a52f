"""Two official SDKs read the same answer: Ollama's the native one, OpenAI's what we make of it. They must agree."""

import json

import pytest
from ollama import ChatResponse

from tests.support import corpus, differential

UNREAD = {"ollama/stream-tools-without-ids", "ollama/whole-thinking-and-tools"}
"""Ollama's SDK has no form for arguments that are null or a text; we are more lenient."""

CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.codec == "ollama"
    and case.meta["api"] == "ollama.chat"
    and not case.expect["error"]
    and case.name not in UNREAD
]
FINISH = {"length": "length"}


def native(case):
    """The answer as Ollama's SDK reads it, line by line, in plain terms."""
    lines = case.raw.decode("utf-8-sig").splitlines() if case.is_stream else [case.raw.decode()]
    if case.name.endswith("in-lines"):
        lines = case.raw.decode().splitlines()
    values = [json.loads(line) for line in lines if line.strip()]
    parts = [ChatResponse(**value) for value in values if "message" in value]
    calls = [call for part in parts for call in part.message.tool_calls or ()]
    last = parts[-1]
    counted = last.prompt_eval_count is not None or last.eval_count is not None
    return {
        "text": "".join(part.message.content or "" for part in parts),
        "reasoning": "".join(part.message.thinking or "" for part in parts),
        "calls": [(call.function.name, dict(call.function.arguments)) for call in calls],
        "finish": "tool_calls" if calls else FINISH.get(last.done_reason, "stop"),
        "usage": (last.prompt_eval_count or 0, last.eval_count or 0, None, None)
        if counted
        else None,
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_sdks_read_the_same_answer(case):
    assert differential.ours(case) == native(case)
