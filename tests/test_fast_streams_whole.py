"""Streams that come whole, or nearly, in the form that OpenAI itself writes: passed on as they came, or told in chunks, they
are what a proxy without a fast path gives."""

from unittest.mock import patch

import pytest

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core.price import Price, Usd
from proxy.core.shape import Quirks
from proxy.core.state import MARK
from proxy.web.faststream import FastStream
from tests.support.pieces import END, chunk, head
from tests.support.twins import call, twins
from tests.support.whole_streams import DONE, ODD, Kind, events

PLAIN = Kind(id="chatcmpl-1", tier="default")
WORDS = [f"word {at} " for at in range(80)]
MANY = events(PLAIN, WORDS)
SILENT = events(PLAIN._replace(tells_usage=False), WORDS)
SPOKEN = events(PLAIN, [*WORDS, "é中\U0001f600", "\n", '"', "\x7f"])
UNTOLD = events(PLAIN._replace(tier=None, nulls=False), WORDS)
PACKED = events(PLAIN._replace(id=f"c{MARK}" + "x" * 300), WORDS)
WITH_END = PLAIN._replace(ends="usage", tells_usage=False, server="deepseek")
ROLES = [each.replace(b'"delta":{', b'"delta":{"role":"assistant",') for each in MANY[1:-3]]
FILTERED = [each.replace(b'"delta":{', b'"filter":{},"delta":{') for each in MANY[1:-3]]
CUSTOM = [{"type": "custom", "custom": {"name": "f"}}]
COUNTED = {"stream_options": {"include_usage": True}}


def apiece(pieces):
    """An event in each chunk of HTTP."""
    return b"".join(map(chunk, pieces))


