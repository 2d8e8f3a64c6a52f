"""Reads a streamed answer that is all here, where its provider wrote one event after the other, each by itself.

A busy proxy finds most answers so: what came while others had their turn is a whole answer. Then nothing is left to be
told of its frames but that each is what it should be, and whoever calls in the same dialect gets them as they came.

Invariant: it reads only what the reader of frames would have passed on as its own bytes, to the last frame; a usage that is told
with the end may have to be told apart from it.
Source: https://platform.openai.com/docs/api-reference/chat-streaming (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.openai.outline import outline_of
from proxy.codecs.openai.text_runs import are_texts, sample_of
from proxy.core import jsons
from proxy.core.usage import Usage
from proxy.core.whole_stream import WholeStream

_DATA: Final = b"data: "
_DONE: Final = b"data: [DONE]\n\n"
_LAST: Final = b'"choices":[],'
"""What stands in a frame that tells the usage alone."""
_FEWEST: Final = 4
"""Events of an answer: the role, a text, the end, and the word that nothing follows."""


def whole_stream(events: list[bytes]) -> WholeStream | None:
    """The answer that some pieces are; None where it is none, or not a plain one.

    Args:
        events: One each, if they are events at all.
    """
    if len(events) < _FEWEST or events[-1] != _DONE:
        return None
    end = -3 if _LAST in events[-2] else -2
    texts = events[1:end]
    if not texts:
        return None
    sample = sample_of(texts)
    outline = outline_of([events[0], sample, *events[end:-1]])
    if outline is None:
        return None
    opening, text, ending, summary = outline
    whole = b"".join(texts)
    if not are_texts(texts, whole, sample, text):
        return None
    closing, told = events[end], ending.told if summary is None else summary.usage
    if ending.told is not None and ending.usage is None:
        closing = _at_its_top(closing)
    return WholeStream(
        [events[0], whole, closing],
        b"" if summary is None else events[-2],
        opening.model,
        (summary or ending).service_tier,
        None if told is None else Usage.of(told),
        ending.told is not None,
    )


def _at_its_top(event: bytes) -> bytes:
    """The event with the usage, which it tells elsewhere, where OpenAI has it: written anew, as whatever was moved is."""
    said = jsons.decode(event[len(_DATA) :])
    return b"data: %b\n\n" % jsons.encode({**said, "usage": said["x_groq"]["usage"]})
