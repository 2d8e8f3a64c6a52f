"""A decoder that looks at each chunk of another one."""

from proxy.codecs.plain.edited import EditedStream
from proxy.core.usage import Usage


class Decoder:
    ended = over = False
    events = 0
    went_by = 0
    told = Usage(9, 1)

    def feed(self, data):
        self.events += 1
        return [{"id": data.decode()}]

    def passed(self, events):
        self.went_by += events

    def finish(self):
        self.ended = self.over = True
        return [{"id": "last"}]


class Shouting(EditedStream):
    def edited(self, chunk):
        return {"id": chunk["id"].upper()}


def test_each_chunk_is_edited_the_last_ones_too():
    stream = Shouting(Decoder())

    assert stream.feed(b"a") == [{"id": "A"}]
    assert stream.finish() == [{"id": "LAST"}]


def test_what_it_knows_is_what_its_decoder_knows():
    decoder = Decoder()
    stream = EditedStream(decoder)

    assert stream.feed(b"a") == [{"id": "a"}]
    assert (stream.events, stream.ended, stream.over) == (1, False, False)
    assert stream.told == Usage(9, 1)
    stream.finish()
    stream.passed(3)
    assert (stream.ended, stream.over, decoder.went_by) == (True, True, 3)


def test_nothing_goes_by_unread():
    stream = EditedStream(Decoder())

    assert stream.more(b"a") == 0
    assert stream.template is None
