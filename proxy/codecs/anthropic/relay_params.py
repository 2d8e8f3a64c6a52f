"""A target's own parameters in a body that is the caller's: in Messages' words, whatever words they are written in.

They are written for chat callers too, so that most of them have chat's names. Those are read by the readers of chat
requests and settled for the model; what chat has no name for goes as it is.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.codecs.anthropic import reasoning, sampling
from proxy.codecs.anthropic.draft import Draft, draft_for
from proxy.codecs.anthropic.encode import DROPPED, ELSEWHERE, FIELDS
from proxy.core import jsons
from proxy.core.jsons import Members

_CONVERSATION: Final = frozenset(
    {
        "messages", "tools", "tool_choice", "parallel_tool_calls", "web_search_options", "response_format", "n",
        "logprobs", "top_logprobs", "modalities", "prompt_cache_options",
    }
)  # fmt: skip
"""What only makes sense within a chat request: it is dropped."""
_REASONING: Final = frozenset(
    {"max_completion_tokens", "max_tokens", "reasoning_effort", "thinking"}
)
_LIMITS: Final = frozenset({"max_completion_tokens", "max_tokens"})


def lay_over(members: Members, params: Mapping[str, Any], model: str) -> Draft:
    """Put parameters into the members of a body.

    Args:
        members: Of the caller's body; edited in place.
        params: The target's.
        model: Whose capabilities settle what goes together.

    Returns:
        What had to be said beside the body: betas that are needed, parameters that were dropped.
    """
    draft = draft_for(model)
    draft.messages = [{"role": "user", "content": []}]
    for name, write in FIELDS.items():
        if name in _CONVERSATION or params.get(name) is None:
            continue
        write(draft, params[name])
    for name, value in params.items():
        if name in _CONVERSATION or name in DROPPED:
            draft.drop(name)
        elif name not in FIELDS and name not in ELSEWHERE:
            members[name] = jsons.raw(value)
    _settle(draft, members, params)
    members.update({name: jsons.raw(value) for name, value in draft.body.items()})
    return draft


def _settle(draft: Draft, members: Members, params: Mapping[str, Any]) -> None:
    given = _value(members, "max_tokens")
    if not _LIMITS & params.keys() and isinstance(given, int):
        draft.limit = given
    if _REASONING & params.keys():
        reasoning.settle(draft)
        if draft.body["max_tokens"] == given:
            del draft.body["max_tokens"]
    sampling.settle(draft)
    config = _value(members, "output_config")
    if "output_config" not in params and "output_config" in draft.body and isinstance(config, dict):
        # The effort is ours to replace; the caller's format beside it is not.
        draft.body["output_config"] = {**config, **draft.body["output_config"]}


def _value(members: Members, name: str) -> Any:
    return jsons.decode(bytes(members[name])) if name in members else None
