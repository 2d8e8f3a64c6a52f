"""A whole answer into the body that a client of the legacy API reads.

Invariant: a body that a provider of the same dialect sent and that needs no edit goes out byte for byte.
Source: https://platform.openai.com/docs/api-reference/completions/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Completion, Json
from proxy.surfaces.completions.choice import choice_of, text_of
from proxy.surfaces.completions.logprobs import legacy
from proxy.surfaces.completions.parse import DIALECT, echo_of, prompt_of
from proxy.surfaces.native import additions, edited

OBJECT: Final = "text_completion"


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
    edits = additions(completion, model, report)
    native = completion.get("native")
    if native is not None and native["dialect"] == DIALECT:
        return edited(native["payload"], edits)
    echo, start = echo_of(request), len(prompt_of(request))
    choices = [_choice(choice, echo, start) for choice in completion.get("choices") or ()]
    whole = {**completion, "object": OBJECT, "choices": choices, **edits}
    return jsons.encode({name: value for name, value in whole.items() if name != "native"})


def _choice(choice: Any, echo: str, start: int) -> Json:
    said = choice.get("message") or {}
    return choice_of(choice, said, echo + text_of(said), legacy(choice.get("logprobs"), start))
