"""The events that we write ourselves: blocks with dense indexes between a message's start and its end.

Invariant: indexes count on from the first one without a gap; `message_stop` is written by `stop` alone.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Json
from proxy.surfaces.messages.frames import event


class Events:
    """Writes events. Implements `Blocks`.

    Args:
        first: The index of the first block.
    """

    def __init__(self, first: int = 0) -> None:
        self.mark: Json | None = None
        """What the proxy has to say of the next block, or of the end where no block comes."""
        self._index = first - 1
        self._out: list[bytes] = []

    def take(self) -> bytes:
        """What was written since this was asked before."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def start(self, id: str, model: str, usage: Json) -> None:  # noqa: A002 (the wire's own word)
        """`message_start`."""
        self._write("message_start", message=message(id, model, usage))

    def open(self, block: Json) -> None:
        """`content_block_start`."""
        self._index += 1
        self._write("content_block_start", index=self._index, content_block=block, **self._marked())

    def add(self, delta: Json) -> None:
        """`content_block_delta`."""
        self._write("content_block_delta", index=self._index, delta=delta)

    def close(self) -> None:
        """`content_block_stop`."""
        self._write("content_block_stop", index=self._index)

    def end(self, delta: Json, usage: Json) -> None:
        """`message_delta`."""
        self._write("message_delta", delta=delta, usage=usage, **self._marked())

    def stop(self, report: Json | None) -> None:
        """`message_stop`, with the report if there is one."""
        self._write("message_stop", **({} if report is None else {"firstbyte": report}))

    def _marked(self) -> Json:
        mark, self.mark = self.mark, None
        return {} if mark is None else {"firstbyte": mark}

    def _write(self, kind: str, **members: Any) -> None:
        self._out.append(event({"type": kind, **members}))


def message(id: str, model: str, usage: Json) -> Json:  # noqa: A002
    """A message that says nothing yet."""
    return {
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage,
    }
