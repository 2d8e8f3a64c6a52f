"""The conversation of a chat request, message by message: the walk through it, and what is alike in protocols close to chat.

Invariant: signed reasoning and state packed into ids belong to other protocols and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from proxy.codecs.plain.arguments import function_input
from proxy.codecs.plain.complaint import a_string, an_array, an_object, invalid, wrong_type
from proxy.codecs.plain.draft import Draft
from proxy.codecs.plain.parts import text_of
from proxy.core.shape import Json
from proxy.core.state import unpack

T = TypeVar("T")


def walk(messages: Any, roles: Mapping[str, Callable[[T, Json, str], None]], thread: T) -> str:
    """Give each message to the method of its role.

    Args:
        messages: As the request has them.
        roles: By the name of the role.
        thread: Whose methods they are.

    Returns:
        The path of the last message.

    Raises:
        ProxyError: INVALID_REQUEST with the path of the message at fault, or what a method raises.
    """
    if not isinstance(messages, list):
        raise wrong_type("messages", "an array of objects", messages)
    for at, message in enumerate(messages):
        path = f"messages[{at}]"
        take = roles.get(str(an_object(message, path).get("role")))
        if take is None:
            raise invalid(f"Invalid '{path}.role': got '{message.get('role')}'.", f"{path}.role")
        take(thread, message, path)
    return f"messages[{len(messages) - 1}]"


class Thread:
    """Puts messages into a draft; a protocol adds its rows to `roles`."""

    roles: ClassVar[dict[str, Callable[[Any, Json, str], None]]]

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def take(self, messages: Any) -> None:
        """Take all messages.

        Raises:
            ProxyError: INVALID_REQUEST or UNSUPPORTED, with the path of the place at fault.
        """
        for at, message in enumerate(an_array(messages, "messages")):
            path = f"messages[{at}]"
            given = an_object(message, path)
            role = a_string(given.get("role"), f"{path}.role")
            if role not in self.roles:
                raise invalid(f"Invalid '{path}.role': no such role.", f"{path}.role")
            self.roles[role](self, given, path)

    def system(self, message: Json, path: str) -> None:
        """A system text: those before everything else become one."""
        text = text_of(message.get("content"), f"{path}.content")
        if not text.strip():
            return
        if self.draft.messages:
            self.draft.messages.append({"role": "system", "content": text})
        else:
            self.draft.system.append(text)


def calls_of(message: Json, path: str) -> list[tuple[str, Json, str]]:
    """The tool calls of an assistant's message: bare id, function, and the function's path.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    calls = []
    for at, call in enumerate(an_array(message.get("tool_calls") or [], f"{path}.tool_calls")):
        where = f"{path}.tool_calls[{at}]"
        given = an_object(call, where)
        function = an_object(given.get("function"), f"{where}.function")
        a_string(function.get("name"), f"{where}.function.name")
        mark = given.get("id")
        bare = unpack(mark).id if isinstance(mark, str) else ""
        calls.append((bare, function, f"{where}.function"))
    return calls


def arguments_of(function: Json, path: str) -> Json:
    """The arguments of a call as an object; none at all, or null for them, are an empty one.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    given = function.get("arguments")
    if isinstance(given, str) and given.strip() == "null":
        return {}
    return function_input(function, path)


def answered(message: Json) -> str:
    """The bare id of the call that a tool's message answers."""
    mark = message.get("tool_call_id")
    return unpack(mark).id if isinstance(mark, str) else ""
