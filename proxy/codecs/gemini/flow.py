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

from proxy.codecs.gemini.piece import Piece, piece_of
from proxy.codecs.gemini.tokens import Told
from proxy.codecs.mould import Mould, texts_of
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


class Step(NamedTuple):
    """What one event says, or several that follow each other and are alike."""

    end: int
    """Where the last of them ends."""
    texts: list[str]
    """Of each."""
    counts: Sequence[Told | None]
    """What they tell of tokens, as far as nothing else of it tells that anew."""
    piece: Piece
    """One of them."""


class Flow:
    """Reads those of one stream."""

    __slots__ = ("_left", "_mould", "_piece")

    def __init__(self) -> None:
        self._mould: Mould | None = None
        """Of the last event of text that was parsed."""
        self._piece: Piece | None = None
        """That event."""
        self._left = _MOST_SPOILT

    def take(self, data: bytes, at: int) -> Step | None:
        """What the events say that begin at a place of a read; None where the one there is not all there, or says more."""
        return self._alike(data, at) or self._parsed(data, at)

    def _alike(self, data: bytes, at: int) -> Step | None:
        mould, piece = self._mould, self._piece
        run = mould.run(data, at) if mould is not None else None
        if run is None or piece is None:
            return None
        texts, counts = texts_of(run.texts), _counts_of(run.extras)
        if texts is None or counts is None:
            # Not to be looked at again with every event that comes.
            self._mould = None
            self._left -= 1
            return None
        return Step(run.end, texts, counts, piece)

    def _parsed(self, data: bytes, at: int) -> Step | None:
        payload, end = _payload_at(data, at)
        piece = piece_of(payload) if payload else None
        if piece is None:
            return None
        part = piece.part
        if self._left and not (part.thought or piece.is_last):
            self._mould, self._piece = _mould_of(data[at:end], part.text), piece
        return Step(end, [part.text], [piece.usage_metadata], piece)


def _payload_at(data: bytes, at: int) -> tuple[bytes, int]:
    """The payload of the event from here on, if it is all there and an object on one line, and where the event ends.

    Returns:
        Nothing, and any place, for any other.
    """
    stop = data.find(b"\n", at) if data.startswith(_PLAIN, at) else -1
    if stop < 0:
        return b"", at
    end = _CRLFS if data.startswith(_CRLFS, stop - 1) else _LFS
    close = stop + 1 - len(end) // 2
    payload = data[at + len(_DATA) : close]
    if b"\r" in payload or not data.startswith(end, close):
        return b"", at
    return payload, close + len(end)


def _mould_of(event: bytes, text: str) -> Mould | None:
    """The mould of an event; None where its text and its counts are not to be found in it as they are."""
    place = _TEXT.search(event)
    if place is None or b"\\" in event:
        return None
    stop = place.end() + len(text.encode())
    counts = _COUNTS.search(event, stop)
    if counts is None or _TEXT.search(event, stop) or _COUNTS.search(event, counts.end()):
        return None
    if _TOLD.read(counts[1]) is None:
        return None
    return Mould(event[: place.end()], event[stop : counts.start(1)], event[counts.end(1) :])


def _counts_of(extras: Sequence[bytes]) -> Sequence[Told] | None:
    """What tells all counts of events; None where one of them is of no documented form."""
    shape = extras[-1].translate(None, _DIGITS)
    if b"\n".join(extras).translate(None, _DIGITS) != b"\n".join([shape] * len(extras)):
        return _TOLD.read_all(extras)
    # All tell of the same counts: the last of them tells each anew, and the others need only be JSON.
    told = _TOLD.read(extras[-1])
    return None if told is None or not jsons.are_values(extras) else (told,)
