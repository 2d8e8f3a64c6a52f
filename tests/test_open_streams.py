"""Frames that take the short way make no difference to anybody: not to the caller, nor to clocks, counts and ends."""

import asyncio

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.codecs.openai import OpenAI
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.outbox import Outbox
from proxy.core.shape import ChatRequest, Target
from proxy.engine.pour import QUICK, Pour
from proxy.surfaces.chat import Chat
from proxy.upstream.client import Reply
from proxy.upstream.http1 import READ_SIZE, Connection
from proxy.upstream.origin import Origin
from proxy.upstream.passage import Passage
from proxy.web.backlog import Backlog
from proxy.web.call import Call
from proxy.web.cycle import Cycle, Defaults
from proxy.web.outlet import Outlet
from proxy.web.stream import Stream
from tests.support.script import DONE, ROLE, STOP, USAGE, chunk, slow
from tests.support.virtual import LoopClock, VirtualLoop

pytestmark = pytest.mark.virtual_time

OPENED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
ROOM = 100_000


def word(text, **more):
    return chunk({"content": text}, **more)


def sent_as(body):
    return b"%x\r\n%b\r\n" % (len(body), body)


class Provider(asyncio.Transport):
    """The transport of a connection to one, whose other end is the test."""

    def __init__(self):
        super().__init__()
        self._protocol = None
        self._waiting = []
        self.is_paused = self._is_closing = False

    def set_protocol(self, protocol):
        self._protocol = protocol

    def get_protocol(self):
        return self._protocol

    def says(self, data):
        self._waiting.append(data)
        while self._waiting and not (self.is_paused or self._is_closing):
            self._hear(self._waiting.pop(0))

    def _hear(self, data):
        if isinstance(self._protocol, asyncio.BufferedProtocol):
            for begin in range(0, len(data), READ_SIZE):
                piece = data[begin : begin + READ_SIZE]
                self._protocol.get_buffer(-1)[: len(piece)] = piece
                self._protocol.buffer_updated(len(piece))
        else:
            self._protocol.data_received(data)

    def hangs_up(self, error=None):
        self._is_closing = True
        self._protocol.connection_lost(error)

    def pause_reading(self):
        self.is_paused = True

    def resume_reading(self):
        self.is_paused = False
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self):
        while self._waiting and not (self.is_paused or self._is_closing):
            self._hear(self._waiting.pop(0))

    def write(self, data):
        """Nobody looks at the request."""

    def is_closing(self):
        return self._is_closing

    def abort(self):
        self._is_closing = True

    def get_write_buffer_size(self):
        return 0

    def set_write_buffer_limits(self, high=None, low=None):
        """All is written at once."""


class Caller(asyncio.Transport):
    """The transport of the caller's connection; full after each so many writes, for a second."""

    def __init__(self, patience):
        super().__init__()
        self.backlog = Backlog(self)
        self.writes = []
        self.error = None
        self._patience = patience

    def write(self, data):
        if self.error is not None:
            raise self.error
        self.writes.append(data)
        if self._patience and len(self.writes) % self._patience == 0:
            self.backlog.pause_writing()
            asyncio.get_running_loop().call_later(1.0, self.backlog.resume_writing)

    def straight(self):
        return self.write

    def is_closing(self):
        return False


class General(Cycle):
    """Knows no short way."""

    def chunks(self):
        return None


class Meter:
    def __init__(self):
        self.room = ROOM

    def count(self, data):
        raise ProxyError(Kind.OVERSIZED, "too much")

    def note(self, chunks):
        """Nobody asks for usage."""

    def grace(self, decoder):
        return None

    def lend(self, seconds):
        """There is no end to put off."""

    def stalled(self, *, idle):
        return ProxyError(Kind.IDLE_TIMEOUT, "idle" if idle else "silent")


