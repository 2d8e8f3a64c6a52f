"""What an answer rests on, as annotations of its text: pages that were searched, and texts that were recited.

Google counts in bytes of UTF-8, chat in characters. What has no address (files of the caller's own store) has no form in
chat.

Source: https://ai.google.dev/gemini-api/docs/google-search and https://ai.google.dev/api/generate-content#CitationSource
(read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from proxy.core.shape import Json

MAX_SOURCES: Final = 512
"""Of each kind; real answers have dozens."""
MAX_TEXT: Final = 1024 * 1024
"""Characters of a text that sources are found in; real answers have a quarter of it at most."""
_WEB: Final = "web"
_PLACES: Final = (_WEB, "maps", "retrievedContext")
_SAYING: Final = ("groundingChunks", "webSearchQueries")
"""Members of grounding that say anything. A later event may bring others alone, which take nothing back."""


class Sources:
    """The sources of one candidate."""

    def __init__(self) -> None:
        self._grounding: Json = {}
        self._citations: list[Json] = []

    def take(self, candidate: Json) -> None:
        """Read what a candidate says of its sources: grounding is told anew each time, citations are added."""
        grounding = candidate.get("groundingMetadata")
        if isinstance(grounding, dict) and any(map(grounding.get, _SAYING)):
            self._grounding = grounding
        citations = candidate.get("citationMetadata")
        given = citations.get("citations") if isinstance(citations, dict) else None
        for citation in _objects(given):
            if citation not in self._citations and len(self._citations) < MAX_SOURCES:
                self._citations.append(citation)

    def annotations(self, text: str) -> list[Json]:
        """The annotations of the whole text."""
        spans = _Spans(text[:MAX_TEXT])
        notes: dict[tuple[int, int, str], Json] = {}
        for span, source in chain(self._grounded(spans), self._cited(spans)):
            if len(notes) >= MAX_SOURCES:
                break
            key = (span["start_index"], span["end_index"], source["url"])
            notes.setdefault(key, {"type": "url_citation", "url_citation": {**span, **source}})
        return list(notes.values())

    def searches(self) -> list[Json]:
        """The search that was made: what was asked for, and the pages that came of it; none where there was none."""
        given = self._grounding.get("webSearchQueries")
        queries = (
            [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
        )
        chunks = _objects(self._grounding.get("groundingChunks"))
        pages = [page for chunk in chunks if (page := _address(chunk.get(_WEB)))]
        if not queries and not pages:
            return []
        return [{"queries": queries[:MAX_SOURCES], "results": pages}]

    @property
    def asked(self) -> int:
        """How many queries were made."""
        return sum(len(search["queries"]) for search in self.searches())

    def _grounded(self, spans: _Spans) -> Iterator[tuple[Json, Json]]:
        given = self._grounding.get("groundingChunks")
        chunks = given[:MAX_SOURCES] if isinstance(given, list) else []
        pages = [_page(chunk) for chunk in chunks]
        supports = _objects(self._grounding.get("groundingSupports"))
        if not supports:
            yield from ((spans.whole, page) for page in pages if page)
        for support in supports:
            segment = support.get("segment")
            span = spans.of(segment if isinstance(segment, dict) else {})
            places = support.get("groundingChunkIndices")
            for at in places[:MAX_SOURCES] if isinstance(places, list) else ():
                if isinstance(at, int) and 0 <= at < len(pages) and (page := pages[at]):
                    yield span, page

    def _cited(self, spans: _Spans) -> Iterator[tuple[Json, Json]]:
        for citation in self._citations:
            if page := _address(citation):
                yield spans.of(citation), page


class _Spans:
    """Places in a text, from Google's counting to chat's."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._data = text.encode("utf-8", "surrogatepass")
        self.whole: Json = {"start_index": 0, "end_index": len(text)}

    def of(self, segment: Json) -> Json:
        """The span of a segment: where its own text stands, else where its numbers say; without an end, to the text's."""
        said, given = segment.get("text"), segment.get("endIndex")
        start = self._characters(segment.get("startIndex"))
        if isinstance(said, str) and said:
            # The same words may stand in several places, of which the numbers name one.
            at = start if self._text.startswith(said, start) else self._text.find(said)
            if at >= 0:
                return {"start_index": at, "end_index": at + len(said)}
        end = self._characters(given) if isinstance(given, int) else len(self._text)
        return {"start_index": min(start, end), "end_index": end}

    def _characters(self, count: Any) -> int:
        if not isinstance(count, int) or count < 0:
            return 0
        return len(self._data[:count].decode("utf-8", "ignore"))


def _page(chunk: Any) -> Json | None:
    """The address of a grounding chunk."""
    for place in _PLACES if isinstance(chunk, dict) else ():
        if isinstance(chunk.get(place), dict):
            return _address(chunk[place])
    return None


def _address(source: Any) -> Json | None:
    if not isinstance(source, dict):
        return None
    url, title = source.get("uri"), source.get("title")
    if not isinstance(url, str) or not url:
        return None
    return {"url": url, "title": title if isinstance(title, str) else ""}


def _objects(given: Any) -> list[Json]:
    listed = given if isinstance(given, list) else []
    return [each for each in listed[:MAX_SOURCES] if isinstance(each, dict)]
