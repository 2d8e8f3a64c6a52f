"""The items of `input` as chat messages: one small method per kind of item.

What an assistant did in one go comes as several items in a row (reasoning, text, calls) and becomes one message. Outputs
are tied to their calls by an id alone; wherever they stand, they become messages right behind the calls. What a provider
ran itself is left out, because its answer says what came of it, but for the pictures that came of it; what only OpenAI
can go on from is noted.

Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from proxy.core.shape import Json
from proxy.core.state import unseal
from proxy.surfaces.checks import a_string, needed_string
from proxy.surfaces.complaint import invalid, missing, not_one_of, wrong_type
from proxy.surfaces.responses.parts import content_of, text_of
from proxy.surfaces.responses.spaces import NAMESPACE, Spaces
from proxy.surfaces.responses.turn import Turn
from proxy.surfaces.responses.wants import Wants
from proxy.surfaces.thread import Thread

_ROLES: Final = ("assistant", "system", "developer", "user")
_RUN_THERE: Final = frozenset(
    {
        "code_interpreter_call",
        "file_search_call",
        "mcp_approval_request",
        "mcp_call",
        "mcp_list_tools",
        "tool_search_call",
        "tool_search_output",
        "web_search_call",
    }
)
"""Items of what a provider ran by itself."""


def conversation(
    given: object, instructions: str | None, wants: Wants, spaces: Spaces | None = None
) -> list[Json]:
    """Check `input` and bring it into the form of chat messages; `instructions` come first.

    Args:
        given: `input`.
        instructions: What the developer says before it.
        wants: Told of what chat has no form for.
        spaces: The names of the tools that are in namespaces.

    Raises:
        ProxyError: INVALID_REQUEST with the path of the first thing that is wrong.
    """
    if given is None:
        raise missing("input")
    opening = [{"role": "developer", "content": instructions}] if instructions else []
    if isinstance(given, str):
        return [*opening, {"role": "user", "content": given}]
    if not isinstance(given, list):
        raise wrong_type("input", "a string or an array of items", given)
    if not given:
        message = "Invalid 'input': expected at least one item, but got an empty array."
        raise invalid(message, "input", "empty_array")
    items = _Items(wants, spaces or Spaces())
    for place, item in enumerate(given):
        items.take(item, f"input[{place}]")
    items.close()
    return [*opening, *items.thread.messages()]


class _Items:
    """The messages so far, and what the assistant is doing."""

    def __init__(self, wants: Wants, spaces: Spaces) -> None:
        self.thread = Thread()
        self._wants = wants
        self._spaces = spaces
        self._turn = Turn()

    def take(self, item: object, path: str) -> None:
        if not isinstance(item, dict):
            raise wrong_type(path, "an object", item)
        kind = item.get("type")
        if kind is None and "role" in item:
            kind = "message"
        if kind is None:
            raise missing(f"{path}.type")
        a_string(kind, f"{path}.type")
        take = _KINDS.get(kind)
        if take is not None:
            take(self, item, path)
        elif kind not in _RUN_THERE:
            self._wants.note(f"{path}.type", f"an item of type '{str(kind)[:64]}'")

    def close(self) -> None:
        """The assistant's turn is over."""
        message = self._turn.message()
        if message is not None:
            self.thread.say(message)
        self._turn = Turn()

    def message(self, item: Json, path: str) -> None:
        role = needed_string(item, "role", path)
        if role not in _ROLES:
            raise not_one_of(f"{path}.role", role, _ROLES)
        content = content_of(item.get("content"), f"{path}.content", self._wants)
        if role == "assistant":
            self._turn.say(content)
            return
        self.close()
        self.thread.say({"role": role, "content": content})

    def reasoning(self, item: Json, path: str) -> None:
        text = text_of(item.get("content"), f"{path}.content")
        text = text_of(item.get("summary"), f"{path}.summary") or text
        cipher = item.get("encrypted_content")
        if cipher is not None:
            a_string(cipher, f"{path}.encrypted_content")
        self._turn.think(text, unseal(cipher) if cipher else None)

    def image(self, item: Json, _path: str) -> None:
        """A picture that the assistant gave, where the item holds it: one that is named by its id is with OpenAI."""
        data, form = item.get("result"), item.get("output_format")
        if isinstance(data, str) and data:
            form = form if isinstance(form, str) and form else "png"
            self._turn.show(f"data:image/{form};base64,{data}")

    def function_call(self, item: Json, path: str) -> None:
        function = {
            "name": self._name(item, path),
            "arguments": needed_string(item, "arguments", path),
        }
        self._call(item, {"type": "function", "function": function}, path)

    def custom_call(self, item: Json, path: str) -> None:
        custom = {"name": self._name(item, path), "input": needed_string(item, "input", path)}
        self._call(item, {"type": "custom", "custom": custom}, path)

    def output(self, item: Json, path: str) -> None:
        call = needed_string(item, "call_id", path)
        is_open = call in self._turn.ids
        known = is_open or self.thread.knows(call)
        if not known and not self._wants:
            # Where something was noted, the call may be behind a reference that only the provider can follow.
            message = f"No tool call found for the tool output with call_id {call[:64]}."
            raise invalid(message, f"{path}.call_id", "invalid_value")
        content = content_of(item.get("output"), f"{path}.output", self._wants)
        if is_open or not known:
            # What an earlier turn called may answer while the assistant goes on.
            self.close()
        put = self.thread.answer if known else self.thread.say
        put({"role": "tool", "tool_call_id": call, "content": content})

    def _name(self, item: Json, path: str) -> str:
        return self._spaces.flat(item.get(NAMESPACE), needed_string(item, "name", path))

    def _call(self, item: Json, call: Json, path: str) -> None:
        self._turn.call({"id": needed_string(item, "call_id", path), **call})


_KINDS: Final[dict[str, Callable[[_Items, Json, str], None]]] = {
    "message": _Items.message,
    "reasoning": _Items.reasoning,
    "image_generation_call": _Items.image,
    "function_call": _Items.function_call,
    "function_call_output": _Items.output,
    "custom_tool_call": _Items.custom_call,
    "custom_tool_call_output": _Items.output,
}
