"""Reads a chat completion request as OpenAI does, and refuses what OpenAI refuses.

Only what a faithful caller gets wrong is refused; unknown fields pass, because half the world's servers of this
protocol have fields of their own.

Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

from proxy.core.shape import Json
from proxy.sim.answer import count
from proxy.sim.dialect import Ask, Complaint, RefusedError, Tool

_ROLES: Final = frozenset({"developer", "system", "user", "assistant", "tool", "function"})
_MAX_CHOICES: Final = 128
_MAX_NAME: Final = 64
_NAME: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{_MAX_NAME}}}")


def read(body: Json) -> Ask:
    """Read a request body.

    Raises:
        RefusedError: with OpenAI's status, code and `param`.
    """
    for check in _CHECKS:
        check(body)
    messages: list[Json] = body["messages"]
    last = messages[-1]
    options = body.get("stream_options") or {}
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    return Ask(
        model=body["model"],
        stream=body.get("stream") is True,
        said=_said(messages),
        prompt_tokens=max(sum(count(text_of(message.get("content"))) for message in messages), 1),
        prefill=text_of(last.get("content")) if last["role"] == "assistant" else "",
        broken_off=_broken_off(messages),
        tools=_tools(body),
        must_call=body.get("tool_choice") == "required"
        or isinstance(body.get("tool_choice"), dict),
        answers_tool=last["role"] == "tool",
        one_call=body.get("parallel_tool_calls") is False,
        reasons=body.get("reasoning_effort") not in (None, "none"),
        limit=limit if isinstance(limit, int) else None,
        stops=_stops(body.get("stop")),
        schema=_schema(body.get("response_format")),
        choices=body.get("n") or 1,
        usage=options.get("include_usage") is True,
    )


def text_of(content: object) -> str:
    """The text of a message's content; a part that is no text stands as its type in brackets."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text") or f"[{part.get('type')}]") for part in parts)


def _said(messages: list[Json]) -> str:
    heard = (message for message in reversed(messages) if message["role"] in ("user", "tool"))
    return text_of(next(heard, {}).get("content"))


def _broken_off(messages: list[Json]) -> str:
    roles = [message["role"] for message in messages[-2:]]
    return text_of(messages[-2].get("content")) if roles == ["assistant", "user"] else ""


def _tools(body: Json) -> tuple[Tool, ...]:
    choice = body.get("tool_choice")
    functions = [tool.get("function") or {} for tool in body.get("tools") or ()]
    if choice == "none":
        return ()
    if isinstance(choice, dict) and choice.get("type") == "function":
        functions = [each for each in functions if each.get("name") == choice["function"]["name"]]
    return tuple(
        Tool(str(each["name"]), each.get("parameters") or {})
        for each in functions
        if "name" in each
    )


def _stops(stop: object) -> tuple[str, ...]:
    if isinstance(stop, str):
        return (stop,)
    return tuple(stop) if isinstance(stop, list) else ()


def _schema(response_format: object) -> Json | None:
    if not isinstance(response_format, dict):
        return None
    if response_format.get("type") == "json_schema":
        schema: Json = response_format["json_schema"].get("schema") or {}
        return schema
    return {} if response_format.get("type") == "json_object" else None


def _refuse(message: str, code: str | None, param: str) -> NoReturn:
    raise RefusedError(Complaint(400, message, code, param))


def _model(body: Json) -> None:
    if not isinstance(body.get("model"), str) or not body["model"]:
        _refuse("you must provide a model parameter", None, "model")


def _messages(body: Json) -> None:
    messages: Any = body.get("messages")
    if messages is None:
        _refuse("Missing required parameter: 'messages'.", "missing_required_parameter", "messages")
    if not isinstance(messages, list):
        _refuse("Invalid type for 'messages': expected an array.", "invalid_type", "messages")
    if not messages:
        _refuse("Invalid 'messages': empty array. Expected at least 1.", "empty_array", "messages")
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            names = ", ".join(sorted(_ROLES))
            at = f"messages[{place}].role"
            _refuse(
                f"Invalid value for '{at}'. Supported values are: {names}.", "invalid_value", at
            )


def _tool_results(body: Json) -> None:
    known: set[object] = set()
    for place, message in enumerate(body["messages"]):
        known.update(call.get("id") for call in message.get("tool_calls") or ())
        if message["role"] == "tool" and message.get("tool_call_id") not in known:
            _refuse(
                "Invalid parameter: messages with role 'tool' must be a response to a preceding message with "
                "'tool_calls'.",
                None,
                f"messages.[{place}].role",
            )


def _arguments(body: Json) -> None:
    for place, message in enumerate(body["messages"]):
        for slot, call in enumerate(message.get("tool_calls") or ()):
            arguments = (call.get("function") or {"arguments": ""}).get("arguments")
            if not isinstance(arguments, str):
                at = f"messages[{place}].tool_calls[{slot}].function.arguments"
                _refuse(f"Invalid type for '{at}': expected a string.", "invalid_type", at)


def _names(body: Json) -> None:
    tools = body.get("tools") or ()
    named = [(f"tools[{place}]", tool) for place, tool in enumerate(tools)]
    for place, message in enumerate(body["messages"]):
        calls = message.get("tool_calls") or ()
        named += [
            (f"messages[{place}].tool_calls[{slot}]", call) for slot, call in enumerate(calls)
        ]
    for at, each in named:
        name = (each.get("function") or {}).get("name", "tool")
        if not _NAME.fullmatch(name):
            path = f"{at}.function.name"
            _refuse(
                f"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern "
                f"'^[a-zA-Z0-9_-]+$', of at most {_MAX_NAME} characters.",
                "invalid_value",
                path,
            )


def _options(body: Json) -> None:
    if body.get("stream_options") is not None and body.get("stream") is not True:
        _refuse(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            None,
            "stream_options",
        )
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        _refuse(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "invalid_parameter_combination",
            "max_tokens",
        )


def _tool_options(body: Json) -> None:
    if body.get("tools") == []:
        _refuse("Invalid 'tools': empty array. Expected at least 1.", "empty_array", "tools")
    if body.get("tools") is None:
        for field in ("tool_choice", "parallel_tool_calls"):
            if body.get(field) is not None:
                _refuse(f"'{field}' is only allowed when 'tools' are specified.", None, field)


def _choices(body: Json) -> None:
    choices = body.get("n")
    if choices is not None and not (isinstance(choices, int) and 1 <= choices <= _MAX_CHOICES):
        _refuse(f"Invalid 'n': expected 1 to {_MAX_CHOICES}.", "invalid_value", "n")


_CHECKS: Final[tuple[Callable[[Json], None], ...]] = (
    _model,
    _messages,
    _tool_results,
    _arguments,
    _names,
    _options,
    _tool_options,
    _choices,
)
