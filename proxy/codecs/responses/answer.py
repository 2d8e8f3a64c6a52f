"""One answer while it is being read: its items by their place, and its end.

Streams and whole answers are read through the same items, so that both say the same.

Invariant: the role comes first and once; nothing comes after the finish but usage; no item is told twice.
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.responses import faults
from proxy.codecs.responses.besides import besides_of
from proxy.codecs.responses.finish import INCOMPLETE, finish_of
from proxy.codecs.responses.held import APART, Held
from proxy.codecs.responses.items import EVENTS, KINDS, Item
from proxy.codecs.responses.tokens import usage_of
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk, Json, Target
from proxy.core.usage import Usage, count

MAX_ITEMS: Final = 65_536
"""Output items of one answer; real ones have hundreds at the most."""

_UNFINISHED: Final = frozenset({"in_progress", "queued"})
_FAILED: Final = frozenset({"failed", "cancelled"})


class Answer:
    """Makes the chunks of one answer out of its parts.

    Args:
        created: Seconds since 1970, where the provider gives none.
        room: Characters that may be held back.
        target: Whose answer it is; None where that is not known.
        apart: What stands between texts that are apart.
    """

    def __init__(
        self, created: int, room: int, target: Target | None = None, *, apart: str = APART
    ) -> None:
        self._build = Builder(created, model=target.model if target else "")
        provider, model = (target.provider, target.model) if target else ("", "")
        self._held = Held(self._build, provider, model, room, apart)
        self._open: dict[int, Item] = {}
        self._closed: set[int] = set()
        self._marks: set[str] = set()
        """Ids of the items that have ended."""
        self._begun = False

    def silent(self) -> Chunk:
        """A chunk that says nothing in chat, to carry an event that only a caller of the same dialect reads."""
        return self._build.silent()

    def begin(self, response: Any) -> list[Chunk]:
        """`response.created`, or whatever tells of the response first. A second one adds nothing."""
        if self._begun:
            return []
        self._begun = True
        given = response if isinstance(response, dict) else {}
        build = self._build
        build.id = _word(given.get("id")) or build.id
        build.model = _word(given.get("model")) or build.model
        build.created = count(given.get("created_at")) or build.created
        return [build.role()]

    def start(self, index: int, item: Any) -> list[Chunk]:
        """`response.output_item.added`."""
        given = item if isinstance(item, dict) else {}
        return self.begin(None) + self._item(index, _kind(given)).start(given)

    def add(self, index: int, name: str, event: Json) -> list[Chunk]:
        """An event of the item at `index`, which may not have been announced."""
        chunks = self.begin(None)
        if index in self._closed and index not in self._open:
            return chunks
        item = self._open.get(index) or self._item(index, EVENTS[name])
        return chunks + (item.add(name, event) or [])

    def stop(self, index: int, item: Any) -> list[Chunk]:
        """`response.output_item.done`, or the item as the whole response has it."""
        given = item if isinstance(item, dict) else {}
        chunks = self.begin(None)
        ending = self._open.get(index) or self._item(index, _kind(given))
        del self._open[index]
        self._closed.add(index)
        if mark := _word(given.get("id")):
            self._marks.add(mark)
        return chunks + ending.stop(given)

    def end(self, response: Any) -> list[Chunk]:
        """The response as it is at its end: what was not said of it, the finish, and usage.

        Raises:
            ProxyError: its own failure; TRUNCATED where it has not ended; EMPTY where it holds nothing.
        """
        given = response if isinstance(response, dict) else {}
        self._check(given)
        chunks = self.begin(given)
        output = given.get("output")
        for index, item in enumerate(output if isinstance(output, list) else ()):
            if not self._has(index, item):
                chunks += self.stop(index, item)
        reason = finish_of(given, called=False)
        for index in sorted(self._open):
            chunks += self.stop(index, {"status": INCOMPLETE if reason != "stop" else None})
        if not self._closed and reason == "stop":
            raise ProxyError(Kind.EMPTY, "the provider ended a response that holds nothing")
        chunks += self._finish(given)
        return chunks

    def _finish(self, response: Json) -> list[Chunk]:
        finish = self._build.finish(finish_of(response, called=self._held.slots > 0))
        besides: Any = besides_of(response)
        finish.update(besides)
        chunks = self._held.say(finish)
        usage = usage_of(response)
        if usage is not None:
            last = self._build.usage(Usage())
            last["usage"] = usage
            chunks.append(last)
        return chunks

    def _check(self, response: Json) -> None:
        if failure := faults.failed(response):
            raise failure
        status = str(response.get("status"))
        if status in _FAILED:
            raise ProxyError(Kind.SERVER_ERROR, f"the provider ended the response as {status}")
        if status in _UNFINISHED:
            raise ProxyError(Kind.TRUNCATED, f"the provider left the response {status}")

    def _item(self, index: int, kind: type[Item]) -> Item:
        if not 0 <= index < MAX_ITEMS:
            raise ProxyError(
                Kind.MALFORMED,
                f"the provider sent an output item with an index that is not from 0 to {MAX_ITEMS - 1}",
            )
        self._open[index] = item = kind(self._held)
        return item

    def _has(self, index: int, item: Any) -> bool:
        """Whether an item of the whole response has been told to its end, in this place or in another."""
        mark = item.get("id") if isinstance(item, dict) else None
        return index in self._closed or (isinstance(mark, str) and mark in self._marks)


def _kind(item: Json) -> type[Item]:
    return KINDS.get(str(item.get("type")), Item)


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
