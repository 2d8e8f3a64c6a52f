"""The fields of a Messages request at its top level, and what each becomes in chat.

Fields that are not in the table stay in the bytes that came: a relay sends them on, and nobody else knows them. Those
that are Anthropic's own stand beside what is said in chat, so that whoever leaves them out says so. null means absent.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.messages import structure, tools
from proxy.surfaces.messages.complaint import invalid
from proxy.surfaces.messages.typed import (
    array,
    boolean,
    integer,
    mapping,
    number,
    string,
    text,
)

MAX_USER: Final = 64
"""Characters of a user's id that every provider takes."""

_OWN: Final = ("container", "diagnostics", "fallbacks", "inference_geo", "mcp_servers", "speed")
"""Fields that only Anthropic has, under names that nobody else uses."""
_TIERS: Final = {"standard_only": "default"}


def write_fields(chat: Json, sent: Json) -> None:
    """Write every field that is there into the chat body.

    Raises:
        ProxyError: INVALID_REQUEST for the first one that does not fit.
    """
    for name, write in _FIELDS.items():
        value = sent.get(name)
        if value is not None:
            write(chat, value)
    for name in _OWN:
        if sent.get(name):
            chat[name] = sent[name]


def _model(chat: Json, value: Any) -> None:
    chat["model"] = string(value, "model")


def _stream(chat: Json, value: Any) -> None:
    chat["stream"] = boolean(value, "stream")


def _max_tokens(chat: Json, value: Any) -> None:
    limit = integer(value, "max_tokens")
    if limit < 0:
        raise invalid("max_tokens", "Input should be greater than or equal to 0")
    # 0 only warms the maker's cache; the least that others can be asked for is 1.
    chat["max_tokens"] = max(1, limit)


def _number(name: str) -> Callable[[Json, Any], None]:
    def write(chat: Json, value: Any) -> None:
        chat[name] = number(value, name)

    return write


def _top_k(chat: Json, value: Any) -> None:
    chat["top_k"] = integer(value, "top_k")


def _stop_sequences(chat: Json, value: Any) -> None:
    stops = array(value, "stop_sequences")
    read = [string(stop, f"stop_sequences.{at}") for at, stop in enumerate(stops)]
    if read:
        chat["stop"] = read


def _metadata(chat: Json, value: Any) -> None:
    user = mapping(value, "metadata").get("user_id")
    if user is None:
        return
    name = string(user, "metadata.user_id")
    if len(name) > MAX_USER:
        # Clients put more in here than others take; a digest tells users apart just as well.
        name = hashlib.sha256(name.encode(errors="replace")).hexdigest()
    chat["user"] = name


def _service_tier(chat: Json, value: Any) -> None:
    tier = string(value, "service_tier")
    chat["service_tier"] = _TIERS.get(tier, tier)


def _thinking(chat: Json, value: Any) -> None:
    thinking = mapping(value, "thinking")
    text(thinking, "type", "thinking")
    chat["thinking"] = thinking


_FIELDS: Final[dict[str, Callable[[Json, Any], None]]] = {
    "model": _model,
    "max_tokens": _max_tokens,
    "stream": _stream,
    "temperature": _number("temperature"),
    "top_p": _number("top_p"),
    "top_k": _top_k,
    "stop_sequences": _stop_sequences,
    "thinking": _thinking,
    "output_config": structure.output_config,
    "output_format": structure.output_format,
    "tools": tools.tools,
    "tool_choice": tools.choice,
    "metadata": _metadata,
    "service_tier": _service_tier,
}
"""In the order in which they are read: tools before the choice among them."""
