"""Tools and the choice among them, for vendors that know less of it than OpenAI.

Sources, all read 2026-11-21: https://docs.z.ai/api-reference/llm/chat-completion, https://platform.moonshot.ai/docs/guide/use-kimi-api-to-complete-tool-calls,
https://help.aliyun.com/zh/model-studio/qwen-function-calling, https://docs.mistral.ai/capabilities/function_calling;
read 2026-11-22: https://openrouter.ai/docs/guides/features/server-tools/web-search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from proxy.codecs.vendors.content import over_messages
from proxy.codecs.vendors.draft import Draft
from proxy.codecs.web_search import CHAT, OPTIONS, options_of, place_of, unsaid
from proxy.core.shape import Json

_WISHES: Final = {
    "search_context_size": "search_context_size",
    "allowed_domains": "allowed_domains",
    "blocked_domains": "excluded_domains",
}
"""What a search can be told, and in which words."""
_SHORT: Final = 40
_PREFIX: Final = "call_"
_NINE: Final = re.compile(r"[a-zA-Z0-9]{9}")
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def no_required_choice(draft: Draft) -> None:
    """No call can be insisted on."""
    if draft.value("tool_choice") == "required":
        draft.drop("tool_choice")


def auto_choice(draft: Draft) -> None:
    """The model always chooses itself."""
    if draft.value("tool_choice") not in ("auto", "none", None):
        draft.drop("tool_choice")


def only_allowed(draft: Draft) -> None:
    """A choice of several tools, which hardly anybody but OpenAI knows: the others are not shown to the model.

    Where none of them is left there are no tools at all, as an empty list is refused.
    """
    choice = draft.object("tool_choice")
    if choice.get("type") != "allowed_tools":
        return
    given = choice.get("allowed_tools")
    allowed: Json = given if isinstance(given, dict) else {}
    mode = "required" if allowed.get("mode") == "required" else "auto"
    listed, tools = allowed.get("tools"), draft.value("tools")
    if isinstance(listed, list) and isinstance(tools, list):
        names = [_name(tool) for tool in listed]
        tools = [tool for tool in tools if (name := _name(tool)) is not None and name in names]
        if not tools:
            _no_tools(draft, mode)
            return
        draft.put("tools", tools)
    draft.put("tool_choice", mode)


def _no_tools(draft: Draft, mode: str) -> None:
    if mode == "required":
        draft.drop("tool_choice")
    for name in ("tools", "tool_choice", "parallel_tool_calls"):
        draft.members.pop(name, None)


def _name(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    return function.get("name") if isinstance(function, dict) else None


def parallel_calls(draft: Draft) -> None:
    """Several calls at once, as OpenAI has it unless told otherwise."""
    if draft.value("tools"):
        draft.default("parallel_tool_calls", True)


def tool_stream(draft: Draft) -> None:
    """Arguments piece by piece, where there is a stream."""
    if draft.request.stream and draft.value("tools"):
        draft.default("tool_stream", True)


def openrouter_search(draft: Draft) -> None:
    """A search that another API's caller asks for, or with wishes that chat has no words for, is a tool of the vendor's own."""
    asked = draft.value(OPTIONS)
    if asked is None or not (draft.request.translated or options_of(asked).keys() - CHAT):
        return
    options = options_of(draft.take(OPTIONS))
    wishes = {native: options[name] for name, native in _WISHES.items() if options.get(name)}
    if place := place_of(options):
        wishes["user_location"] = place
    tool: Json = {"type": "openrouter:web_search"}
    draft.put("tools", [*(draft.value("tools") or ()), {**tool, **_parameters(wishes)}])
    draft.dropped += unsaid(options, *_WISHES, "user_location")


def _parameters(wishes: Json) -> Json:
    return {"parameters": wishes} if wishes else {}


def nine_character_ids(draft: Draft) -> None:
    """Ids of tool calls have nine letters and digits, as the templates of Mistral's models insist."""
    draft.messages = with_nine(draft.messages)


def with_nine(messages: list[Any]) -> list[Any]:
    """The messages with such ids; one that is in that form stays, any other gets the same new one wherever it stands.

    Two ids of a conversation never become one.
    """
    new: dict[str, str] = {}
    used = {given for given in _ids(messages) if _NINE.fullmatch(given)}
    for given in _ids(messages):
        if given in used or given in new:
            continue
        turn = 0
        while (made := _made(given, turn)) in used or made in new.values():
            turn += 1
        new[given] = made
    return over_messages(messages, lambda message: _renamed(message, new)) if new else messages


def with_short(messages: list[Any]) -> list[Any]:
    """The messages with ids of at most 40 characters, which is what OpenAI's chat takes; other servers give longer ones."""
    long = {given for given in _ids(messages) if len(given) > _SHORT}
    new = {given: f"{_PREFIX}{_digest(given)[: _SHORT - len(_PREFIX)]}" for given in long}
    return over_messages(messages, lambda message: _renamed(message, new)) if new else messages


def _digest(given: str) -> str:
    return sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


def _ids(messages: list[Any]) -> Iterator[str]:
    for message in messages:
        if isinstance(message, dict):
            calls = message.get("tool_calls")
            calls = calls if isinstance(calls, list) else []
            found = [call.get("id") for call in calls if isinstance(call, dict)]
            for each in (*found, message.get("tool_call_id")):
                if isinstance(each, str):
                    yield each


def _made(given: str, turn: int) -> str:
    data = f"{turn}/{given}".encode("utf-8", "surrogatepass")
    number = int.from_bytes(sha256(data).digest()[:8], "big")
    letters = []
    for _ in range(9):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters)


def _renamed(message: Json, new: dict[str, str]) -> Json:
    changes: Json = {}
    answers = _new(message, "tool_call_id", new)
    if answers is not message:
        changes["tool_call_id"] = answers["tool_call_id"]
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        renamed = over_messages(calls, lambda call: _new(call, "id", new))
        if renamed is not calls:
            changes["tool_calls"] = renamed
    return {**message, **changes} if changes else message


def _new(item: Json, key: str, new: dict[str, str]) -> Json:
    given = item.get(key)
    return {**item, key: new[given]} if isinstance(given, str) and given in new else item
