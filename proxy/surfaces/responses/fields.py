"""The fields of a Responses request at its top level: the JSON type of each, and what it becomes in chat.

Only types are held here: ranges and vocabularies differ between providers, and a provider's own answer names them best.
null means absent. A field that is in no table passes to the chat body under its own name, as it does on the chat surface.

Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.checks import (
    Check,
    a_boolean,
    a_model,
    a_number,
    a_string,
    an_array,
    an_integer,
    an_object,
)
from proxy.surfaces.complaint import invalid, not_one_of

LOGPROBS: Final = "message.output_text.logprobs"
"""The entry of `include` that asks for what chat calls `logprobs`."""

_SCHEMA: Final = ("name", "description", "schema", "strict")


def check_fields(body: Json) -> None:
    """Hold every known field of `body` that is there to its type.

    Raises:
        ProxyError: INVALID_REQUEST for the first one that does not fit.
    """
    for name, value in body.items():
        check = FIELDS.get(name)
        if check is not None and value is not None:
            check(value, name)


def chat_fields(body: Json) -> Json:
    """What the simple fields of a checked request are in chat; the conversation and its tools are not among them."""
    chat: Json = {}
    for name, value in body.items():
        if value is None or name in _ELSEWHERE:
            continue
        write = _WRITE.get(name)
        chat.update(write(value) if write is not None else {name: value})
    return chat


def _a_format(value: object, path: str) -> None:
    an_object(value, path)
    assert isinstance(value, dict)
    kind = value.get("type")
    a_string(kind, f"{path}.type")
    assert isinstance(kind, str)
    if kind not in _FORMATS:
        raise not_one_of(f"{path}.type", kind, _FORMATS)
    if kind == "json_schema":
        a_string(value.get("name"), f"{path}.name")
        an_object(value.get("schema"), f"{path}.schema")


def _a_text(value: object, path: str) -> None:
    an_object(value, path)
    assert isinstance(value, dict)
    if value.get("format") is not None:
        _a_format(value["format"], f"{path}.format")
    if value.get("verbosity") is not None:
        a_string(value["verbosity"], f"{path}.verbosity")


def _a_reasoning(value: object, path: str) -> None:
    an_object(value, path)
    assert isinstance(value, dict)
    for name in ("effort", "summary"):
        if value.get(name) is not None:
            a_string(value[name], f"{path}.{name}")


def _a_limit(value: object, path: str) -> None:
    an_integer(value, path)
    if isinstance(value, int) and value < 1:
        message = f"Invalid '{path}': expected a value >= 1, but got {value} instead."
        raise invalid(message, path, "integer_below_min_value")


def _strings(value: object, path: str) -> None:
    an_array(value, path)
    assert isinstance(value, list)
    for place, each in enumerate(value):
        a_string(each, f"{path}[{place}]")


def _a_choice(value: object, path: str) -> None:
    if not isinstance(value, str):
        an_object(value, path)
        assert isinstance(value, dict)
        a_string(value.get("type"), f"{path}.type")


def _in_the_foreground(value: object, path: str) -> None:
    a_boolean(value, path)
    if value:
        message = "Background responses are not served here. Leave 'background' out, and use 'stream' for long answers."
        raise invalid(message, path, "unsupported_parameter")


def _no_conversation(_value: object, path: str) -> None:
    message = (
        "Conversations are not kept here. Send the items in 'input', or use 'previous_response_id'."
    )
    raise invalid(message, path, "unsupported_parameter")


def _text(value: Json) -> Json:
    chat: Json = {}
    if isinstance(form := value.get("format"), dict):
        chat["response_format"] = _FORMATS[form["type"]](form)
    if value.get("verbosity") is not None:
        chat["verbosity"] = value["verbosity"]
    return chat


def _schema(form: Json) -> Json:
    given = {name: form[name] for name in _SCHEMA if form.get(name) is not None}
    return {"type": "json_schema", "json_schema": given}


def _reasoning(value: Json) -> Json:
    """An effort, with which goes that it is shown; a summary alone asks for no more reasoning, but to see what there is."""
    if value.get("effort"):
        return {"reasoning_effort": value["effort"]}
    summary = value.get("summary") or value.get("generate_summary")
    return {"include_reasoning": True} if summary not in (None, "none") else {}


def _include(value: list[str]) -> Json:
    return {"logprobs": True} if LOGPROBS in value else {}


def _top_logprobs(value: int) -> Json:
    return {"logprobs": True, "top_logprobs": value} if value else {}


_FORMATS: Final[dict[str, Callable[[Json], Json]]] = {
    "text": lambda _: {"type": "text"},
    "json_object": lambda _: {"type": "json_object"},
    "json_schema": _schema,
}

_WRITE: Final[dict[str, Callable[[Any], Json]]] = {
    "include": _include,
    "max_output_tokens": lambda value: {"max_completion_tokens": value},
    "reasoning": _reasoning,
    "text": _text,
    "top_logprobs": _top_logprobs,
}
"""Fields that have another name or form in chat."""

_ELSEWHERE: Final = frozenset(
    {
        # Read apart: the conversation, its tools, and what is said to us.
        "firstbyte",
        "input",
        "instructions",
        "models",
        "parallel_tool_calls",
        "previous_response_id",
        "tool_choice",
        "tools",
        # What only this API has, and what is done without where a target speaks another.
        "access_programs",
        "background",
        "client_metadata",
        "context_management",
        "conversation",
        "image",
        "max_tool_calls",
        "prompt",
        "store",
        "stream_options",
        "truncation",
    }
)

FIELDS: Final[dict[str, Check]] = {
    "background": _in_the_foreground,
    "conversation": _no_conversation,
    "include": _strings,
    "instructions": a_string,
    "max_output_tokens": _a_limit,
    "max_tool_calls": an_integer,
    "metadata": an_object,
    "model": a_model,
    "parallel_tool_calls": a_boolean,
    "previous_response_id": a_string,
    "prompt": an_object,
    "prompt_cache_key": a_string,
    "prompt_cache_options": an_object,
    "prompt_cache_retention": a_string,
    "reasoning": _a_reasoning,
    "safety_identifier": a_string,
    "service_tier": a_string,
    "store": a_boolean,
    "stream": a_boolean,
    "stream_options": an_object,
    "temperature": a_number,
    "text": _a_text,
    "tool_choice": _a_choice,
    "tools": an_array,
    "top_logprobs": an_integer,
    "top_p": a_number,
    "truncation": a_string,
    "user": a_string,
}
