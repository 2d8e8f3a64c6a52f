"""A stream that came whole, given to its caller as it came.

Invariant: what is given is what `ChatEncoder` would have written of the same frames.
"""

from __future__ import annotations

from proxy.core.shape import ChatRequest
from proxy.core.state import is_packed
from proxy.core.whole_stream import WholeStream
from proxy.surfaces.chat.encoder import DONE


def as_it_came(request: ChatRequest, whole: WholeStream) -> list[bytes] | None:
    """The pieces of the answer; None where it cannot be given so.

    Args:
        request: What was asked.
        whole: What came.
    """
    opening, texts, ending = whole.frames
    if is_packed(opening + ending + whole.usage_frame):
        # Of ids that are too long for some; where there is one, the others have it too.
        return None
    return [opening, texts, ending, whole.usage_frame if request.include_usage else b"", DONE]
