"""What a call tells whoever sent it, and when: before its caller hears the last of it."""

import asyncio

import pytest

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import Outcome
from proxy.web.errand import ERRAND
from tests.support.jobhouse import guild, said


class Sender:
    """Somebody who sends a call, and notes what happens and how much its caller has heard by then."""

    job = "job_1"

    def __init__(self, refusal=None):
        self.refusal = refusal
        self.told = []
        self.sent = []
        self.left = asyncio.Event()

    async def begin(self, charge, request, plan):
        self.told.append(("begin", charge.job, request.model, plan.alias))
        if self.refusal is not None:
            raise self.refusal

    async def over(self, ended):
        self.told.append(("over", ended.outcome, ended.kind, self.heard))
        return {"call_id": charge_of(ended), "latency_ms": 1.0}

    def ended(self, ended):
        self.told.append(("ended", ended.outcome, ended.kind, self.heard))

    @property
    def heard(self):
        """Whether the caller has heard the last of it."""
        last = self.sent[-1] if self.sent else {"type": ""}
        return last["type"] == "http.response.body" and not last.get("more_body", False)

    async def send(self, message):
        self.sent.append(message)

    async def call(self, house, model, *, stream=False):
        body = {"model": model, "stream": stream, **said()}
        inbox = [{"type": "http.request", "body": jsons.encode(body)}]

        async def receive():
            if inbox:
                return inbox.pop()
            await self.left.wait()
            return {"type": "http.disconnect"}

        key = house.http.headers["authorization"].encode()
        headers = [(b"host", b"localhost"), (b"authorization", key)]
        scope = {"type": "http", "method": "POST", "path": "/x", "headers": headers, ERRAND: self}
        await house.inference(scope, receive, self.send)


def charge_of(ended):
    return ended.job


async def told(model, *, stream=False, refusal=None, leaves=False):
    sender = Sender(refusal)
    async with guild() as house, await house.team() as client:
        client.inference = house.app._jobs.lazy.parts.inference
        calling = asyncio.ensure_future(sender.call(client, model, stream=stream))
        if leaves:
            await house.app.simulator.awake.arrived(1)
            sender.left.set()
        await calling
    return sender


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_is_served_is_told_of_before_its_last_words(stream):
    sender = await told("chat", stream=stream)

    assert sender.told == [
        ("begin", "job_1", "chat", "chat"),
        ("over", Outcome.SERVED, None, False),
        ("ended", Outcome.SERVED, None, True),
    ]
    assert b'"call_id":"job_1"' in b"".join(m.get("body", b"") for m in sender.sent)


@pytest.mark.parametrize(
    ("model", "stream", "outcome", "kind"),
    [
        ("dead", False, Outcome.FAILED, Kind.SERVER_ERROR),
        ("dead", True, Outcome.FAILED, Kind.SERVER_ERROR),
        ("cut", True, Outcome.CUT, Kind.RESET),
        ("nothing/like-it", False, Outcome.REFUSED, Kind.UNKNOWN_MODEL),
    ],
)
async def test_a_call_that_fails_is_told_of_before_its_caller_hears_so(
    model, stream, outcome, kind
):
    sender = await told(model, stream=stream)
    over = [each for each in sender.told if each[0] == "over"]

    assert over == [("over", outcome, kind, False)]
    assert sender.told[-1] == ("ended", outcome, kind, True)


async def test_a_call_that_may_not_be_made_is_refused():
    sender = await told("chat", refusal=ProxyError(Kind.UNPAID, "no credits"))

    assert sender.sent[0]["status"] == 402
    assert [each[:2] for each in sender.told[1:]] == [
        ("over", Outcome.REFUSED),
        ("ended", Outcome.REFUSED),
    ]


async def test_a_caller_who_left_is_told_of_once_nobody_waits():
    sender = await told("silent", leaves=True)

    assert [each[0] for each in sender.told] == ["begin", "ended"]
    assert sender.told[-1][1:3] == (Outcome.CANCELLED, Kind.CANCELLED)


async def test_a_call_that_is_dismissed_while_its_last_words_go_out_is_told_of_as_served_first():
    class Slow(Sender):
        """Somebody who reads all but the end, until nobody may stay any longer."""

        has_all_but_the_end = asyncio.Event()

        async def send(self, message):
            is_last = message["type"] == "http.response.body" and not message.get("more_body")
            if is_last and not self.has_all_but_the_end.is_set():
                self.has_all_but_the_end.set()
                await asyncio.Event().wait()
            await super().send(message)

    sender = Slow()
    async with guild() as house, await house.team() as client:
        client.inference = house.app._jobs.lazy.parts.inference
        calling = asyncio.ensure_future(sender.call(client, "chat", stream=True))
        await sender.has_all_but_the_end.wait()
        house.app._presence.dismiss(Kind.DRAINING, "closing")
        await calling

    assert [each[:3] for each in sender.told[1:3]] == [
        ("over", Outcome.SERVED, None),
        ("over", Outcome.CUT, Kind.DRAINING),
    ]
