"""Reads a streamed answer that is all here, where its provider wrote one event after the other, each by itself.

A busy proxy finds most answers so: what came while others had their turn is a whole answer. Then nothing is left to be
told of its frames but that each is what it should be, and whoever calls in the same dialect gets them as they came.

Invariant: it reads only what the reader of frames would have passed on as its own bytes, to the last frame.
Source: https://platform.openai.com/docs/api-reference/chat-streaming (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.openai.glide import DATA, END, Identity, are_texts
from proxy.codecs.openai.rim import Rim, read_rim
from proxy.core import jsons
from proxy.core.usage import Usage
from proxy.core.whole_stream import WholeStream

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
    opening = _rim_of(events[0])
    summary = _rim_of(events[-2]) if _LAST in events[-2] else None
    usage_frame = b"" if summary is None else events[-2]
    stop = -2 if summary is None else -3
    ending = _rim_of(events[stop])
    if opening is None or ending is None or not (_opens(opening) and _ends(ending)):
        return None
    if summary is not None and not (_sums_up(summary) and _is_of(summary, opening)):
        return None
    texts = events[1:stop]
    whole = b"".join(texts)
    if not (_is_of(ending, opening) and texts and are_texts(texts, whole, _identity_of(opening))):
        return None
    usage = Usage.read(jsons.decode_object(_payload(usage_frame))["usage"]) if usage_frame else None
    return WholeStream(
        [events[0], whole, events[stop]],
        usage_frame,
        opening.model,
        (summary or ending).service_tier,
        usage,
    )


def _payload(event: bytes) -> bytes:
    return event[len(DATA) : -len(END)]


def _rim_of(event: bytes) -> Rim | None:
    """What an event has that is one line of data, from brace to brace."""
    is_line = event.startswith(b"data: {") and event.endswith(b"}\n\n")
    if not is_line or event.count(b"\n") > len(END) or b"\r" in event:
        return None
    return read_rim(_payload(event))


def _opens(rim: Rim) -> bool:
    """Whether it gives the one choice its role, and the answer a name."""
    if rim.usage is not None or not rim.choices or not (rim.id and rim.model and rim.created > 0):
        return False
    choice = rim.choices[0]
    return choice.delta.role is not None and choice.finish_reason is None


def _ends(rim: Rim) -> bool:
    if rim.usage is not None or not rim.choices:
        return False
    choice = rim.choices[0]
    return choice.delta.role is None and choice.finish_reason is not None


def _sums_up(rim: Rim) -> bool:
    return rim.usage is not None and not rim.choices


def _identity_of(rim: Rim) -> Identity:
    return rim.id, rim.created, rim.model


def _is_of(rim: Rim, opening: Rim) -> bool:
    return _identity_of(rim) == _identity_of(opening)
