"""Citations as annotations: `url_citation` for what has an address, `file_citation` for a document or a tool's result.

Citations of the model's thoughts and plans point into text that is no content of the answer, and are left out.

Source: https://docs.cohere.com/v2/docs/rag-citations (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

_CONTENT: Final = "TEXT_CONTENT"
_HELD: Final = ("document", "tool_output")
"""Where a source holds what was cited."""


def annotations_of(citation: Any, starts: dict[int, int]) -> list[Json]:
    """One annotation for each source of a citation.

    Args:
        citation: As the provider gave it.
        starts: Where each content block of text begins in the answer's content, in characters, by its index.
    """
    if not isinstance(citation, dict) or citation.get("type", _CONTENT) != _CONTENT:
        return []
    block = citation.get("content_index")
    # Without thoughts the text is the only block, and its index is not said.
    first = min(starts.values(), default=0)
    begin = starts.get(block, first) if isinstance(block, int) else first
    span = {
        f"{name}_index": begin + at
        for name in ("start", "end")
        if isinstance(at := citation.get(name), int)
    }
    sources = citation.get("sources")
    return [
        _annotation(source, span, citation.get("text"))
        for source in (sources if isinstance(sources, list) else ())
        if isinstance(source, dict)
    ]


def _annotation(source: Json, span: Json, text: Any) -> Json:
    held: Json = next((source[name] for name in _HELD if isinstance(source.get(name), dict)), {})
    mark = source.get("id")
    title = held.get("title")
    titled: Json = {"title": title} if isinstance(title, str) else {}
    for url in (held.get("url"), mark):
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            cited: Json = {**span, "url": url, "title": titled.get("title", "")}
            return {"type": "url_citation", "url_citation": cited}
    file: Json = {"file_id": mark if isinstance(mark, str) else ""}
    if titled:
        file["filename"] = titled["title"]
    quoted: Json = {"text": text} if isinstance(text, str) else {}
    return {"type": "file_citation", **span, **quoted, "file_citation": file}
