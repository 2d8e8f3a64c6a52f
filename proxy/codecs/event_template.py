"""What events of one stream that follow each other have in common: every byte but those of a text and of one thing behind it.

An event that says nothing but a piece of text is known from the one before it by comparing bytes, and all that one read
brought of them in a few calls over all their bytes, where parsing takes some for each.

Invariant: what is taken is head, text, middle, extra and tail, byte for byte and one after the other, as often as there
are texts; no text is empty, and no text or extra has a line break; what else they hold is for others to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from proxy.core import jsons

_MOST: Final = 32 * 1024
_LEAST: Final = 2 * 1024
"""Bytes that are looked at together: most at first, and then by how long runs are, since what comes behind one is looked at
again."""
WORTH: Final = 5
"""Events that must perhaps follow for it to be worth the while: fewer are parsed as quickly."""
LONGEST: Final = 4096
"""Bytes of an event that may be taken for one of a template where nobody asks its reader, who knows how long it may be."""
_MARK: Final = 20
"""Bytes of a head's end that are looked for: less are quick to look for, more can be jumped over."""
_PLAIN: Final = bytes(byte for byte in range(0x20, 0x100) if byte not in b'"\\')
"""Every byte that a JSON string may hold as it is; whether it is UTF-8 is seen when it is decoded."""
_DELETE: Final = "\x7f"
_BETWEEN: Final = _DELETE.encode()
"""Stands between texts that are read as one: a character that is whole by itself, hardly ever said, and ends an escape."""
_read_text: Final = jsons.Form(str).read
_read_texts: Final = jsons.Form(list[str]).read


class Run(NamedTuple):
    """Events of one template that follow each other."""

    end: int
    """Where the last of them ends."""
    texts: Sequence[bytes]
    """What stands between head and middle, as JSON has it: one at least."""
    extras: Sequence[bytes]
    """What stands between middle and tail, of each."""


