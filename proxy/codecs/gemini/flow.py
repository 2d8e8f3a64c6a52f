"""Finds the events of a stream that are nothing but a piece of text or thought, and of those of text all that follow each
other.

Most of an answer is such events. The first of text is parsed, and those behind it that differ only in their text and in
their counts of tokens are taken together.

Invariant: an event is taken only where the reader of all events would read the same out of it.
Source: https://ai.google.dev/api/generate-content#generatecontentresponse (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from proxy.codecs.event_template import WORTH, EventTemplate, texts_of
from proxy.codecs.gemini.piece import Piece, piece_of
from proxy.codecs.gemini.tokens import Told
from proxy.core import jsons

_DATA: Final = b"data: "
_PLAIN: Final = b"data: {"
"""How an event begins whose payload is an object on the same line."""
_LFS: Final = b"\n\n"
_CRLFS: Final = b"\r\n\r\n"
_TEXT: Final = re.compile(rb'"text"\s*:\s*"')
_COUNTS: Final = re.compile(rb'"usageMetadata"\s*:\s*(\{(?:[^{}]|\{[^{}]*\})*\})')
"""With objects one level deep, as the details are."""
_DIGITS: Final = b"0123456789"
_MOST_SPOILT: Final = 4
"""Runs of a stream that may come to nothing, before its events are read one by one."""
_TOLD: Final = jsons.Form(Told)


class More(NamedTuple):
    """What events say that follow one that they are like."""

    end: int
    """Where the last of them ends."""
    texts: list[str]
    """Of each."""
    counts: Sequence[Told]
    """What they tell of tokens, as far as nothing else of it tells that anew."""


class Flow:
    """Finds those of one stream."""

    __slots__ = ("_is_wary", "_left", "_template")

    def __init__(self) -> None:
        self._template: EventTemplate | None = None
        """Of an event of text that others followed."""
        self._is_wary = False
        """Whether a template that was just taken came to nothing."""
        self._left = _MOST_SPOILT

    def behind(self, data: bytes, at: int, end: int, text: str) -> More | None:
        """What the events say that follow one of text and are like it.

        Args:
            data: What was read.
            at: Where that one begins.
            end: Where it ends.
            text: What it says.

        Returns:
            None where the next is not like it, or where there are so few that parsing them is as quick.
        """
        if len(data) - end < WORTH * (end - at):
            return None
        more = self._alike(data, end)
        if more is None and self._left:
            self._template = _template_of(data[at:end], text, is_wary=self._is_wary)
            more = self._alike(data, end)
            self._is_wary = self._is_wary or more is None
        return more

    def _alike(self, data: bytes, at: int) -> More | None:
        run = self._template.run(data, at) if self._template is not None else None
        if run is None:
            return None
        texts, counts = texts_of(run.texts), _counts_of(run.extras)
        if texts is None or counts is None:
            # Not to be looked at again with every event that comes.
            self._template = None
            self._left -= 1
            return None
        return More(run.end, texts, counts)


def piece_at(data: bytes, at: int) -> tuple[Piece | None, int]:
    """The event from here on if it is all there and nothing but a piece of text or thought, and where it ends."""
    payload, end = _payload_at(data, at)
    return (piece_of(payload) if payload else None), end


def _payload_at(data: bytes, at: int) -> tuple[bytes, int]:
    """The payload of the event from here on, if it is all there and an object on one line, and where the event ends.

    Returns:
        Nothing, and any place, for any other.
    """
    stop = data.find(b"\n", at) if data.startswith(_PLAIN, at) else -1
    if data.startswith(_LFS, stop):
        end = stop + len(_LFS)
    elif data.startswith(_CRLFS, stop - 1):
        stop -= 1
        end = stop + len(_CRLFS)
    else:
        return b"", at
    payload = data[at + len(_DATA) : stop]
    return (b"", at) if b"\r" in payload else (payload, end)


def _template_of(event: bytes, text: str, *, is_wary: bool) -> EventTemplate | None:
    """The template of an event; None where its text and its counts are not to be found in it as they are."""
    place = _TEXT.search(event)
    if place is None or b"\\" in event:
        return None
    stop = place.end() + len(text.encode())
    counts = _COUNTS.search(event, stop)
    if counts is None or _TEXT.search(event, stop) or _COUNTS.search(event, counts.end()):
        return None
    if _TOLD.read(counts[1]) is None:
        return None
    middle, tail = event[stop : counts.start(1)], event[counts.end(1) :]
    return EventTemplate(event[: place.end()], middle, tail, is_wary=is_wary)


def _counts_of(extras: Sequence[bytes]) -> Sequence[Told] | None:
    """What tells all counts of events; None where one of them is of no documented form."""
    shape = extras[-1].translate(None, _DIGITS)
    if b"\n".join(extras).translate(None, _DIGITS) != b"\n".join([shape] * len(extras)):
        return _TOLD.read_all(extras)
    # All tell of the same counts: the last of them tells each anew, and the others need only be JSON.
    told = _TOLD.read(extras[-1])
    return None if told is None or not jsons.are_values(extras) else (told,)
