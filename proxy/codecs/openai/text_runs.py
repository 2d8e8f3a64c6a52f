"""Reads the frames of a stream that are nothing but text, all that one read brought at once.

Most of an answer is such frames: one choice, a piece of text, the identity that all frames share. Read one by one, each
would cost more than the rest of its way through the proxy. Here the first is parsed by one typed decoder that knows this
form alone, and those behind it that differ in text and padding are taken together; whatever is not of it is left to the
reader of frames, with everything after it.

Invariant: a frame is taken only where the reader of frames would pass it on as its own bytes.
Invariant: `alike` takes a read only where `take` would take all of it, and tell nothing of it but the text that it had
not told of the read before.
"""

from __future__ import annotations

import re
from itertools import filterfalse
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from proxy.codecs.event_template import EventTemplate, Run, are_plain, cut, text_of
from proxy.core import jsons
from proxy.core.shape import Chunk

RUN: Final = "openai/run"
DATA: Final = b"data: "
_TEXT: Final = b"content"
"""What the name of a member that is text has in it."""
END: Final = b"\n\n"
"""Of an event."""
_PLACES: Final = {
    name: re.compile(rb'"%b"\s*:\s*"' % name.encode())
    for name in ("content", "reasoning_content", "reasoning", "arguments")
}
_PADDING: Final = re.compile(rb'"(?:obfuscation|p)"\s*:\s*"')
_QUOTE: Final = b'"'
ESCAPE: Final = b"\\"


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
    matched_stop: None = None
    token_ids: None = None


