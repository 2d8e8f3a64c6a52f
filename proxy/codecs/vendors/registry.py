"""Every quirk by its name: what a vendor's row in the catalogue may list.

`REQUEST` edits the call before it goes out, `RESPONSE` corrects the answer as it comes in, `REPLAY` says how reasoning of
earlier answers goes back.

Invariant: a name here is part of the configuration's language; it is never renamed without its old name staying.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.codecs.vendors import content, counts, effort, sampling, thinking, toolbox, turns
from proxy.codecs.vendors.citations import Citations
from proxy.codecs.vendors.details import DetailsInIds, details_as_reasoning
from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.repeats import RepeatedReasoning
from proxy.codecs.vendors.replay import maker_of
from proxy.core.shape import Json, Target

Edit: TypeAlias = Callable[[Draft], None]
"""Edits a call in place."""
Reader: TypeAlias = Callable[[Json], Json]
"""Takes each frame of one answer, or its whole body, in order; gives that, or a new object in its place."""

REQUEST: Final[dict[str, Edit]] = {
    edit.__name__: edit
    for edit in (
        content.empty_content,
        content.flatten_text,
        content.known_members,
        content.no_cache_marks,
        content.no_names,
        content.null_content,
        effort.cerebras_reasoning,
        effort.effort_levels,
        effort.groq_reasoning,
        effort.together_reasoning,
        effort.xai_reasoning,
        sampling.bare_schema,
        sampling.first_stop,
        sampling.logprobs_number,
        sampling.nonzero_temperature,
        sampling.openrouter_require,
        sampling.schema_as_object,
        sampling.streamed,
        thinking.ark_thinking,
        thinking.dashscope_thinking,
        thinking.deepseek_thinking,
        thinking.minimax_split,
        thinking.moonshot_thinking,
        thinking.openrouter_reasoning,
        thinking.separate_reasoning,
        thinking.template_thinking,
        thinking.zai_thinking,
        toolbox.auto_choice,
        toolbox.nine_character_ids,
        toolbox.no_required_choice,
        toolbox.openrouter_search,
        toolbox.parallel_calls,
        toolbox.tool_stream,
        turns.alternate,
        turns.prefill_continue,
        turns.prefill_partial,
        turns.prefill_prefix,
    )
}

REASONING: Final = frozenset(
    edit.__name__
    for edit in (
        effort.cerebras_reasoning,
        effort.effort_levels,
        effort.groq_reasoning,
        effort.together_reasoning,
        effort.xai_reasoning,
        thinking.ark_thinking,
        thinking.dashscope_thinking,
        thinking.deepseek_thinking,
        thinking.moonshot_thinking,
        thinking.openrouter_reasoning,
        thinking.template_thinking,
        thinking.zai_thinking,
    )
)
"""The edits that bring an effort into what the vendor takes of it, be it nothing."""


TEXTS: Final = frozenset({"content", "reasoning_content", "reasoning", "arguments"})
"""What says nearly all of an answer, piece by piece: texts of a delta, and the arguments of a call in it."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction of answers."""

    usage: Callable[[Json], Json] | None = None
    """Of every `usage`, wherever it was found."""
    reader: Callable[[Target], Reader] | None = None
    """Makes what sees all frames of one answer."""
    spares: frozenset[str] = frozenset()
    """Those of `TEXTS` that it does not look at: where a frame is like the one before it but for one of them, that frame would
    be left as the one before it was, and nothing noted."""


RESPONSE: Final[dict[str, Correction]] = {
    "cache_writes_elsewhere": Correction(usage=counts.cache_writes_elsewhere),
    "cached_beside_prompt": Correction(usage=counts.cached_beside_prompt),
    "cached_elsewhere": Correction(usage=counts.cached_elsewhere),
    "citations": Correction(reader=lambda _: Citations()),
    "details_as_reasoning": Correction(reader=lambda _: details_as_reasoning, spares=TEXTS),
    "details_in_ids": Correction(
        reader=lambda target: DetailsInIds(maker_of(target)), spares=TEXTS
    ),
    "reasoning_beside_completion": Correction(usage=counts.reasoning_beside_completion),
    "reasoning_on_top": Correction(usage=counts.reasoning_on_top),
    "repeated_reasoning": Correction(
        reader=lambda _: RepeatedReasoning(), spares=frozenset({"content", "arguments"})
    ),
}
