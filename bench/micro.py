"""`make micro`: what each part costs by itself, so that a slowdown has an address.

No sockets: framers, stream decoders of every protocol, the chat encoder, request parsing and request encoding, each over
the answers that the mock gives; and what is told and kept of each call. A line is the median of REPEATS batches of the
process's own time, one after the other through all parts, so that a noisy moment meets all alike.

Run: python -m bench.micro [--only TEXT] [--save FILE] [--against FILE]
"""

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import answers, bookkeeping
from bench.answers import EVENTS
from bench.contestants import Ask, body
from bench.programs import cores
from proxy.codecs.by_protocol import CODECS
from proxy.core import jsons
from proxy.core.credential import AwsAuth
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from proxy.surfaces.chat import Chat
from proxy.wire.eventstream import EventStreamDecoder
from proxy.wire.ndjson import NdjsonDecoder
from proxy.wire.sse import SseDecoder

REPEATS = 15
BATCH = 0.02
"""Seconds of one batch, at least."""
MAX_EVENT = 16 * 1024 * 1024
STREAMS: dict[str, Callable[[int], Iterator[bytes]]] = {
    "openai": answers.openai_events,
    "mistral": answers.openai_events,
    "anthropic": answers.anthropic_events,
    "gemini": answers.gemini_events,
    "bedrock": answers.bedrock_events,
    "ollama": answers.ollama_events,
    "cohere": answers.cohere_events,
    "responses": answers.responses_events,
}
"""What each protocol's provider says."""


@dataclass(frozen=True)
class Part:
    """Something that is measured."""

    name: str
    run: Callable[[], object]
    events: int = 1
    """What one run is divided by."""


def target(protocol: str) -> Target:
    """Some model behind this protocol."""
    secret = Secret("sk-bench-0123456789abcdef")
    auth = AwsAuth("eu-west-1") if protocol == "bedrock" else None
    models = {"anthropic": "claude-sonnet-4-5", "bedrock": "anthropic.claude-sonnet-4-5"}
    model = models.get(protocol, "bench-1")
    base = f"http://{protocol}.test/v1"
    return Target("bench", model, protocol, base, api_key=None if auth else secret, auth=auth)


def framers() -> Iterator[Part]:
    """Bytes to frames: what one read brought, and a read for each event."""
    for name, make, events in (
        ("sse", SseDecoder, list(answers.openai_events(EVENTS))),
        ("ndjson", NdjsonDecoder, list(answers.ollama_events(EVENTS))),
        ("eventstream", EventStreamDecoder, list(answers.bedrock_events(EVENTS))),
    ):
        for how, reads in reads_of(events).items():

            def run(make: Any = make, reads: list[bytes] = reads) -> None:
                decoder = make(MAX_EVENT)
                for data in reads:
                    for _ in decoder.feed(data):
                        pass

            yield Part(f"frame {name}, {how}", run, EVENTS)


def reads_of(events: list[bytes]) -> dict[str, list[bytes]]:
    """The ways in which a stream may come."""
    return {"a read an event": events, "in one read": [b"".join(events)]}


def decoders(request: ChatRequest) -> Iterator[Part]:
    """Bytes to chunks."""
    for name, make in STREAMS.items():
        to = target(name)
        for how, reads in reads_of(list(make(EVENTS))).items():

            def run(name: str = name, to: Target = to, reads: list[bytes] = reads) -> None:
                decoder = CODECS[name].stream(request, to, created=answers.CREATED)
                for data in reads:
                    decoder.feed(data)
                decoder.finish()

            yield Part(f"decode {name}, {how}", run, EVENTS)


def encoders(request: ChatRequest) -> Iterator[Part]:
    """Chunks to the caller's bytes: of a relay, and of a translation."""
    chat = Chat()
    for name in ("openai", "anthropic", "gemini", "bedrock"):
        decoder = CODECS[name].stream(request, target(name), created=answers.CREATED)
        chunks = decoder.feed(b"".join(STREAMS[name](EVENTS))) + decoder.finish()

        def run(chunks: list[Any] = chunks) -> None:
            encoder = chat.encoder(request)
            for chunk in chunks:
                encoder.feed(chunk)
            encoder.finish()

        yield Part(f"encode chat, {name}'s chunks", run, len(chunks))


