"""Short ways to call a transport and read what it answers."""

import asyncio

import httpx


async def call(transport, url, body=b"{}", method="POST", **timeout):
    """Send; `timeout` holds httpx's limits in seconds."""
    return await transport.handle_async_request(
        httpx.Request(method, url, content=body, extensions={"timeout": timeout})
    )


async def read(response):
    """The whole body."""
    return b"".join([part async for part in response.stream])


async def fetch(transport, url, **timeout):
    """Send and read."""
    return await read(await call(transport, url, **timeout))


async def turns(count):
    """Let everything else on the loop, servers included, go on for some rounds."""
    for _ in range(count):
        await asyncio.sleep(0)


async def reached(condition):
    """Let everything else go on until something holds."""
    while not condition():
        await asyncio.sleep(0)
