"""Parameters whose values, not whose names, differ between vendors: ranges, counts, formats, routing.

Sources, all read 2026-11-21: https://platform.minimax.io/docs/api-reference/text-post, https://docs.together.ai/reference/chat-completions,
https://docs.perplexity.ai/guides/structured-outputs, https://api-docs.deepseek.com/guides/json_mode,
https://openrouter.ai/docs/features/provider-routing.
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.turns import joined
from proxy.core import jsons

_ABOVE_ZERO: Final = 0.01
_TELLING: Final = ("tools", "tool_choice", "response_format", "logprobs", "stop", "n", "logit_bias")
"""Parameters whose loss is seen in the answer. Others, like a temperature that reasoning models do not have, would only
take providers away."""
_SCHEMA: Final = (
    "Answer with one JSON object and nothing else. It must be valid against this JSON schema:\n"
)


def clamp(draft: Draft) -> None:
    """Bring numbers into the ranges of the target's quirks."""
    for name, (low, high) in draft.target.quirks.clamp.items():
        value = draft.value(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            within = min(max(value, low), high)
            if within != value:
                draft.put(name, within)


def nonzero_temperature(draft: Draft) -> None:
    """A temperature of 0 is refused; the least there is stands for it."""
    value = draft.value("temperature")
    if value == 0 and not isinstance(value, bool):
        draft.put("temperature", _ABOVE_ZERO)


def first_stop(draft: Draft) -> None:
    """One stop sequence is all that there may be; that others went is reported."""
    stops = draft.value("stop")
    if isinstance(stops, list) and len(stops) > 1:
        draft.put("stop", stops[:1])
        draft.dropped.append("stop")


def logprobs_number(draft: Draft) -> None:
    """`logprobs` is the number of alternatives itself."""
    wanted = draft.value("logprobs")
    if not isinstance(wanted, bool):
        return
    count = draft.take("top_logprobs")
    if wanted:
        draft.put("logprobs", count if isinstance(count, int) and count > 0 else 1)
    else:
        draft.take("logprobs")


def bare_schema(draft: Draft) -> None:
    """A JSON schema comes without name and strictness."""
    schema = _schema(draft)
    if schema is not None:
        draft.put("response_format", {"type": "json_schema", "json_schema": {"schema": schema}})


def schema_as_object(draft: Draft) -> None:
    """Where there is only JSON mode, the schema is told to the model in words."""
    schema = _schema(draft)
    if schema is None:
        return
    draft.put("response_format", {"type": "json_object"})
    told = {"role": "system", "content": _SCHEMA + jsons.encode(schema).decode("utf-8", "replace")}
    messages = draft.messages
    first = messages[0] if messages else None
    if isinstance(first, dict) and first.get("role") == "system":
        first = {**first, "content": joined(first.get("content"), told["content"])}
        draft.messages = [first, *messages[1:]]
    else:
        draft.messages = [told, *messages]


def streamed(draft: Draft) -> None:
    """Whole answers are refused: a stream is asked for, and put together here."""
    draft.put("stream", True)
    if draft.target.quirks.stream_options:
        draft.put("stream_options", {**draft.object("stream_options"), "include_usage": True})


def openrouter_require(draft: Draft) -> None:
    """Only providers that know every parameter whose loss would be seen in the answer."""
    if any(draft.value(name) is not None for name in _TELLING):
        draft.put("provider", {"require_parameters": True, **draft.object("provider")})


def _schema(draft: Draft) -> Any:
    """The JSON schema that the answer should fit; None where there is none."""
    form = draft.object("response_format")
    inner = form.get("json_schema")
    if form.get("type") != "json_schema" or not isinstance(inner, dict):
        return None
    return inner.get("schema", {})
