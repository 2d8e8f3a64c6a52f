"""A whole answer into a Response object: the provider's own, or one told as its stream would be.

Invariant: a body that a provider of the same dialect sent and that needs no edit goes out byte for byte.
Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-21).
"""

from __future__ import annotations

from proxy.core import jsons
from proxy.core.fold import unfold
from proxy.core.shape import ChatRequest, Completion, Json
from proxy.surfaces.native import edited
from proxy.surfaces.responses.relay import DIALECT
from proxy.surfaces.responses.teller import Teller


def whole_body(
    request: ChatRequest,
    completion: Completion,
    model: str | None = None,
    report: Json | None = None,
) -> bytes:
    """The body of a whole answer.

    Args:
        request: The call that is answered.
        completion: The answer; not touched.
        model: In place of the provider's name of the model.
        report: Goes in as `firstbyte`.
    """
    extra: Json = {} if report is None else {"firstbyte": report}
    native = completion.get("native")
    if native is not None and native["dialect"] == DIALECT:
        named = {} if model is None else {"model": model}
        return edited(native["payload"], {**named, **extra})
    teller = Teller(request, model)
    for chunk in unfold(completion):
        teller.feed(chunk)
    teller.end()
    return jsons.encode({**teller.response, **extra})
