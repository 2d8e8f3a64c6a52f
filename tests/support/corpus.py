"""Recorded exchanges and our own fixtures, as cases for the codec contract suite.

The recorded corpus is read in place, see `recordings.py`; our fixtures are under `tests/fixtures/<codec>/`. A case is a folder with `response.raw`, `meta.json`, `expect.json`, perhaps `request.json`.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.azure import Azure
from proxy.codecs.bedrock import Bedrock
from proxy.codecs.cohere import Cohere
from proxy.codecs.gemini import Gemini
from proxy.codecs.mistral import Mistral
from proxy.codecs.ollama import Ollama
from proxy.codecs.openai import OpenAI
from proxy.codecs.responses.codec import Responses
from proxy.codecs.vertex import Vertex
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest, Quirks, Target
from proxy.core.usage import Usage
from tests.support.recordings import CORPUS, LISTING, REPO

FIXTURES = REPO / "tests" / "fixtures"

CODECS = {
    "anthropic": Anthropic(),
    "azure": Azure(),
    "bedrock": Bedrock(),
    "cohere": Cohere(),
    "gemini": Gemini(),
    "mistral": Mistral(),
    "ollama": Ollama(),
    "openai": OpenAI(),
    "responses": Responses(),
    "vertex": Vertex(),
}
"""The codecs that exist, by name."""

APIS = {
    "anthropic.messages": "anthropic",
    "azure.chat": "azure",
    "bedrock.converse": "bedrock",
    "bedrock.invoke": None,
    "cohere.v1.chat": None,
    "cohere.v2.chat": "cohere",
    "gemini.generateContent": "gemini",
    "mistral.chat": "mistral",
    "ollama.chat": "ollama",
    "ollama.generate": "ollama",
}
"""The codec of each api that is not OpenAI's own; None where we never call it. Other `*.chat` are OpenAI-shaped."""
RELAYED = {"anthropic.messages": "anthropic", "bedrock.invoke": "bedrock"}
"""The codec of each api that a caller of the Messages API is relayed to."""
CLAUDE = "anthropic.claude-sonnet-4-5"
"""A model of which Bedrock's bodies are Anthropic's; those of other families are read by nobody here."""
CHAT_SHAPED = {"azure", "mistral", "openai"}
"""Codecs whose protocol is the chat API itself, or nearly."""
FORMS = {"chat": "openai", "responses": "responses"}
"""The codec of OpenAI's own apis, whoever speaks them, by the end of the api's name."""
BY_PROVIDER = {"vertex": "vertex", "vertex-anthropic": "vertex"}
"""Providers that speak these through a codec of their own."""
MODELS = {"vertex-anthropic": "claude-sonnet-4-5"}
"""Where the name of the model decides how an answer is read."""

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

SHARPER = {
    "openai/responses-err400-openai-error-1-c09966": {"quota"},
    "bedrock/converse-err400-converse-stream-with-invalid-model-6baba1": {"not_found"},
    "bedrock/converse-err400-model-name-suggestion-bedrock-15f6fe": {"not_found"},
    "bedrock/converse-err403-chat-error-handling-with-bedrock-a-v1-0-raises-appropriate-auth-error-4f25a4": {
        "auth"
    },
    "vertex/generatecontent-err400-unary-failure-unsupported-user-location-c231bb": {"permission"},
}
"""Recorded cases whose class was read from the status alone, where the provider's own words say more: name -> kinds."""

LATER: dict[str, str] = {}
"""Recorded cases that need a vendor's quirks: name -> why. None does by now."""

WRONG = {
    "openai/responses-stream-openai-shell-container-1-c11796": "its deltas were shortened by hand and are no longer "
    "the beginning of its text",
    "bedrock/converse-json-bedrock-model-with-code-execution-tool-5fb85e": "takes a call of the caller's own tool for "
    "one that the provider has run, although the answer ends for it to be run",
    "bedrock/converse-stream-bedrock-model-code-execution-tool-stream-cd4998": "as the one before, in a stream",
    "vertex/generatecontent-json-unary-failure-invalid-response-d4e58c": "expects an answer of a JSON that is none",
    "vertex/generatecontent-stream-streaming-failure-malformed-content-5002d0": "expects a stream without a finish to "
    "be whole",
}
"""Recorded cases that expect what we will not do: name -> why. The tests of the codec show what we do instead."""

