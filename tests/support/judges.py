"""What each provider refuses of a call, written down from its public documentation apart from our codecs.

A judge takes the body of a call and gives its complaints, each a sentence; none where the provider would take it. They
are strict: what a documentation does not name is refused.
"""

import itertools
import json
import re


def _words(text):
    return set(text.split())


_CHAT = _words(
    """
    audio frequency_penalty logit_bias logprobs max_completion_tokens max_tokens messages
    metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key
    reasoning_effort response_format safety_identifier seed service_tier stop store stream
    stream_options temperature tool_choice tools top_logprobs top_p user verbosity
    web_search_options
    """
)
_ROLES = {
    "system": ({"name"}, {"text"}),
    "developer": ({"name"}, {"text"}),
    "user": ({"name"}, {"text", "image_url", "input_audio", "file"}),
    "assistant": ({"name", "refusal", "tool_calls", "audio"}, {"text", "refusal"}),
    "tool": ({"tool_call_id"}, {"text"}),
}
_FUNCTION = {"name", "description", "parameters", "strict"}


def chat(body, *, extras=(), replay=(), customs=False, marks=False):
    """OpenAI's chat API, and those who are compatible with it.

    Args:
        body: The body.
        extras: Fields of the vendor's own.
        replay: Fields of an assistant's message for the reasoning of earlier answers.
        customs: Whether custom tools are known.
        marks: Whether prompt-cache marks are.
    """
    extra = {"cache_control"} if marks else set()
    yield from _strange("the body", body, _CHAT | set(extras))
    for at, message in enumerate(body["messages"]):
        keys, kinds = _ROLES[message["role"]]
        more = set(replay) if message["role"] == "assistant" else set()
        yield from _strange(f"message {at}", message, {"role", "content"} | keys | more | extra)
        yield from _parts(f"message {at}", message.get("content"), kinds, extra)
        for call in message.get("tool_calls", ()):
            yield from _call(f"message {at}", call, customs=customs)
    for tool in body.get("tools", ()):
        yield from _tool(tool, extra, customs=customs)
    yield from _answered(body["messages"])


def _parts(where, content, kinds, extra):
    if not isinstance(content, list):
        return
    if not content:
        yield f"{where} has no parts"
    for part in content:
        if part["type"] not in kinds:
            yield f"{where} has a part {part['type']}"
        yield from _strange(where, part, {"type", part["type"]} | extra)


def _call(where, call, *, customs):
    if call["type"] == "custom" and customs:
        return
    yield from _strange(where, call, {"id", "type", "function", "extra_content"})
    if call["type"] != "function" or not isinstance(
        json.loads(call["function"]["arguments"]), dict
    ):
        yield f"{where} has a call that is no function's"


def _tool(tool, extra, *, customs):
    if tool["type"] == "custom" and customs:
        return
    yield from _strange("a tool", tool, {"type", "function"} | extra)
    yield from _strange("a function", tool.get("function", {}), _FUNCTION)


def _answered(messages):
    """Every call is answered right after it, and only calls are."""
    waiting = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                yield f"{message['tool_call_id']} answers nothing"
            else:
                waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            yield f"{waiting} have no answer"
        waiting = [call["id"] for call in message.get("tool_calls", ())]
    if waiting:
        yield f"{waiting} have no answer"


def openai_models(body, *, reasons):
    """What OpenAI's own models refuse beside that."""
    if reasons:
        refused = {"temperature", "top_p", "logprobs", "stop", "presence_penalty", "max_tokens"}
    else:
        refused = {"reasoning_effort", "verbosity"}
    yield from (f"the model takes no {name}" for name in sorted(refused & body.keys()))
    if "web_search_options" in body:
        yield "the model does not search"


_MISTRAL = _words(
    """
    frequency_penalty logprobs max_tokens messages metadata model n parallel_tool_calls
    prediction presence_penalty prompt_cache_key prompt_mode random_seed reasoning_effort
    response_format safe_prompt service_tier stop stream temperature tool_choice tools top_p
    top_k
    """
)


