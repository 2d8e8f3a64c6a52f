"""Tools and the choice among them: flat in a Responses request, in chat with a member of its own for each kind.

The provider's own web search has a form in chat; its other tools run only where the call is relayed. A kind that
OpenAI does not have is another provider's own and goes on as it is.

Source: https://developers.openai.com/api/docs/guides/function-calling and .../tools (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.checks import a_boolean, an_array, an_object, needed_string
from proxy.surfaces.complaint import missing, not_one_of, wrong_type, wrong_value
from proxy.surfaces.responses.spaces import NAMESPACE, Spaces
from proxy.surfaces.responses.wants import Wants

_SEARCH: Final = re.compile(r"web_search(_preview)?(_\d{4}_\d{2}_\d{2})?")
_HOSTED: Final = re.compile(
    "apply_patch|code_interpreter|computer(_use(_preview)?)?|file_search|image_generation|local_shell|mcp|namespace|"
    "programmatic_tool_calling|shell|tool_search"
)
"""OpenAI's own tools, and forms of tools, that chat has no form for."""
_OPTIONS: Final = "web_search_options"
_SOURCES: Final = "web_search_call.action.sources"
"""The entry of `include` that asks for the pages of a search."""
_FILTERS: Final = {
    "allowed_domains": "allowed_domains",
    "blocked_domains": "blocked_domains",
    "excluded_domains": "blocked_domains",
}
"""What a search is held to, by the words that those who speak this API have for it."""
_WORDS: Final = ("none", "auto", "required")
_FUNCTION: Final = ("name", "description", "parameters", "strict")
_PASSED: Final = ("allowed_callers", "cache_control", "defer_loading", "output_schema")


def chat_tools(body: Json, wants: Wants, spaces: Spaces | None = None) -> Json:
    """`tools`, `tool_choice`, `parallel_tool_calls` and `web_search_options` of the chat body; what says nothing is out.

    Args:
        body: The request, its top level checked.
        wants: Told of the tools that chat has no form for.
        spaces: The names of those in namespaces; made from the request where they are not given.

    Raises:
        ProxyError: INVALID_REQUEST with the path of the tool at fault.
    """
    chat: Json = {}
    tools: list[Json] = []
    spaces = spaces or Spaces(body.get("tools"))
    for tool, path in _each(body.get("tools") or [], spaces):
        kind = needed_string(tool, "type", path)
        make = _KINDS.get(kind)
        if make is not None:
            tools.append({**make(tool, path), **_kept(tool, _PASSED)})
        elif _SEARCH.fullmatch(kind):
            # A search of what OpenAI has stored, and of nothing else, is nobody else's.
            if tool.get("external_web_access") is not False:
                chat[_OPTIONS] = _search(tool)
        elif _HOSTED.fullmatch(kind):
            wants.note(f"{path}.type", f"a tool of type '{kind}'")
        else:
            tools.append(tool)
    if tools:
        chat["tools"] = tools
        if body.get("parallel_tool_calls") is not None:
            chat["parallel_tool_calls"] = body["parallel_tool_calls"]
    choice = _choice(body.get("tool_choice"), "tool_choice", wants, spaces)
    if tools and choice is not None:
        chat["tool_choice"] = choice
    if _OPTIONS in chat:
        chat[_OPTIONS] |= _of_search(body)
    return chat


def _each(tools: list[Any], spaces: Spaces) -> Iterator[tuple[Json, str]]:
    """Every tool and its path, those of a namespace one by one under the names that they have in chat."""
    for place, tool in enumerate(tools):
        path = f"tools[{place}]"
        if not isinstance(tool, dict):
            raise wrong_type(path, "an object", tool)
        if tool.get("type") != NAMESPACE:
            yield tool, path
            continue
        space = _name(tool, path)
        if tool.get("tools") is not None:
            an_array(tool["tools"], f"{path}.tools")
        for at, inner in enumerate(tool.get("tools") or ()):
            where = f"{path}.tools[{at}]"
            if not isinstance(inner, dict):
                raise wrong_type(where, "an object", inner)
            named = {"name": spaces.flat(space, _name(inner, where))}
            # What the namespace says of itself is better than nothing.
            yield {**_kept(tool, ("description",)), **inner, **named}, where


