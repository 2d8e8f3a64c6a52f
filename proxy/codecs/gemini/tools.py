"""Tools and the choice among them: chat's functions and custom tools as function declarations, and Google's own.

Source: https://ai.google.dev/gemini-api/docs/function-calling (read 2026-11-20).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.gemini.draft import Draft
from proxy.codecs.gemini.schema import arguments, plain
from proxy.codecs.gemini.subset import subset, with_members
from proxy.codecs.plain.arguments import FREEFORM, freeform_description
from proxy.codecs.plain.complaint import (
    a_string,
    an_array,
    an_object,
    invalid,
    unsupported,
    wrong_type,
)
from proxy.codecs.web_search import options_of, unsaid
from proxy.core.shape import Json

MAX_NAME: Final = 128

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.:-]")
_INTERNAL: Final = "default_api:"
_NATIVE: Final = {
    "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext", "googleMaps", "fileSearch", "computerUse",
    "enterpriseWebSearch", "retrieval", "mcpServers",
}  # fmt: skip
_NATIVE_BY_TYPE: Final = {
    "google_search": "googleSearch",
    "code_execution": "codeExecution",
    "url_context": "urlContext",
    "google_maps": "googleMaps",
}


def write(draft: Draft, tools: Any) -> None:
    """`tools`."""
    for at, given in enumerate(an_array(tools, "tools")):
        path = f"tools[{at}]"
        tool = an_object(given, path)
        kind = tool.get("type")
        make = _KINDS.get(kind) if isinstance(kind, str) else None
        if make:
            draft.functions.append(make(draft, tool, path))
        elif native := _native(tool):
            draft.native_tools.append(native)
        else:
            raise unsupported(f"This model takes no tool of type '{kind}'.", f"{path}.type")
    if draft.functions and not draft.able.tools:
        raise unsupported("This model takes no tools.", "tools")


def choice(draft: Draft, value: Any) -> None:
    """`tool_choice`."""
    mode = _MODES.get(value) if isinstance(value, str) else None
    if mode:
        draft.choice = {"mode": mode}
    elif isinstance(value, dict) and value.get("type") == "allowed_tools":
        _allow(draft, value.get("allowed_tools"))
    else:
        name = _chosen(value, "tool_choice")
        draft.choice = {"mode": "ANY", "allowedFunctionNames": [name]}


def parallel(draft: Draft, value: Any) -> None:
    """`parallel_tool_calls`, which cannot be forbidden here."""
    if value is False:
        draft.drop("parallel_tool_calls")


def web_search(draft: Draft, value: Any) -> None:
    """`web_search_options`: Google's own search, of which only Vertex AI can be told what is not wanted."""
    options, said = options_of(value), "blocked_domains" if draft.vertex else ""
    blocked = options.get(said)
    draft.native_tools.append({"googleSearch": {"excludeDomains": blocked} if blocked else {}})
    for name in unsaid(options, said):
        draft.drop(name)


def settle(draft: Draft) -> None:
    """Write tools and choice, when both are known."""
    if not (draft.functions or draft.native_tools):
        return
    tools = list(draft.native_tools)
    if draft.functions:
        if tools and not draft.able.mixes and draft.translated and not draft.must_search:
            # There a search is one of the tools that the model may use, and the functions are what the caller runs.
            tools = []
            draft.drop("web_search_options")
        elif tools and not draft.able.mixes:
            raise unsupported(
                "This model takes either functions or Google's own tools, not both.", "tools"
            )
        tools.append({"functionDeclarations": draft.functions})
    draft.body["tools"] = tools
    form = draft.choice
    if draft.strict and draft.able.mixes and (form is None or form == {"mode": "AUTO"}):
        form = {"mode": "VALIDATED"}
    if form and draft.functions:
        draft.body["toolConfig"] = {"functionCallingConfig": form}


def known_name(name: Any) -> str:
    """The name of a function in the history, in a form that Google takes; the same name always gives the same."""
    text = name if isinstance(name, str) else ""
    if _NAME.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"_{_FOREIGN.sub('_', text)[: MAX_NAME - 10]}_{digest}"


def returned_name(name: Any) -> str:
    """The name that the model calls, without the module that Google shows it the functions in."""
    return name.removeprefix(_INTERNAL) if isinstance(name, str) else ""


def _native(tool: Json) -> Json | None:
    """A tool in Google's own form, or named by a type; None where it is neither."""
    kind = _NATIVE_BY_TYPE.get(str(tool.get("type")))
    if kind:
        return {kind: {name: value for name, value in tool.items() if name != "type"}}
    return dict(tool) if tool and tool.keys() <= _NATIVE else None


def _function(draft: Draft, tool: Json, path: str) -> Json:
    function = an_object(tool.get("function"), f"{path}.function")
    native: Json = {"name": _name(function, f"{path}.function.name")}
    if isinstance(function.get("description"), str):
        native["description"] = function["description"]
    given = function.get("parameters")
    if given is not None:
        native |= _parameters(draft, an_object(given, f"{path}.function.parameters"))
    draft.strict = draft.strict or function.get("strict") is True
    return native


def _custom(draft: Draft, tool: Json, path: str) -> Json:
    custom = an_object(tool.get("custom"), f"{path}.custom")
    native: Json = {"name": _name(custom, f"{path}.custom.name")}
    if (said := freeform_description(custom)) is not None:
        native["description"] = said
    whole = {"type": "string", "description": "The whole input, as plain text."}
    return native | _parameters(
        draft, {"type": "object", "properties": {FREEFORM: whole}, "required": [FREEFORM]}
    )


def _parameters(draft: Draft, schema: Json) -> Json:
    """The schema of a function's arguments; none where there are none, since some models refuse one without properties."""
    whole = arguments(schema)
    if whole is None:
        return {}
    if draft.able.json_schema:
        return {"parametersJsonSchema": plain(whole)}
    if members := with_members(subset(whole)):
        return {"parameters": members}
    draft.drop("tools.function.parameters")
    return {}


def _allow(draft: Draft, allowed: Any) -> None:
    """`allowed_tools`: the names where a call is required, and only those tools where it is not."""
    path = "tool_choice.allowed_tools"
    if not isinstance(allowed, dict) or not isinstance(allowed.get("tools"), list):
        raise wrong_type(path, "an object with an array 'tools'", allowed)
    names = [_chosen(each, f"{path}.tools[{at}]") for at, each in enumerate(allowed["tools"])]
    if allowed.get("mode") == "required":
        draft.choice = {"mode": "ANY", "allowedFunctionNames": names}
    else:
        draft.functions[:] = [each for each in draft.functions if each["name"] in names]
        draft.choice = {"mode": "AUTO"}


def _chosen(value: Any, path: str) -> str:
    """The name in `{"type": "function", "function": {"name": …}}` or its custom twin."""
    kind = value.get("type", "function") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise invalid(
            f"Invalid '{path}': expected 'none', 'auto', 'required' or a named tool.", path
        )
    return _name(an_object(value.get(kind), f"{path}.{kind}"), f"{path}.{kind}.name")


def _name(holder: Json, path: str) -> str:
    name = a_string(holder.get("name"), path)
    if not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid '{path}': expected a letter or an underscore, then up to {MAX_NAME - 1} letters, digits, "
            "underscores, dots, colons or dashes.",
            path,
        )
    return name


_KINDS: Final[dict[str, Callable[[Draft, Json, str], Json]]] = {
    "function": _function,
    "custom": _custom,
}
_MODES: Final = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