def mistral(body):
    """Mistral: extra fields are refused, ids have nine characters, and no user follows a tool."""
    yield from _strange("the body", body, _MISTRAL)
    before = None
    for message in body["messages"]:
        role = message["role"]
        keys = {"role", "content"} | ({"tool_calls"} if role == "assistant" else set())
        yield from _strange(role, message, keys | ({"tool_call_id"} if role == "tool" else set()))
        kinds = {"text", "image_url"} if role == "user" else {"text", "thinking"}
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] not in kinds:
                yield f"a part {part['type']} of {role}"
        if (before, role) == ("tool", "user"):
            yield "a user after a tool"
        before = role
        ids = [call["id"] for call in message.get("tool_calls", ())]
        ids += [message["tool_call_id"]] if role == "tool" else []
        yield from (f"the id {given}" for given in ids if not re.fullmatch("[A-Za-z0-9]{9}", given))
    yield from _answered(body["messages"])


_GEMINI = _words(
    """
    contents systemInstruction tools toolConfig generationConfig safetySettings cachedContent
    serviceTier
    """
)
_GEMINI_PARTS = {"text", "inlineData", "fileData", "functionCall", "functionResponse"}


def gemini(body, *, mixes, nested):
    """Gemini: turns alternate, results stand together and are objects.

    Args:
        body: The body.
        mixes: Whether functions and Google's own tools go together.
        nested: Whether a result may hold pictures.
    """
    yield from _strange("the body", body, _GEMINI)
    before = None
    for content in body["contents"]:
        if content["role"] == before or content["role"] not in ("user", "model"):
            yield f"{content['role']} after {before}"
        before = content["role"]
        for part in content["parts"]:
            if len(part.keys() & _GEMINI_PARTS) != 1:
                yield f"a part of {sorted(part)}"
            result = part.get("functionResponse", {"response": {}})
            if not isinstance(result["response"], dict) or ("parts" in result and not nested):
                yield f"a result {result}"
    yield from _declared(body.get("tools", ()), mixes=mixes)
    if body.get("generationConfig", {}).get("maxOutputTokens", 1) > 65_536:
        yield "an answer that is too long"


def _declared(tools, *, mixes):
    kinds = [kind for tool in tools for kind in tool]
    if len(set(kinds)) > 1 and not mixes:
        yield f"tools {kinds}"
    for tool in tools:
        for function in tool.get("functionDeclarations", ()):
            known = {"name", "description", "parameters", "parametersJsonSchema"}
            yield from _strange("a function", function, known)
            if "$schema" in str(function):
                yield "a $schema"


_CONVERSE = _words(
    """
    messages system inferenceConfig toolConfig additionalModelRequestFields guardrailConfig
    """
)
_BLOCKS = {"text", "image", "document", "toolUse", "toolResult", "reasoningContent", "cachePoint"}


def bedrock(body):
    """Converse: turns alternate, every call is answered in the next turn, blocks are of one kind."""
    yield from _strange("the body", body, _CONVERSE)
    yield from _alternate(body["messages"])
    waiting = set()
    for message in body["messages"]:
        for block in message["content"]:
            if len(block) != 1 or not block.keys() <= _BLOCKS:
                yield f"a block of {sorted(block)}"
        answered = {
            block["toolResult"]["toolUseId"]
            for block in message["content"]
            if "toolResult" in block
        }
        if answered != waiting:
            yield f"{waiting} answered by {answered}"
        waiting = {
            block["toolUse"]["toolUseId"] for block in message["content"] if "toolUse" in block
        }
    for tool in body["toolConfig"]["tools"]:
        known = {"toolSpec", "cachePoint"}
        yield from _strange("a tool", tool, known)


_OLLAMA = _words("model messages tools stream format options think keep_alive truncate")


