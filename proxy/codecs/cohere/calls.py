"""The tool calls of one answer.

The provider counts its calls anew in every answer, and some models call a tool that takes nothing with `null`.

Invariant: arguments are JSON wherever the finish says that the calls are to be run, and `{}` for none; what is kept
never exceeds the characters there is room for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from proxy.codecs.cohere.names import restored
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import MAX_CALLS, NO_ARGUMENTS
from proxy.core.shape import Chunk

_NOTHING: Final = "null"
_MAX_HELD: Final = 64
"""Characters, blanks among them, after which arguments are no longer taken for nothing."""


@dataclass(slots=True)
class _Call:
    slot: int
    name: str
    pieces: list[str] = field(default_factory=list)
    held: str | None = ""
    """What may still become `null` and was not given yet; None once it cannot."""


class Calls:
    """Makes the chunks of the calls.

    Args:
        build: Makes the answer's chunks.
        room: Characters that all arguments together may have.
    """

    def __init__(self, build: Builder, room: int) -> None:
        self._build = build
        self._room = room
        self._calls: list[_Call] = []
        self._open: dict[Any, _Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def start(self, index: Any, given: Any) -> list[Chunk]:
        """A call opens, perhaps with its first arguments, or all of them.

        Args:
            index: The provider's number for it.
            given: The call.

        Raises:
            ProxyError: MALFORMED.
        """
        function = given.get("function") if isinstance(given, dict) else None
        if not isinstance(function, dict) or isinstance(index, list | dict):
            raise _malformed("a tool call without a function")
        slot = len(self._calls)
        if slot >= MAX_CALLS:
            raise _malformed(f"more than {MAX_CALLS} tool calls")
        chunks = self.end(index)
        call = _Call(slot, restored(_string(function.get("name"))))
        self._calls.append(call)
        self._open[index] = call
        mark = _string(given.get("id")) or self._made_up(slot)
        return [
            *chunks,
            self._build.tool_open(slot, mark, call.name),
            *self._add(call, function.get("arguments")),
        ]

    def add(self, index: Any, given: Any) -> list[Chunk]:
        """More arguments of an open call.

        Raises:
            ProxyError: MALFORMED.
        """
        call = None if isinstance(index, list | dict) else self._open.get(index)
        if call is None:
            raise _malformed("arguments for a tool call that is not open")
        function = given.get("function") if isinstance(given, dict) else None
        return self._add(call, function.get("arguments") if isinstance(function, dict) else None)

    def end(self, index: Any) -> list[Chunk]:
        """A call ends: nothing, and what only means nothing, is an empty object."""
        call = None if isinstance(index, list | dict) else self._open.pop(index, None)
        if call is None or call.held is None:
            return []
        rest = NO_ARGUMENTS if call.held.strip() in ("", _NOTHING) else call.held
        return self._give(call, rest)

    def close(self) -> list[Chunk]:
        """The answer ends, and with it what is open."""
        return [chunk for index in tuple(self._open) for chunk in self.end(index)]

    def check(self) -> None:
        """The caller is told to run the calls.

        Raises:
            ProxyError: MALFORMED, where the arguments of one are not JSON.
        """
        for call in self._calls:
            try:
                jsons.decode("".join(call.pieces).encode("utf-8", "replace"))
            except jsons.JsonError:
                raise _malformed(
                    f"arguments of a call of {call.name[:64]} that are not JSON"
                ) from None

    def _add(self, call: _Call, arguments: Any) -> list[Chunk]:
        if arguments is None or arguments == "":
            return []
        piece = arguments if isinstance(arguments, str) else jsons.encode(arguments).decode()
        self._room -= len(piece)
        if self._room < 0:
            raise ProxyError(
                Kind.OVERSIZED, "the tool arguments of the answer are larger than max_answer"
            )
        if call.held is None:
            return self._give(call, piece)
        call.held += piece
        if len(call.held) <= _MAX_HELD and _NOTHING.startswith(call.held.strip()):
            return []
        return self._give(call, call.held)

    def _give(self, call: _Call, piece: str) -> list[Chunk]:
        call.held = None
        call.pieces.append(piece)
        return [self._build.tool_arguments(call.slot, piece)]

    def _made_up(self, slot: int) -> str:
        seed = f"{self._build.id}/{slot}".encode("utf-8", "replace")
        return f"call_{sha256(seed).hexdigest()[:24]}"


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
