"""Tools and the choice among them, as chat has them.

A search of the web has a form in chat, as others make one too. Other tools of the provider's own (its code execution, the
ones whose schema only its models know) go on as they came; who but their maker could run them is not decided here, but
it is said.

Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.messages.complaint import invalid, wrong_type
from proxy.surfaces.messages.parts import marked
from proxy.surfaces.messages.typed import array, mapping, member, string, text

SEARCH: Final = "web_search_options"
"""Where chat has a search of the web."""
_SEARCH: Final = re.compile(r"web_search_\d{8}")
_WISHES: Final = ("type", "max_uses", "allowed_domains", "blocked_domains")
"""What is asked of a search in the same words as here."""
_NAME: Final = "web_search"
_WORDS: Final = {"auto": "auto", "any": "required", "none": "none"}


def tools(chat: Json, value: Any) -> None:
    """`tools`; an empty array is none.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    made: list[Json] = []
    for at, each in enumerate(array(value, "tools")):
        tool = _tool(each, f"tools.{at}")
        if _SEARCH.fullmatch(tool["type"]):
            chat[SEARCH] = _wishes(tool)
        else:
            made.append(tool)
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
        if SEARCH in chat and name == _NAME and not _offers(chat, name):
            chat[SEARCH]["required"] = True
            return
        chosen: Any = {"type": "function", "function": {"name": name}}
    elif kind in _WORDS:
        chosen = _WORDS[kind]
    else:
        raise wrong_type("tool_choice.type", "'auto', 'any', 'tool' or 'none'")
    if kind == "none":
        chat.pop(SEARCH, None)
    if not chat.get("tools"):
        if SEARCH in chat and kind == "any":
            chat[SEARCH]["required"] = True
        return
    chat["tool_choice"] = chosen
    if given.get("disable_parallel_tool_use") is True:
        chat["parallel_tool_calls"] = False


def must_search(chat: Json) -> str:
    """Why nobody but a target that searches the web can serve the request, as a sentence; empty where it asks for none."""
    if SEARCH not in chat:
        return ""
    kind = chat[SEARCH]["type"][:64]
    return f"The tool '{kind}' needs a model whose provider searches the web."


def needs_its_maker(sent: Json) -> str:
    """Why nobody but Anthropic's models can be given these tools, as a sentence; empty where others can.

    Args:
        sent: The request as it came; its tools were read.
    """
    if sent.get("mcp_servers"):
        return "mcp_servers are called by Anthropic itself: only its models have their tools."
    for at, tool in enumerate(sent.get("tools") or ()):
        kind = tool.get("type")
        if kind not in (None, "custom") and not _SEARCH.fullmatch(kind):
            return f"tools.{at} is of type '{kind[:64]}', which only Anthropic's models have."
    return ""


def _wishes(tool: Json) -> Json:
    wishes = {name: tool[name] for name in _WISHES if tool.get(name) is not None}
    where = tool.get("user_location")
    if isinstance(where, dict):
        place = {k: v for k, v in where.items() if k != "type" and v is not None}
        wishes["user_location"] = {"type": "approximate", "approximate": place}
    return wishes


def _offers(chat: Json, name: str) -> bool:
    """Whether a function has this name."""
    functions = (tool.get("function") for tool in chat.get("tools") or ())
    return any(isinstance(each, dict) and each.get("name") == name for each in functions)


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
