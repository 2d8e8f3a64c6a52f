"""Chunks of one streamed answer into the frames that a client of the legacy API reads.

A frame that a provider of the same dialect sent is spliced in as it came, but for what all frames have in common and for
usage that nobody asked for; all others are written from what the chunk says in chat.

Invariant: `id`, `created` and `model` are those of the first chunk that has an id or says something; nothing follows a
choice's finish; usage comes in one last chunk; `[DONE]` is written by `finish` alone.
Source: https://platform.openai.com/docs/api-reference/completions/create (`stream`, read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from proxy.core import jsons
from proxy.core.errors import ProxyError
from proxy.core.output import is_output
from proxy.core.shape import ChatRequest, Chunk, Json
from proxy.surfaces.completions.choice import choice_of, text_of
from proxy.surfaces.completions.logprobs import legacy
from proxy.surfaces.completions.parse import DIALECT, echo_of, prompt_of
from proxy.surfaces.completions.whole import OBJECT
from proxy.surfaces.errors import error_body
from proxy.surfaces.native import GONE, edited, line_of

DONE: Final = b"data: [DONE]\n\n"


@dataclass(slots=True)
class _Choice:
    """What one choice has said so far."""

    offset: int
    """Where its next token begins in the whole text, the prompt included."""
    finished: bool = False


class CompletionsEncoder:
    """The stream of one answer. `feed` as often as chunks come, then `finish` or `late` once.

    Args:
        request: The call that is answered.
        model: In place of the provider's name of the model.
    """

    def __init__(self, request: ChatRequest, model: str | None = None) -> None:
        self._include_usage = request.include_usage
        self._model = model
        self._echo = echo_of(request)
        self._start = len(prompt_of(request))
        self._head: Json = {}
        self._choices: dict[int, _Choice] = {}
        self._usage: Json | None = None
        self._last = b"{}"
        """The provider's own frame without choices that brought the usage, where there was one."""

    def feed(self, chunk: Chunk) -> bytes:
        """The frame to send now; empty where the chunk says nothing to this caller."""
        if not self._head and (chunk.get("id") or is_output(chunk)):
            self._head = {
                "id": chunk.get("id") or "",
                "object": OBJECT,
                "created": chunk.get("created") or 0,
                "model": chunk.get("model") or "" if self._model is None else self._model,
            }
        self._usage = chunk.get("usage") or self._usage
        payload = line_of(chunk.get("native"), DIALECT)
        if payload is None:
            return self._written(chunk)
        return self._relayed(chunk, payload)

    def finish(self, report: Json | None = None) -> bytes:
        """The end of what was left open, usage if asked for, `report` as `firstbyte` in the last chunk, and `[DONE]`."""
        frames = [
            self._frame([choice_of({"index": index, "finish_reason": "stop"}, {}, "", None)])
            for index, choice in self._choices.items()
            if not choice.finished
        ]
        edits: Json = {"choices": [], "usage": GONE}
        if self._usage is not None and self._include_usage:
            edits["usage"] = self._usage
        if report is not None:
            edits["firstbyte"] = report
        if edits["usage"] is not GONE or report is not None:
            frames.append(_event(edited(self._last, {**self._head, **edits})))
        return b"".join((*frames, DONE))

    def late(self, error: ProxyError, request_id: str) -> bytes:
        """An error event; no `[DONE]`, because the answer is not whole."""
        return _event(error_body(error, request_id))

    def heartbeat(self) -> None:
        """A comment will do: this API has no event that says nothing."""

    def _relayed(self, chunk: Chunk, payload: bytes) -> bytes:
        came = chunk.get("choices") or ()
        for choice in came:
            self._choice(choice.get("index", 0)).finished |= bool(choice.get("finish_reason"))
        if not came and chunk.get("usage"):
            self._last = payload
            return b""
        edits: Json = {
            name: value for name, value in self._head.items() if _told(chunk, name) != value
        }
        if chunk.get("usage") and not self._include_usage:
            edits["usage"] = GONE
        return _event(edited(payload, edits))

    def _written(self, chunk: Chunk) -> bytes:
        came = [self._take(choice) for choice in chunk.get("choices") or ()]
        choices = [choice for choice in came if choice is not None]
        if not choices and "firstbyte" not in chunk:
            return b""
        more = {"firstbyte": chunk["firstbyte"]} if "firstbyte" in chunk else {}
        return self._frame(choices, more)

    def _take(self, choice: Any) -> Json | None:
        """A choice of a chunk in the legacy form; None where it says nothing here."""
        index = choice.get("index", 0)
        text = "" if index in self._choices else self._echo
        state = self._choice(index)
        if state.finished:
            return None
        said = choice.get("delta") or {}
        text += text_of(said)
        logprobs = legacy(choice.get("logprobs"), state.offset)
        state.offset += len(text_of(said))
        state.finished = bool(choice.get("finish_reason"))
        if not (text or logprobs or state.finished or said.get("reasoning_content")):
            return None
        return choice_of(choice, said, text, logprobs)

    def _choice(self, index: int) -> _Choice:
        return self._choices.setdefault(index, _Choice(self._start))

    def _frame(self, choices: list[Json], more: Json | None = None) -> bytes:
        usage: Json = {"usage": None} if self._include_usage else {}
        return _event(jsons.encode({**self._head, "choices": choices, **usage, **(more or {})}))


def _told(chunk: Chunk, name: str) -> object:
    """What a relayed frame says in a member that all frames have in common."""
    # The chunk beside it is chat's, and so is its object.
    return OBJECT if name == "object" else chunk.get(name)


def _event(payload: bytes) -> bytes:
    return b"data: " + payload + b"\n\n"
