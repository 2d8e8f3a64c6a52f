"""Takes reasoning out of `<think>` tags in the text, where a vendor's quirks say that it comes so.

The tag counts only where the text begins with it: further on it is something that the model talks about. Some chat
templates swallow the opening tag; then, in a stream, what came before the closing tag has already gone out as text
and only the tag itself is removed, while a whole text is split at it.

Invariant: nothing but tags, and the line ends beside them, is lost.
"""

from __future__ import annotations

from enum import Enum, auto, unique
from typing import Final, NamedTuple

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class Split(NamedTuple):
    """A piece of text, told apart."""

    reasoning: str
    text: str


@unique
class _Place(Enum):
    START = auto()
    THOUGHT = auto()
    TEXT = auto()


class ThinkTags:
    """Splits the text of one choice; `feed` any number of times, then `flush`."""

    def __init__(self) -> None:
        self._place = _Place.START
        self._held = ""
        self._trim = False
        self._open = True
        """Whether a closing tag may still come."""

    def feed(self, text: str) -> Split:
        """Take a piece of the text; what may be the beginning of a tag is held back."""
        self._held += text
        if self._place is _Place.START and not self._begin():
            return Split("", "")
        thought = self._before_close() if self._thinks else ""
        return Split(thought, "" if self._thinks else self._before_close())

    def flush(self) -> Split:
        """The text has ended: give what was held back."""
        held, self._held = self._held, ""
        return Split(held, "") if self._thinks else Split("", held)

    @property
    def _thinks(self) -> bool:
        return self._place is _Place.THOUGHT

    def _begin(self) -> bool:
        """Whether it is known what the text begins with."""
        start = self._held.lstrip()
        if start.startswith(_OPEN):
            self._held = start[len(_OPEN) :]
            self._place, self._trim = _Place.THOUGHT, True
        elif not _OPEN.startswith(start):
            self._place = _Place.TEXT
        return self._place is not _Place.START

    def _before_close(self) -> str:
        """What is held, up to the closing tag or to what may become one."""
        if self._trim:
            self._held = self._held.lstrip("\r\n")
            self._trim = not self._held
        if not self._open:
            said, self._held = self._held, ""
            return said
        said, tag, rest = self._held.partition(_CLOSE)
        if not tag:
            keep = _overlap(said)
            self._held = said[len(said) - keep :]
            return said[: len(said) - keep]
        in_thought = self._thinks
        self._held, self._place, self._trim, self._open = rest, _Place.TEXT, True, False
        return said if in_thought else said + self._before_close()


def split_whole(text: str) -> Split:
    """Split a whole text."""
    if not text.lstrip().startswith(_OPEN):
        thought, tag, rest = text.partition(_CLOSE)
        return Split(thought, rest.lstrip("\r\n")) if tag else Split("", text)
    tags = ThinkTags()
    first, last = tags.feed(text), tags.flush()
    return Split(first.reasoning + last.reasoning, first.text + last.text)


def _overlap(text: str) -> int:
    """Length of the longest end of `text` that begins a closing tag."""
    for length in range(min(len(text), len(_CLOSE) - 1), 0, -1):
        if _CLOSE.startswith(text[-length:]):
            return length
    return 0
