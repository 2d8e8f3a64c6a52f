"""OpenAI's chat completions, as the provider speaks them.

Reasoning is told in `reasoning_content`, as the servers of this protocol do that tell it at all.

Source: https://platform.openai.com/docs/api-reference/chat-streaming and
https://platform.openai.com/docs/guides/error-codes (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import Headers, Json
from proxy.sim.answer import fragments
from proxy.sim.dialect import Answer, Ask, Beat, Complaint, Finish, Frame
from proxy.sim.openai_ask import read

_EPOCH: Final = 1790000000

_FINISH: Final[dict[Finish, str]] = {
    Finish.STOP: "stop",
    Finish.STOP_SEQUENCE: "stop",
    Finish.LENGTH: "length",
    Finish.TOOLS: "tool_calls",
    Finish.REFUSAL: "stop",
}

_INVALID: Final = "invalid_request_error"
_ERRORS: Final[dict[int, tuple[str, str | None, str]]] = {
    400: (_INVALID, None, "Invalid value in the request."),
    401: (_INVALID, "invalid_api_key", "Incorrect API key provided."),
    402: ("insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
    403: ("request_forbidden", "unsupported_country_region_territory", "Not supported here."),
    404: (_INVALID, "model_not_found", "The model does not exist or you have no access to it."),
    413: (_INVALID, "request_too_large", "The request is too large."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests. Try again later."),
    500: ("server_error", None, "The server had an error while processing your request."),
    503: (
        "server_error",
        "overloaded",
        "The engine is currently overloaded, please try again later.",
    ),
    529: (
        "server_error",
        "overloaded",
        "The engine is currently overloaded, please try again later.",
    ),
}
"""Status to type, code and sentence; other statuses are told as 400 or 500."""


class OpenAI:
    """Builds what `/v1/chat/completions` answers."""

    ping = b": keep-alive\n\n"

    def head(self, serial: int) -> Headers:
        """The headers of every response."""
        return (
            ("x-request-id", request_id(serial)),
            ("openai-version", "2020-10-01"),
            ("openai-processing-ms", "1"),
            ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-remaining-requests", "9999"),
            ("x-ratelimit-reset-requests", "6ms"),
        )

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:  # noqa: ARG002 (this protocol has none)
        """Read a request.

        Raises:
            RefusedError: as OpenAI would.
        """
        return read(body)

    def frames(self, answer: Answer) -> Iterator[Frame]:
        """Role, deltas and finish of every choice, then usage if asked for, then `[DONE]`."""
        choices = range(answer.ask.choices)
        for index in choices:
            opening = {"role": "assistant", "content": "", "refusal": None}
            yield Frame(Beat.SILENT, _event(_delta(answer, index, opening)))
        for delta in _deltas(answer):
            for index in choices:
                yield Frame(Beat.SPOKEN, _event(_delta(answer, index, delta)))
        for index in choices:
            finish = _delta(answer, index, {}, _FINISH[answer.finish])
            yield Frame(Beat.CLOSING, _event(finish))
        if answer.ask.usage:
            yield Frame(Beat.CLOSING, _event(_chunk(answer, []) | {"usage": _usage(answer)}))
        yield Frame(Beat.CLOSING, b"data: [DONE]\n\n")

    def whole(self, answer: Answer) -> Json:
        """A `chat.completion`."""
        return {
            "id": _id(answer),
            "object": "chat.completion",
            "created": answer.created,
            "model": answer.ask.model,
            "choices": [
                {
                    "index": index,
                    "message": _message(answer, index),
                    "logprobs": None,
                    "finish_reason": _FINISH[answer.finish],
                }
                for index in range(answer.ask.choices)
            ],
            "usage": _usage(answer),
            "service_tier": "default",
            "system_fingerprint": "fp_simulated",
        }

    def error(self, complaint: Complaint, serial: int) -> Json:  # noqa: ARG002 (told in a header)
        """`{"error": {...}}`."""
        fallback = 500 if complaint.status >= 500 else 400
        kind, code, message = _ERRORS.get(complaint.status) or _ERRORS[fallback]
        return {
            "error": {
                "message": complaint.message or message,
                "type": kind,
                "param": complaint.param,
                "code": complaint.code or code,
            }
        }

    def error_event(self, complaint: Complaint, serial: int) -> bytes:
        """The same object as a chunk."""
        return _event(self.error(complaint, serial))

    def model(self, name: str) -> Json:
        """One model."""
        return {"id": name, "object": "model", "created": _EPOCH, "owned_by": "simulator"}

    def models(self, names: list[str]) -> Json:
        """The list of models."""
        return {"object": "list", "data": [self.model(name) for name in names]}


def request_id(serial: int) -> str:
    """The id of a call, as `x-request-id` tells it."""
    return f"req_sim{serial:08d}"


def _id(answer: Answer) -> str:
    return f"chatcmpl-sim{answer.serial:08d}"


def _event(value: Json) -> bytes:
    return b"data: " + jsons.encode(value) + b"\n\n"


def _chunk(answer: Answer, choices: list[Json]) -> Json:
    chunk = {
        "id": _id(answer),
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.ask.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
        "choices": choices,
    }
    return chunk | {"usage": None} if answer.ask.usage else chunk


def _delta(answer: Answer, index: int, delta: Json, finish: str | None = None) -> Json:
    if index and "tool_calls" in delta:
        delta = delta | {"tool_calls": _numbered(delta["tool_calls"], index)}
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _chunk(answer, [choice])


def _numbered(calls: list[Json], choice: int) -> list[Json]:
    """Give the calls of a further choice ids of their own."""
    return [call | {"id": f"{call['id']}n{choice}"} if "id" in call else call for call in calls]


def _deltas(answer: Answer) -> Iterator[Json]:
    for piece in () if answer.ask.hidden else answer.reasoning:
        yield {"reasoning_content": piece}
    for piece in answer.text:
        yield {"content": piece}
    for piece in answer.refusal:
        yield {"refusal": piece}
    for slot, call in enumerate(_calls(answer)):
        function: Any = call["function"]
        opening = call | {"index": slot, "function": function | {"arguments": ""}}
        yield {"tool_calls": [opening]}
        for piece in fragments(function["arguments"]):
            yield {"tool_calls": [{"index": slot, "function": {"arguments": piece}}]}


def _calls(answer: Answer) -> list[Json]:
    return [
        {
            "id": f"call_sim{answer.serial:08d}t{slot}",
            "type": "function",
            "function": {"name": call.name, "arguments": jsons.encode(call.arguments).decode()},
        }
        for slot, call in enumerate(answer.calls)
    ]


def _message(answer: Answer, index: int) -> Json:
    text, refusal = "".join(answer.text), "".join(answer.refusal)
    message: Json = {
        "role": "assistant",
        "content": text if text or not (refusal or answer.calls) else None,
        "refusal": refusal or None,
        "annotations": [],
    }
    if answer.reasoning:
        message["reasoning_content"] = "".join(answer.reasoning)
    if answer.calls:
        calls = _calls(answer)
        message["tool_calls"] = _numbered(calls, index) if index else calls
    return message


def _usage(answer: Answer) -> Json:
    prompt, completion = answer.ask.prompt_tokens, answer.output_tokens * answer.ask.choices
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": answer.reasoning_tokens * answer.ask.choices,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