class Chain:
    """All that an open stream has between two transports."""

    def __init__(self, cycle=Cycle, patience=0, limits=None, **target):
        self.provider, self.caller = Provider(), Caller(patience)
        self.released, self.lost = [], []
        self.connection = Connection(
            Origin("http", "p", 80),
            memoryview(bytearray(READ_SIZE)),
            Outbox(),
            self.released.append,
            self.lost.append,
        )
        self.connection.connection_made(self.provider)
        self.provider.set_protocol(self.connection)
        self.transport, self.flow = self.caller, self.caller.backlog
        self.scope, self.logger, self.defaults = {"method": "POST"}, None, Defaults()
        self.cycle = cycle(self, [])
        self.cycle.open_at_once(b"")
        exchange = self.connection.send("POST", b"head\r\n\r\n", b"{}")
        self.reply = Reply(200, {}, exchange, "p")
        body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}
        encoder = Chat().encoder(Chat().parse(jsons.encode(body)), model=None)
        self.signs = []
        self.stream = Stream(self._send, 5.0, 5.0, str, wire=self.cycle)
        self.stream.opened()
        to = Target("p", "m", "openai", "http://p", **target)
        self.decoder = OpenAI().stream(ChatRequest(body={}), to, created=1)
        outlet = Outlet(self.stream, encoder, Call("req-1", 0.0, "chat"))
        self.meter = Meter()
        source, limits = self.reply, limits or slow()
        self.pour = Pour(source, outlet, self.decoder, self.meter, limits, LoopClock())
        self.running = asyncio.ensure_future(self.pour.run())

    def on_response_complete(self):
        """Nobody goes on with this connection."""

    async def _send(self, message):
        self.signs.append((asyncio.get_running_loop().time(), message["body"]))

    @property
    def is_short(self):
        return isinstance(self.provider.get_protocol(), Passage)

    async def hears(self, *reads, pause=2 * QUICK):
        for read in reads:
            self.provider.says(read)
            await asyncio.sleep(pause)

    async def ends(self):
        """What came of it, all told."""
        (ended,) = await asyncio.gather(self.running, return_exceptions=True)
        self.stream.close()
        what = (ended.kind, ended.message) if isinstance(ended, ProxyError) else ended
        counts = self.decoder.events, self.meter.room, self.stream.sent
        is_released = self.released == [self.connection]
        return b"".join(self.caller.writes), what, counts, is_released


BEGUN = OPENED + sent_as(ROLE) + sent_as(word("a")), sent_as(word("b"))


async def open_stream(**details):
    """One that goes the short way."""
    chain = Chain(**details)
    await chain.hears(*BEGUN)
    assert chain.is_short
    return chain


async def test_frames_of_an_open_stream_pass_and_its_end_is_everybodys():
    chain = await open_stream()
    texts = [sent_as(word(text)) for text in ("c", "\n", "\u00e9")]
    await chain.hears(*texts)
    passed = chain.caller.writes[-3:]
    is_short = chain.is_short
    await chain.hears(sent_as(STOP), sent_as(DONE) + END)
    whole, ended, (events, room, sent), is_released = await chain.ends()

    assert (is_short, passed) == (True, texts)
    assert (ended, events, is_released) == (None, 7, True)
    assert not chain.is_short
    bodies = [ROLE, *[word(text) for text in ("a", "b", "c", "\n", "\u00e9")], STOP, DONE]
    assert room == ROOM - sum(map(len, bodies))
    assert sent == sum(map(len, bodies[:-1]))
    assert sum(map(len, texts)) < len(whole)


async def test_a_connection_with_a_next_answer_reads_it_itself():
    chain = await open_stream()
    await chain.hears(sent_as(word("c")), sent_as(STOP), sent_as(DONE) + END)
    await chain.ends()
    exchange = chain.connection.send("POST", b"head\r\n\r\n", b"{}")
    await chain.hears(OPENED + sent_as(b"x") + END)

    assert await exchange.take(None) == b"x"


async def test_a_provider_that_falls_silent_behind_them_has_the_time_that_it_has():
    chain = await open_stream(limits=slow(idle_timeout=5.0, output_idle_timeout=9.0))
    await chain.hears(*[sent_as(word("c"))] * 4, pause=4.0)
    _, ended, (events, _, _), _ = await chain.ends()

    assert ended == (Kind.IDLE_TIMEOUT, "idle")
    assert events == 7
    assert asyncio.get_running_loop().time() == pytest.approx(17.0, abs=0.01)


