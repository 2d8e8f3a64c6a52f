"""Searches of the web that a provider of another protocol has made, as the blocks that Anthropic's own search gives.

Of each search a reader gets what was asked for and, by address and title, what was found. Who tells the one and not the
other (OpenAI names its pages in the citations alone) has the cited pages as results, with the end of the answer. What
the pages said is told by nobody, and the mark in its place is known again when the blocks come back.

Invariant: every search has one result.
Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool (read 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from proxy.core.shape import Json
from proxy.core.state import MADE_UP
from proxy.core.texts import objects_of
from proxy.surfaces.messages.identity import search_id
from proxy.surfaces.messages.tracks import SearchCall, SearchResult, Track

MOST: Final = 1024
"""Searches, and pages, that are told; real answers have dozens."""
_AND: Final = "; "
"""Between queries of one search."""
_ERRORS: Final = frozenset(
    {
        "invalid_tool_input", "unavailable", "max_uses_exceeded", "too_many_requests", "query_too_long",
        "request_too_large",
    }
)  # fmt: skip


class Searches:
    """Those of one answer.

    Args:
        message: The message's id.
        asked: Whether the caller asked for a search: then pages are cited because one was made.
    """

    def __init__(self, message: str, *, asked: bool) -> None:
        self.count = 0
        """How many were made, as far as that is known."""
        self._message = message
        self._asked = asked
        self._calls = 0
        self._waiting: list[str] = []
        """Calls whose results are not told yet."""
        self._cited: dict[str, str] = {}
        """Titles of pages by their addresses."""
        self._told: set[str] = set()

    def cite(self, url: str, title: str) -> None:
        """A page that the answer rests on."""
        if len(self._cited) < MOST:
            self._cited.setdefault(url, title)

    def take(self, searches: Any) -> Iterator[Track]:
        """The blocks for what is told of searches."""
        for search in objects_of(searches):
            if self._calls < MOST:
                yield from self._search(search)

    def rest(self) -> Iterator[Track]:
        """The results that were not told, once no more citations come."""
        left = [_result(url, title) for url, title in self._cited.items() if url not in self._told]
        if self._asked and left and not self._calls:
            yield self._call("")
        for at, call in enumerate(self._waiting, 1):
            # Which search found which page is not told: the last stands for all.
            yield SearchResult(call, left if at == len(self._waiting) else [])
        self._waiting.clear()

    def _search(self, search: Json) -> Iterator[Track]:
        queries = [str(query) for query in _list(search.get("queries"))]
        yield self._call(_AND.join(queries), max(1, len(queries)))
        given = objects_of(search.get("results"))
        pages = [page for page in islice(given, MOST) if page.get("url")]
        found = [_result(str(page["url"]), str(page.get("title") or "")) for page in pages]
        content: list[Json] | Json = found
        if "error" in search:
            code = str(search["error"])
            code = code if code in _ERRORS else "unavailable"
            content = {"type": "web_search_tool_result_error", "error_code": code}
        elif not found:
            return
        self._told.update(each["url"] for each in found)
        yield SearchResult(self._waiting.pop(), content)

    def _call(self, query: str, count: int = 1) -> Track:
        call = search_id(self._message, self._calls)
        self._calls += 1
        self.count += count
        self._waiting.append(call)
        return SearchCall(call, query)


def _result(url: str, title: str) -> Json:
    return {
        "type": "web_search_result",
        "url": url,
        "title": title or url,
        "encrypted_content": MADE_UP,
        "page_age": None,
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
