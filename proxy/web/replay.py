"""An answer that was kept, in the words of a surface, whole or as a stream, however it came at first.

Invariant: pure; a stream says what a provider's would, its usage and its end included.
"""

from __future__ import annotations

from proxy.core.shape import ChatRequest, Json
from proxy.gate.cache import Kept
from proxy.surfaces.surface import StreamEncoder, Surface


def replayed(
    surface: Surface,
    request: ChatRequest,
    kept: Kept,
    encoder: StreamEncoder | None,
    *,
    model: str | None,
    report: Json | None,
) -> bytes:
    """The body of the answer.

    Args:
        surface: In whose words.
        request: What is answered.
        kept: The answer; it can be given in the form that is asked for.
        encoder: Of the stream; None for a whole answer.
        model: In place of the provider's name of the model.
        report: What a caller who asked is told of the call.
    """
    if encoder is None:
        completion = kept.whole()
        assert completion is not None, "an answer in chunks was given whole"
        return surface.whole(request, completion, model=model, report=report)
    chunks = kept.told()
    assert chunks is not None, "a whole answer was given in chunks"
    return b"".join((*map(encoder.feed, chunks), encoder.finish(report)))
