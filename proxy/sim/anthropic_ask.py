"""Reads a Messages request as Anthropic does, and refuses what Anthropic refuses.

The API is strict: a field it does not know is an error, and so is a tool result that is missing or a thinking block
that was altered. A caller that passes here has written a proper request.

Source: https://platform.claude.com/docs/en/api/messages and
https://platform.claude.com/docs/en/build-with-claude/extended-thinking (read 2026-11-20).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NoReturn

from proxy.core.shape import Json
from proxy.sim.answer import count
from proxy.sim.dialect import Ask, Complaint, RefusedError, Tool

_FIELDS: Final = frozenset(
    {
        "model", "messages", "system", "max_tokens", "metadata", "stop_sequences", "stream",
        "temperature", "top_p", "top_k", "tools", "tool_choice", "thinking", "service_tier",
        "output_config", "container", "context_management", "mcp_servers", "cache_control",
        "inference_geo", "speed", "diagnostics", "fallbacks",
    }
)  # fmt: skip
_COUNTED: Final = _FIELDS - {"max_tokens", "stream", "temperature", "top_p", "top_k", "metadata"}
_SAMPLING: Final = ("temperature", "top_p", "top_k")
_NO_SAMPLING_SINCE: Final = "2026-10-21"
_CHOICES: Final = {"any", "tool"}
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def read(body: Json, headers: Mapping[str, str]) -> Ask:
    """Read a request.

    Raises:
        RefusedError: with Anthropic's status and sentence.
    """
    for check in (*_ALWAYS, _max_tokens, _sampling):
        check(body, headers)
    choice = body.get("tool_choice") or {}
    thinking = body.get("thinking") or {}
    last = body["messages"][-1]
    return Ask(
        model=body["model"],
        stream=body.get("stream") is True,
        said=_said(body["messages"]),
        prompt_tokens=prompt_tokens(body),
        prefill=text_of(last["content"]) if last["role"] == "assistant" else "",
        broken_off=_broken_off(body["messages"]),
        tools=_tools(body, choice),
        must_call=choice.get("type") in _CHOICES,
        answers_tool=any(block.get("type") == "tool_result" for block in _blocks(last)),
        one_call=choice.get("disable_parallel_tool_use") is True,
        reasons=thinking.get("type") in ("enabled", "adaptive"),
        hidden=thinking.get("type") == "adaptive" and thinking.get("display") != "summarized",
        limit=body["max_tokens"],
        stops=tuple(body.get("stop_sequences") or ()),
        schema=_schema(body),
    )


def read_count(body: Json, headers: Mapping[str, str]) -> int:
    """Read a request to count tokens, and count.

    Raises:
        RefusedError: with Anthropic's status and sentence.
    """
    for check in _ALWAYS:
        check(body, headers)
    for field in body:
        if field not in _COUNTED:
            _refuse(f"{field}: Extra inputs are not permitted")
    return prompt_tokens(body)


def prompt_tokens(body: Json) -> int:
    """Tokens of the system text and all messages: their words, at least 1."""
    texts = [text_of(body.get("system")), *(text_of(each["content"]) for each in body["messages"])]
    return max(sum(map(count, texts)), 1)


def signature(thinking: str) -> str:
    """What proves that a thinking block is ours and unaltered."""
    digest = hashlib.sha256(b"simulated thinking\0" + thinking.encode("utf-8", "surrogatepass"))
    return base64.b64encode(digest.digest()).decode()


def text_of(content: object) -> str:
    """The text of a message's content, tool results included; another block stands as its type in brackets."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "".join(_text_of_block(block) for block in blocks)


def _text_of_block(block: Json) -> str:
    if block.get("type") == "tool_result":
        return text_of(block.get("content"))
    return str(block["text"]) if "text" in block else f"[{block.get('type')}]"


def _broken_off(messages: list[Json]) -> str:
    roles = [message["role"] for message in messages[-2:]]
    return text_of(messages[-2]["content"]) if roles == ["assistant", "user"] else ""


def _said(messages: list[Json]) -> str:
    heard = (message for message in reversed(messages) if message["role"] == "user")
    return text_of(next(heard, {}).get("content"))


def _blocks(message: Json) -> list[Json]:
    content = message.get("content")
    return content if isinstance(content, list) else []


