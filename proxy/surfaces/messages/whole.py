"""A whole answer into the message that Anthropic's clients read.

It is told through the very blocks that tell a stream, so that both say the same.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final, cast

from proxy.core import jsons
from proxy.core.fold import unfold
from proxy.core.shape import ChatRequest, Completion, Json
from proxy.surfaces.messages.events import message
from proxy.surfaces.messages.identity import message_id
from proxy.surfaces.messages.relay import is_native
from proxy.surfaces.messages.tokens import whole_usage_of
from proxy.surfaces.messages.voice import Voice
from proxy.surfaces.native import edited

_CALLS: Final = frozenset({"tool_use", "server_tool_use"})
_TEXTS: Final = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "input_json_delta": "partial_json",
}
"""The member of a delta that is a piece, by the delta's type."""


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

    Raises:
        ProxyError: MALFORMED for a call whose arguments are not JSON.
    """
    edits: dict[str, Any] = {} if report is None else {"firstbyte": report}
    if is_native(completion.get("native")):
        if model is not None and completion.get("model") != model:
            edits["model"] = model
        return edited(completion["native"]["payload"], edits)
    known = message_id(request, completion)
    collected = _Collected()
    stops = request.body.get("stop") or ()
    voice = Voice(collected, known, stops, searches=request.must_search != "")
    for chunk in unfold(_without_echo(completion)):
        for choice in chunk["choices"]:
            if not choice.get("index"):
                voice.take(choice)
    voice.close()
    name = model if model is not None else completion.get("model") or request.model
    made = message(known, name, whole_usage_of(completion.get("usage"), voice.searched))
    return jsons.encode({**made, "content": collected.blocks, **voice.ending.wire(), **edits})


class _Collected:
    """Blocks, each put together. Implements `Blocks`."""

    def __init__(self) -> None:
        self.blocks: list[Json] = []
        self._pieces: list[str] = []

    def open(self, block: Json) -> None:
        self.blocks.append(dict(block))
        self._pieces = []

    def add(self, delta: Json) -> None:
        kind = delta["type"]
        if kind in _TEXTS:
            self._pieces.append(delta[_TEXTS[kind]])
        elif kind == "signature_delta":
            self.blocks[-1]["signature"] = delta["signature"]
        else:
            self.blocks[-1].setdefault("citations", []).append(delta["citation"])

    def close(self) -> None:
        block, text = self.blocks[-1], "".join(self._pieces)
        if block["type"] in _CALLS:
            block["input"] = _input(text)
        elif self._pieces:
            block[block["type"]] = text


def _input(text: str) -> Json:
    try:
        return jsons.decode_object(text.encode("utf-8", "replace"))
    except jsons.JsonError:
        # Cut short by a limit, which the stop reason says; half an object has no form here.
        return {}


def _without_echo(completion: Completion) -> Completion:
    """The answer without reasoning that is only the text of its signed blocks once more."""
    choices = [_choice_without_echo(dict(choice)) for choice in completion.get("choices") or ()]
    return cast(Completion, {**completion, "choices": choices})


def _choice_without_echo(choice: Json) -> Json:
    said = choice.get("message") or {}
    texts = [str(block.get("thinking") or "") for block in said.get("thinking_blocks") or ()]
    if not texts or "".join(texts) != said.get("reasoning_content"):
        return choice
    rest = {name: value for name, value in said.items() if name != "reasoning_content"}
    return {**choice, "message": rest}