def requests() -> Iterator[Part]:
    """Calls read, and written for each protocol."""
    chat = Chat()
    for what, size in (("1 KB", 1024), ("100 KB", 100_000)):
        raw = body(Ask("json", size, stream=True), "chat").encode()
        yield Part(f"parse call, {what}", lambda raw=raw: chat.parse(raw))
        request = chat.parse(raw)
        for name in STREAMS:
            to = target(name)
            if name == "bedrock":
                # Its signature needs credentials, which come later; measured with a bearer key.
                to = Target("bench", to.model, name, to.base_url, api_key=Secret("bedrock-0123"))
            yield Part(
                f"write call, {what}, {name}",
                lambda name=name, to=to, request=request: CODECS[name].encode(request, to),
            )


def wholes(request: ChatRequest) -> Iterator[Part]:
    """A whole answer of 1 KB: read, and given to the caller."""
    data = answers.whole()[0].partition(b"\r\n\r\n")[2]
    headers = {"content-type": "application/json"}
    codec, chat = CODECS["openai"], Chat()
    read = codec.decode(200, headers, data, created=answers.CREATED, target=target("openai"))
    yield Part("decode whole answer, openai", lambda: codec.decode(200, headers, data, created=0))
    yield Part("encode whole answer", lambda: chat.whole(request, read))


def documents() -> Iterator[Part]:
    """JSON by itself."""
    event = answers.openai_chunk({"content": " tide"})[6:-2]
    value = jsons.decode(event)
    yield Part("JSON, decode a chunk", lambda: jsons.decode(event))
    yield Part("JSON, encode a chunk", lambda: jsons.encode(value))


def asides() -> Iterator[Part]:
    """What every call costs beside its way; so many at a time, on a loop."""
    yield Part("admit and charge", bookkeeping.admitting_and_charging(), bookkeeping.CALLS)
    yield Part("facts of a call", bookkeeping.telling(), bookkeeping.CALLS)


def parts() -> list[Part]:
    """All of them."""
    request = Chat().parse(body(Ask("relay", stream=True), "chat").encode())
    return [
        *framers(),
        *decoders(request),
        *encoders(request),
        *wholes(request),
        *requests(),
        *documents(),
        *asides(),
    ]


def measure(chosen: list[Part]) -> dict[str, float]:
    """Nanoseconds per event of each."""
    times: dict[str, list[float]] = {part.name: [] for part in chosen}
    loops = {part.name: calibrated(part.run) for part in chosen}
    gc.collect()
    gc.disable()
    for _ in range(REPEATS):
        for part in chosen:
            count = loops[part.name]
            times[part.name].append(once(part.run, count) / count / part.events)
        gc.collect()
    gc.enable()
    return {name: statistics.median(each) for name, each in times.items()}


def calibrated(run: Callable[[], object]) -> int:
    """How often it runs within a batch."""
    count = 1
    while once(run, count) < BATCH * 1e9:
        count *= 2
    return count


def once(run: Callable[[], object], count: int) -> int:
    """Nanoseconds of this process, in so many runs."""
    began = time.process_time_ns()
    for _ in range(count):
        run()
    return time.process_time_ns() - began


def show(figures: dict[str, float], before: dict[str, float]) -> None:
    """The table, with what was saved earlier beside it."""
    width = max(map(len, figures))
    print(f"{'part':{width}}  {'ns/event':>10}" + (f"  {'before':>10}" if before else ""))
    for name, value in figures.items():
        line = f"{name:{width}}  {value:10,.0f}"
        if name in before:
            line += f"  {before[name]:10,.0f}  {value / before[name] - 1:+.0%}"
        print(line)


def main() -> int:
    """Measure and show; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.micro", description=__doc__)
    parser.add_argument("--only", default="", help="parts with this in their name")
    parser.add_argument("--save", type=Path, help="keep the figures in a file")
    parser.add_argument("--against", type=Path, help="a file that --save wrote: shown beside")
    arguments = parser.parse_args()
    core, _ = cores()
    if core:
        os.sched_setaffinity(0, core)
    figures = measure([part for part in parts() if arguments.only in part.name])
    if not figures:
        print(f"no part has {arguments.only!r} in its name", file=sys.stderr)
        return 2
    show(figures, json.loads(arguments.against.read_text()) if arguments.against else {})
    if arguments.save:
        arguments.save.parent.mkdir(parents=True, exist_ok=True)
        arguments.save.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
