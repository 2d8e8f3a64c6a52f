"""A chat request as a Cohere chat request: a table of fields, then a row of settlements.

Invariant: the request is not changed; two calls with the same request give the same bytes.
Source: https://docs.cohere.com/v2/reference/chat (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.cohere import messages, sampling, thinking
from proxy.codecs.cohere.names import escaped
from proxy.codecs.plain import answer_format, tools
from proxy.codecs.plain.complaint import an_array
from proxy.codecs.plain.draft import Draft, one_answer, only_text, passed, reader
from proxy.codecs.plain.head import headers
from proxy.core import jsons
from proxy.core.shape import ChatRequest, HttpCall, Json, Target

_MODES: Final = {"required": "REQUIRED", "none": "NONE"}


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: UNSUPPORTED or INVALID_REQUEST, with the path of the field at fault.
    """
    draft = Draft(target.model)
    chat, native = _READ.overlaid(request.body, target.params)
    _READ.take(chat, draft)
    sampling.settle(draft)
    _settle_tools(draft)
    _settle_documents(draft)
    _settle_format(draft)
    body: Json = {
        "model": draft.model,
        "messages": draft.conversation(),
        "stream": request.stream,
        **({"tools": draft.tools} if draft.tools else {}),
        **draft.body,
        **native,
    }
    base = target.base_url.removesuffix("/v1").removesuffix("/v2")
    accept = "text/event-stream" if request.stream else "application/json"
    return HttpCall(
        url=f"{base}/v2/chat",
        headers=headers(request, target, accept),
        body=jsons.encode(body),
        dropped=tuple(draft.dropped),
    )


def _settle_tools(draft: Draft) -> None:
    """A tool cannot be chosen by name, but it can be the only one of which one is required."""
    tools.settle(draft)
    if not draft.tools:
        return
    draft.tools[:] = [_named(tool) for tool in draft.tools]
    if draft.strict:
        draft.body.setdefault("strict_tools", True)
    if draft.choice.mode in _MODES:
        draft.body["tool_choice"] = _MODES[draft.choice.mode]


def _named(tool: Json) -> Json:
    function = tool["function"]
    return {**tool, "function": {**function, "name": escaped(function["name"])}}


def _settle_documents(draft: Draft) -> None:
    if not draft.body.get("documents"):
        draft.body.pop("documents", None)


def _settle_format(draft: Draft) -> None:
    """The decoder is held to a form only where there are neither tools nor documents, and only to some forms."""
    if draft.format is None:
        return
    schema = draft.format.schema
    free = not draft.tools and "documents" not in draft.body
    if free:
        draft.body["response_format"] = {"type": "json_object"}
    if schema is None or (free and _is_takeable(schema)):
        if schema is not None:
            draft.body["response_format"]["json_schema"] = schema
        answer_format.ask_for_json(draft)
    else:
        answer_format.ask_for_schema(draft, schema)


def _is_takeable(schema: Json) -> bool:
    """Whether a schema is one that the provider takes: an object, of which something is required."""
    return schema.get("type") == "object" and bool(schema.get("required"))


def _documents(draft: Draft, value: Any) -> None:
    """`documents` of the caller's, before those that the messages bring."""
    draft.body["documents"] = [*an_array(value, "documents")]


_READ: Final = reader(
    {
        "documents": _documents,
        "messages": messages.write,
        "tools": tools.write,
        "tool_choice": tools.choice,
        "parallel_tool_calls": tools.parallel,
        "strict_tools": passed("strict_tools"),
        "response_format": answer_format.write,
        "reasoning_effort": thinking.effort,
        "thinking": thinking.thinking,
        "max_tokens": passed("max_tokens"),
        "max_completion_tokens": passed("max_completion_tokens", "max_tokens"),
        "temperature": sampling.within("temperature", 0.0, 1.0),
        "top_p": sampling.within("top_p", 0.01, 0.99, "p"),
        "p": sampling.within("p", 0.01, 0.99),
        "top_k": sampling.within("top_k", 0, 500, "k"),
        "k": sampling.within("k", 0, 500),
        "frequency_penalty": sampling.penalty("frequency_penalty"),
        "presence_penalty": sampling.penalty("presence_penalty"),
        "seed": passed("seed"),
        "stop": sampling.stop,
        "stop_sequences": sampling.stop,
        "logprobs": sampling.logprobs,
        "citation_options": passed("citation_options"),
        "safety_mode": passed("safety_mode"),
        "priority": passed("priority"),
        "n": one_answer,
        "modalities": only_text,
    }
)
"""What is read of a chat request, in order: of two names for one thing, the later counts."""
