"""What goes straight through an outlet is, byte for byte, what would have gone out as chunks."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.codecs.openai import OpenAI
from proxy.core import jsons
from proxy.core.shape import ChatRequest, Target
from proxy.surfaces.chat import Chat
from proxy.surfaces.responses import Responses
from proxy.web.call import Call
from proxy.web.outlet import Outlet
from tests.support.script import DONE, ROLE, STOP, USAGE, chunk


class Page:
    """The stream to a caller, who keeps all."""

    def __init__(self):
        self.pieces = []
        self.kept = []

    def take(self, data):
        self.pieces.append(data)
        return True

    def keep(self, data):
        self.kept.append(data)
        return True

    async def ready(self):
        raise AssertionError("nobody asks who never has enough")


def call():
    return Call("req-1", 0.0, "chat")


def parts(surface=None, model=None, **body):
    surface = surface or Chat()
    whole = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True, **body}
    request = surface.parse(jsons.encode(whole))
    target = Target("p", "m", "openai", "http://p")
    decoder = OpenAI().stream(ChatRequest(body={}), target, created=1)
    page = Page()
    return decoder, Outlet(page, surface.encoder(request, model=model), call()), page


def told(reads, **details):
    """What goes out where every read is told as chunks."""
    decoder, outlet, page = parts(**details)
    for read in reads:
        outlet.take(decoder.feed(read))
    return b"".join(page.pieces), decoder.events


def poured(reads, **details):
    """What goes out where reads go straight wherever they may, and how many did."""
    decoder, outlet, page = parts(**details)
    straight = 0
    for read in reads:
        if outlet.relay is not None and decoder.more(read):
            outlet.relay(read)
            straight += 1
        else:
            outlet.take(decoder.feed(read))
    return b"".join(page.pieces), decoder.events, straight


def test_the_last_chunks_wait_for_the_words_that_end_the_answer():
    decoder, outlet, page = parts()
    first, last = decoder.feed(ROLE + word("a")), decoder.feed(word("b") + STOP)
    goes_on = outlet.take(first), outlet.take(last, is_last=True)

    assert goes_on == (True, True)
    assert (page.pieces, page.kept) == ([ROLE + word("a")], [word("b") + STOP])


def word(text, **more):
    return chunk({"content": text}, **more)


EVENTS = [
    word("a"),
    word("b\u2028\u00e9"),
    word("c", service_tier="flex"),
    word("d", system_fingerprint="fp"),
    word("e", usage=None, obfuscation="xyz"),
    word(""),
    word("--fb1-x"),
    word("f", id="c2"),
    word("g", model="m-2"),
    word("h", odd=1),
    chunk({"reasoning_content": "i"}),
    chunk({"role": "assistant", "content": "j"}),
    chunk({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "f", "arguments": "{"}}]}),
    b": comment\n\n",
    b"data: \n\n",
    b"event: x\n" + word("k"),
    word("l").replace(b"\n", b"\r\n"),
    USAGE,
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, len(EVENTS) - 1), max_size=24), st.randoms(use_true_random=False))
def test_what_goes_straight_is_what_would_have_been_told(numbers, rng):
    # Mostly plain text, in reads of an event or so, as answers are.
    events = [EVENTS[number] if rng.random() < 0.4 else EVENTS[number % 2] for number in numbers]
    data = [ROLE, word("first"), *events, STOP, USAGE, DONE]
    reads = cut(data, rng)
    whole, events_told = told(reads)
    straight, events_poured, _ = poured(reads)

    assert straight == whole
    assert events_poured == events_told


def cut(events, rng: random.Random):
    reads, held = [], b""
    for event in events:
        held += event
        if rng.random() < 0.2:
            at = rng.randrange(len(held) + 1)
            reads.append(held[:at])
            held = held[at:]
        elif rng.random() < 0.8:
            reads.append(held)
            held = b""
    return [read for read in (*reads, held) if read]


READS = [ROLE + word("a"), *[word("b")] * 6, STOP + USAGE + DONE]


def test_text_that_goes_on_goes_straight():
    out, events, straight = poured(READS)

    assert (out, events) == told(READS)
    # What comes with the role is told, and shows that more may go straight.
    assert straight == 6


@pytest.mark.parametrize(
    "details",
    [
        {"model": "asked-for"},
        {"surface": Responses(), "input": "hi", "messages": None},
    ],
)
def test_nothing_goes_straight_where_the_caller_gets_other_bytes(details):
    *_, straight = poured(READS, **details)

    assert straight == 0


class Entry:
    """A place in the cache."""

    def __init__(self):
        self.chunks = []

    def take(self, chunks):
        self.chunks += chunks


def test_nothing_goes_straight_past_the_cache():
    decoder, outlet, page = parts()
    own = call()
    own.entry = Entry()
    outlet = Outlet(page, Chat().encoder(ChatRequest(body={})), own)
    for read in READS:
        outlet.take(decoder.feed(read))

        assert outlet.relay is None

    assert len(own.entry.chunks) >= 8


def test_somebody_hears_once_when_something_is_out():
    heard = []
    decoder, _, page = parts()
    outlet = Outlet(
        page, Chat().encoder(ChatRequest(body={})), call(), lambda: heard.append(len(page.pieces))
    )
    outlet.take([])
    for read in READS:
        outlet.take(decoder.feed(read))

    assert heard == [2]
