import asyncio

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from proxy.web.backlog import Backlog


class Transport:
    def __init__(self):
        self.said = []

    def pause_reading(self):
        self.said.append("pause")

    def resume_reading(self):
        self.said.append("resume")


@pytest.fixture(params=[Backlog, FlowControl])
def made(request):
    # What holds for ours holds for uvicorn's own.
    transport = Transport()
    return request.param(transport), transport


async def test_who_writes_waits_while_it_is_full(made):
    flow, _ = made
    await flow.drain()
    flow.pause_writing()
    flow.pause_writing()
    wait = asyncio.ensure_future(flow.drain())
    await asyncio.sleep(0)

    assert flow.write_paused
    assert not wait.done()

    flow.resume_writing()
    await wait

    assert not flow.write_paused


async def test_reading_is_paused_and_resumed_once_each(made):
    flow, transport = made
    flow.resume_reading()
    flow.pause_reading()
    flow.pause_reading()
    flow.resume_reading()

    assert transport.said == ["pause", "resume"]
    assert not flow.read_paused