class EventTemplate:
    """Taken of one event.

    Args:
        head: Its bytes up to the text.
        middle: From the text's closing quote on, up to the extra; empty where there is none.
        tail: From behind the text or the extra on, with the event's end.
        is_wary: Whether another of the stream came to nothing: then little of what follows is looked at first, so that a
            stream in which every event is nearly like the one before costs little more than one that is parsed.
    """

    # What is quickly made of these is not kept: there is a template for every open stream.
    __slots__ = ("_closing", "_mark", "_window", "head", "middle", "tail")

    def __init__(self, head: bytes, middle: bytes, tail: bytes, *, is_wary: bool = False) -> None:
        self.head = head
        self.middle = middle
        self.tail = tail
        self._mark = head[-_MARK:]
        self._closing = -len(tail) - len(head[:-_MARK])
        """Where in what is cut at marks the tail begins."""
        self._window = _LEAST if is_wary else _MOST

    def run(self, data: bytes, at: int) -> Run | None:
        """The events from a place of a read on that are all there and of this template; None where the first is not."""
        if not data.startswith(self.head, at):
            return None
        start = at + len(self.head)
        if data.startswith(self.middle or self.tail, start):
            # It has no text, and all that follows need not be cut up to see that.
            return None
        rows = data[start : start + self._window].split(self._mark)
        closing, last = self._closing, rows.pop()
        bodies = [row[:closing] for row in rows]
        # Mostly it is an event behind the others that is of another template.
        run = (
            self._of(bodies[:], last, data, start)
            or (self._of(bodies[:-1], rows[-1], data, start) if rows else None)
            or self._of(*self._alike(rows, last), data, start)
        )
        size = 0 if run is None else run.end - at
        self._window = min(max(4 * size, _LEAST), _MOST)
        return run

    def all_of(self, data: bytes) -> Run | None:
        """The run that a read is from its first byte to its last; None for any other."""
        head, tail = self.head, self.tail
        size = len(data) - len(tail)
        if size <= len(head) or not (data.startswith(head) and data.endswith(tail)):
            return None
        whole = data[len(head) : size]
        bodies = whole.split(self._mark)
        if len(bodies) > 1:
            closing = self._closing
            bodies[:-1] = [row[:closing] for row in bodies[:-1]]
            if (tail + head).join(bodies) != whole:
                return None
        return self.run_of(bodies, len(data))

    def run_of(self, bodies: list[bytes], size: int) -> Run | None:
        """The run of all these bodies; None where one of them has no text, or no middle, or a line break.

        Args:
            bodies: What stands between head and tail of each of its events.
            size: Bytes of all that.
        """
        texts, extras = self._parted(bodies)
        if len(texts) < len(bodies) or _is_broken(b"".join(bodies)):
            return None
        return Run(size, texts, extras)

    def _of(self, bodies: list[bytes], last: bytes, data: bytes, start: int) -> Run | None:
        """The run of events with these bodies, and perhaps one with a body at the begin of what is last.

        Returns:
            None where there is none, or where something else stands between their tails and heads.
        """
        tail = self.tail
        body, found, _ = last.partition(tail)
        if found and not _is_broken(body):
            bodies.append(body)
        texts, extras = self._parted(bodies)
        if not texts:
            return None
        bodies = bodies[: len(texts)]
        whole = (tail + self.head).join(bodies)
        end = start + len(whole)
        if not data.startswith(whole, start) or not data.startswith(tail, end):
            return None
        return None if _is_broken(b"".join(bodies)) else Run(end + len(tail), texts, extras)

    def _parted(self, bodies: list[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Texts and extras, of those before the first body that has no text or no middle."""
        texts: Sequence[bytes] = bodies
        extras: Sequence[bytes] = ()
        middle = self.middle
        if middle and bodies:
            parts = [body.partition(middle) for body in bodies]
            texts, middles, extras = zip(*parts, strict=True)
            if middles.count(middle) < len(middles):
                count = middles.index(b"")
                texts, extras = texts[:count], extras[:count]
        if all(texts):
            return texts, extras
        count = texts.index(b"")
        return texts[:count], extras[:count]

    def _alike(self, rows: list[bytes], last: bytes) -> tuple[list[bytes], bytes]:
        """The bodies before the first row behind which no event of the template follows, and that row."""
        bodies: list[bytes] = []
        close = self.tail + self.head[:-_MARK]
        for row in rows:
            body = row[: self._closing]
            if _is_broken(body) or not row.endswith(close):
                return bodies, row
            bodies.append(body)
        return bodies, last


def _is_broken(data: bytes) -> bool:
    """Whether a line ends in it."""
    return b"\n" in data or b"\r" in data


def cut(events: Sequence[bytes], whole: bytes, head: bytes, tail: bytes) -> list[bytes] | None:
    """What stands between a head and a tail in each of some pieces; None where one of them has other ends.

    Args:
        events: The pieces.
        whole: All of them, joined.
        head: What each begins with.
        tail: What it ends with: a byte at least.
    """
    bodies = list(map(itemgetter(slice(len(head), -len(tail))), events))
    inner = (tail + head).join(bodies)
    # What is written together is as long as the pieces only where none of them is shorter than head and tail.
    is_so_long = len(whole) == len(head) + len(inner) + len(tail)
    fits = is_so_long and whole.startswith(head) and whole.endswith(tail)
    return bodies if fits and whole.startswith(inner, len(head)) else None


def are_plain(texts: Sequence[bytes]) -> bool:
    """Whether none of them is empty, and all are of ASCII, without an escape: valid JSON, whatever they say."""
    said = b"".join(texts)
    return said.isascii() and not said.translate(None, _PLAIN) and all(texts)


def texts_of(texts: Sequence[bytes]) -> list[str] | None:
    """What texts say, as JSON has them; None where one of them is no text, or one that only a lenient reader takes."""
    # A line break may stand in no string: so each of them ends where it ends, and none goes on in the next.
    read = _read_texts(b'["%b"]' % b'",\n"'.join(texts))
    return read if read is not None and len(read) == len(texts) else None


def text_of(texts: Sequence[bytes]) -> str | None:
    """What texts say together; None as for `texts_of`."""
    said = _read_text(b'"%b"' % _BETWEEN.join(texts))
    if said is None:
        return None
    if said.count(_DELETE) < len(texts):
        return said.replace(_DELETE, "")
    # One of them has it too.
    return "".join(texts_of(texts) or ())
