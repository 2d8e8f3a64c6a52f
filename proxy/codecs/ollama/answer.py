"""One answer while it is being read: a whole answer is a stream of one object, and both are read here.

Invariant: the role comes first and once; reasoning goes before text where an object has both; ids of calls and of the
answer are made up from what was said, so that reading it again makes up the same.
Source: https://docs.ollama.com/api/chat, https://docs.ollama.com/api/streaming (both read 2026-11-20).
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from proxy.codecs.ollama.logprobs import logprobs_of
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS, NO_ARGUMENTS
from proxy.core.shape import Chunk, Delta, Json
from proxy.core.usage import Usage, count

_REASONS: Final = {"length": "length"}
"""Any other word is a way to say that the model was done: `stop`, `load`, `unload`, or the name of a stop rule."""


class Answer:
    """Makes the chunks of one answer.

    Args:
        created: Seconds since 1970, where the provider gives none.
        model: The name to give where the provider says none.
    """

    def __init__(self, created: int, model: str) -> None:
        self._build = Builder(created, model=model)
        self._seed = ""
        self._slots = 0
        self._said = False

    def take(self, value: Json) -> list[Chunk]:
        """Read one object of the answer: what it adds, and the end where it is `done`.

        Raises:
            ProxyError: MALFORMED.
        """
        chunks = [] if self._seed else [self._begin(value)]
        message = value.get("message")
        if not isinstance(message, dict):
            # The older `/api/generate` says the same without a message.
            message = {"content": value.get("response"), "thinking": value.get("thinking")}
        chunks += self._speak(message, logprobs_of(value.get("logprobs")))
        calls = message.get("tool_calls")
        if isinstance(calls, list):
            chunks += [chunk for call in calls for chunk in self._call(call)]
        return chunks + self._end(value) if value.get("done") is True else chunks

    def _begin(self, value: Json) -> Chunk:
        self._seed = sha256(jsons.encode(value)).hexdigest()[:24]
        self._build.id = f"chatcmpl-{self._seed}"
        self._build.created = _seconds(value.get("created_at")) or self._build.created
        model = value.get("model")
        if isinstance(model, str) and model:
            self._build.model = model
        return self._build.role()

    def _speak(self, message: Json, logprobs: Json | None) -> list[Chunk]:
        deltas: list[Delta] = []
        if thinking := _string(message.get("thinking")):
            deltas.append({"reasoning_content": thinking})
        if content := _string(message.get("content")):
            deltas.append({"content": content})
        if logprobs is None:
            return [self._build.delta(delta) for delta in deltas]
        *before, last = deltas or [Delta()]
        told = self._build.choice(
            {"index": 0, "delta": last, "logprobs": logprobs, "finish_reason": None}
        )
        return [*map(self._build.delta, before), told]

    def _call(self, call: Any) -> list[Chunk]:
        """A call, which comes whole. The server's own index may be 0 for all of them."""
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict):
            raise ProxyError(Kind.MALFORMED, "the provider sent a tool call without a function")
        slot, self._slots = self._slots, self._slots + 1
        if slot >= MAX_CALLS:
            raise ProxyError(Kind.MALFORMED, f"the provider sent more than {MAX_CALLS} tool calls")
        mark = _string(call.get("id")) or self._made_up(slot)
        return [
            self._build.tool_open(slot, mark, _string(function.get("name"))),
            self._build.tool_arguments(slot, _arguments(function.get("arguments"))),
        ]

    def _made_up(self, slot: int) -> str:
        return f"call_{sha256(f'{self._seed}/{slot}'.encode()).hexdigest()[:24]}"

    def _end(self, value: Json) -> list[Chunk]:
        reason = _REASONS.get(_string(value.get("done_reason")), "stop")
        if reason == "stop" and self._slots:
            reason = "tool_calls"
        chunks = [self._build.finish(reason)]
        prompt, completion = count(value.get("prompt_eval_count")), count(value.get("eval_count"))
        if prompt is not None or completion is not None:
            # The server leaves the prompt out where all of it was in its cache; its own OpenAI endpoint says 0 then.
            chunks.append(self._build.usage(Usage(prompt or 0, completion or 0)))
        return chunks


def _seconds(value: Any) -> int | None:
    """Seconds since 1970 for an RFC 3339 time with nanoseconds; None where it is none."""
    try:
        time = datetime.fromisoformat(value)
        return max(int(time.replace(tzinfo=time.tzinfo or UTC).timestamp()), 0)
    except (TypeError, ValueError, OverflowError):
        return None


def _arguments(value: Any) -> str:
    """Arguments are an object here, and a JSON text in chat; some servers send the text."""
    if isinstance(value, str):
        return value or NO_ARGUMENTS
    return jsons.encode(value).decode() if value else NO_ARGUMENTS


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
