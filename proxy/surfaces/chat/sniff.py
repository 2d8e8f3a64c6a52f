"""Chat for clients that now and then post a Responses body to it, and read chat chunks all the same.

Cursor does so for models whose names it takes for OpenAI's. Such a body is read as what it is; the answer, and all that
is said to targets, is chat.

Source: reports of Cursor's users, https://forum.cursor.com (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Headers
from proxy.surfaces.body import object_of
from proxy.surfaces.chat.surface import Chat
from proxy.surfaces.responses.parse import parse as parse_responses

_INPUT: Final = "input"
_MESSAGES: Final = "messages"


class SniffingChat(Chat):
    """`POST /v1/chat/completions`, which also takes the conversation as `input`."""

    def parse(self, body: bytes, forward: Headers = ()) -> ChatRequest:
        """Read a call of either shape.

        Raises:
            ProxyError: INVALID_REQUEST with `param`.
        """
        if not is_responses_shaped(body):
            return super().parse(body, forward)
        request = parse_responses(body, forward)
        wishes = object_of(body).get("stream_options") or {}
        return replace(
            request,
            raw=b"",
            dialect="chat",
            include_usage=request.stream and wishes.get("include_usage") is True,
            wants_thinking_blocks=False,
            echo={},
        )


def is_responses_shaped(body: bytes) -> bool:
    """Whether a body is that of a Responses call: it has `input` and no `messages`."""
    if f'"{_INPUT}"'.encode() not in body:
        return False
    try:
        members = jsons.split(body)
    except jsons.JsonError:
        return False
    return _INPUT in members and _MESSAGES not in members
