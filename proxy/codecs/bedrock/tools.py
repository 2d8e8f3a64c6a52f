"""Tools and the choice among them: chat's functions and custom tools as tool specifications of Converse.

Where the model refuses to be forced to call, or not to call, it is told in a sentence instead. A conversation with calls
in it must bring tools, even where the caller has sent none: they are made up from the names that were called.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.roots import flat
from proxy.codecs.anthropic.schema import closed
from proxy.codecs.bedrock.caching import marked
from proxy.codecs.bedrock.draft import Draft
from proxy.codecs.plain.arguments import FREEFORM, freeform_description
from proxy.codecs.plain.complaint import invalid, unsupported, wrong_type
from proxy.core.shape import Json

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OBJECT: Final[Json] = {"type": "object", "properties": {}}


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
        if make is None:
            raise unsupported(f"This model takes no tool of type '{kind}'.", f"{path}.type")
        inner = tool.get(kind)
        source = {**inner, **tool} if isinstance(inner, dict) else tool
        draft.tools += marked(draft, [make(draft, tool, path)], source, "tools")


def choice(draft: Draft, value: Any) -> None:
    """`tool_choice`."""
    form = _WORDS.get(value) if isinstance(value, str) else None
    if form:
        draft.choice = dict(form)
    elif isinstance(value, dict) and value.get("type") == "allowed_tools":
        _allow(draft, value.get("allowed_tools"))
    else:
        draft.choice = {"tool": {"name": _chosen(value, "tool_choice")}}


def parallel(draft: Draft, value: Any) -> None:
    """`parallel_tool_calls`."""
    draft.parallel = value is not False


def settle(draft: Draft) -> None:
    """Write tools and choice, when it is known how the model reasons and in what form it answers."""
    form = draft.choice or {}
    if "none" in form and not draft.called:
        return
    _make_up(draft)
    if not draft.tools:
        return
    config: Json = {"tools": draft.tools}
    draft.body["toolConfig"] = config
    kind = next(iter(form), "auto")
    if kind in _TOLD and not (kind in draft.family.choices and not draft.thinks_on_budget):
        draft.sentences.append(_TOLD[kind].format(name=form[kind].get("name")))
        form, kind = {}, "auto"
    if form and kind in draft.family.choices:
        config["toolChoice"] = form
    if not draft.parallel:
        _one_at_a_time(draft, config, kind)


def _make_up(draft: Draft) -> None:
    """Tools for the names that were called and are not there."""
    if draft.tools:
        return
    draft.tools += [_spec(name, "", {"type": "object"}) for name in dict.fromkeys(draft.called)]


def _one_at_a_time(draft: Draft, config: Json, kind: str) -> None:
    """Only Claude can be held to one call, and only in its own words, which stand for the whole choice."""
    if draft.family.claude is None:
        draft.drop("parallel_tool_calls")
        return
    form = config.pop("toolChoice", {}).get(kind, {})
    draft.additional["tool_choice"] = {"type": kind, **form, "disable_parallel_tool_use": True}


def _function(draft: Draft, tool: Json, path: str) -> Json:
    function = _member(tool, "function", path)
    name = _name(function, f"{path}.function.name")
    schema = _parameters(function, f"{path}.function.parameters")
    strict, rooted = None, flat(schema)
    if function.get("strict") is True and draft.family.schemas and rooted is schema:
        strict = closed(schema)
    said = function.get("description")
    spec = _spec(name, said if isinstance(said, str) else "", strict or rooted)
    if strict:
        spec["toolSpec"]["strict"] = True
    return spec


def _custom(_draft: Draft, tool: Json, path: str) -> Json:
    custom = _member(tool, "custom", path)
    text: Json = {"type": "string", "description": "The whole input, as plain text."}
    schema: Json = {"type": "object", "properties": {FREEFORM: text}, "required": [FREEFORM]}
    return _spec(_name(custom, f"{path}.custom.name"), freeform_description(custom) or "", schema)


def _system(_draft: Draft, tool: Json, path: str) -> Json:
    """A tool that the provider runs itself, such as `nova_grounding`."""
    return {"systemTool": _member(tool, "systemTool", path)}


def _spec(name: str, description: str, schema: Json) -> Json:
    spec: Json = {"name": name, "description": description.strip() or name}
    return {"toolSpec": {**spec, "inputSchema": {"json": schema}}}


def _parameters(function: Json, path: str) -> Json:
    """The schema of the arguments, which must say that they are an object."""
    given = function.get("parameters")
    if given is None:
        return dict(_OBJECT)
    if not isinstance(given, dict):
        raise wrong_type(path, "an object", given)
    return given if given.get("type") == "object" else {**_OBJECT, **given, "type": "object"}


def _allow(draft: Draft, allowed: Any) -> None:
    """Keep only the allowed tools; whoever they are chosen from, `auto` or `required` says how."""
    path = "tool_choice.allowed_tools"
    if not isinstance(allowed, dict) or not isinstance(allowed.get("tools"), list):
        raise wrong_type(path, "an object with an array 'tools'", allowed)
    names = {_chosen(each, f"{path}.tools[{at}]") for at, each in enumerate(allowed["tools"])}
    draft.tools[:] = [tool for tool in draft.tools if tool.get("toolSpec", {}).get("name") in names]
    draft.choice = dict(_WORDS["required" if allowed.get("mode") == "required" else "auto"])


def _chosen(value: Any, path: str) -> str:
    """The name in `{"type": "function", "function": {"name": …}}` or its custom twin."""
    kind = value.get("type", "function") if isinstance(value, dict) else None
    if kind not in ("function", "custom"):
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
            f"Invalid '{path}': expected 1 to 64 letters, digits, underscores or dashes.", path
        )
    return name


_KINDS: Final[dict[str, Callable[[Draft, Json, str], Json]]] = {
    "function": _function,
    "custom": _custom,
    "systemTool": _system,
}
_WORDS: Final[dict[str, Json]] = {
    "auto": {"auto": {}},
    "none": {"none": {}},
    "required": {"any": {}},
}
_TOLD: Final = {
    "any": "You must call at least one of the tools.",
    "tool": "You must call the tool {name}.",
    "none": "You must not call any tool: answer in text.",
}
