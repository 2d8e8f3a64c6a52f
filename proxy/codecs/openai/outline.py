"""Reads what an answer that is all here says around its text, in one look: the role, a frame of text, the end, the usage.

Each of these frames has one place in an answer and one form: OpenAI's own, with what DeepSeek, Groq, llama.cpp, Mistral, SGLang
and vLLM say in it besides. Four frames that are read together cost little more than one.

Invariant: a frame that the reader of frames would not pass on as its own bytes is none of an outline, but for an end that tells
a usage: that is told apart from it.
Invariant: an outline has as many events as it was read of, each of them one line of data that is one frame.
Source: https://platform.openai.com/docs/api-reference/chat-streaming (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias

from proxy.codecs.openai.edge_frames import Ident
from proxy.codecs.openai.text_runs import TextFrame
from proxy.core import jsons
from proxy.core.usage import ExactUsage

_inner_of: Final = itemgetter(slice(len(b"data: {"), -len(b"}\n\n")))
_Name: TypeAlias = Annotated[str, jsons.Meta(min_length=1)]


class _Role(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    role: Literal["assistant"]
    content: str | None = None
    refusal: None = None
    reasoning: None = None
    reasoning_content: None = None
    tool_calls: None = None


class _Silence(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    content: str | None = None
    refusal: None = None
    reasoning: None = None
    reasoning_content: None = None
    tool_calls: None = None


class _First(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    index: Literal[0]
    delta: _Role
    finish_reason: None = None
    logprobs: None = None
    matched_stop: None = None
    token_ids: None = None


class _Last(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    index: Literal[0]
    delta: _Silence
    finish_reason: Literal["stop", "length"]
    logprobs: None = None
    matched_stop: int | str | None = None
    stop_reason: int | str | None = None
    token_ids: None = None


class TellingUsage(ExactUsage, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """With what DeepSeek and Mistral tell of their caches, and Groq of its time."""

    num_cached_tokens: jsons.Count | None = None
    prompt_cache_hit_tokens: jsons.Count | None = None
    prompt_cache_miss_tokens: jsons.Count | None = None
    queue_time: float | None = None
    prompt_time: float | None = None
    completion_time: float | None = None
    total_time: float | None = None

    @property
    def is_settled(self) -> bool:
        """Whether what was cached is told where it belongs, too; `tokens.py` puts it there."""
        details = self.prompt_tokens_details
        is_told = details is not None and details.cached_tokens is not None
        return is_told or (self.prompt_cache_hit_tokens is None and self.num_cached_tokens is None)


class _Groq(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    id: str | None = None
    seed: int | None = None
    usage: TellingUsage | None = None


class Opening(Ident, forbid_unknown_fields=True, frozen=True, gc=False, kw_only=True):
    """Gives the one choice its role, and the answer a name."""

    id: _Name
    created: Annotated[int, jsons.Meta(gt=0)]
    model: _Name
    choices: tuple[_First]
    usage: None = None
    prompt_token_ids: None = None
    prompt_text: None = None
    x_groq: _Groq | None = None


class Ending(Ident, forbid_unknown_fields=True, frozen=True, gc=False, kw_only=True):
    """Says why nothing follows, and perhaps what was used."""

    choices: tuple[_Last]
    usage: TellingUsage | None = None
    x_groq: _Groq | None = None
    p: str | None = None

    @property
    def told(self) -> TellingUsage | None:
        """The usage, wherever it is."""
        groq = self.x_groq
        return self.usage or (None if groq is None else groq.usage)


class Summary(Ident, forbid_unknown_fields=True, frozen=True, gc=False, kw_only=True):
    """Tells the usage, and nothing else; llama.cpp also how long it took."""

    choices: tuple[()]
    usage: TellingUsage
    timings: dict[str, float] | None = None


class Outline(NamedTuple):
    """Frames of one answer, in the order in which they came."""

    opening: Opening
    text: TextFrame
    ending: Ending
    summary: Summary | None = None


_read: Final = jsons.Form(Outline).read


def outline_of(events: Sequence[bytes]) -> Outline | None:
    """The outline that some events are; None where one of them is anything else, or of another answer.

    Args:
        events: One for each frame, with their ends.
    """
    inner = list(map(_inner_of, events))
    if b"data: {%b}\n\n" % b"}\n\ndata: {".join(inner) != b"".join(events):
        return None
    # A tab is in no string, and no form has an array of two objects: so no frame goes on in the next event.
    frames = b"[{%b}]" % b"},\t{".join(inner)
    outline = None if b"\n" in frames or b"\r" in frames else _read(frames)
    if outline is None or (outline.summary is None) is not (len(events) < len(outline)):
        # An event of two frames would be one more.
        return None
    return outline if _is_one(outline) else None


def _is_one(outline: Outline) -> bool:
    """Whether all frames are of the same answer, and each tells what is known of it, where it belongs."""
    opening, text, ending, summary = outline
    identity = opening.id, opening.created, opening.model
    groq, told = opening.x_groq, ending.told
    if (groq is not None and groq.usage is not None) or not (told is None or told.is_settled):
        return False
    if (text.id, text.created, text.model) != identity:
        return False
    if summary is not None and (
        (summary.id, summary.created, summary.model) != identity or not summary.usage.is_settled
    ):
        return False
    return (ending.id, ending.created, ending.model) == identity