async def test_after_a_failure_nothing_passes():
    chain = await open_stream(limits=slow(idle_timeout=5.0))
    chain.pour.over(ProxyError(Kind.RESET, "gone"))
    written = list(chain.caller.writes)
    chain.provider.says(sent_as(word("c")))

    assert chain.caller.writes == written
    assert (await chain.ends())[1] == (Kind.RESET, "gone")


async def test_while_they_pass_nobody_is_given_a_sign_of_life():
    chain = await open_stream()
    await chain.hears(*[sent_as(word("c"))] * 6, pause=4.0)
    signs = list(chain.signs)
    await asyncio.sleep(2.0)

    assert signs == []
    assert [at for at, _ in chain.signs] == pytest.approx([25.0], abs=0.01)
    chain.provider.hangs_up(OSError())
    await chain.ends()


async def test_a_caller_who_is_full_of_them_is_waited_for():
    chain = await open_stream(patience=4)
    await chain.hears(*[sent_as(word("c"))] * 8, sent_as(STOP), sent_as(DONE) + END)
    _, ended, (events, _, _), is_released = await chain.ends()

    assert (ended, events, is_released) == (None, 12, True)
    assert asyncio.get_running_loop().time() >= 2.0


async def test_what_comes_although_nothing_is_read_waits():
    chain = await open_stream(patience=3)
    await chain.hears(sent_as(word("c")))
    assert chain.caller.backlog.write_paused
    written = list(chain.caller.writes)
    # Transports of TLS have some of it already.
    chain.provider._hear(sent_as(word("d")))
    waits = chain.caller.writes == written
    await asyncio.sleep(2.0)
    await chain.hears(sent_as(STOP), sent_as(DONE) + END)
    await chain.ends()

    assert waits
    assert chain.caller.writes[3] == sent_as(word("d"))


async def test_they_count_towards_the_longest_answer():
    chain = await open_stream()
    chain.meter.room = chain.pour._passage.room = 2 * len(word("c"))
    await chain.hears(*[sent_as(word("c"))] * 3)
    _, ended, (events, room, _), _ = await chain.ends()

    assert (ended, events, room) == ((Kind.OVERSIZED, "too much"), 5, 0)


async def test_what_cannot_be_written_ends_the_answer():
    chain = await open_stream()
    chain.caller.error = RuntimeError("closed")
    await chain.hears(sent_as(word("c")))
    _, ended, _, _ = await chain.ends()

    assert ended is chain.caller.error


async def test_who_has_left_is_written_to_no_more():
    chain = await open_stream()
    written = list(chain.caller.writes)
    chain.cycle.abandon()
    await chain.hears(sent_as(word("c")))
    chain.running.cancel()
    await chain.hears(sent_as(word("d")))

    assert chain.caller.writes == written
    assert isinstance((await chain.ends())[1], asyncio.CancelledError)


@pytest.mark.parametrize(
    ("error", "kind"), [(None, Kind.RESET), (OSError(), Kind.RESET), ("eof", Kind.RESET)]
)
async def test_a_connection_that_breaks_cuts_the_answer(error, kind):
    chain = await open_stream()
    if error == "eof":
        chain.provider.get_protocol().eof_received()
    else:
        chain.provider.hangs_up(error)
    _, ended, _, _ = await chain.ends()

    assert ended[0] is kind


async def test_a_text_of_another_form_makes_a_way_of_its_own():
    chain = await open_stream()
    more = [sent_as(word(text, service_tier="flex")) for text in "cdef"]
    before = chain.provider.get_protocol()
    await chain.hears(*more)

    assert chain.is_short
    assert chain.provider.get_protocol() is not before
    assert chain.caller.writes[-4:] == more
    await chain.hears(sent_as(STOP), sent_as(DONE) + END)
    assert (await chain.ends())[2][0] == 8


