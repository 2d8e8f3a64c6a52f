"""What passes is one chunk with one frame more, and goes on as it came; any other read is given back untouched."""

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.event_template import LONGEST, EventTemplate
from proxy.core import jsons
from proxy.upstream.passage import Chunks, Passage, ends_chunk

HEAD, TAIL = b'data: {"t":"', b'"}\n\n'
PADDING = b'","p":"'
ROOM = 10_000


class Backlog:
    write_paused = False
    is_deserted = False


class Desk:
    """Whose transport it is, the caller, and who counts: what each was told."""

    def __init__(self, middle=b""):
        self.written, self.given, self.halts, self.told = [], [], [], []
        self.backlog = Backlog()
        self.error = None
        template = EventTemplate(HEAD, middle, TAIL)
        self.passage = Passage(
            template, Chunks(self._write, self.backlog), lambda: 5.0, self.halts.append
        )
        self.passage.room = ROOM
        self.passage.open(self)

    def _write(self, data):
        if self.error is not None:
            raise self.error
        self.written.append(data)

    def returned(self, data):
        self.given.append(data)

    def eof_received(self):
        self.told.append("eof")

    def connection_lost(self, exc):
        self.told.append(exc)

    def pause_writing(self):
        self.told.append("pause")

    def resume_writing(self):
        self.told.append("resume")


def chunk(body):
    return b"%x\r\n%b\r\n" % (len(body), body)


def frame(text, middle=b"", extra=b""):
    return HEAD + text + middle + extra + TAIL


ONE = chunk(frame(b"abcd"))


def test_one_frame_more_goes_on_as_it_came_and_is_counted():
    desk = Desk()
    desk.passage.data_received(ONE)
    desk.passage.data_received(chunk(frame(b"e")))

    assert (desk.written, desk.given) == ([ONE, chunk(frame(b"e"))], [])
    assert (desk.passage.frames, desk.passage.at) == (2, 5.0)
    assert desk.passage.room == ROOM - len(frame(b"abcd")) - len(frame(b"e"))


@pytest.mark.parametrize("text", [b"\\n", b'\\"', b"\\u00e9", "é\u2028".encode(), b"\x7f", b" "])
def test_a_text_is_whatever_is_a_string_of_json(text):
    desk = Desk()
    desk.passage.data_received(chunk(frame(text)))

    assert desk.written == [chunk(frame(text))]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"0\r\n\r\n",
        chunk(frame(b"")),
        chunk(frame(b"a\nb")),
        chunk(frame(b"a\rb")),
        chunk(frame(b'a"b')),
        chunk(frame(b"a\\")),
        chunk(frame(b"\xc3")),
        chunk(frame(b"\\ud800")),
        chunk(b"x" + frame(b"a")),
        chunk(frame(b"a") + b": x\n\n"),
        chunk(frame(b"a")) + chunk(frame(b"b")),
        ONE + b"0\r\n\r\n",
        ONE[:-1],
        ONE[:-2],
        ONE[1:],
        b"0" + ONE,
        ONE.replace(b"14\r\n", b"14;x\r\n"),
        ONE.replace(b"14\r\n", b"14\n"),
        ONE.replace(b"14\r\n", b"13\r\n"),
        ONE[:-2] + b"xx",
        chunk(frame(b"a" * LONGEST)),
    ],
)
def test_any_other_read_is_given_back_and_nothing_passes_after_it(data):
    desk = Desk()
    desk.passage.data_received(data)
    desk.passage.data_received(ONE)

    assert desk.given == [data, ONE]
    assert (desk.written, desk.passage.frames, desk.passage.room) == ([], 0, ROOM)


def test_sizes_in_capitals_are_not_as_we_write_them():
    body = frame(b"x" * (0xAB - len(frame(b""))))
    desk = Desk()
    desk.passage.data_received(b"AB\r\n%b\r\n" % body)

    assert desk.written == []


