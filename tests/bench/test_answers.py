"""What the mock says is what the codecs read."""

import struct

import pytest

from bench import answers
from bench.micro import STREAMS, target
from bench.mock import writes
from proxy.codecs.by_protocol import CODECS
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest


@pytest.mark.parametrize("protocol", STREAMS)
def test_a_stream_has_its_events_and_reads_as_the_whole_text(protocol):
    events = list(STREAMS[protocol](100))
    request = ChatRequest(body={"messages": []}, stream=True)
    decoder = CODECS[protocol].stream(request, target(protocol), created=answers.CREATED)
    chunks = [chunk for event in events for chunk in decoder.feed(event)] + decoder.finish()
    message = fold(chunks)["choices"][0]["message"]

    assert len(events) == 100
    assert message["content"].startswith(" The tide comes in")
    assert len(message["content"].split()) >= 92


def test_a_file_of_answers_reads_back_as_its_writes(tmp_path):
    answers.write_all(tmp_path, 3)
    data = (tmp_path / "paced").read_bytes()
    found = list(writes(data))

    assert len(found) == 4
    assert [answers.STAMP.encode() in each for each in found] == [False, True, True, True]
    assert found[-1].endswith(b"0\r\n\r\n")
    assert data.startswith(struct.pack(">I", len(found[0])))


def test_a_whole_answer_has_a_kilobyte():
    head, _, body = answers.whole()[0].partition(b"\r\n\r\n")

    assert len(body) == 1024
    assert f"content-length: {len(body)}".encode() in head
