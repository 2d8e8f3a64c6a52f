"""Deprecated functions: in a request they become tools, in an answer tool calls become a `function_call` again.

The old form has room for one call in an answer, so a request in it asks for one call at a time; of an answer that holds
more all the same, the caller gets the first.

Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-functions (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final, cast

from proxy.core.shape import Delta, Json, Message
from proxy.surfaces.chat.tools import check_function
from proxy.surfaces.complaint import invalid

FINISH: Final = {"tool_calls": "function_call"}
"""Finish reasons under their old names."""


def with_tools(body: Json) -> Json:
    """A request with `functions` and `function_call` said as `tools` and `tool_choice`; others come back as they are.

    Raises:
        ProxyError: INVALID_REQUEST for functions of the wrong shape, or beside tools.
    """
    functions = body.get("functions")
    if not functions:
        return body
    rest = {k: v for k, v in body.items() if k not in ("functions", "function_call")}
    if rest.get("tools"):
        message = "Invalid 'functions': expected either 'functions' or 'tools', but got both."
        raise invalid(message, "functions", "invalid_value")
    for place, function in enumerate(functions):
        check_function(function, f"functions[{place}]")
    rest["tools"] = [{"type": "function", "function": function} for function in functions]
    rest["parallel_tool_calls"] = False
    choice = body.get("function_call")
    if isinstance(choice, dict):
        rest["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
    elif choice is not None:
        rest["tool_choice"] = choice
    return rest


def delta_with_function_call(delta: Delta) -> Delta:
    """A delta whose tool calls are said as a `function_call`."""
    rest: dict[str, Any] = {k: v for k, v in delta.items() if k != "tool_calls"}
    for call in delta["tool_calls"]:
        if call.get("index", 0) == 0 and "function" in call:
            rest["function_call"] = {"arguments": "", **call["function"]}
    return cast(Delta, rest)


def message_with_function_call(message: Message) -> Message:
    """A whole message whose tool calls are said as a `function_call`."""
    rest: dict[str, Any] = {k: v for k, v in message.items() if k != "tool_calls"}
    calls = [call["function"] for call in message["tool_calls"] if "function" in call]
    if calls:
        rest["function_call"] = calls[0]
    return cast(Message, rest)