@pytest.mark.parametrize(
    ("body", "passes"),
    [
        (frame(b"a", PADDING, b"xy"), True),
        (frame("é".encode(), PADDING), True),
        (frame(b"a\\n", PADDING, b"x"), True),
        (frame(b"a"), False),
        (frame(b"", PADDING, b"xy"), False),
        (frame(b"a", PADDING, b"\\n"), False),
        (frame(b"a", PADDING, b'","'), False),
        (frame(b"a", PADDING, PADDING), False),
        (frame(b"\xc3", PADDING, b"x"), False),
    ],
)
def test_padding_is_of_the_letters_that_servers_take(body, passes):
    desk = Desk(PADDING)
    desk.passage.data_received(chunk(body))

    assert (desk.written == [chunk(body)]) is passes
    assert (desk.given == [chunk(body)]) is not passes


def test_more_than_there_is_room_for_does_not_pass():
    desk = Desk()
    desk.passage.room = len(frame(b"abcd")) - 1
    desk.passage.data_received(ONE)

    assert (desk.written, desk.given) == ([], [ONE])


def test_nothing_is_written_to_a_caller_who_is_gone():
    desk = Desk()
    desk.backlog.is_deserted = True
    desk.passage.data_received(ONE)

    assert (desk.written, desk.given) == ([], [ONE])


def test_a_caller_who_is_full_has_what_filled_it():
    desk = Desk()
    desk.backlog.write_paused = True
    desk.passage.data_received(ONE)

    assert (desk.written, desk.halts) == ([ONE], [None])


def test_what_cannot_be_written_is_told_and_not_thrown_at_the_loop():
    desk = Desk()
    desk.error = RuntimeError("closed")
    desk.passage.data_received(ONE)

    assert desk.halts == [desk.error]
    assert desk.given == []


def test_what_is_nothing_for_a_passage_is_for_its_owner():
    desk, error = Desk(), OSError()
    passage = desk.passage
    passage.eof_received()
    passage.pause_writing()
    passage.resume_writing()
    passage.connection_lost(error)

    assert desk.told == ["eof", "pause", "resume", error]


WORDS = st.lists(
    st.sampled_from([b"a", b'"', b"\\", b"\\n", b"\\ud83d", b"\n", b"\x7f", b"\xc3", b"\xa9", b" "])
).map(b"".join)


@pytest.mark.parametrize("middle", [b"", PADDING])
@given(text=WORDS, extra=WORDS, cut=st.sampled_from([0, 0, 0, 1, 4, len(TAIL) + 9]))
def test_what_passes_is_what_a_run_of_one_is(middle, text, extra, cut):
    body = frame(text, middle, extra if middle else b"")[: -cut or None]
    run = EventTemplate(HEAD, middle, TAIL).all_of(body)
    is_text = run is not None and jsons.Form(str).read(b'"%b"' % text) is not None
    desk = Desk(middle)
    desk.passage.data_received(chunk(body))

    assert bool(desk.written) is (is_text and (not middle or not extra or extra.isalnum()))


class Pieces:
    """What a parser finds of a body."""

    def __init__(self):
        self.bodies = []

    def on_body(self, body):
        self.bodies.append(body)


OPENED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
TRAILS = [b"", b"4", b"4\r\n", b"4;x\r\n", b"4;x\n\r\n", b"4\n\n\r\n", b"0\r\n", b"0\r\nx: y\r\n"]


@given(
    st.lists(st.sampled_from([b"a\n\n", b"\n\n", b"\r\n\n\n", b"5\n\n", b"a"]), min_size=1),
    st.sampled_from([*TRAILS, b"0\r\nx: y\n\n\r\n", b"\r\n", b"3\r\n\n\n"]),
    st.integers(0, 3),
)
def test_a_read_ends_a_chunk_only_where_the_parser_would_begin_another(bodies, trail, less):
    read = OPENED + b"".join(map(chunk, bodies)) + trail
    read = read[: len(read) - less]
    found = Pieces()
    parser = httptools.HttpResponseParser(found)
    try:
        parser.feed_data(read)
    except httptools.HttpParserError:
        return
    if found.bodies and ends_chunk(read, found.bodies[-1]):
        before = len(found.bodies)
        parser.feed_data(b"3\r\nxyz\r\n")

        assert found.bodies[before:] == [b"xyz"]


def test_a_body_that_no_chunks_frame_never_ends_one():
    assert ends_chunk(b"4\r\na\n\n\n\r\n", b"a\n\n\n")
    assert not ends_chunk(b"HTTP/1.1 200 OK\r\n\r\ndata: x\n\n", b"data: x\n\n")
    assert not ends_chunk(b"2\r\n\r\n\r\n", b"\r\n")