def reads(pieces, count, *, apart=apiece):
    """A whole answer in so many reads, each of whole chunks."""
    size = -(-len(pieces) // count)
    first, *rest = [apart(pieces[at : at + size]) for at in range(0, len(pieces), size)]
    *rest, last = [head() + first, *rest]
    return [*rest, last + END]


def cut(pieces, *places):
    """A whole answer in reads that end at these bytes."""
    data = head() + apiece(pieces) + END
    return [data[at:to] for at, to in zip((0, *places), (*places, len(data)), strict=True)]


def with_odd(at, odd):
    pieces = [*MANY[:at], odd or b"\n", *MANY[at:]]
    return reads(pieces, 1)


PASSED = {
    "whole": reads(events(PLAIN, ["hello", " world"]), 1),
    "many": reads(MANY, 1),
    "many-silent": reads(SILENT, 1),
    "padded": reads(events(PLAIN._replace(is_padded=True), WORDS), 1),
    "reasoned": reads(events(PLAIN._replace(text="reasoning_content"), WORDS), 1),
    "spoken": reads(SPOKEN, 1),
    "untold": reads(UNTOLD, 1),
    "told-with-the-end": reads(events(WITH_END, WORDS), 1),
    "told-twice": reads(events(PLAIN._replace(ends="x_groq", server="groq"), WORDS), 1),
    "worded": reads(events(PLAIN._replace(first="a", last="b", server="vllm"), WORDS), 1),
    "marked": reads(events(PLAIN, [*WORDS, f"{MARK}x"]), 1),
    "closing": [head("connection: close") + apiece(MANY) + END],
    "more-than-all": [reads(MANY, 1)[0] + b"HTTP/1.1 200 OK\r\n"],
}
"""All of each is here with its first read, an event in a chunk."""
LATER = {
    "in-two": reads(MANY, 2),
    "in-five": reads(MANY, 5),
    "in-ten": reads(MANY, 10),
    "by-event": reads(MANY, len(MANY)),
    "done-later": cut(MANY, len(head() + apiece(MANY[:-1]))),
    "end-later": cut(MANY, len(head() + apiece(MANY))),
}
"""These come in several reads; whether the rest comes soon enough hangs on the machine."""
TOLD = {
    "in-an-event": cut(MANY, 6000, 9000),
    "one-chunk": reads(MANY, 1, apart=lambda pieces: chunk(*pieces)),
    "two-events-a-chunk": reads([b"".join(MANY[at : at + 2]) for at in range(0, len(MANY), 2)], 1),
    "great": reads(events(PLAIN, WORDS * 10), 1),
    "great-words": reads(events(PLAIN, ["x" * 30_000] * 5), 1),
    "spaced": reads(events(PLAIN._replace(style="spaced"), WORDS), 1),
    "no-done": reads(MANY[:-1], 1),
    "roles": reads([MANY[0], *ROLES, *MANY[-3:]], 1),
    "filtered": reads([MANY[0], *FILTERED, *MANY[-3:]], 1),
    "cut": [head() + apiece(MANY[:50]), "close"],
    "garbled": [head() + apiece(MANY[:50]) + b"zzz\r\n"],
    **{f"odd-{at}": with_odd((3, -2)[at % 2], odd(PLAIN)) for at, odd in enumerate(ODD)},
}
"""None of these goes on as it came."""
SCRIPTS = {name: [script] for name, script in (PASSED | LATER | TOLD).items()}
SCRIPTS["packed"] = [reads(PACKED, 1)]
ALIASES = {"asked": ("many", {"model_in_answer": "asked"})}
QUIRKS = {"thinking": {"think_tags": True}, "corrected": {"response": ("cached_elsewhere",)}}


def config(url, settings, **more):
    own = {
        name: Provider(name, "", "openai", url, quirks=Quirks(**QUIRKS[name])) for name in QUIRKS
    }
    models = {
        name: Alias(name, (TargetRef("p", name), TargetRef("p", "whole"))) for name in SCRIPTS
    }
    for name, (script, settled) in ALIASES.items():
        models[name] = Alias(name, (TargetRef("p", script),), **settled)
    for name in QUIRKS:
        models[name] = Alias(name, (TargetRef(name, "many"),))
    return Config(
        server=settings,
        providers={"p": Provider("p", "", "openai", url), **own},
        models=models,
        prices={"p/many": Price(Usd(3), Usd(15))},
        **more,
    )


class Passed:
    """Counts the streams that go on as they came."""

    def __init__(self):
        self.count = 0

    def __enter__(self):
        pass_on = FastStream._pass_on

        def passing(*arguments):
            self.count += 1
            pass_on(*arguments)

        self._patch = patch.object(FastStream, "_pass_on", passing)
        self._patch.start()
        return self

    def __exit__(self, *_):
        self._patch.stop()


async def _ready(scene):
    """Two kept connections whose next call has a known head, and a provider's connection that is open."""
    clients = await scene.clients()
    for _ in range(2):
        await scene.ask(call("whole", stream=True), clients)
    scene.fast.ways()
    return clients


async def _asked(names, **fields):
    """By name: how a stream was served by the fast path, and how often one of its streams went on as it came."""
    found = {}
    async with twins(SCRIPTS, config) as scene:
        for name in names:
            clients = await _ready(scene)
            with Passed() as passed:
                await scene.ask(call(name, stream=True, **fields), clients)
            found[name] = scene.fast.ways(), passed.count
            assert scene.pools[0] == scene.pools[1], name
        await scene.over()
    return found


@pytest.mark.parametrize("fields", [{}, COUNTED, {"stream_options": {"include_usage": False}}])
async def test_what_comes_at_once_goes_on_as_it_came(fields):
    assert await _asked(PASSED, **fields) == {name: (["fast"], 1) for name in PASSED}


@pytest.mark.parametrize("fields", [{}, COUNTED])
async def test_what_comes_later_is_the_same(fields):
    found = await _asked(LATER, **fields)

    assert {tuple(ways) for ways, _ in found.values()} == {("fast",)}


@pytest.mark.parametrize("fields", [{}, COUNTED])
@pytest.mark.parametrize("part", range(2))
async def test_what_is_otherwise_is_told_as_before(fields, part):
    found = await _asked(list(TOLD)[part::2], **fields)

    assert {passed for _, passed in found.values()} == {0}
    assert {len(ways) for ways, _ in found.values()} == {1}


@pytest.mark.parametrize(
    ("name", "fields", "ways"),
    [
        ("asked", {}, ["fast"]),
        ("thinking", {}, ["fast"]),
        ("corrected", {}, ["fast"]),
        ("many", {"n": 2}, ["fast"]),
        ("many", {"tools": CUSTOM}, []),
    ],
)
async def test_whoever_is_asked_for_more_tells_it_in_chunks(name, fields, ways):
    for wish in ({}, COUNTED):
        found = await _asked([name], **fields, **wish)

        assert found == {name: (ways, 0)}


async def test_a_call_for_one_choice_gets_it_as_it_came():
    assert await _asked(["many"], n=1) == {"many": (["fast"], 1)}


async def test_what_is_passed_on_is_what_the_provider_said():
    async with twins(SCRIPTS, config) as scene:
        clients = await _ready(scene)
        counted = await scene.ask(call("many", stream=True, **COUNTED), clients)
        silent = await scene.ask(call("many", stream=True), clients)

        assert counted.body == b"".join(MANY)
        assert counted.chunks == [counted.body]
        assert silent.body == b"".join([*MANY[:-2], DONE])


async def test_ids_that_may_be_too_long_are_for_the_endpoint():
    for wish in ({}, COUNTED):
        assert await _asked(["packed"], **wish) == {"packed": (["handed"], 1)}


async def test_many_at_once_each_get_their_own():
    names = {"many": MANY, "in-two": MANY, "spoken": SPOKEN, "in-five": MANY, "untold": UNTOLD}
    async with twins(SCRIPTS, config) as scene:
        pairs = {name: await _ready(scene) for name in names}
        for name, pair in pairs.items():
            for client in pair:
                await client.send(call(name, stream=True))
        for name, pair in pairs.items():
            bodies = [(await client.response()).body for client in pair]

            assert bodies == [b"".join([*names[name][:-2], DONE])] * 2
        await scene.same()
