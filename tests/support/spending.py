"""A process that spends from a store, for tests with several processes and for those that kill one.

python -m tests.support.spending together ADDRESS PREFIX COUNT
    waits for a line on standard input, then spends COUNT times at once; prints how many were granted and how many short
python -m tests.support.spending on ADDRESS PREFIX
    spends one after the other in four lanes for ever, saying each step once the store has answered it
"""

import asyncio
import os
import sys

from proxy.core.clock import SystemClock
from proxy.store.address import store_at
from proxy.store.records import Ask, CallRow, Conclusion, Granted, Hold, Settlement, Short
from proxy.store.store import StoreError
from tests.support.patience import PATIENT

ACCOUNT = "credits:acme"
LANES = 4


def ask(name, amount=1):
    return Ask(holds=(Hold(name, ACCOUNT, amount, 600),))


def end(name, amount=1):
    row = CallRow(name, 1.0, *["x"] * 5, 200, False, cost_micros=amount)
    return Conclusion((Settlement(name, amount),), row=row)


async def together(store, prefix, count):
    await asyncio.to_thread(sys.stdin.readline)
    names = [f"{prefix}{n}" for n in range(int(count))]
    answers = await asyncio.gather(*(until_answered(store.admit, ask(name)) for name in names))
    granted = [name for name, each in zip(names, answers, strict=True) if isinstance(each, Granted)]
    await asyncio.gather(*(until_answered(store.conclude, [end(name)]) for name in granted))
    return f"{len(granted)} {sum(isinstance(each, Short) for each in answers)}"


async def until_answered(verb, argument):
    """A machine that is busy is no finding, and saying it again is safe."""
    while True:
        try:
            return await verb(argument)
        except StoreError:
            await asyncio.sleep(0.01)


async def on(store, prefix):
    async def lane(which):
        n = 0
        while True:
            name = f"{prefix}{which}-{n}"
            say("asking", name)
            if isinstance(await store.admit(ask(name)), Granted):
                say("granted", name)
                await store.conclude([end(name)])
                say("settled", name)
            n += 1

    await asyncio.gather(*(lane(which) for which in range(LANES)))


def say(what, name):
    """One line in one write, so that none is torn."""
    os.write(1, f"{what} {name}\n".encode())


async def main(what, address, *arguments):
    store = store_at(address, SystemClock(), PATIENT)
    await store.open()
    say("ready", "0")
    print(await {"together": together, "on": on}[what](store, *arguments))  # noqa: T201
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
