"""Reads the frames of a stream that are nothing but text, all that one read brought at once.

Most of an answer is such frames: one choice, a piece of text, the identity that all frames share. Read one by one, each
would cost more than the rest of its way through the proxy. Here each is parsed by one typed decoder that knows this form
alone; whatever is not of it is left to the reader of frames, with everything after it.

Invariant: a frame is taken only where the reader of frames would pass it on as its own bytes.
Invariant: `alike` takes a read only where `glide` would take all of it, and tell nothing of it but the text that it had
not told of the read before.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

from proxy.core import jsons
from proxy.core.shape import Chunk

RUN: Final = "openai/run"
_DATA: Final = b"data: "
END: Final = b"\n\n"
"""Of an event."""


class _Delta(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: None = None
    refusal: None = None
    tool_calls: None = None
    function_call: None = None


class _Choice(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    index: Literal[0]
    delta: _Delta
    finish_reason: None = None
    logprobs: None = None
    native_finish_reason: None = None


class _Frame(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: tuple[_Choice]
    service_tier: str | None = None
    system_fingerprint: str | None = None
    usage: None = None
    obfuscation: str | None = None
    p: str | None = None
    """Padding, as Mistral calls it."""
    provider: str | None = None


_read: Final = jsons.Form(_Frame).read


class Glided(NamedTuple):
    """What was taken of a read."""

    chunk: Chunk | None
    """All of it together, with the frames as its `native`; None where nothing was."""
    frames: int
    size: int
    """Bytes."""


_NOTHING: Final = Glided(None, 0, 0)


def glide(data: bytes, at: int, id: str, created: int, model: str) -> Glided:  # noqa: A002 (the wire's own word)
    """Take the frames from a place of a read on that are nothing but text of one kind.

    Args:
        data: What a read brought.
        at: Where an event begins.
        id: Of the answer, as all its frames have it.
        created: Likewise.
        model: Likewise.
    """
    texts: list[str] = []
    said = ""
    last: _Frame | None = None
    start = at
    while data.startswith(_DATA, at) and (end := data.find(END, at)) >= 0:
        payload = data[at + 6 : end]
        frame = None if b"\n" in payload or b"\r" in payload else _read(payload)
        if frame is None or frame.id != id or frame.created != created or frame.model != model:
            break
        kind, text = _spoken(frame.choices[0].delta)
        if not kind or kind != (said or kind):
            break
        said = kind
        last = frame
        texts.append(text)
        at = end + 2
    if last is None:
        return _NOTHING
    return Glided(_chunk(last, said, "".join(texts), data[start:at]), len(texts), at - start)


def alike(data: bytes, id: str, created: int, model: str, tier: str | None) -> int:  # noqa: A002 (the wire's own word)
    """How many frames a read is, where all of it is text and the rest as it was; 0 where it is anything else.

    Args:
        data: What the read brought, from the beginning of an event on.
        id: Of the answer, as all its frames have it.
        created: Likewise.
        model: Likewise.
        tier: What the frames before said of how they are served.
    """
    at = frames = 0
    size = len(data)
    while at < size:
        end = data.find(END, at)
        if end < 0 or not data.startswith(_DATA, at):
            return 0
        payload = data[at + 6 : end]
        frame = None if b"\n" in payload or b"\r" in payload else _read(payload)
        if frame is None or frame.id != id or frame.created != created or frame.model != model:
            return 0
        delta = frame.choices[0].delta
        if bool(delta.content) is bool(delta.reasoning_content) or frame.service_tier != tier:
            return 0
        frames += 1
        at = end + 2
    return frames


def _spoken(delta: _Delta) -> tuple[str, str]:
    """Which field of a delta speaks, and what; nothing where both do, or neither."""
    content, reasoning = delta.content, delta.reasoning_content
    if content:
        return ("", "") if reasoning else ("content", content)
    return ("reasoning_content", reasoning) if reasoning else ("", "")


def _chunk(frame: _Frame, kind: str, text: str, run: bytes) -> Chunk:
    chunk: Any = {
        "id": frame.id,
        "object": frame.object,
        "created": frame.created,
        "model": frame.model,
        "choices": [{"index": 0, "delta": {kind: text}, "finish_reason": None}],
        "native": {"dialect": RUN, "payload": run},
    }
    # What a caller gets who cannot have the frames themselves, since the answer's model is told by another name.
    if frame.service_tier is not None:
        chunk["service_tier"] = frame.service_tier
    if frame.system_fingerprint is not None:
        chunk["system_fingerprint"] = frame.system_fingerprint
    if frame.provider is not None:
        chunk["provider"] = frame.provider
    return chunk  # type: ignore[no-any-return]
