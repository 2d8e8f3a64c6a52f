"""Sources that a vendor names beside the answer, told as the annotations that OpenAI's clients know.

A source has no place in the text here, so its range is empty.

Source: https://docs.perplexity.ai/api-reference/chat-completions-post (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

MAX_SOURCES: Final = 1024


class Citations:
    """The sources of one answer. A stream names them again and again; they are told once, with the end of a choice."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    def __call__(self, frame: Json) -> Json:
        """The frame, with annotations where a choice ends."""
        self._note(frame.get("search_results"))
        self._note(frame.get("citations"))
        choices = frame.get("choices")
        if not self._sources or not isinstance(choices, list):
            return frame
        new = [self._ended(choice) for choice in choices]
        changed = any(one is not other for one, other in zip(new, choices, strict=True))
        return {**frame, "choices": new} if changed else frame

    def _note(self, sources: Any) -> None:
        for source in sources if isinstance(sources, list) else ():
            url = source.get("url") if isinstance(source, dict) else source
            title = source.get("title") if isinstance(source, dict) else ""
            if isinstance(url, str) and url and len(self._sources) < MAX_SOURCES:
                self._sources.setdefault(url, title if isinstance(title, str) else "")

    def _ended(self, choice: Any) -> Any:
        if not isinstance(choice, dict) or not choice.get("finish_reason"):
            return choice
        # Where a choice has both, the message repeats what its deltas said.
        name = "delta" if isinstance(choice.get("delta"), dict) else "message"
        said = choice.get(name)
        if not isinstance(said, dict) or said.get("annotations"):
            return choice
        return {**choice, name: {**said, "annotations": self._annotations()}}

    def _annotations(self) -> list[Json]:
        return [
            {
                "type": "url_citation",
                "url_citation": {"url": url, "title": title, "start_index": 0, "end_index": 0},
            }
            for url, title in self._sources.items()
        ]
