"""Runs our own programs on the fastest loop that there is, with as many descriptors as the system gives."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from proxy.web.descriptors import raise_limit
from proxy.web.server import new_event_loop


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a program until it ends."""
    raise_limit()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main)
