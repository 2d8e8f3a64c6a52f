"""Tools and the choice among them: flat here, where chat has a member of its own for each kind.

Source: https://developers.openai.com/api/docs/guides/function-calling (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.plain.complaint import invalid, unsupported, wrong_type
from proxy.codecs.responses.draft import Draft
from proxy.codecs.web_search import CHAT, REQUIRED, place_of, unsaid
from proxy.core.shape import Json

_HOSTED: Final = frozenset(
    {
        "code_interpreter",
        "file_search",
        "image_generation",
        "mcp",
        "web_search",
        "web_search_2025_08_26",
        "web_search_preview",
    }
)
"""Tools that the provider runs itself, so that chat needs no form for their calls."""
_WORDS: Final = frozenset({"none", "auto", "required"})
_PASSED: Final = ("defer_loading", "allowed_callers", "output_schema")


def write(draft: Draft, tools: Any) -> None:
    """`tools`."""
    if not isinstance(tools, list):
        raise wrong_type("tools", "an array", tools)
    for at, tool in enumerate(tools):
        path = f"tools[{at}]"
        if not isinstance(tool, dict):
            raise wrong_type(path, "an object", tool)
        kind = str(tool.get("type"))
        if kind in _KINDS:
            draft.tools.append(_KINDS[kind](tool, path))
        elif kind in _HOSTED:
            draft.tools.append(tool)
        else:
            raise unsupported(f"This target takes no tool of type '{kind}'.", f"{path}.type")


def choice(draft: Draft, value: Any) -> None:
    """`tool_choice`."""
    if isinstance(value, str):
        if value not in _WORDS:
            raise _no_choice("tool_choice")
        draft.body["tool_choice"] = value
    elif isinstance(value, dict) and value.get("type") == "allowed_tools":
        draft.body["tool_choice"] = _allowed(value)
    else:
        draft.body["tool_choice"] = _chosen(value, "tool_choice")


def parallel(draft: Draft, value: Any) -> None:
    """`parallel_tool_calls`."""
    draft.body["parallel_tool_calls"] = value is not False


def web_search(draft: Draft, value: Any) -> None:
    """`web_search_options`: the provider's own search."""
    if not isinstance(value, dict):
        raise wrong_type("web_search_options", "an object", value)
    tool: Json = {"type": "web_search"}
    if value.get("search_context_size") is not None:
        tool["search_context_size"] = value["search_context_size"]
    if place := place_of(value):
        tool["user_location"] = place
    if value.get("allowed_domains"):
        tool["filters"] = {"allowed_domains": value["allowed_domains"]}
    if value.get(REQUIRED) and not draft.tools:
        # The only tool is the one that must be called.
        draft.body["tool_choice"] = "required"
    for name in unsaid(value, *CHAT, "allowed_domains", *([] if draft.tools else [REQUIRED])):
        draft.drop(name)
    draft.tools.append(tool)


def settle(draft: Draft) -> None:
    """Write the tools; what speaks of tools where there are none is refused."""
    if draft.tools:
        draft.body["tools"] = draft.tools
        return
    for name in ("tool_choice", "parallel_tool_calls"):
        draft.body.pop(name, None)


def _function(tool: Json, path: str) -> Json:
    function = _member(tool, "function", path)
    native: Json = {"type": "function", "name": _name(function, f"{path}.function.name")}
    if isinstance(function.get("description"), str):
        native["description"] = function["description"]
    parameters = function.get("parameters")
    if parameters is None:
        parameters = {"type": "object", "properties": {}}
    native["parameters"] = parameters
    # Left out, it would be taken for true here and for false in chat.
    native["strict"] = function.get("strict") is True
    return {**native, **{name: tool[name] for name in _PASSED if tool.get(name) is not None}}


def _custom(tool: Json, path: str) -> Json:
    custom = _member(tool, "custom", path)
    native: Json = {"type": "custom", "name": _name(custom, f"{path}.custom.name")}
    if isinstance(custom.get("description"), str):
        native["description"] = custom["description"]
    form = custom.get("format")
    if isinstance(form, dict):
        grammar = form.get("grammar")
        inner = grammar if isinstance(grammar, dict) else {}
        native["format"] = {**{k: v for k, v in form.items() if k != "grammar"}, **inner}
    return native


def _allowed(value: Json) -> Json:
    path = "tool_choice.allowed_tools"
    allowed = value.get("allowed_tools")
    if not isinstance(allowed, dict) or not isinstance(allowed.get("tools"), list):
        raise wrong_type(path, "an object with an array 'tools'", allowed)
    tools = [_chosen(each, f"{path}.tools[{at}]") for at, each in enumerate(allowed["tools"])]
    return {"type": "allowed_tools", "mode": allowed.get("mode") or "auto", "tools": tools}


def _chosen(value: Any, path: str) -> Json:
    """`{"type": "function", "function": {"name": …}}` or its custom twin, flat; a tool of the provider's as it is."""
    kind = str(value.get("type")) if isinstance(value, dict) else ""
    if kind in _HOSTED:
        return dict(value)
    if kind not in _KINDS:
        raise _no_choice(path)
    return {"type": kind, "name": _name(_member(value, kind, path), f"{path}.{kind}.name")}


def _no_choice(path: str) -> Exception:
    return invalid(f"Invalid '{path}': expected 'none', 'auto', 'required' or a named tool.", path)


def _member(holder: Json, kind: str, path: str) -> Json:
    member = holder.get(kind)
    if not isinstance(member, dict):
        raise wrong_type(f"{path}.{kind}", "an object", member)
    return member


def _name(holder: Json, path: str) -> str:
    name = holder.get("name")
    if not isinstance(name, str) or not name:
        raise wrong_type(path, "a name", name)
    return name


_KINDS: Final[dict[str, Callable[[Json, str], Json]]] = {"function": _function, "custom": _custom}
