"""Tools and the choice among them: chat's functions and custom tools as Messages tools.

Where the model, or reasoning on a budget, refuses to be forced to call, it is told in a sentence instead.

Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.caching import MARKS, marked
from proxy.codecs.anthropic.draft import Draft
from proxy.codecs.anthropic.roots import flat
from proxy.codecs.anthropic.schema import closed
from proxy.codecs.plain.arguments import FREEFORM, freeform_description
from proxy.codecs.plain.complaint import invalid, unsupported, wrong_type
from proxy.codecs.web_search import REQUIRED, TYPE, options_of, place_of, unsaid
from proxy.core.shape import Json

MAX_NAME: Final = 128

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NATIVE: Final = re.compile(r"[a-z0-9_]+_\d{8}|mcp_toolset")
_PASSED: Final = ("eager_input_streaming", "defer_loading", "allowed_callers", "input_examples")
_WEB_SEARCH: Final = "web_search_20260318"
_WISHES: Final = ("max_uses", "allowed_domains", "blocked_domains")


def write(draft: Draft, tools: Any) -> None:
    """`tools`."""
    if not isinstance(tools, list):
        raise wrong_type("tools", "an array", tools)
    for at, tool in enumerate(tools):
        path = f"tools[{at}]"
        if not isinstance(tool, dict):
            raise wrong_type(path, "an object", tool)
        kind = tool.get("type")
        make = _KINDS.get(kind) if isinstance(kind, str) else None
        if make:
            draft.tools.append(make(draft, tool, path))
        elif isinstance(kind, str) and _NATIVE.fullmatch(kind):
            draft.tools.append(marked(_unmarked(tool), tool))
        else:
            raise unsupported(f"This model takes no tool of type '{kind}'.", f"{path}.type")


def choice(draft: Draft, value: Any) -> None:
    """`tool_choice`."""
    form = _WORDS.get(value) if isinstance(value, str) else None
    if form:
        draft.choice = dict(form)
    elif isinstance(value, dict) and value.get("type") == "allowed_tools":
        _allow(draft, value.get("allowed_tools"))
    else:
        draft.choice = {"type": "tool", "name": _chosen(value, "tool_choice")}


def parallel(draft: Draft, value: Any) -> None:
    """`parallel_tool_calls`."""
    draft.parallel = value is not False


def web_search(draft: Draft, value: Any) -> None:
    """`web_search_options`: the provider's own search."""
    options = options_of(value)
    kind = options.get(TYPE)
    known = isinstance(kind, str) and _NATIVE.fullmatch(kind)
    tool: Json = {"type": kind if known else _WEB_SEARCH, "name": "web_search"}
    for name in _WISHES:
        if options.get(name):
            tool[name] = options[name]
    if place := place_of(options):
        tool["user_location"] = place
    draft.tools.append(tool)
    if options.get(REQUIRED):
        draft.choice = {"type": "tool", "name": "web_search"}
    for name in unsaid(options, *_WISHES, "user_location", REQUIRED):
        draft.drop(name)


def settle(draft: Draft) -> None:
    """Write tools and choice, when it is known how the model reasons and in what form it answers."""
    if not draft.tools:
        return
    draft.body["tools"] = draft.tools
    form = draft.choice
    if form and form["type"] in _FORCED and not draft.may_force:
        draft.sentences.append(_FORCED[form["type"]].format(name=form.get("name")))
        form = {"type": "auto"}
    if not draft.parallel and (form is None or form["type"] != "none"):
        form = {**(form or {"type": "auto"}), "disable_parallel_tool_use": True}
    if form:
        draft.body["tool_choice"] = form


def _unmarked(tool: Json) -> Json:
    return {name: value for name, value in tool.items() if name not in MARKS}


def _function(draft: Draft, tool: Json, path: str) -> Json:
    function = _member(tool, "function", path)
    native: Json = {"name": _name(function, f"{path}.function.name")}
    if isinstance(function.get("description"), str):
        native["description"] = function["description"]
    schema = _parameters(function, f"{path}.function.parameters")
    native["input_schema"] = flat(schema)
    if (
        function.get("strict") is True
        and draft.able.schemas
        and native["input_schema"] is schema
        and (strict := closed(schema))
    ):
        native["strict"], native["input_schema"] = True, strict
    for name in _PASSED:
        if (value := tool.get(name, function.get(name))) is not None:
            native[name] = value
    return marked(marked(native, function), tool)


def _custom(_draft: Draft, tool: Json, path: str) -> Json:
    custom = _member(tool, "custom", path)
    native: Json = {"name": _name(custom, f"{path}.custom.name")}
    if (said := freeform_description(custom)) is not None:
        native["description"] = said
    native["input_schema"] = {
        "type": "object",
        "properties": {
            FREEFORM: {"type": "string", "description": "The whole input, as plain text."}
        },
        "required": [FREEFORM],
        "additionalProperties": False,
    }
    return marked(marked(native, custom), tool)


def _parameters(function: Json, path: str) -> Json:
    """The schema of the arguments, which must say that they are an object."""
    given = function.get("parameters")
    if given is None:
        return {"type": "object", "properties": {}}
    if not isinstance(given, dict):
        raise wrong_type(path, "an object", given)
    if given.get("type") == "object":
        return given
    return {"properties": {}, **given, "type": "object"}


def _allow(draft: Draft, allowed: Any) -> None:
    """Keep only the allowed tools; whoever they are chosen from, `auto` or `required` says how."""
    path = "tool_choice.allowed_tools"
    if not isinstance(allowed, dict) or not isinstance(allowed.get("tools"), list):
        raise wrong_type(path, "an object with an array 'tools'", allowed)
    names = {_chosen(each, f"{path}.tools[{at}]") for at, each in enumerate(allowed["tools"])}
    draft.tools[:] = [tool for tool in draft.tools if tool.get("name") in names]
    draft.choice = dict(_WORDS["required" if allowed.get("mode") == "required" else "auto"])


def _chosen(value: Any, path: str) -> str:
    """The name in `{"type": "function", "function": {"name": …}}` or its custom twin."""
    kind = value.get("type", "function") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise invalid(
            f"Invalid '{path}': expected 'none', 'auto', 'required' or a named tool.", path
        )
    return _name(_member(value, kind, path), f"{path}.{kind}.name")


def _member(holder: Json, kind: str, path: str) -> Json:
    member = holder.get(kind)
    if not isinstance(member, dict):
        raise wrong_type(f"{path}.{kind}", "an object", member)
    return member


def _name(holder: Json, path: str) -> str:
    name = holder.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid '{path}': expected 1 to {MAX_NAME} letters, digits, underscores or dashes.",
            path,
        )
    return name


_KINDS: Final[dict[str, Callable[[Draft, Json, str], Json]]] = {
    "function": _function,
    "custom": _custom,
}
_WORDS: Final[dict[str, Json]] = {
    "auto": {"type": "auto"},
    "none": {"type": "none"},
    "required": {"type": "any"},
}
_FORCED: Final = {
    "any": "You must call at least one of the tools.",
    "tool": "You must call the tool {name}.",
}
