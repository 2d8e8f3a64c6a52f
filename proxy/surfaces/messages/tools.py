"""Tools and the choice among them, as chat has them.

Tools of the provider's own (its searches, its code execution, the ones whose schema only its models know) go on as they
came; who but their maker could run them is not decided here, but it is said.

Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.messages.complaint import invalid, wrong_type
from proxy.surfaces.messages.parts import marked
from proxy.surfaces.messages.typed import array, mapping, member, string, text

_WORDS: Final = {"auto": "auto", "any": "required", "none": "none"}


def tools(chat: Json, value: Any) -> None:
    """`tools`; an empty array is none.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    made = [_tool(tool, f"tools.{at}") for at, tool in enumerate(array(value, "tools"))]
    if made:
        chat["tools"] = made


def choice(chat: Json, value: Any) -> None:
    """`tool_choice`, which says nothing where there are no tools.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    given = mapping(value, "tool_choice")
    kind = text(given, "type", "tool_choice")
    if kind == "tool":
        name = text(given, "name", "tool_choice")
        chosen: Any = {"type": "function", "function": {"name": name}}
    elif kind in _WORDS:
        chosen = _WORDS[kind]
    else:
        raise wrong_type("tool_choice.type", "'auto', 'any', 'tool' or 'none'")
    if not chat.get("tools"):
        return
    chat["tool_choice"] = chosen
    if given.get("disable_parallel_tool_use") is True:
        chat["parallel_tool_calls"] = False


def needs_its_maker(chat: Json) -> str:
    """Why nobody but Anthropic's models can be given these tools, as a sentence; empty where others can."""
    if chat.get("mcp_servers"):
        return "mcp_servers are called by Anthropic itself: only its models have their tools."
    for at, tool in enumerate(chat.get("tools") or ()):
        if tool["type"] != "function":
            return (
                f"tools.{at} is of type '{tool['type'][:64]}', which only Anthropic's models have."
            )
    return ""


def _tool(tool: Any, path: str) -> Json:
    kind = mapping(tool, path).get("type")
    if kind is not None and string(kind, f"{path}.type") != "custom":
        return dict(tool)
    name = text(tool, "name", path)
    if not name:
        raise invalid(f"{path}.name", "String should have at least 1 character")
    function: Json = {"name": name}
    if isinstance(tool.get("description"), str):
        function["description"] = tool["description"]
    schema = mapping(member(tool, "input_schema", path), f"{path}.input_schema")
    function["parameters"] = schema
    if tool.get("strict") is True:
        function["strict"] = True
    return marked({"type": "function", "function": function}, tool)
