"""A try that began before there was a task for its call: a target was asked in the turn of the loop that read the call.

Where its whole answer comes, well, in one piece, that is all. Anything else is for the cascade, which goes on with this
try as if it had made it.

Invariant: whoever has one either wins it, closes it, or gives it to a cascade; so the records of health stay true.
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.codec import Codec
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.record import record
from proxy.core.shape import Completion
from proxy.core.usage import Usage
from proxy.route.health import Entry, Health
from proxy.route.plan import Candidate
from proxy.upstream.client import read_headers
from proxy.upstream.sent import Sent

_PLAIN: Final = "application/json"


@record
class Won:
    """A target has given its whole answer."""

    completion: Completion
    usage: Usage | None
    headers: dict[str, str]
    """The provider's, by name in lower case."""


class HeadStart:
    """One try.

    Args:
        candidate: Who is tried.
        codec: Of the target's protocol.
        sent: What was sent.
        health: The records that it has entered.
        entry: Its place there.
    """

    __slots__ = ("_codec", "_health", "began", "candidate", "entry", "sent")

    def __init__(
        self, candidate: Candidate, codec: Codec, sent: Sent, health: Health, entry: Entry
    ) -> None:
        self._codec = codec
        self._health = health
        self.candidate = candidate
        self.sent = sent
        self.entry = entry
        self.began = entry.began
        """Loop time."""

    @property
    def name(self) -> str:
        """`provider/model`."""
        return self.candidate.target.name

    def look(self, created: int) -> Won | None:
        """The answer, if it is a whole and plain one; None where it is for the cascade to say what it is.

        Args:
            created: Seconds since 1970, where the provider gives none.
        """
        raw, target = self.sent.served, self.candidate.target
        if raw is None:
            return None
        headers, body = read_headers(raw), self.sent.body
        if (
            not _is_json(headers.get("content-type", ""))
            or "content-encoding" in headers
            or len(body) > target.max_answer
        ):
            return None
        try:
            completion = self._codec.decode(200, headers, body, created=created, target=target)
        except ProxyError:
            return None
        if not body.startswith(b"{") or not completion.get("model"):
            return None
        return Won(completion, Usage.read(completion.get("usage")), headers)

    def tried(self, now: float, kind: Kind | None = None) -> Tried:
        """How a try is told of.

        Args:
            now: Loop time at which its answer came, or it was closed.
            kind: Why it came to nothing; None where it serves.
        """
        return Tried(
            self.name, kind, None, None, round((now - self.began) * 1000, 1), began=self.began
        )

    def won(self, now: float) -> None:
        """The answer was given.

        Args:
            now: Loop time at which it came.
        """
        self._health.spoke(self.entry, now)
        self._health.ended(self.entry)
        self.sent.close()

    def close(self, now: float) -> None:
        """Nobody goes on with it.

        Args:
            now: Loop time.
        """
        self._health.left(self.entry, now)
        self._health.ended(self.entry)
        self.sent.close()


def _is_json(content_type: str) -> bool:
    return content_type == _PLAIN or content_type.partition(";")[0].strip().lower() == _PLAIN
