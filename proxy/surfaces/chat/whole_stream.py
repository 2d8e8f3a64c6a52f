"""A stream that came whole, given to its caller as it came.

Invariant: what is given is what `ChatEncoder` would have written of the same frames.
"""

from __future__ import annotations

from typing import Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest
from proxy.core.state import is_packed
from proxy.core.whole_stream import WholeStream
from proxy.surfaces.chat.encoder import DONE
from proxy.surfaces.native import GONE, edited

_DATA: Final = b"data: "
_END: Final = b"\n\n"


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
    usage = whole.usage_frame if request.include_usage else b""
    if whole.is_told_with_end:
        ending, apart = _parted(ending[len(_DATA) : -len(_END)], request)
        usage = usage or apart
    return [opening, texts, ending, usage, DONE]


def _parted(line: bytes, request: ChatRequest) -> tuple[bytes, bytes]:
    """A frame that tells a usage, without it; and the usage by itself, for who asked for it."""
    if not request.include_usage:
        return _framed(edited(line, {"usage": GONE})), b""
    return _framed(edited(line, {"usage": None})), _framed(_usage_alone(line))


def _usage_alone(line: bytes) -> bytes:
    """A chunk that tells the usage that another one tells, and nothing else."""
    said = jsons.decode(line)
    shared = {name: said[name] for name in ("id", "created", "model", "object")}
    return jsons.encode({"choices": [], **shared, "usage": said["usage"]})


def _framed(line: bytes) -> bytes:
    return b"data: %b\n\n" % line