STAND_IN = re.compile(r"\[The model answered with [^\]]*\]|!\[image\]\([^)]*\)")
APART = {
    "deepseek/responses-json-chat-web-search-with-deepseek-deep-r-side-and-records-the-search-turns-21c508": (
        "The search results show",
        "The official Ruby releases page confirms",
        "Now I have all the information",
        "Let me also check the official Branches",
        "Based on the official Ruby website (ruby-lang.org),",
    ),
    "openai/responses-json-openai-responses-thinking-with-code-execution-tool-054a26": (
        "**Considering numeric results**",
    ),
}
"""Recorded answers of several texts, which the corpus notes with nothing between them: name -> how those after the first
begin. A reader of one text would take their words for one."""


@dataclass(frozen=True)
class Case:
    name: str
    folder: Path
    meta: dict
    codec: str
    relayed: bool = False
    """Whether it is read for a caller of the Messages API."""

    @property
    def id(self):
        return f"{self.name}, relayed" if self.relayed else self.name

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
        forms = {"sse", "ndjson", "eventstream", "json_array"}
        return self.meta["status"] < 400 and self.meta["wire"] in forms

    @property
    def is_undecided(self):
        said = self.expect["error"] or self.expect["text"] or self.expect["tool_calls"]
        return bool(self.expect.get("openai_finish_ambiguous")) and not said

    @property
    def tells_its_end(self):
        """Whether a cut shows: some old models say a finish reason with every event of a stream."""
        return self.codec in CHAT_SHAPED or "finish_repeated" not in self.meta.get("nasty", ())

    @property
    def target(self):
        quirks = Quirks(**self.meta.get("quirks", {}))
        model = MODELS.get(self.meta.get("provider"), "model")
        model = CLAUDE if self.meta["api"] == "bedrock.invoke" else model
        return Target("provider", model, self.codec, "http://provider.test/v1", quirks=quirks)

    @property
    def request(self):
        stream = self.meta["wire"] != "json"
        if self.relayed:
            return ChatRequest(body={}, raw=b"{}", dialect="messages", stream=stream)
        body = self.body if self.codec in CHAT_SHAPED else None
        return ChatRequest(body=body or {}, stream=stream)

    def decoder(self):
        return CODECS[self.codec].stream(self.request, self.target, created=1)


def codec_of(api, provider=None):
    """The name of the codec that reads an api of the corpus; None where that is none of ours yet."""
    codec = APIS.get(api, FORMS.get(api.rpartition(".")[2]))
    return codec and BY_PROVIDER.get(provider, codec)


def recorded(*, undecided=False):
    """The cases of the corpus that a codec of ours reads; empty where there is no corpus.

    Undecided are answers that say nothing and end with a word for which, as the corpus says, chat has none.
    """
    if not LISTING.exists():
        return []
    cases = [_case(CORPUS / line, line) for line in LISTING.read_text().split()]
    skipped = LATER.keys() | WRONG.keys()
    read = [case for case in cases if case.codec in CODECS and case.name not in skipped]
    return [case for case in read if case.is_undecided is undecided]


def own():
    """Our fixtures."""
    folders = sorted(path.parent for path in FIXTURES.glob("*/*/meta.json"))
    cases = [_case(folder, folder.relative_to(FIXTURES).as_posix()) for folder in folders]
    return [case for case in cases if case.codec in CODECS]


def relayed():
    """Recorded cases and fixtures of ours that a caller of the Messages API would have had relayed."""
    lines = LISTING.read_text().split() if LISTING.exists() else []
    folders = [(CORPUS / line, line) for line in lines]
    folders += [(case.folder, case.name) for case in own()]
    cases = [_case(folder, name, relayed=True) for folder, name in folders]
    return [case for case in cases if case.codec and _is_claude(case.meta)]


def _is_claude(meta):
    return meta["api"] == "anthropic.messages" or "anthropic." in meta["url_path"]


def _case(folder, name, *, relayed=False):
    meta = json.loads((folder / "meta.json").read_bytes())
    api, provider = meta["api"], meta.get("provider")
    if relayed:
        codec = BY_PROVIDER.get(provider, RELAYED[api]) if api in RELAYED else None
    else:
        codec = codec_of(api, provider)
    return Case(name, folder, meta, codec, relayed)


def kinds_of(case):
    """The kinds that the error of a case may be; None where any will do."""
    return SHARPER.get(case.name, KINDS.get(case.expect["error"]["class"]))


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
        {"name": call["name"], "arguments": _expected_arguments(call)}
        for call in expect["tool_calls"]
    ]
    return {
        "text": _apart(case, expect["text"] or ""),
        "reasoning": _apart(case, _expected_reasoning(expect)),
        "refusal": expect.get("refusal") or "",
        "tool_calls": calls,
        "finish": _expected_finish(expect["openai_finish"], calls),
    }


