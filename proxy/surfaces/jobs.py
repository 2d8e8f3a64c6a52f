"""Calls of jobs: chat in, and a whole answer in the shape of the jobs API; streams are chat streams.

Invariant: what a job's answer says of the model's words is what chat would have said.
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Completion, Json
from proxy.surfaces.chat import Chat
from proxy.surfaces.chat.whole import whole_body

OWN: Final = ("call_id", "latency_ms", "job_id", "status", "costs", "completed_at")
"""Members of a report that are the job's."""
_TOLD: Final = ("job_id", "status", "costs", "completed_at")


class JobChat(Chat):
    """The call of a job. Implements `Surface`."""

    name = "jobs"

    def whole(
        self,
        request: ChatRequest,
        completion: Completion,
        *,
        model: str | None = None,
        report: Json | None = None,
    ) -> bytes:
        """A whole answer.

        Args:
            request: The call that is answered.
            completion: The answer.
            model: In place of the provider's name of the model.
            report: What is known of the call and its job, `OWN`; the rest of it goes in as `firstbyte`.
        """
        said = jsons.decode_object(whole_body(request, completion, model))
        told = report or {}
        rest = {name: value for name, value in told.items() if name not in OWN}
        usage = said.get("usage") or {}
        answer: Json = {
            "call_id": told.get("call_id"),
            **{name: told[name] for name in _TOLD if name in told},
            "response": _response(said),
            "metadata": {
                "tokens_used": usage.get("total_tokens", 0),
                "latency_ms": told.get("latency_ms"),
                "model": said.get("model"),
            },
        }
        if rest and request.options.report:
            answer["firstbyte"] = rest
        return jsons.encode(answer)


def _response(said: Json) -> Json:
    """The first choice's message without its empty members; all choices, where there are several."""
    choices: list[Any] = said.get("choices") or []
    first = choices[0] if choices else {}
    message: Json = first.get("message") or {}
    more = {name: value for name, value in message.items() if value and name not in _ALWAYS}
    response = {
        "content": message.get("content"),
        "finish_reason": first.get("finish_reason"),
        **more,
    }
    return {**response, "choices": choices} if len(choices) > 1 else response


_ALWAYS: Final = ("role", "content")
