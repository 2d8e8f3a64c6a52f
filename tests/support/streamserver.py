"""A process that serves one stream, whose second half comes only after the server was told to stop.

Arguments: drain timeout in seconds, and `ends` or `hangs`: whether the second half ever comes.
"""

import asyncio
import sys

from proxy.config import schema
from proxy.web.server import Moments, Server, run


def say(word):
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def main(drain_timeout, ends):
    halfway = asyncio.Event()

    async def app(_, __, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first half", "more_body": True})
        await halfway.wait()
        await send({"type": "http.response.body", "body": b"second half"})

    def on_drain():
        say("draining")
        if ends:
            asyncio.get_running_loop().call_later(0.3, halfway.set)

    settings = schema.Server(port=0, drain_timeout=drain_timeout)
    server = Server(app, settings, moments=Moments(drain=on_drain))
    say(server.bind()[1])
    await server.serve()
    say("ended")


if __name__ == "__main__":
    run(main(float(sys.argv[1]), sys.argv[2] == "ends"))
