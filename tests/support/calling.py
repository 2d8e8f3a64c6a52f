"""Short ways to call a transport and read what it answers."""

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
