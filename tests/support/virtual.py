"""An event loop whose time is virtual: when nothing is ready it jumps to the next timer, so no test sleeps."""

import asyncio
import selectors

from proxy.core.clock import SystemClock


class _Jumping(selectors.DefaultSelector):
    """Never waits: what it would have waited is added to the clock instead."""

    def __init__(self):
        super().__init__()
        self.time = 0.0

    def select(self, timeout=None):
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            # Nothing is scheduled: only a thread or a socket can wake us, so really wait.
            return super().select(5)
        self.time += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`loop.time()` starts at 0 and moves only when everybody waits."""

    def __init__(self):
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.time


class LoopClock(SystemClock):
    """Tells the running loop's time, virtual or real."""

    def now(self):
        return asyncio.get_running_loop().time()
