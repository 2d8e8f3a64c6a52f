"""The conversation in Mistral's form and order: strict about roles, about who follows whom, and about ids.

Invariant: the request is not touched; the same history gives the same messages and ids, whichever process writes it.
Source: https://docs.mistral.ai/api, https://docs.mistral.ai/getting-started/glossary (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.mistral.models import reasons
from proxy.codecs.mistral.parts import content
from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.toolbox import with_nine
from proxy.codecs.vendors.turns import begun, joined
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

_BRIDGE: Final = {"role": "assistant", "content": "OK"}
"""Between a tool's answer and a user's word, which older templates do not let follow each other."""
NO_RESULT: Final = "No result"
"""The answer to a call that the caller left unanswered: there must be as many answers as calls."""

_NEXT: Final = {
    "": ("system", "user", "assistant"),
    "system": ("user", "assistant"),
    "user": ("assistant",),
    "assistant": ("user",),
}
"""Who may speak after whom, with nothing to join."""


def in_form(messages: list[Any]) -> bool:
    """Whether a conversation is in Mistral's form as it stands: texts alone, by turns, the user's last."""
    before = ""
    for message in messages:
        if not isinstance(message, dict) or len(message) != 2:
            return False
        role, said = message.get("role"), message.get("content")
        if role not in _NEXT[before] or not isinstance(said, str) or not said:
            return False
        before = str(role)
    return before == "user"


def write_messages(draft: Draft) -> None:
    """Bring the messages into Mistral's form.

    Raises:
        ProxyError: UNSUPPORTED for what has no form there.
    """
    if not draft.messages:
        return
    thread = _Thread(draft.target.name, takes_thinking=reasons(draft.model))
    for at, message in enumerate(draft.messages):
        if isinstance(message, dict):
            thread.take(message, f"messages[{at}]")
    thread.answer_rest()
    messages = thread.messages
    if begun(messages):
        messages[-1] = {**messages[-1], "prefix": True}
    draft.messages = with_nine(messages)


class _Thread:
    """The messages so far.

    Args:
        target: Who is asked, for errors.
        takes_thinking: Whether the reasoning of earlier answers goes along.
    """

    def __init__(self, target: str, *, takes_thinking: bool) -> None:
        self.messages: list[Json] = []
        self._target = target
        self._takes_thinking = takes_thinking
        self._open: list[Any] = []
        """Ids of calls that have no answer yet."""
        self._missed: dict[str, int] = {}
        """Where the answers stand that were made for others, by their ids."""

    def take(self, message: Json, path: str) -> None:
        role = message.get("role")
        if role != "tool":
            self.answer_rest()
        _ROLES.get(str(role), _Thread.user)(self, message, path)

    def answer_rest(self) -> None:
        """Answer the calls that nobody has answered."""
        for mark in self._open:
            self._missed[str(mark)] = len(self.messages)
            self.messages.append({"role": "tool", "tool_call_id": mark, "content": NO_RESULT})
        self._open = []

    def system(self, message: Json, path: str) -> None:
        """At the front; further on it is something that the user says."""
        if any(each["role"] != "system" for each in self.messages):
            self.user(message, path)
        else:
            self._add("system", content(message.get("content"), f"{path}.content", self._target))

    def user(self, message: Json, path: str) -> None:
        said = content(message.get("content"), f"{path}.content", self._target)
        if not said:
            return
        if self.messages and self.messages[-1]["role"] == "tool":
            self.messages.append(dict(_BRIDGE))
        self._add("user", said)

    def assistant(self, message: Json, path: str) -> None:
        said = content(message.get("content"), f"{path}.content", self._target)
        if not said and message.get("refusal"):
            said = str(message["refusal"])
        thought = message.get("reasoning_content")
        if self._takes_thinking and isinstance(thought, str) and thought:
            said = _thinking(thought, said)
        calls = message.get("tool_calls")
        written = [
            self._call(call, f"{path}.tool_calls[{at}]")
            for at, call in enumerate(calls if isinstance(calls, list) else ())
        ]
        if written:
            self.messages.append({"role": "assistant", "content": said, "tool_calls": written})
            self._open = [call.get("id") for call in written]
        elif said:
            self._add("assistant", said)

    def tool(self, message: Json, path: str) -> None:
        said = content(message.get("content"), f"{path}.content", self._target)
        answer: Json = {
            "role": "tool",
            "tool_call_id": message.get("tool_call_id"),
            "content": said,
        }
        if message.get("name"):
            answer["name"] = message["name"]
        mark = answer["tool_call_id"]
        missed = None if mark in self._open else self._missed.pop(str(mark), None)
        if missed is not None:
            # It comes late, and a call has one answer.
            self.messages[missed] = answer
            return
        if mark in self._open:
            self._open.remove(mark)
        self.messages.append(answer)

    def _add(self, role: str, said: str | list[Json]) -> None:
        """Say something, in one message with what the same one said right before."""
        last = self.messages[-1] if self.messages else None
        if last is None or last["role"] != role or last.get("tool_calls"):
            self.messages.append({"role": role, "content": said})
        else:
            self.messages[-1] = {**last, "content": joined(last["content"], said)}

    def _call(self, call: Any, path: str) -> Json:
        given: Json = call if isinstance(call, dict) else {}
        function = given.get("function")
        if not isinstance(function, dict):
            raise ProxyError(
                Kind.UNSUPPORTED,
                f"{self._target} does not take calls of custom tools",
                param=f"{path}.type",
            )
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else jsons.encode(arguments or {}).decode()
        written = {"name": function.get("name", ""), "arguments": text or "{}"}
        # Nothing else: what another provider wants back with its calls is refused here.
        return {"id": given.get("id"), "type": "function", "function": written}


_Role: TypeAlias = Callable[[_Thread, Json, str], None]
_ROLES: Final[dict[str, _Role]] = {
    "system": _Thread.system,
    "developer": _Thread.system,
    "user": _Thread.user,
    "assistant": _Thread.assistant,
    "tool": _Thread.tool,
}


def _thinking(thought: str, said: str | list[Json]) -> list[Json]:
    """What was said, after the thought that led to it."""
    block = {"type": "thinking", "thinking": [{"type": "text", "text": thought}], "closed": True}
    if isinstance(said, list):
        return [block, *said]
    return [block, {"type": "text", "text": said}] if said else [block]
