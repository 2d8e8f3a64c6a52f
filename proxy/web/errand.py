"""What a call may be a part of: somebody who wants to know when it begins and how it ended, before its caller does.

Invariant: an errand hears of the end of every call that was opened for it, by `over` or by `ended`. A call whose last
words do not get through ends again, otherwise: what counts is what was said first.
"""

from __future__ import annotations

from typing import Final, Protocol

from proxy.core.facts import CallEnded
from proxy.core.shape import ChatRequest, Json
from proxy.gate.charge import Charge
from proxy.route.plan import Plan

ERRAND: Final = "firstbyte.errand"
"""Where a scope has its `Errand`."""


class Errand(Protocol):
    """One call's."""

    @property
    def job(self) -> str:
        """The job that the call is a part of."""
        ...

    async def begin(self, charge: Charge, request: ChatRequest, plan: Plan) -> None:
        """The call is about to be made.

        Raises:
            ProxyError: it may not be.
        """
        ...

    async def over(self, ended: CallEnded) -> Json:
        """The call has ended, and its caller has not heard the last of it. Said again, it changes nothing. Must not raise.

        Returns:
            What the last words of an answer are to say of it.
        """
        ...

    def ended(self, ended: CallEnded) -> None:
        """The call has ended, whatever its caller has heard. After `over` it changes nothing. Must not raise or wait."""
        ...