def ollama(body):
    """Ollama: content is a string, arguments are objects."""
    yield from _strange("the body", body, _OLLAMA)
    for message in body["messages"]:
        known = {"role", "content", "images", "thinking", "tool_calls", "tool_name", "tool_call_id"}
        yield from _strange("a message", message, known)
        if not isinstance(message["content"], str):
            yield "content that is no string"
        for call in message.get("tool_calls", ()):
            if not isinstance(call["function"]["arguments"], dict):
                yield "arguments that are no object"
    yield from (f"a tool {tool}" for tool in body["tools"] if tool["type"] != "function")


_COHERE = _words(
    """
    model messages tools tool_choice strict_tools stream documents citation_options
    response_format safety_mode max_tokens stop_sequences temperature seed frequency_penalty
    presence_penalty k p logprobs thinking
    """
)


def cohere(body):
    """Cohere: no message is empty, a tool's result is text or documents, names are words."""
    yield from _strange("the body", body, _COHERE)
    for message in body["messages"]:
        known = {"role", "content", "tool_calls", "tool_plan", "tool_call_id"}
        yield from _strange("a message", message, known)
        content = message.get("content")
        if not content and "tool_calls" not in message:
            yield "an empty message"
        kinds = {part["type"] for part in content} if isinstance(content, list) else set()
        allowed = {"user": {"text", "image_url"}, "tool": {"text", "document"}}
        if not kinds <= allowed.get(message["role"], {"text", "thinking"}):
            yield f"{kinds} of {message['role']}"
    names = [tool["function"]["name"] for tool in body["tools"]]
    yield from (f"the name {name}" for name in names if not re.fullmatch(r"[A-Za-z_]\w*", name))
    yield from _answered(body["messages"])


_MESSAGES = _words(
    """
    model messages max_tokens system tools tool_choice stream temperature top_p top_k
    stop_sequences thinking metadata output_config service_tier
    """
)
_RESULTS = {"text", "image", "document", "search_result"}


def anthropic(body):
    """The Messages API: turns alternate, results answer the calls of the turn before, nothing is empty."""
    yield from _strange("the body", body, _MESSAGES)
    yield from _alternate(body["messages"])
    waiting = set()
    for message in body["messages"]:
        blocks = message["content"]
        results = [block for block in blocks if block["type"] == "tool_result"]
        if {result["tool_use_id"] for result in results} != waiting or blocks[
            : len(results)
        ] != results:
            yield f"{waiting} answered by {results}"
        for result in results:
            parts = result["content"] if isinstance(result["content"], list) else []
            yield from (f"a result of {p['type']}" for p in parts if p["type"] not in _RESULTS)
        yield from ("an empty text" for block in blocks if block.get("text") == "")
        waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
    budget = body.get("thinking", {}).get("budget_tokens", 0)
    if budget >= body["max_tokens"]:
        yield f"a budget of {budget} in {body['max_tokens']}"


_RESPONSES = _words(
    """
    model input instructions tools tool_choice parallel_tool_calls max_output_tokens temperature
    top_p reasoning text store stream include metadata user prompt_cache_key safety_identifier
    service_tier truncation
    """
)
_ITEMS = _words(
    """
    function_call function_call_output custom_tool_call custom_tool_call_output reasoning
    """
)


def responses(body, *, reasons):
    """The Responses API."""
    yield from _strange("the body", body, _RESPONSES)
    for item in body["input"]:
        if item.get("type", "message") not in _ITEMS | {"message"}:
            yield f"an item {item['type']}"
    if reasons and {"temperature", "top_p"} & body.keys():
        yield "a sampler beside reasoning"
    if not reasons and "reasoning" in body:
        yield "reasoning"


def _alternate(messages):
    roles = [message["role"] for message in messages]
    if roles[0] != "user" or any(one == other for one, other in itertools.pairwise(roles)):
        yield f"the turns {roles}"


def _strange(where, given, known):
    more = sorted(given.keys() - known)
    if more:
        yield f"{where} has {more}"