class TextFrame(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A frame that may be nothing but a piece of text."""

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


_read: Final = jsons.Form(TextFrame).read


Identity: TypeAlias = tuple[str, int, str]
"""What all frames of an answer have in common: `id`, `created`, `model`."""


class TextRun(NamedTuple):
    """What was taken of a read."""

    chunk: Chunk | None
    """All of it together, with the frames as its `native`; None where nothing was."""
    frames: int
    size: int
    """Bytes."""


NOTHING: Final = TextRun(None, 0, 0)
_MOST_TEMPLATES: Final = 4
"""Templates that are made for a stream; where so many did not last, its frames are too different for any."""


class Cast(NamedTuple):
    """A template, and what it was taken of."""

    template: EventTemplate
    frame: TextFrame
    kind: str
    """The member that the text is."""


class _Step(NamedTuple):
    """Some frames of text of one kind."""

    end: int
    """Where in the read the last of them ends."""
    frames: int
    text: str
    frame: TextFrame
    """What they say but for the text."""
    kind: str


class TextRuns:
    """Takes the text of one stream.

    Args:
        id: Of the answer, as all its frames have it.
        created: Likewise.
        model: Likewise.
    """

    __slots__ = ("_identity", "_left", "cast")

    def __init__(self, id: str, created: int, model: str) -> None:  # noqa: A002 (the wire's own word)
        self._identity = (id, created, model)
        self.cast: Cast | None = None
        """What the last frame that was parsed has made."""
        self._left = _MOST_TEMPLATES

    def take(self, data: bytes, at: int) -> TextRun:
        """Take the frames from a place of a read on that are nothing but text of one kind."""
        texts: list[str] = []
        start, frames = at, 0
        last: _Step | None = None
        while at < len(data):
            step = self._step(data, at)
            if step is None or (last is not None and step.kind != last.kind):
                break
            at, last = step.end, step
            frames += step.frames
            texts.append(step.text)
        if last is None:
            return NOTHING
        chunk = _chunk(last.frame, last.kind, "".join(texts), data[start:at])
        return TextRun(chunk, frames, at - start)

    def alike(self, data: bytes, tier: str | None) -> int:
        """How many frames a read is, where all of it is text and the rest as it was; 0 where it is anything else.

        Args:
            data: What the read brought, from the beginning of an event on.
            tier: What the frames before said of how they are served.
        """
        cast = self.cast
        if cast is not None and cast.frame.service_tier == tier:
            run = cast.template.all_of(data)
            if run is not None and text_of_run(run) is not None:
                return len(run.texts)
        # An answer's last read ends with something else, and is not worth a look at all the text before that.
        if data.find(_TEXT, data.rfind(END, 0, -len(END)) + 1) < 0:
            return 0
        at = frames = 0
        while at < len(data):
            step = self._step(data, at)
            if step is None or step.frame.service_tier != tier:
                return 0
            at = step.end
            frames += step.frames
        return frames

    def _step(self, data: bytes, at: int) -> _Step | None:
        """Some frames of text of one kind: those that fit the template, or one that is parsed; None where there are none."""
        cast = self.cast
        if cast is not None:
            template = cast.template
            # Of an open stream, most reads are of text from the first byte to the last.
            run = (None if at else template.all_of(data)) or template.run(data, at)
            if run is not None:
                text = text_of_run(run)
                if text is not None:
                    return _Step(run.end, len(run.texts), text, cast.frame, cast.kind)
                # Not to be looked at again with every frame that comes.
                self.cast = None
        return self._parsed(data, at)

    def _parsed(self, data: bytes, at: int) -> _Step | None:
        end = data.find(END, at)
        if end < 0 or data.find(_TEXT, at, end) < 0:
            return None
        end += len(END)
        event = data[at:end]
        said = _said_in(event, self._identity)
        if said is None:
            return None
        frame, kind, text = said
        ends = ends_of(event, kind, text, is_padded=_is_padded(frame)) if self._left else None
        if ends is not None:
            self._left -= 1
            self.cast = Cast(EventTemplate(*ends), frame, kind)
        return _Step(end, 1, text, frame, kind)


def sample_of(events: list[bytes]) -> bytes:
    """The piece that the others are to be like: no template is made of a text that has to be unescaped, and JSON begins with one.

    Args:
        events: The pieces, one at least.
    """
    first = events[0]
    return next(filterfalse(_escapes, events), first) if ESCAPE in first else first


def are_texts(events: list[bytes], whole: bytes, sample: bytes, frame: TextFrame) -> bool:
    """Whether each of some pieces is an event of text, all in one template.

    Args:
        events: The pieces.
        whole: All of them, joined.
        sample: The one of them that the others are to be like: one line of data of this answer.
        frame: What it is.
    """
    kind, text = _spoken(frame.choices[0].delta)
    ends = ends_of(sample, kind, text, is_padded=_is_padded(frame)) if kind else None
    if ends is None:
        return False
    head, middle, tail = ends
    bodies = cut(events, whole, head, tail)
    if bodies is None:
        return False
    if not middle and are_plain(bodies):
        return True
    run = EventTemplate(head, middle, tail).run_of(bodies, len(whole))
    return run is not None and text_of_run(run) is not None


def _escapes(event: bytes) -> bool:
    return ESCAPE in event


def _said_in(event: bytes, identity: Identity) -> tuple[TextFrame, str, str] | None:
    """The frame that an event is, the member of it that is text, and the text; None where it is more, or less."""
    if not (event.startswith(DATA) and event.endswith(END)):
        return None
    payload = event[len(DATA) : -len(END)]
    frame = None if b"\n" in payload or b"\r" in payload else _read(payload)
    if frame is None or (frame.id, frame.created, frame.model) != identity:
        return None
    kind, text = _spoken(frame.choices[0].delta)
    return (frame, kind, text) if kind else None


def _spoken(delta: _Delta) -> tuple[str, str]:
    """Which field of a delta speaks, and what; nothing where both do, or neither."""
    content, reasoning = delta.content, delta.reasoning_content
    if content:
        return ("", "") if reasoning else ("content", content)
    return ("reasoning_content", reasoning) if reasoning else ("", "")


def text_of_run(run: Run) -> str | None:
    """What frames say together; None where one of them says no text, or its padding is not of the letters that servers take."""
    if run.extras:
        padding = b"".join(run.extras)
        if padding and not padding.isalnum():
            return None
    return text_of(run.texts)


def _is_padded(frame: TextFrame) -> bool:
    return frame.obfuscation is not None or frame.p is not None


def ends_of(
    event: bytes, name: str, text: str, *, is_padded: bool
) -> tuple[bytes, bytes, bytes] | None:
    """Head, middle and tail of the template of a frame, its padding an extra; None where its text is not to be found as it is.

    Args:
        event: All of its bytes, with its end. Valid JSON behind `data: `.
        name: The member that its text is.
        text: That.
        is_padded: Whether it may have padding behind the text.
    """
    place = _PLACES[name]
    found = place.search(event)
    if found is None or place.search(event, found.end()):
        return None
    start = found.end()
    stop = event.find(_QUOTE, start)
    if event[start:stop] != text.encode(errors="replace") or ESCAPE in event:
        return None
    padding = _PADDING.search(event, stop) if is_padded else None
    if padding is None:
        return event[:start], b"", event[stop:]
    close = event.find(_QUOTE, padding.end())
    return event[:start], event[stop : padding.end()], event[close:]


def _chunk(frame: TextFrame, kind: str, text: str, run: bytes) -> Chunk:
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
