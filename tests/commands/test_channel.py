import socket

import pytest

from proxy.commands.channel import Line, Messages, Word, pack, packed, unpacked
from proxy.config.schema import Alias, Config, StaticKey
from proxy.core.secret import Secret


def test_messages_come_whole_however_they_were_cut():
    sent = pack(Word.READY) + pack(Word.TAKEN, b"7") + pack(Word.CONFIG, bytes(300))
    for size in (1, 4, 5, 6, 50, len(sent)):
        messages = Messages()
        pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
        came = [message for piece in pieces for message in messages.feed(piece)]

        assert came == [(Word.READY, b""), (Word.TAKEN, b"7"), (Word.CONFIG, bytes(300))]


def test_a_configuration_is_the_same_at_the_other_end():
    config = Config("firstbyte.yaml", models={"chat": Alias("chat", ())})
    ((word, data),) = Messages().feed(packed(Word.CONFIG, (3, config)))

    assert (word, unpacked(data)) == (Word.CONFIG, (3, config))


def test_a_secret_is_the_same_at_the_other_end():
    key = StaticKey(Secret("fb-0123456789"))
    ((_, data),) = Messages().feed(packed(Word.CONFIG, key))

    assert unpacked(data).key.reveal() == "fb-0123456789"


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    line = Line(ours)
    yield line, theirs
    line.close()
    theirs.close()


def test_a_line_hears_what_was_sent_and_then_its_end(pair):
    line, theirs = pair
    theirs.sendall(pack(Word.READY) + pack(Word.RELOAD))
    said = line.hear()
    theirs.close()

    assert said == [(Word.READY, b""), (Word.RELOAD, b"")]
    assert line.hear() is None


def test_a_line_that_was_cut_has_ended(pair):
    line, theirs = pair
    line.say(pack(Word.STOP))
    theirs.close()

    assert line.hear() is None
    with pytest.raises(BrokenPipeError):
        line.say(pack(Word.STOP))


def test_what_is_said_arrives(pair):
    line, theirs = pair
    line.say(pack(Word.STOP))

    assert theirs.recv(100) == pack(Word.STOP)
    assert line.fileno() >= 0
