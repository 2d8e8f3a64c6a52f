"""Follows one call through the house: which function of which file was entered, in the order of first entry."""

import asyncio
import sys
from pathlib import Path
from unittest.mock import patch

import proxy
from proxy.app import App
from proxy.config.schema import Alias, Config, Server, TargetRef
from proxy.watch import news
from proxy.watch.log import CallLog

PACKAGE = Path(proxy.__file__).parent


async def rooms(stream):
    """Serve one streamed chat over real sockets and list `file:function` as entered."""
    entered = {}

    def follow(frame, event, _):
        if event == "call":
            file = Path(frame.f_code.co_filename)
            if PACKAGE in file.parents:
                name = f"{file.relative_to(PACKAGE)}:{frame.f_code.co_qualname}"
                entered.setdefault(name)

    # Facts go round a moment later; where a call takes longer than that, they would do so in the middle of it.
    with patch.object(news, "SOON", 60.0):
        await _call(CallLog(stream, "json"), follow)
    return list(entered)


async def _call(log, follow):
    cascade = (TargetRef("mock", "overloaded"), TargetRef("mock", "echo"))
    app = App(
        Config(server=Server(port=0), models={"chat": Alias("chat", cascade)}), observers=[log]
    )
    _, port = app.server.bind()
    await app.start()
    serving = asyncio.ensure_future(app.server.serve())
    try:
        body = b'{"model":"chat","stream":true,"messages":[{"role":"user","content":"hi"}]}'
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sys.setprofile(follow)
        try:
            writer.write(
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
                b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                % (len(body), body)
            )
            answer = await reader.read()
            app.news.flush()
        finally:
            sys.setprofile(None)
        writer.close()
        assert b"data: [DONE]" in answer
    finally:
        app.server.drain()
        await serving
        await app.aclose()
