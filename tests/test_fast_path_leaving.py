"""Calls on the fast path that somebody ends: a caller who leaves, a server that stops, a provider that went meanwhile."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import pytest

from proxy.codecs.openai import OpenAI
from proxy.config.schema import Alias, Config, Cors, Provider, TargetRef
from proxy.core import outbox
from proxy.core.errors import Kind
from tests.support.calling import reached
from tests.support.rawclient import RawClient
from tests.support.twins import CLOSE, HELD, WAIT, answer, call, completion, twins

SCRIPTS = {
    "whole": [[answer()]],
    "silent": [[WAIT]],
    "late": [[0.05, answer()]],
    "held": [[HELD, answer()]],
    "half": [[answer()[:-5], WAIT]],
    "killed": [[answer(), CLOSE]],
    "kills": [[CLOSE]],
    "huge": [[answer(completion(id="c" * 5_000_000))]],
    "great": [[answer(completion(id="c" * 30_000))]],
}


def config(url, settings, **more):
    return Config(
        server=settings,
        providers={"p": Provider("p", "", "openai", url)},
        models={name: Alias(name, (TargetRef("p", name),)) for name in SCRIPTS},
        **more,
    )


@pytest.fixture(params=[0.0, 99.0], ids=["waits", "at-once"], autouse=True)
def _worth(request, monkeypatch):
    """What is said goes out at the end of a turn of the loop, or at once."""
    monkeypatch.setattr(outbox, "WORTH", request.param)


async def _begun(scene, model, number=1):
    """A call that waits for its provider, at both."""
    clients = await scene.known()
    for client in clients:
        await client.send(call(model))
    await scene.asked(number)
    return clients


async def test_a_caller_who_leaves_a_silent_target_ends_the_call_and_its_connection():
    async with twins(SCRIPTS, config) as scene:
        clients = await _begun(scene, "silent")
        for client in clients:
            client.reset()
        facts = (await scene.same())["facts"]

        assert [(fact["outcome"], fact["target"]) for fact in facts] == [("cancelled", "None")]
        assert [twin.transport.pool.open for twin in scene.each] == [0, 0]
        assert scene.fast.ways() == ["handed"]


async def test_a_caller_who_leaves_half_an_answer_ends_the_call():
    async with twins(SCRIPTS, config) as scene:
        clients = await _begun(scene, "half")
        await reached(lambda: scene.fast.handed)
        for client in clients:
            client.reset()
        await scene.same()

        assert [twin.transport.pool.open for twin in scene.each] == [0, 0]


async def test_a_caller_who_closes_its_side_has_left():
    async with twins(SCRIPTS, config) as scene:
        clients = await _begun(scene, "silent")
        for client in clients:
            client.finish_sending()
        facts = (await scene.same())["facts"]

        assert [fact["outcome"] for fact in facts] == ["cancelled"]


async def test_requests_that_wait_behind_a_fast_call_are_served_in_order():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for client in clients:
            await client.send(call("late"))
        await scene.asked()
        seen = []
        for client in clients:
            await client.send(call("whole", temperature=0.5) + call("great"))
            seen.append([(await client.response()).status for _ in range(3)])
        asked = (await scene.same())["asked"]

        assert seen == [[200] * 3] * 2
        assert ['"model": "late"' in asked[0], '"model": "great"' in asked[2]] == [True, True]


async def test_two_requests_in_one_read_are_served_in_order():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for client in clients:
            await client.send(call("late") + call("great"))
        answers = [[await client.response() for _ in range(2)] for client in clients]
        await scene.same()

        assert [[len(each.body) > 20_000 for each in pair] for pair in answers] == [
            [False, True]
        ] * 2


async def test_a_request_that_cannot_be_read_is_refused_behind_the_answer_to_a_fast_call():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for client in clients:
            await client.send(call("late"))
        await scene.asked()
        for client in clients:
            await client.send(b"NONSENSE\r\n\r\n")
        said = [await client.rest() for client in clients]

        assert all(each.startswith(b"HTTP/1.1 200 ") for each in said)
        assert all(b"HTTP/1.1 400 " in each for each in said)

        await scene.same()


async def test_a_head_that_waits_for_leave_to_go_on_is_answered_as_before():
    async with twins(SCRIPTS, config) as scene:
        for _ in range(3):
            clients = await scene.clients()
            await scene.ask(call("whole", "expect: 100-continue"), clients)

        assert scene.fast.ways() == []


async def test_a_call_in_http_1_0_is_served_as_before():
    async with twins(SCRIPTS, config) as scene:
        data = call("whole").replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        for _ in range(3):
            clients = await scene.clients()
            await scene.ask(data, clients)

        assert scene.fast.ways() == []


async def test_a_server_that_stops_waits_for_a_fast_call():
    async with twins(SCRIPTS, config, drain_timeout=60.0) as scene:
        clients = await _begun(scene, "held")
        for twin in scene.each:
            twin.app.server.drain()
            (connection,) = twin.app.server._uvicorn.server_state.connections
            await reached(lambda: connection._draining)  # noqa: B023 (looked at here)
        scene.go_on()
        answers = [await client.response() for client in clients]
        await scene.same()

        assert [(each.status, each.header("connection")) for each in answers] == [
            (200, "close")
        ] * 2
        assert scene.fast.ways() == ["fast"]


async def test_a_server_that_may_wait_no_longer_says_so_to_a_fast_call():
    async with twins(SCRIPTS, config) as scene:
        clients = await _begun(scene, "silent")
        for twin in scene.each:
            twin.app._dismiss()
        answers = [await client.response() for client in clients]
        facts = (await scene.same())["facts"]

        assert [(each.status, each.error["code"]) for each in answers] == [
            (503, "shutting_down")
        ] * 2
        assert [(fact["outcome"], len(fact["attempts"])) for fact in facts] == [("failed", 1)]


async def test_nobody_takes_the_fast_path_of_a_server_that_may_wait_no_longer():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for twin in scene.each:
            twin.app._presence.dismiss(Kind.DRAINING, "over")
        refused = await scene.ask(call(), clients)

        assert refused.status == 503
        assert scene.fast.ways() == []


async def test_an_answer_says_that_its_connection_ends_where_the_server_is_about_to_stop():
    async with twins(SCRIPTS, config, drain_delay=60.0, drain_timeout=0.1) as scene:
        clients = await _begun(scene, "held")
        for twin in scene.each:
            twin.app.server.drain()
        scene.go_on()
        under_way = [await client.response() for client in clients]
        later = await scene.ask(call(), await scene.clients())
        scene.fast.ways()
        for twin in scene.each:
            twin.app.server.drain()

        assert [each.header("connection") for each in under_way] == ["close", "close"]
        assert later.header("connection") == "close"


async def test_a_full_server_lets_fast_calls_wait_like_others():
    async with twins(SCRIPTS, config, max_in_flight=1, max_queue=1, queue_timeout=60.0) as scene:
        clients = await _begun(scene, "held")
        others = await scene.clients()
        for pair in (clients, others):
            for twin, client in zip(scene.each, pair, strict=True):
                if pair is others:
                    await client.send(call("whole"))
                    await reached(lambda: twin.app.load.queued)  # noqa: B023
        scene.go_on()
        answers = [await client.response() for client in (*clients, *others)]
        await scene.same()

        assert [each.status for each in answers] == [200] * 4
        assert scene.fast.ways() == ["fast"]


async def test_a_place_that_a_fast_call_holds_is_nobody_elses():
    async with twins(SCRIPTS, config, max_in_flight=1, max_queue=0) as scene:
        await _begun(scene, "late")
        refused = [await client.ask(call("whole")) for client in await scene.clients()]
        await scene.same()

        assert [each.status for each in refused] == [503, 503]


async def test_an_idle_connection_that_the_provider_closed_costs_no_call():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for twin in scene.each:
            twin.provider.hang_up()
        served = await scene.ask(call(), clients)

        assert served.status == 200


async def test_a_provider_that_hangs_up_on_a_call_is_asked_once_more_and_no_oftener():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        others = await scene.clients()
        late = [client.ask(call("late")) for client in (*clients, *others)]
        # Now two connections of each are open and idle.
        await asyncio.gather(*late)
        await scene.same()
        scene.fast.ways()
        for client in clients:
            await client.ask(call("kills"))
        asked = (await scene.same())["asked"]

        assert len(asked) == 2
        assert scene.fast.ways() == ["handed"]


async def test_a_reload_takes_effect_at_the_next_call_with_a_known_head():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for twin in scene.each:
            now = config(twin.provider.url, twin.app._config.server)
            named = replace(now.models["great"], name="whole")
            twin.app.adopt(replace(now, models={**now.models, "whole": named}))
        served = await scene.ask(call(), clients)

        assert len(served.body) > 20_000
        assert scene.fast.ways() == ["fast"]


async def test_where_web_pages_may_call_the_head_of_an_answer_says_so():
    async with twins(
        SCRIPTS,
        lambda url, server: config(url, replace(server, cors=Cors(("https://app.example",)))),
    ) as scene:
        clients = await scene.clients()
        for _ in range(3):
            served = await scene.ask(call("whole", "origin: https://app.example"), clients)

        assert served.header("access-control-allow-origin") == "https://app.example"
        assert scene.fast.ways() == []


async def test_a_body_that_does_not_fit_into_one_write_is_sent_whole():
    text = [{"role": "user", "content": "x" * 1_000_000}]
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        served = await scene.ask(call("whole", messages=text), clients)

        assert served.status == 200


async def test_a_caller_who_does_not_read_gets_its_answers_once_it_does():
    async with twins(SCRIPTS, config) as scene:
        await scene.known()
        clients = [
            await RawClient.connect(twin.address, receive_buffer=4096) for twin in scene.each
        ]
        for twin, client in zip(scene.each, clients, strict=True):
            client.stop_reading()
            await client.send(call("huge"))
            await reached(lambda: _is_full(twin))  # noqa: B023 (looked at here)
            await client.send(call("whole"))
        await reached(lambda: scene.fast.handed)
        sizes = []
        for client in clients:
            client.read_on()
            sizes.append([len((await client.response()).body) for _ in range(2)])
            await client.close()

        assert sizes[0] == sizes[1]
        assert sizes[0][0] > 4_000_000

        await scene.same()


def _is_full(twin):
    connections = twin.app.server._uvicorn.server_state.connections
    return any(
        each.flow.write_paused and each.cycle.response_complete
        for each in connections
        if each.cycle
    )


async def test_a_bug_at_the_beginning_of_a_call_is_met_by_the_endpoint_and_told():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for twin in scene.each:
            twin.app._planner = None
        crashed = await scene.ask(call(), clients)

        assert crashed.status == 500


async def test_a_bug_in_reading_an_answer_is_told_as_one():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        with patch.object(OpenAI, "decode", side_effect=ZeroDivisionError):
            crashed = await scene.ask(call(), clients)

        assert crashed.status == 500
        assert scene.fast.ways() == ["handed"]


async def test_a_console_that_calls_models_does_not_take_the_fast_path():
    async with twins(SCRIPTS, config, ops_host="127.0.0.1", ops_port=0) as scene:
        tasks = [asyncio.ensure_future(twin.app.ops.serve()) for twin in scene.each]
        clients = [await RawClient.connect(twin.app.ops_address) for twin in scene.each]
        for _ in range(3):
            answers = [
                await client.ask(call("whole", path="/console/v1/chat/completions"))
                for client in clients
            ]
        for twin, task, client in zip(scene.each, tasks, clients, strict=True):
            await client.close()
            twin.app.ops.drain()
            await task

        assert [each.status for each in answers] == [200, 200]
        assert scene.fast.ways() == []