def spoken(case):
    """The words of the sound that a case has."""
    if case.is_stream:
        decoder = case.decoder()
        completion = fold([*decoder.feed(case.raw), *decoder.finish()])
    else:
        completion = CODECS[case.codec].decode(200, {}, case.raw, created=1, target=case.target)
    return (completion["choices"][0]["message"].get("audio") or {}).get("transcript") or ""


def without_stand_ins(text):
    """A text without what says of pictures and sounds that they were given."""
    return STAND_IN.sub("", text)


def untold(case):
    """What the corpus does not look at: where Anthropic refuses, our words for it go into `refusal`."""
    return {} if case.codec in CHAT_SHAPED or "refusal" in case.expect else {"refusal": ""}


def _apart(case, text):
    for beginning in APART.get(case.name, ()):
        text = text.replace(beginning, f"\n\n{beginning}", 1)
    return text


def _expected_reasoning(expect):
    """The corpus notes apart from summaries what some servers give of the reasoning itself; Cohere's plan counts too."""
    reasoning = expect["reasoning"] or expect.get("reasoning_text") or ""
    return reasoning + (expect.get("tool_plan") or "")


def _expected_arguments(call):
    """Cohere calls a tool that takes nothing with null; the corpus notes that as no JSON object."""
    return {} if call.get("arguments_raw") == "null" else call["arguments"]


def _expected_finish(finish, calls):
    """The corpus keeps `stop` beside tool calls, and none where a server gave none; clients never see either."""
    if finish in {None, "stop"}:
        return "tool_calls" if calls else "stop"
    return finish


def expected_usage(case, *, told=False):
    """Usage in our convention; None where the case has none. `told`: as the provider sums it up, which may be not all."""
    usage = case.expect["usage"]
    if not usage or (usage["input"] is None and usage["output"] is None):
        return None
    # The corpus notes what Anthropic has at the top, which leaves some of what is paid to its list.
    if not told:
        usage = usage | all_iterations((usage.get("raw") or {}).get("iterations"))
    # Ollama leaves the prompt out where all of it was in its cache.
    prompt = usage["input"] or 0
    completion = usage["output"]
    if case.meta["api"] in {"anthropic.messages", "bedrock.converse", "bedrock.invoke"}:
        prompt += (usage["cached_input"] or 0) + (usage["cache_write"] or 0)
    if case.meta["api"] == "gemini.generateContent":
        prompt += usage.get("tool_use_prompt") or 0
        completion = (completion or 0) + (usage["reasoning"] or 0)
    return Usage(
        prompt=prompt,
        completion=completion,
        cached=_misplaced_cached(usage) if usage["cached_input"] is None else usage["cached_input"],
        cache_write=_responses_cache_write(usage)
        if case.codec == "responses"
        else usage["cache_write"],
        reasoning=_cohere_reasoning(usage) if usage["reasoning"] is None else usage["reasoning"],
    )


def all_iterations(iterations):
    """What a model of Anthropic's, and others beside it, used for one answer; nothing where no list is told."""
    if not iterations:
        return {}
    names = {
        "input": "input_tokens",
        "output": "output_tokens",
        "cached_input": "cache_read_input_tokens",
        "cache_write": "cache_creation_input_tokens",
    }
    return {name: sum(each[theirs] for each in iterations) for name, theirs in names.items()}


def counts(usage):
    """The counts that the corpus notes of every provider; some say more."""
    names = ("prompt", "completion", "cached", "cache_write", "reasoning")
    return usage and {name: getattr(usage, name) for name in names}


def _misplaced_cached(usage):
    """The corpus notes cached tokens that stand elsewhere than with OpenAI only among the provider's own numbers."""
    raw = usage.get("raw") or {}
    misspelt = raw.get("prompt_token_details") or {}
    return misspelt.get("cached_tokens", raw.get("num_cached_tokens"))


def _responses_cache_write(usage):
    """The corpus notes tokens that the Responses API wrote to a cache only among the provider's own numbers."""
    return ((usage.get("raw") or {}).get("input_tokens_details") or {}).get("cache_write_tokens")


def _cohere_reasoning(usage):
    """The corpus notes Cohere's reasoning tokens only among the provider's own numbers."""
    return ((usage.get("raw") or {}).get("tokens") or {}).get("reasoning_tokens")
