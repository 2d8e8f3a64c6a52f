"""A chat request as an Ollama chat request: a table of fields, then a row of settlements.

What steers the sampler goes into `options`. A prompt that is longer than the context is refused, not cut in silence as
is the server's default. The choice of a tool, which the server does not know, is told to the model.

Invariant: the request is not changed; two calls with the same request give the same bytes.
Source: https://docs.ollama.com/api/chat and https://github.com/ollama/ollama/blob/main/api/types.go (both read
2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.ollama import messages
from proxy.codecs.ollama.thinking import effort, think, thinking
from proxy.codecs.plain import answer_format, tools
from proxy.codecs.plain.complaint import an_object
from proxy.codecs.plain.draft import (
    Draft,
    Write,
    one_answer,
    only_text,
    passed,
    reader,
    stops_of,
)
from proxy.codecs.plain.head import headers
from proxy.core import jsons
from proxy.core.shape import ChatRequest, HttpCall, Json, Target

_OPTIONS: Final = (
    "num_ctx", "num_batch", "num_gpu", "num_thread", "num_keep", "num_predict", "temperature", "top_p", "top_k",
    "min_p", "typical_p", "seed", "repeat_penalty", "repeat_last_n", "frequency_penalty", "presence_penalty",
)  # fmt: skip
"""What the server reads in `options`, under names that are also chat's, or that callers send beside chat's."""

_ALL_TOOLS: Final = "You must call at least one of the tools."
_ONE_TOOL: Final = "You must call the tool {}."


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: UNSUPPORTED or INVALID_REQUEST, with the path of the field at fault.
    """
    draft = Draft(target.model)
    chat, native = _READ.overlaid(request.body, target.params)
    _READ.take(chat, draft)
    _settle_tools(draft)
    _settle_format(draft)
    body: Json = {
        "model": draft.model,
        "messages": draft.conversation(),
        "stream": request.stream,
        **({"tools": draft.tools} if draft.tools else {}),
        "truncate": False,
        **draft.body,
        **native,
    }
    base = target.base_url.removesuffix("/v1").removesuffix("/api")
    accept = "application/x-ndjson" if request.stream else "application/json"
    return HttpCall(
        url=f"{base}/api/chat",
        headers=headers(request, target, accept),
        body=jsons.encode(body),
        dropped=tuple(draft.dropped),
    )


def _settle_tools(draft: Draft) -> None:
    tools.settle(draft)
    if draft.choice.mode == "none":
        draft.tools.clear()
    if draft.choice.mode == "required":
        one = draft.tools[0]["function"]["name"] if len(draft.tools) == 1 else ""
        draft.sentences.append(_ONE_TOOL.format(one) if one else _ALL_TOOLS)


def _settle_format(draft: Draft) -> None:
    """The decoder is held to a form only where there are no tools: held to it, no model could write a call of one."""
    if draft.format is None:
        return
    schema = draft.format.schema
    if not draft.tools:
        draft.body["format"] = schema or "json"
    if draft.tools and schema:
        answer_format.ask_for_schema(draft, schema)
    else:
        answer_format.ask_for_json(draft)


def _option(name: str) -> Write:
    def write(draft: Draft, value: Any) -> None:
        draft.body.setdefault("options", {})[name] = value

    return write


def _stop(draft: Draft, value: Any) -> None:
    """`stop`, which is a list here, and stands in the place of the model's own: none leaves the model those."""
    if stops := stops_of(draft, value):
        _option("stop")(draft, stops)


def _options(draft: Draft, value: Any) -> None:
    """`options` in the server's own form, which count for more than chat's."""
    draft.body["options"] = {**draft.body.get("options", {}), **an_object(value, "options")}


_READ: Final = reader(
    {
        "messages": messages.write,
        "tools": tools.write,
        "tool_choice": tools.choice,
        "parallel_tool_calls": tools.parallel,
        "response_format": answer_format.write,
        "format": passed("format"),
        "thinking": thinking,
        "reasoning_effort": effort,
        "think": think,
        "max_tokens": _option("num_predict"),
        "max_completion_tokens": _option("num_predict"),
        **{name: _option(name) for name in _OPTIONS},
        "repetition_penalty": _option("repeat_penalty"),
        "stop": _stop,
        "options": _options,
        "logprobs": passed("logprobs"),
        "top_logprobs": passed("top_logprobs"),
        "keep_alive": passed("keep_alive"),
        "truncate": passed("truncate"),
        "shift": passed("shift"),
        "n": one_answer,
        "modalities": only_text,
    }
)
"""What is read of a chat request, in order: of two names for one thing, the later counts."""