def _tools(body: Json, choice: Json) -> tuple[Tool, ...]:
    if choice.get("type") == "none":
        return ()
    offered = [tool for tool in body.get("tools") or () if "input_schema" in tool]
    if choice.get("type") == "tool":
        offered = [tool for tool in offered if tool["name"] == choice.get("name")]
    return tuple(Tool(tool["name"], tool["input_schema"]) for tool in offered)


def _schema(body: Json) -> Json | None:
    format_ = (body.get("output_config") or {}).get("format") or {}
    schema: Json | None = format_.get("schema")
    return schema


def _refuse(message: str) -> NoReturn:
    raise RefusedError(Complaint(400, message))


def _version(_body: Json, headers: Mapping[str, str]) -> None:
    if not headers.get("anthropic-version"):
        _refuse("anthropic-version: header is required")


def _fields(body: Json, _headers: Mapping[str, str]) -> None:
    for field in body:
        if field not in _FIELDS:
            _refuse(f"{field}: Extra inputs are not permitted")
    if not isinstance(body.get("model"), str):
        _refuse("model: Field required")


def _messages(body: Json, _headers: Mapping[str, str]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        _refuse("messages: at least one message is required")
    for place, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant", "system"):
            _refuse(f"messages.{place}.role: Input should be 'user' or 'assistant'")
        if place == 0 and message["role"] != "user":
            _refuse('messages: first message must use the "user" role')
        if not isinstance(message.get("content"), str | list):
            _refuse(f"messages.{place}.content: Input should be a valid list")
        if not message["content"]:
            _refuse(f"messages.{place}: all messages must have non-empty content")


def _texts(body: Json, _headers: Mapping[str, str]) -> None:
    for place, block in _all_blocks(body):
        if block.get("type") == "text" and not str(block.get("text") or "").strip():
            _refuse(f"messages.{place}: text content blocks must contain non-whitespace text")


def _thinking(body: Json, _headers: Mapping[str, str]) -> None:
    for place, block in _all_blocks(body):
        if block.get("type") != "thinking":
            continue
        # A hidden block comes back with no text; the signature then speaks for the empty one.
        if block.get("signature") != signature(str(block.get("thinking") or "")):
            _refuse(f"messages.{place}: Invalid `signature` in `thinking` block")


def _tool_results(body: Json, _headers: Mapping[str, str]) -> None:
    messages = body["messages"]
    for place, message in enumerate(messages):
        following = _blocks(messages[place + 1]) if place + 1 < len(messages) else []
        answered = {
            each.get("tool_use_id") for each in following if each.get("type") == "tool_result"
        }
        called = {each.get("id") for each in _blocks(message) if each.get("type") == "tool_use"}
        if called - answered:
            _refuse(
                f"messages.{place}: `tool_use` ids were found without `tool_result` blocks immediately after"
            )
        if answered - called:
            _refuse(f"messages.{place + 1}: unexpected `tool_use_id` found in `tool_result` blocks")


def _names(body: Json, _headers: Mapping[str, str]) -> None:
    named = [(f"tools.{place}.custom", tool) for place, tool in enumerate(body.get("tools") or ())]
    named += [(f"messages.{place}", each) for place, each in _all_blocks(body) if "name" in each]
    for at, each in named:
        if not _NAME.fullmatch(str(each.get("name"))):
            _refuse(f"{at}.name: String should match pattern '^{_NAME.pattern}$'")


def _max_tokens(body: Json, _headers: Mapping[str, str]) -> None:
    limit = body.get("max_tokens")
    if limit is None:
        _refuse("max_tokens: Field required")
    if not isinstance(limit, int) or limit < 1:
        _refuse("max_tokens: Input should be greater than or equal to 1")
    budget = (body.get("thinking") or {}).get("budget_tokens")
    if budget is not None and budget >= limit:
        _refuse("`max_tokens` must be greater than `thinking.budget_tokens`")


def _sampling(body: Json, headers: Mapping[str, str]) -> None:
    if headers["anthropic-version"] < _NO_SAMPLING_SINCE:
        return
    for field in _SAMPLING:
        if field in body:
            _refuse(f"{field}: not supported by this version of the API")


def _all_blocks(body: Json) -> Iterator[tuple[str, Json]]:
    """Every content block of the messages, with its path."""
    for place, message in enumerate(body["messages"]):
        for number, block in enumerate(_blocks(message)):
            yield f"{place}.content.{number}", block


_ALWAYS: Final[tuple[Callable[[Json, Mapping[str, str]], None], ...]] = (
    _version,
    _fields,
    _messages,
    _texts,
    _thinking,
    _tool_results,
    _names,
)
