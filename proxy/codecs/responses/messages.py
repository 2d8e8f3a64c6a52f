"""The conversation as input items: one small method per role.

An assistant message becomes several items, in the order in which they came: reasoning, text, and for each call the
reasoning that led to it and the call. What answers a call says by its type which kind of call that was.

Source: https://developers.openai.com/api/docs/guides/migrate-to-responses (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.plain.arguments import called_of
from proxy.codecs.plain.complaint import unsupported, wrong_type
from proxy.codecs.responses import parts
from proxy.codecs.responses.draft import Draft
from proxy.codecs.responses.parts import content_of
from proxy.codecs.responses.replay import call_id, packed_id, reasoning_of
from proxy.core import jsons
from proxy.core.fold import NO_ARGUMENTS
from proxy.core.shape import Json


def write(draft: Draft, messages: Any) -> None:
    """`messages`."""
    if not isinstance(messages, list):
        raise wrong_type("messages", "an array", messages)
    thread = _Thread(draft)
    for at, message in enumerate(messages):
        path = f"messages[{at}]"
        if not isinstance(message, dict):
            raise wrong_type(path, "an object", message)
        write_role = _ROLES.get(str(message.get("role")))
        if write_role is None:
            raise unsupported(
                f"This target takes no message of the role '{message.get('role')}'.", f"{path}.role"
            )
        if message.get("name"):
            draft.drop("messages.name")
        write_role(thread, message, path)


class _Thread:
    """The items of one conversation."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._custom: set[str] = set()
        """Ids of the calls of custom tools."""

    def system(self, message: Json, path: str) -> None:
        role = message["role"] if self._draft.developer else "system"
        content = content_of(message.get("content"), f"{path}.content", parts.SYSTEM)
        self._draft.input.append({"role": role, "content": content})

    def user(self, message: Json, path: str) -> None:
        content = content_of(message.get("content"), f"{path}.content", parts.USER)
        self._draft.input.append({"role": "user", "content": content})

    def tool(self, message: Json, path: str) -> None:
        given = message.get("tool_call_id")
        if not isinstance(given, str):
            raise wrong_type(f"{path}.tool_call_id", "a string", given)
        native = call_id(packed_id({"id": given}).id)
        kind = "custom_tool_call_output" if native in self._custom else "function_call_output"
        content = content_of(message.get("content"), f"{path}.content", parts.TOOL)
        self._draft.input.append({"type": kind, "call_id": native, "output": _plain(content)})

    def assistant(self, message: Json, path: str) -> None:
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list):
            raise wrong_type(f"{path}.tool_calls", "an array", calls)
        packed = [packed_id(call) for call in calls]
        reasoning = reasoning_of(message, packed, self._draft.makers)
        said = self._said(message, path)
        if said or calls:
            # An item of reasoning is refused unless what it led to follows it.
            self._draft.input += [*reasoning.leading, *said]
        for at, call in enumerate(calls):
            self._draft.input += reasoning.before[at]
            self._draft.input.append(self._call(call, packed[at].id, f"{path}.tool_calls[{at}]"))

    def _said(self, message: Json, path: str) -> list[Json]:
        """The text and the refusal of an assistant message, as one item or none."""
        if message.get("audio"):
            self._draft.drop("messages.audio")
        content = content_of(message.get("content"), f"{path}.content", parts.ASSISTANT)
        refusal = message.get("refusal")
        if isinstance(refusal, str) and refusal:
            before = [{"type": "output_text", "text": content}] if content else []
            content = [*(content if isinstance(content, list) else before)]
            content.append({"type": "refusal", "refusal": refusal})
        return [{"role": "assistant", "content": content}] if content else []

    def _call(self, call: Any, original: str, path: str) -> Json:
        kind, called = called_of(call, path)
        name = called.get("name")
        if not isinstance(name, str):
            raise wrong_type(f"{path}.{kind}.name", "a string", name)
        native = call_id(original)
        if kind == "custom":
            self._custom.add(native)
            text = str(called.get("input") or "")
            return {"type": "custom_tool_call", "call_id": native, "name": name, "input": text}
        arguments = _arguments(called)
        return {"type": "function_call", "call_id": native, "name": name, "arguments": arguments}


def _arguments(called: Json) -> str:
    """The arguments of a call as the text that they are; none at all are an empty object."""
    given = called.get("arguments")
    if isinstance(given, str):
        return given if given.strip() else NO_ARGUMENTS
    return NO_ARGUMENTS if given is None else jsons.encode(given).decode()


def _plain(content: str | list[Json]) -> str | list[Json]:
    """The short form of a tool's result, where it is one text and nothing else."""
    if isinstance(content, list) and len(content) == 1 and content[0].keys() == {"type", "text"}:
        return str(content[0]["text"])
    return content


_ROLES: Final[dict[str, Callable[[_Thread, Json, str], None]]] = {
    "system": _Thread.system,
    "developer": _Thread.system,
    "user": _Thread.user,
    "tool": _Thread.tool,
    "assistant": _Thread.assistant,
}
