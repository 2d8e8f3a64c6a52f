"""Chat for clients that now and then post a Responses body to it, and read chat chunks all the same.

Cursor does so for models whose names it takes for OpenAI's. Such a body is read as what it is; the answer, and all that
is said to targets, is chat.

Source: reports of Cursor's users, https://forum.cursor.com (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from proxy.core.shape import ChatRequest, Headers, Json
from proxy.surfaces.body import object_of
from proxy.surfaces.chat.parse import read
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
        sent = object_of(body)
        if not is_responses_shaped(sent):
            return read(sent, body, forward)
        request = parse_responses(body, forward)
        wishes = sent.get("stream_options") or {}
        return replace(
            request,
            raw=b"",
            dialect="chat",
            include_usage=request.stream and wishes.get("include_usage") is True,
            wants_thinking_blocks=False,
            echo={},
        )


def is_responses_shaped(sent: Json) -> bool:
    """Whether a body is that of a Responses call: it has `input` and no `messages`."""
    return _INPUT in sent and _MESSAGES not in sent
