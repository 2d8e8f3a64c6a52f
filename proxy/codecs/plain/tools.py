"""Tools that are functions, and what the caller says of their choice.

Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.plain.complaint import a_string, an_array, an_object, invalid, unsupported
from proxy.codecs.plain.draft import Choice, Draft
from proxy.core.shape import Json

_MODES: Final = frozenset({"auto", "none", "required"})


def write(draft: Draft, value: Any) -> None:
    """`tools`.

    Raises:
        ProxyError: UNSUPPORTED for a tool that is no function, INVALID_REQUEST for one that is not in its form.
    """
    draft.tools += [
        _tool(draft, tool, f"tools[{at}]") for at, tool in enumerate(an_array(value, "tools"))
    ]


def choice(draft: Draft, value: Any) -> None:
    """`tool_choice`: a word, one tool by name, or the tools that are allowed.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if isinstance(value, str):
        draft.choice = Choice(_mode(value, "tool_choice"))
        return
    given = an_object(value, "tool_choice")
    if given.get("type") == "allowed_tools":
        path = "tool_choice.allowed_tools"
        allowed = an_object(given.get("allowed_tools"), path)
        tools = an_array(allowed.get("tools"), f"{path}.tools")
        names = [_name(tool, f"{path}.tools[{at}]") for at, tool in enumerate(tools)]
        draft.choice = Choice(_mode(allowed.get("mode", "auto"), f"{path}.mode"), frozenset(names))
    else:
        draft.choice = Choice("required", frozenset({_name(given, "tool_choice")}))


def parallel(draft: Draft, value: Any) -> None:
    """`parallel_tool_calls`: no protocol close to chat can forbid them."""
    if value is False:
        draft.drop("parallel_tool_calls")


def settle(draft: Draft) -> None:
    """Leave only the tools that may be called.

    Raises:
        ProxyError: INVALID_REQUEST, where the chosen tool is not among the tools, or one is required of none.
    """
    names = draft.choice.names
    if names is not None:
        draft.tools[:] = [tool for tool in draft.tools if tool["function"]["name"] in names]
    if draft.choice.mode == "required" and not draft.tools:
        raise invalid(
            "Invalid 'tool_choice': expected a tool that is one of 'tools'.", "tool_choice"
        )


def _tool(draft: Draft, value: Any, path: str) -> Json:
    tool = an_object(value, path)
    if tool.get("type", "function") != "function":
        raise unsupported("This model takes no tools other than functions.", f"{path}.type")
    given = an_object(tool.get("function"), f"{path}.function")
    function: Json = {"name": a_string(given.get("name"), f"{path}.function.name")}
    if given.get("description") is not None:
        function["description"] = given["description"]
    parameters = given.get("parameters")
    if parameters is None:
        parameters = {"type": "object", "properties": {}}
    function["parameters"] = an_object(parameters, f"{path}.function.parameters")
    draft.strict = draft.strict or given.get("strict") is True
    return {"type": "function", "function": function}


def _mode(value: Any, path: str) -> str:
    if not isinstance(value, str) or value not in _MODES:
        raise invalid(f"Invalid '{path}': expected 'none', 'auto' or 'required'.", path)
    return value


def _name(value: Any, path: str) -> str:
    chosen = an_object(value, path)
    function = an_object(chosen.get("function"), f"{path}.function")
    return a_string(function.get("name"), f"{path}.function.name")
