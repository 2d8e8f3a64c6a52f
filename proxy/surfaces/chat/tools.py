"""The tools that a request offers, and the calls of them that its history holds: light checks of their shape.

Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.surfaces.checks import an_array, an_object, needed_string
from proxy.surfaces.complaint import missing, wrong_type, wrong_value

_KINDS: Final = ("function", "custom")
"""Kinds of tool that the caller runs; others (a provider's own search) pass as they are."""


def check_tools(tools: list[object], path: str = "tools") -> None:
    """Hold each tool to its shape.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    for place, tool in enumerate(tools):
        at = f"{path}[{place}]"
        if not isinstance(tool, dict):
            raise wrong_type(at, "an object", tool)
        kind = needed_string(tool, "type", at)
        if kind in _KINDS:
            check_function(tool.get(kind), f"{at}.{kind}")


def check_function(function: object, path: str) -> None:
    """Hold one function or custom tool to its shape: a name, and parameters that are an object if any.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if function is None:
        raise missing(path)
    an_object(function, path)
    assert isinstance(function, dict)
    if not needed_string(function, "name", path):
        raise wrong_value(f"{path}.name", "got an empty string.")
    if function.get("parameters") is not None:
        an_object(function["parameters"], f"{path}.parameters")


def check_calls(calls: object, path: str) -> list[str]:
    """Hold the tool calls of an assistant's message to their shape; gives their ids in order.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    an_array(calls, path)
    assert isinstance(calls, list)
    ids = []
    for place, call in enumerate(calls):
        at = f"{path}[{place}]"
        if not isinstance(call, dict):
            raise wrong_type(at, "an object", call)
        ids.append(needed_string(call, "id", at))
        if call.get("type") == "custom":
            _check_call(call.get("custom"), "input", f"{at}.custom")
        else:
            _check_call(call.get("function"), "arguments", f"{at}.function")
    return ids


def check_function_call(call: object, path: str) -> None:
    """Hold a deprecated `function_call` of an assistant's message to its shape.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    _check_call(call, "arguments", path)


def _check_call(call: object, text: str, path: str) -> None:
    if call is None:
        raise missing(path)
    an_object(call, path)
    assert isinstance(call, dict)
    needed_string(call, "name", path)
    needed_string(call, text, path)
