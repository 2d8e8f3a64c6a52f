"""Waiting for what should happen soon, counted in turns of the loop: a machine that gives no time counts none.

Seconds of a clock say as much of the machine as of the proxy. A turn is a short sleep, after which everything that was
ready has run; on a busy machine it lasts as long as it must, and counts no more for that.
"""

import asyncio

HANGS = 120
"""Seconds after which a test is taken to hang; a machine that is merely slow needs fewer."""
TURN = 0.005
"""Seconds, where nothing holds the machine up."""


async def eventually(condition, within=0.5):
    """Wait until it holds on this loop, and say how many seconds of turns that took; fails where it takes more."""
    for turn in range(round(within / TURN)):
        if condition():
            return turn * TURN
        await asyncio.sleep(TURN)
    assert condition(), f"it did not happen within {within} s of turns"
    return within
