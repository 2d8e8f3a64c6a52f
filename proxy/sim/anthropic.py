"""Anthropic's Messages, as the provider speaks them.

Source: https://platform.claude.com/docs/en/build-with-claude/streaming and
https://platform.claude.com/docs/en/api/errors (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import Headers, Json
from proxy.sim.answer import fragments
from proxy.sim.anthropic_ask import read, signature
from proxy.sim.dialect import Answer, Ask, Beat, Complaint, Finish, Frame

_STOP_REASON: Final[dict[Finish, str]] = {
    Finish.STOP: "end_turn",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.LENGTH: "max_tokens",
    Finish.TOOLS: "tool_use",
    Finish.REFUSAL: "refusal",
}

_ERRORS: Final[dict[int, tuple[str, str]]] = {
    400: ("invalid_request_error", "Invalid request."),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the API."),
    403: ("permission_error", "Your API key does not have permission to use this resource."),
    404: ("not_found_error", "Not found."),
    409: ("conflict_error", "The request conflicts with the state of the resource."),
    413: ("request_too_large", "Request exceeds the maximum size."),
    429: ("rate_limit_error", "This request would exceed your rate limit."),
    500: ("api_error", "Internal server error"),
    503: ("overloaded_error", "Overloaded"),
    504: ("timeout_error", "The request timed out while it was processed."),
    529: ("overloaded_error", "Overloaded"),
}
"""Status to type and sentence; other statuses are told as 400 or 500."""


class Anthropic:
    """Builds what `/v1/messages` answers."""

    ping = b'event: ping\ndata: {"type": "ping"}\n\n'

    def head(self, serial: int) -> Headers:
        """The headers of every response."""
        return (
            ("request-id", request_id(serial)),
            ("anthropic-ratelimit-requests-limit", "4000"),
            ("anthropic-ratelimit-requests-remaining", "3999"),
            ("anthropic-ratelimit-requests-reset", "2026-11-20T00:00:00Z"),
        )

    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        """Read a request.

        Raises:
            RefusedError: as Anthropic would.
        """
        return read(body, headers)

    def frames(self, answer: Answer) -> Iterator[Frame]:
        """`message_start`, the blocks one after the other, `message_delta`, `message_stop`."""
        message = _message(answer) | {"content": [], "stop_reason": None, "stop_sequence": None}
        message["usage"] = _usage(answer) | {"output_tokens": 1}
        yield Frame(Beat.SILENT, _event({"type": "message_start", "message": message}))
        for index, block in enumerate(_blocks(answer)):
            yield from self._block(index, block, answer)
        ending = _ending(answer)
        yield Frame(
            Beat.CLOSING,
            _event({"type": "message_delta", "delta": ending, "usage": _final_usage(answer)}),
        )
        yield Frame(Beat.CLOSING, _event({"type": "message_stop"}))

    def _block(self, index: int, block: Json, answer: Answer) -> Iterator[Frame]:
        kind = block["type"]
        # The id and the name of a tool call are output; an empty text or thinking block is not.
        opening = Beat.SPOKEN if kind == "tool_use" else Beat.SILENT
        start = {"type": "content_block_start", "index": index, "content_block": _emptied(block)}
        yield Frame(opening, _event(start))
        if index == 0:
            yield Frame(Beat.SILENT, self.ping)
        for beat, delta in _DELTAS[kind](block, answer):
            yield Frame(
                beat, _event({"type": "content_block_delta", "index": index, "delta": delta})
            )
        yield Frame(Beat.SILENT, _event({"type": "content_block_stop", "index": index}))

    def whole(self, answer: Answer) -> Json:
        """A `message`."""
        message = _message(answer) | {"content": _blocks(answer), "usage": _usage(answer)}
        return message | _ending(answer)

    def error(self, complaint: Complaint, serial: int) -> Json:
        """`{"type": "error", "error": {...}}`."""
        fallback = 500 if complaint.status >= 500 else 400
        kind, message = _ERRORS.get(complaint.status) or _ERRORS[fallback]
        error = {"type": complaint.code or kind, "message": complaint.message or message}
        return {"type": "error", "error": error, "request_id": request_id(serial)}

    def error_event(self, complaint: Complaint, serial: int) -> bytes:
        """The same object as an `error` event."""
        return _event(self.error(complaint, serial))

    def model(self, name: str) -> Json:
        """One model."""
        return {
            "type": "model",
            "id": name,
            "display_name": name,
            "created_at": "2026-11-20T00:00:00Z",
        }

    def models(self, names: list[str]) -> Json:
        """The list of models, all on one page."""
        return {
            "data": [self.model(name) for name in names],
            "has_more": False,
            "first_id": names[0] if names else None,
            "last_id": names[-1] if names else None,
        }


def request_id(serial: int) -> str:
    """The id of a call, as `request-id` tells it."""
    return f"req_sim{serial:08d}"


def _event(value: Json) -> bytes:
    return b"event: %b" % value["type"].encode() + b"\ndata: " + jsons.encode(value) + b"\n\n"


def _message(answer: Answer) -> Json:
    return {
        "id": f"msg_sim{answer.serial:08d}",
        "type": "message",
        "role": "assistant",
        "model": answer.ask.model,
    }


def _ending(answer: Answer) -> Json:
    ending: Json = {
        "stop_reason": _STOP_REASON[answer.finish],
        "stop_sequence": answer.stop_sequence,
    }
    if answer.finish is Finish.REFUSAL:
        explanation = "".join(answer.refusal)
        ending["stop_details"] = {"type": "refusal", "category": None, "explanation": explanation}
    return ending


def _blocks(answer: Answer) -> list[Json]:
    """The content as a whole answer has it. A refusal has none: it is told in the stop details."""
    blocks: list[Json] = []
    if answer.reasoning:
        thinking = "" if answer.ask.hidden else "".join(answer.reasoning)
        block = {"type": "thinking", "thinking": thinking, "signature": signature(thinking)}
        blocks.append(block)
    if answer.text:
        blocks.append({"type": "text", "text": "".join(answer.text)})
    for slot, call in enumerate(answer.calls):
        id_ = f"toolu_sim{answer.serial:08d}t{slot}"
        blocks.append({"type": "tool_use", "id": id_, "name": call.name, "input": call.arguments})
    return blocks


def _emptied(block: Json) -> Json:
    """A block as it starts: what its deltas will bring is not there yet."""
    empty: dict[str, Any] = {"text": "", "thinking": "", "signature": "", "input": {}}
    return block | {key: value for key, value in empty.items() if key in block}


def _text_deltas(_block: Json, answer: Answer) -> Iterator[tuple[Beat, Json]]:
    for piece in answer.text:
        yield Beat.SPOKEN, {"type": "text_delta", "text": piece}


def _thinking_deltas(block: Json, answer: Answer) -> Iterator[tuple[Beat, Json]]:
    for piece in () if answer.ask.hidden else answer.reasoning:
        yield Beat.SPOKEN, {"type": "thinking_delta", "thinking": piece}
    yield Beat.SILENT, {"type": "signature_delta", "signature": block["signature"]}


def _input_deltas(block: Json, _answer: Answer) -> Iterator[tuple[Beat, Json]]:
    # The first is always empty, and for a call without arguments it is the only one.
    yield Beat.SILENT, {"type": "input_json_delta", "partial_json": ""}
    if block["input"]:
        for piece in fragments(jsons.encode(block["input"]).decode()):
            yield Beat.SPOKEN, {"type": "input_json_delta", "partial_json": piece}


_DELTAS: Final = {
    "text": _text_deltas,
    "thinking": _thinking_deltas,
    "tool_use": _input_deltas,
}


def _usage(answer: Answer) -> Json:
    """The count of a whole answer. `input_tokens` leaves out what was read from a cache."""
    usage: Json = {
        "input_tokens": answer.ask.prompt_tokens - answer.cached_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": answer.output_tokens,
        "service_tier": "standard",
    }
    if answer.reasoning:
        usage["output_tokens_details"] = {"thinking_tokens": answer.reasoning_tokens}
    return usage


def _final_usage(answer: Answer) -> Json:
    """The cumulative count at the end of a stream."""
    usage = _usage(answer)
    return {key: usage[key] for key in usage if key not in ("cache_creation", "service_tier")}
