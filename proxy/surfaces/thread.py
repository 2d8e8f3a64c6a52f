"""The messages of a conversation, with what a tool gave right behind the message that called it, wherever its caller put it.

Other APIs tie a result to its call by an id and say nothing of what may stand between. Those who speak chat refuse
anything between a call and its results, and want all of these before the next word is said.

Invariant: nothing that was given is changed; but for results, messages stay in their order.
"""

from __future__ import annotations

from itertools import chain

from proxy.core.shape import Json


class Thread:
    """The messages so far, and the calls that may be answered."""

    def __init__(self) -> None:
        self._said: list[list[Json]] = []
        """Each message by itself, and behind it what its calls gave."""
        self._results: dict[str, list[Json]] = {}
        """Where in there the results of a call go, by its id."""

    def say(self, message: Json) -> None:
        """Take any message but a result; its calls may be answered from now on.

        An id that is used again is that of the later call.
        """
        results: list[Json] = []
        self._said += [message], results
        self._results.update((call["id"], results) for call in message.get("tool_calls") or ())

    def knows(self, call: str) -> bool:
        """Whether there was a call with this id."""
        return call in self._results

    def answer(self, result: Json) -> None:
        """Take what a known call gave."""
        self._results[result["tool_call_id"]].append(result)

    def messages(self) -> list[Json]:
        """All of them."""
        return list(chain.from_iterable(self._said))