async def test_a_long_read_is_read_in_pieces():
    chain = await open_stream()
    long = b"".join(sent_as(word("c" * 900)) for _ in range(80))
    await chain.hears(long + sent_as(STOP) + sent_as(DONE) + END)
    _, ended, (events, _, _), is_released = await chain.ends()

    assert len(long) > READ_SIZE
    assert (ended, events, is_released) == (None, 84, True)
    # The first piece stopped it, and whoever has the connection next is read for.
    assert not chain.provider.is_paused


@pytest.mark.parametrize("details", [{"cycle": General}, {"max_event": 1000}])
async def test_where_frames_cannot_pass_they_are_read(details):
    chain = Chain(**details)
    await chain.hears(*BEGUN, sent_as(word("c")))

    assert not chain.is_short
    chain.provider.hangs_up(OSError())
    await chain.ends()


async def test_frames_in_chunks_of_other_sizes_are_read():
    chain = Chain()
    split = word("c")
    await chain.hears(*BEGUN[:1], sent_as(word("b"))[:-1], b"\n" + sent_as(split)[:9])

    assert not chain.is_short
    chain.provider.hangs_up(OSError())
    await chain.ends()


@pytest.mark.parametrize("cycle", [Cycle, General])
async def test_what_looks_like_a_chunk_within_one_is_none(cycle):
    chain = Chain(cycle)
    inner = sent_as(word("c"))
    outer = sent_as(word("b") + inner + word("d"))
    at = outer.index(inner)
    await chain.hears(BEGUN[0], outer[:at], inner, outer[at + len(inner) :])
    await chain.hears(sent_as(STOP), sent_as(DONE) + END)
    _, ended, (events, _, _), is_released = await chain.ends()

    assert (ended, events, is_released) == (None, 6, True)


EVENTS = [
    word("a"),
    word("b\u2028\u00e9"),
    word('"\\'),
    word("c", service_tier="flex"),
    word("e", usage=None, obfuscation="xyz"),
    word(""),
    word("f", id="c2"),
    word("h", odd=1),
    chunk({"reasoning_content": "i"}),
    b": comment\n\n",
    b"data: {\n\n",
    word("l").replace(b"\n", b"\r\n"),
    word("x" * 5000),
    USAGE,
    STOP,
    DONE,
]
FORMS = (b"%x\r\n%b\r\n", b"%X\r\n%b\r\n", b"0%x\r\n%b\r\n", b"%x;a=b\r\n%b\r\n")


def reads_of(events, rng):
    """The events in chunks, and those in reads: mostly one by one."""
    chunks = []
    for event in events:
        form = rng.choice(FORMS) if rng.random() < 0.1 else FORMS[0]
        at = rng.randrange(1, len(event)) if rng.random() < 0.1 else len(event)
        chunks += [form % (len(part), part) for part in (event[:at], event[at:]) if part]
    reads = [OPENED + chunks[0]]
    for one in [*chunks[1:], END]:
        if rng.random() < 0.2:
            reads[-1] += one
        elif rng.random() < 0.1:
            at = rng.randrange(len(one))
            reads[-1] += one[:at]
            reads.append(one[at:])
        else:
            reads.append(one)
    return [read for read in reads if read]


async def told(cycle, reads, patience, rest):
    chain = Chain(cycle, patience)
    await chain.hears(*reads[: len(reads) - rest], pause=0.25)
    if rest:
        await asyncio.sleep(3.0)
        chain.provider.hangs_up(httpx.ReadError("cut"))
    ended = await chain.ends()
    return ended, chain.signs


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, len(EVENTS) - 1), max_size=24),
    st.sampled_from([0, 0, 3]),
    st.sampled_from([0, 0, 1, 4]),
    st.randoms(use_true_random=False),
)
def test_nothing_that_anybody_sees_depends_on_the_way(numbers, patience, rest, rng):
    events = [EVENTS[number] if rng.random() < 0.3 else EVENTS[number % 3] for number in numbers]
    reads = reads_of([ROLE, *BODIES, *events, STOP, USAGE, DONE], rng)

    assert run(told(Cycle, reads, patience, rest)) == run(told(General, reads, patience, rest))


BODIES = [word("first"), word("second"), word("third")]


def run(coroutine):
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