def _function(tool: Json, path: str) -> Json:
    nested = tool.get("function")
    if isinstance(nested, dict):
        # Editors that mix the two APIs write tools in either way.
        tool, path = nested, f"{path}.function"
    _name(tool, path)
    if tool.get("parameters") is not None:
        an_object(tool["parameters"], f"{path}.parameters")
    if tool.get("strict") is not None:
        a_boolean(tool["strict"], f"{path}.strict")
    return {"type": "function", "function": _kept(tool, _FUNCTION)}


def _custom(tool: Json, path: str) -> Json:
    _name(tool, path)
    custom = _kept(tool, ("name", "description"))
    form = tool.get("format")
    if form is not None:
        an_object(form, f"{path}.format")
        inner = {name: value for name, value in form.items() if name != "type"}
        custom["format"] = {"type": form.get("type"), **({"grammar": inner} if inner else {})}
    return {"type": "custom", "custom": custom}


def _search(tool: Json) -> Json:
    options = _kept(tool, ("search_context_size",))
    where = tool.get("user_location")
    if isinstance(where, dict):
        place = {k: v for k, v in where.items() if k != "type" and v is not None}
        options["user_location"] = {"type": "approximate", "approximate": place}
    filters = tool.get("filters")
    given = filters if isinstance(filters, dict) else {}
    for word, name in _FILTERS.items():
        if given.get(word):
            options[name] = given[word]
    return options


def _of_search(body: Json) -> Json:
    """What is said of a search elsewhere in the request: that it must be made, and that its pages are to be told."""
    choice = body.get("tool_choice")
    kind = choice.get("type") if isinstance(choice, dict) else None
    is_chosen = isinstance(kind, str) and _SEARCH.fullmatch(kind) is not None
    asked = _SOURCES in (body.get("include") or ())
    return {**({"required": True} if is_chosen else {}), **({"sources": True} if asked else {})}


def _choice(value: Any, path: str, wants: Wants, spaces: Spaces) -> str | Json | None:
    """The choice in chat's form; None where there is none to make."""
    if value is None:
        return None
    if isinstance(value, str):
        if value not in _WORDS:
            raise not_one_of(path, value, _WORDS)
        return value
    kind = value["type"]
    if kind == "allowed_tools":
        return _allowed(value, path, wants, spaces)
    return _chosen(value, path, wants, spaces)


def _allowed(value: Json, path: str, wants: Wants, spaces: Spaces) -> Json:
    tools = value.get("tools")
    if tools is None:
        raise missing(f"{path}.tools")
    an_array(tools, f"{path}.tools")
    chosen = []
    for place, tool in enumerate(tools):
        at = f"{path}.tools[{place}]"
        an_object(tool, at)
        chosen.append(_chosen(tool, at, wants, spaces))
    allowed = {"mode": value.get("mode") or "auto", "tools": [each for each in chosen if each]}
    return {"type": "allowed_tools", "allowed_tools": allowed}


def _chosen(value: Json, path: str, wants: Wants, spaces: Spaces) -> Json | None:
    kind = needed_string(value, "type", path)
    if kind in _KINDS:
        return {"type": kind, kind: {"name": spaces.flat(value.get(NAMESPACE), _name(value, path))}}
    if not _SEARCH.fullmatch(kind):
        wants.note(path, f"a choice of type '{kind[:64]}'")
    return None


def _kept(members: Json, names: tuple[str, ...]) -> Json:
    return {name: members[name] for name in names if members.get(name) is not None}


def _name(members: Json, path: str) -> str:
    name = needed_string(members, "name", path)
    if not name:
        raise wrong_value(f"{path}.name", "got an empty string.")
    return name


_KINDS: Final[dict[str, Callable[[Json, str], Json]]] = {"function": _function, "custom": _custom}
