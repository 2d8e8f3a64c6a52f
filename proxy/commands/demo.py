"""`firstbyte demo`: the whole thing in a minute, without a key and without a network.

Two simulated providers speak their native protocols over real sockets; the first is overloaded inside a 200. A chat is
streamed through the real proxy, and what happened is told; then the proxy keeps serving.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from proxy.app import App
from proxy.commands.banner import curl_line
from proxy.commands.opening import bind
from proxy.commands.verb import Misused, Unusable, Verb
from proxy.config.kinds import split_listen
from proxy.config.schema import Alias, Config, Provider, Server, TargetRef
from proxy.core import jsons
from proxy.core.clock import Clock, SystemClock
from proxy.core.shape import HttpCall
from proxy.upstream.client import Reply, Upstream
from proxy.watch.log import CallLog
from proxy.web.server import run as run_server
from proxy.wire.sse import SseDecoder

ALIAS: Final = "chat"
QUESTION: Final = "Say something about waiting."
MAX_EVENT: Final = 1024 * 1024
CONNECT: Final = 3.0
"""Seconds to reach ourselves."""


@dataclass(slots=True)
class Seen:
    """What the caller of the demo saw."""

    cascade: str = ""
    first_token_ms: float = 0.0
    words: list[str] = field(default_factory=list)
    done: bool = False


def configure(parser: argparse.ArgumentParser) -> None:
    """The options."""
    parser.add_argument("--once", action="store_true", help="show it and exit")
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help="the address to serve on (default: 127.0.0.1:8080, or a free port where that is taken)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show it, then serve unless `--once`."""
    return run_server(_demo(arguments.listen, once=arguments.once))


def config(simulator: str) -> Config:
    """Two simulated providers and one alias over them.

    Args:
        simulator: Where the simulated providers listen: `http://127.0.0.1:PORT`.
    """
    first = Provider("first", "", "anthropic", simulator)
    second = Provider("second", "", "openai", f"{simulator}/v1")
    cascade = (TargetRef("first", "overloaded"), TargetRef("second", "lorem"))
    return Config(
        providers={"first": first, "second": second},
        models={ALIAS: Alias(ALIAS, cascade, description="overloaded first, then one that speaks")},
    )


async def _demo(listen: str | None, *, once: bool) -> int:
    app, base = await _started(listen)
    upstream = app.upstream
    try:
        serving = asyncio.ensure_future(app.server.serve())
        try:
            seen = await _call(upstream, base, SystemClock(), _print_word)
            _tell(seen, base)
            if once:
                app.server.drain()
                await serving
                return 0 if seen.done else 1
            print("Serving until Ctrl-C; each further call is a line below.")
            app.observe(CallLog(form="text"))
            await serving
        finally:
            serving.cancel()
    finally:
        await app.aclose()
    return 0


async def _started(listen: str | None) -> tuple[App, str]:
    """An app that listens: on what was asked for, else on the usual port, else on any free one."""
    usual = Server(ops_host="")
    choices = [_server(listen)] if listen else [usual, replace(usual, port=0)]
    for number, choice in enumerate(choices, 1):
        app = App(Config(server=choice), observers=())
        try:
            host, port = bind(app)
        except Unusable:
            await app.aclose()
            if number == len(choices):
                raise
            continue
        await app.start()
        app.adopt(config(app.simulator.base_url))
        return app, f"http://{host}:{port}/v1"
    raise AssertionError("the last choice binds or raises")


def _server(listen: str) -> Server:
    address = split_listen(listen)
    if address is None:
        raise Misused(f"--listen: expected HOST:PORT, got {listen!r}")
    return Server(host=address[0], port=address[1], ops_host="")


async def _call(upstream: Upstream, base: str, clock: Clock, show: Callable[[str], None]) -> Seen:
    body = {
        "model": ALIAS,
        "stream": True,
        "messages": [{"role": "user", "content": QUESTION}],
    }
    call = HttpCall(
        f"{base}/chat/completions",
        (("content-type", "application/json"),),
        jsons.encode(body),
    )
    print(f"> {QUESTION}")
    seen = Seen()
    began = clock.now()
    reply = await upstream.send(call, connect_timeout=CONNECT)
    try:
        seen.cascade = reply.headers.get("x-firstbyte-cascade", "")
        async for word in _words(reply, seen):
            if not seen.words:
                seen.first_token_ms = (clock.now() - began) * 1000
            seen.words.append(word)
            show(word)
    finally:
        await reply.aclose()
    return seen


async def _words(reply: Reply, seen: Seen) -> AsyncIterator[str]:
    decoder = SseDecoder(MAX_EVENT)
    async for data in reply.chunks():
        for event in decoder.feed(data):
            if event.data == b"[DONE]":
                seen.done = True
                continue
            for choice in jsons.decode_object(event.data).get("choices", ()):
                if text := choice["delta"].get("content"):
                    yield text


def _print_word(word: str) -> None:
    print(word, end="", flush=True)


def _tell(seen: Seen, base: str) -> None:
    print("\n")
    for part in seen.cascade.split(", "):
        target, _, result = part.partition("=")
        what = "served" if result == "served" else f"failed before its first byte: {result}"
        print(f"  {target:20} {what}")
    print(f"  time to first token  {seen.first_token_ms:.1f} ms, the failed attempt included")
    print(f"\nTry it with curl:\n  {curl_line(base, ALIAS)}")
    print("or with the OpenAI SDK:")
    for line in _sdk_lines(base):
        print(f"  {line}")
    print()


def _sdk_lines(base: str) -> Iterator[str]:
    yield "from openai import OpenAI"
    yield f'client = OpenAI(base_url="{base}", api_key="unused")'
    yield (
        f'for chunk in client.chat.completions.create(model="{ALIAS}", stream=True,'
        ' messages=[{"role": "user", "content": "Hello"}]):'
    )
    yield '    print(chunk.choices[0].delta.content or "", end="") if chunk.choices else None'


VERB: Final = Verb("demo", "see it work: no key, no network", configure, run)
