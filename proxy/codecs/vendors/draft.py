"""A chat call while it is written for one target: its top level as members, its messages, and what was left out.

Invariant: the request is not touched; a value is only encoded again where an edit replaced it.
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons
from proxy.core.jsons import Members
from proxy.core.shape import ChatRequest, Json, Target

_DIALECT: Final = "chat"


class Draft:
    """The call of one request to one target.

    Args:
        request: What was asked; not mutated.
        target: Who is asked.
    """

    def __init__(self, request: ChatRequest, target: Target) -> None:
        self.request = request
        self.target = target
        self.members = _members(request)
        self.dropped: list[str] = []
        """Parameters that the target does not take, by name, in the order of their leaving."""
        came = request.body.get("messages")
        self._messages: list[Any] = came if isinstance(came, list) else []

    @property
    def model(self) -> str:
        """The target's model, in lower case."""
        return self.target.model.lower()

    @property
    def messages(self) -> list[Any]:
        """The conversation as it stands; not to be mutated."""
        return self._messages

    @messages.setter
    def messages(self, messages: list[Any]) -> None:
        if messages is not self._messages:
            self._messages = messages
            self.put("messages", messages)

    def value(self, name: str) -> Any:
        """The value of a member; None where there is none."""
        member = self.members.get(name)
        return None if member is None else jsons.decode(bytes(member))

    def object(self, name: str) -> Json:
        """The value of a member that is an object; an empty one where it is none."""
        value = self.value(name)
        return value if isinstance(value, dict) else {}

    def put(self, name: str, value: Any) -> None:
        """Set a member."""
        self.members[name] = jsons.raw(value)

    def default(self, name: str, value: Any) -> None:
        """Set a member that nobody has set."""
        if self.value(name) is None:
            self.put(name, value)

    def take(self, name: str) -> Any:
        """Take a member away that is said in another way, and give its value."""
        value = self.value(name)
        self.members.pop(name, None)
        return value

    def drop(self, *names: str) -> None:
        """Take members away that the target does not take, and report those that said something."""
        for name in names:
            if self.take(name) is not None:
                self.dropped.append(name)

    def rename(self, name: str, new: str) -> None:
        """Rename a member in its place; one that has the new name already gives way."""
        if name not in self.members or name == new:
            return
        items = [
            (new if key == name else key, value)
            for key, value in self.members.items()
            if key != new
        ]
        self.members.clear()
        self.members.update(items)


def _members(request: ChatRequest) -> Members:
    if request.raw and request.dialect == _DIALECT:
        return jsons.split(request.raw)
    return {name: jsons.raw(value) for name, value in request.body.items()}
