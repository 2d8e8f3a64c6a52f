"""Recorded exchanges and our own fixtures, as cases for the codec contract suite.

The recorded corpus is read in place, see `recordings.py`; our fixtures are under `tests/fixtures/<codec>/`. A case is a folder with `response.raw`, `meta.json`, `expect.json`, perhaps `request.json`.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.openai import OpenAI
from proxy.core.shape import ChatRequest, Quirks, Target
from proxy.core.usage import Usage
from tests.support.recordings import CORPUS, LISTING, REPO

FIXTURES = REPO / "tests" / "fixtures"

CODECS = {"anthropic": Anthropic(), "openai": OpenAI()}
"""The codecs that exist, by name."""

NOT_OPENAI_SHAPED = {"ollama.chat", "cohere.v1.chat", "cohere.v2.chat"}

KINDS = {
    "auth": {"auth"},
    "context_length": {"context_length"},
    "invalid_request": {"invalid_request", "unsupported"},
    "not_found": {"not_found"},
    "overloaded": {"overloaded"},
    "permission": {"permission"},
    "rate_limit": {"rate_limit"},
    "server_error": {"server_error"},
}
"""The corpus's classes of error and the kinds that they may be; other classes say nothing."""

LATER: dict[str, str] = {}
"""Recorded cases that need a vendor's quirks: name -> why. None does by now."""


@dataclass(frozen=True)
class Case:
    name: str
    folder: Path
    meta: dict
    codec: str

    @cached_property
    def raw(self):
        return (self.folder / "response.raw").read_bytes()

    @cached_property
    def expect(self):
        return json.loads((self.folder / "expect.json").read_bytes())

    @property
    def body(self):
        """The recorded request in this codec's own protocol; None where there is none."""
        path = self.folder / "request.json"
        return json.loads(path.read_bytes()) if path.exists() else None

    @property
    def is_stream(self):
        return self.meta["status"] < 400 and self.meta["wire"] in {"sse", "ndjson", "eventstream"}

    @property
    def target(self):
        quirks = Quirks(**self.meta.get("quirks", {}))
        return Target("provider", "model", self.codec, "http://provider.test/v1", quirks=quirks)

    @property
    def request(self):
        body = self.body if self.codec == "openai" else None
        return ChatRequest(body=body or {}, stream=self.meta["wire"] != "json")

    def decoder(self):
        return CODECS[self.codec].stream(self.request, self.target, created=1)


def codec_of(api):
    """The name of the codec that reads an api of the corpus; None where that is none of ours yet."""
    if api in NOT_OPENAI_SHAPED:
        return None
    if api.endswith(".chat"):
        return "openai"
    return api.partition(".")[0] if api == "anthropic.messages" else None


def recorded():
    """The cases of the corpus that a codec of ours reads; empty where there is no corpus."""
    if not LISTING.exists():
        return []
    cases = [_case(CORPUS / line, line) for line in LISTING.read_text().split()]
    return [case for case in cases if case.codec in CODECS and case.name not in LATER]


def own():
    """Our fixtures."""
    folders = sorted(path.parent for path in FIXTURES.glob("*/*/meta.json"))
    cases = [_case(folder, folder.relative_to(FIXTURES).as_posix()) for folder in folders]
    return [case for case in cases if case.codec in CODECS]


def _case(folder, name):
    meta = json.loads((folder / "meta.json").read_bytes())
    return Case(name, folder, meta, codec_of(meta["api"]))


def seen(completion):
    """What a completion says, in the corpus's terms: one entry for each choice, by index."""
    return {
        choice.get("index", place): _choice_seen(choice)
        for place, choice in enumerate(completion["choices"])
    }


def _choice_seen(choice):
    message = choice["message"]
    calls = list(message.get("tool_calls") or [])
    legacy = message.get("function_call") or {}
    finish = choice["finish_reason"]
    if legacy.get("name"):
        # The corpus writes a deprecated call as a tool call.
        calls.append({"function": legacy})
        finish = "tool_calls" if finish == "function_call" else finish
    return {
        "text": message.get("content") or "",
        "reasoning": message.get("reasoning_content") or "",
        "refusal": message.get("refusal") or "",
        "tool_calls": [_call_seen(call) for call in calls],
        "finish": finish,
    }


def _call_seen(call):
    function = call.get("function") or call.get("custom") or {}
    try:
        arguments = json.loads(function.get("arguments", ""))
    except ValueError:
        arguments = None
    return {"name": function.get("name"), "arguments": arguments}


def expected(case):
    """What the first choice of a case should be, in the same terms as `seen`."""
    expect = case.expect
    calls = [
        {"name": call["name"], "arguments": call["arguments"]} for call in expect["tool_calls"]
    ]
    return {
        "text": expect["text"] or "",
        "reasoning": expect["reasoning"] or "",
        "refusal": expect.get("refusal") or "",
        "tool_calls": calls,
        "finish": _expected_finish(expect["openai_finish"], calls),
    }


def untold(case):
    """What the corpus does not look at: where Anthropic refuses, our words for it go into `refusal`."""
    return {} if case.codec == "openai" or "refusal" in case.expect else {"refusal": ""}


def _expected_finish(finish, calls):
    """The corpus keeps `stop` beside tool calls, and none where a server gave none; clients never see either."""
    if finish in {None, "stop"}:
        return "tool_calls" if calls else "stop"
    return finish


def expected_usage(case):
    """Usage in our convention; None where the case has none."""
    usage = case.expect["usage"]
    if not usage or usage["input"] is None:
        return None
    prompt = usage["input"]
    if case.meta["api"] == "anthropic.messages":
        prompt += (usage["cached_input"] or 0) + (usage["cache_write"] or 0)
    return Usage(
        prompt=prompt,
        completion=usage["output"],
        cached=usage["cached_input"],
        cache_write=usage["cache_write"],
        reasoning=usage["reasoning"],
    )
