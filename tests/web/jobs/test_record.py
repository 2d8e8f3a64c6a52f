import pytest

from proxy.gate.jobs.once import MOST_ANSWER, Told
from proxy.web.jobs.record import Record, replay


class Out:
    def __init__(self):
        self.messages = []

    async def __call__(self, message):
        self.messages.append(message)


def head(status=200):
    headers = [
        (b"content-type", b"text/x"),
        (b"x-job-id", b"job_1"),
        (b"x-firstbyte-target", b"p/m"),
    ]
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(data, *, more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


async def recorded(*messages):
    out = Out()
    record = Record(out)
    for message in messages:
        await record(message)
    assert out.messages == list(messages)
    return record.told


async def test_a_whole_answer_is_taken_down_with_what_belongs_to_it():
    told = await recorded(head(), body(b"one ", more=True), body(b"two"))

    assert told == Told((("content-type", "text/x"), ("x-job-id", "job_1")), b"one two")


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (head(),),
        (head(), body(b"one", more=True)),
        (head(402), body(b"no")),
    ],
)
async def test_an_error_or_a_part_is_nothing(messages):
    assert await recorded(*messages) is None


async def test_of_a_long_answer_is_taken_down_that_it_is_too_long():
    told = await recorded(head(), *[body(b"x" * 400_000, more=True)] * 4, body(b""))

    assert len(told.body) == MOST_ANSWER + 1


async def test_an_answer_is_given_again_and_says_so():
    out = Out()
    await replay(out, Told((("x-job-id", "job_1"),), b"abc"))

    assert dict(out.messages[0]["headers"]) == {
        b"x-job-id": b"job_1",
        b"idempotent-replayed": b"true",
        b"content-length": b"3",
    }
    assert out.messages[1]["body"] == b"abc"
