"""The fast path from a caller's side: who gets it, and who is served as before, beside a proxy that does not have it."""

import asyncio
import gc
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import pytest

from proxy.codecs.openai.codec import OpenAI
from proxy.config.schema import Alias, Auth, Config, PoolRef, Provider, StaticKey, TargetRef
from proxy.core.outbox import Outbox
from proxy.core.price import Price
from proxy.core.secret import Secret
from proxy.core.shape import Capabilities, Quirks
from proxy.gate.admit import Gate
from proxy.gate.registry import Registry
from proxy.gate.tenants import Allowance, Key, Mode, Status, Team
from proxy.upstream.client import Upstream
from proxy.web.cycle import Cycle
from proxy.web.fastpath import FastPath
from tests.support.calling import reached
from tests.support.twins import WAIT, answer, call, raw, twins

SCRIPTS = {"whole": [[answer()]], "slow": [[0.15, answer()]]}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-1",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 2},
}
WHOLE = TargetRef("p", "whole")
LISTED = {"type": "function", "function": {"name": "tide", "parameters": {"type": "object"}}}


def alias(name, *cascade, **more):
    return Alias(name, cascade or (WHOLE,), **more)


ALIASES = (
    alias("whole"),
    alias("slow", TargetRef("p", "slow")),
    alias("two", WHOLE, TargetRef("q", "whole")),
    alias("asked", model_in_answer="asked"),
    alias("cached", cache=60.0),
    alias("equals", PoolRef((WHOLE, WHOLE))),
    alias("rated", TargetRef("p", "whole", limits={"rpm": 1000})),
    alias("hedged", TargetRef("p", "whole", limits={"hedge_after": 5.0}), TargetRef("q", "whole")),
    alias("brief", limits={"total_timeout": 0.4}),
    alias("hasty", TargetRef("p", "slow", limits={"first_byte_timeout": 0.05}), WHOLE),
    alias(
        "distant",
        TargetRef("p", "whole", limits={"connect_timeout": 0.05}),
        TargetRef("q", "whole"),
    ),
    alias("timely", TargetRef("p", "slow", limits={"total_timeout": 0.05}), WHOLE),
    alias("cramped", WHOLE, TargetRef("q", "whole", capabilities=Capabilities(context=10))),
    alias("no-prefill", WHOLE, TargetRef("q", "whole", capabilities=Capabilities(prefill=False))),
    alias("params", TargetRef("p", "whole", params={"temperature": 0.5})),
    alias("strict", TargetRef("strict", "whole")),
    alias("theirs", TargetRef("theirs", "whole")),
    alias("away", TargetRef("away", "whole"), WHOLE),
    alias("naïve", TargetRef("p", "whole")),
)


def config(url, settings, **more):
    key = (Secret("sk-0123456789"),)
    providers = (
        Provider("p", "", "openai", url, api_keys=key, headers=(("x-team", "blue"),)),
        Provider("q", "", "openai", url, api_keys=key),
        Provider("strict", "", "openai", url, quirks=Quirks(drop=frozenset({"seed"}))),
        Provider("theirs", "", "openai", url, passthrough=True),
        Provider("away", "", "openai", url, off="its key is not set"),
    )
    return Config(
        server=settings,
        providers={each.name: each for each in providers},
        models={each.name: each for each in ALIASES},
        prices={"p/whole": Price(Decimal(3), Decimal(15))},
        **more,
    )


HEADS = {
    "plain": ([], True),
    "named": (["x-request-id: mine-1"], True),
    "badly-named": (["x-request-id: no name at all"], True),
    "named-twice": (["x-request-id: first", "x-request-id: second"], True),
    "traced": ([f"traceparent: 00-{'a' * 32}-{'b' * 16}-01", "tracestate: a=1,b=2"], True),
    "badly-traced": (["traceparent: 00-xyz", "tracestate: a=1"], True),
    "idempotent": (["idempotency-key: once", "openai-beta: a", "x-secret: canary"], True),
    "passed-on": (["via: 1.1 other, 1.0 another"], True),
    "two-types": (["content-type: application/json; charset=utf-8"], False),
    "uncached": (["cache-control: no-store"], True),
    "patient": (["x-request-timeout-ms: 5000"], True),
    "patient-sdk": (["x-stainless-timeout: 5"], True),
    "with-a-key": (["authorization: Bearer sk-my-own-key"], True),
    "expecting": (["expect: 100-continue"], False),
}


async def test_headers_mean_what_they_meant():
    found = {}
    async with twins(SCRIPTS, config) as scene:
        for name, (headers, _) in HEADS.items():
            clients = await scene.clients()
            for _ in range(3):
                await scene.ask(call("whole", *headers), clients)
                found[name] = scene.fast.ways()

    assert found == {name: ["fast"] * is_fast for name, (_, is_fast) in HEADS.items()}


BODIES = {
    "settings": (call(temperature=0.1, seed=4, stop=["a"], n=1, user="me"), True),
    "no-stream": (call(stream=False), True),
    "system": (call(messages=[{"role": "system", "content": "be ä brief"}]), True),
    "effort": (call(reasoning_effort="high"), True),
    "no-model": (raw(b'{"messages": [{"role": "user", "content": "hi"}]}'), True),
    "direct": (call("p/whole"), True),
    "two": (call("two"), True),
    "asked": (call("asked"), True),
    "params": (call("params"), True),
    "dropped": (call("strict", seed=1), True),
    "priced": (call("whole"), True),
    "off": (call("away"), True),
    "odd-name": (call("naïve"), True),
    "blank-before": (
        raw(b'  {"model": "whole", "messages": [{"role": "user", "content": "x"}]}'),
        True,
    ),
    "stream": (call(stream=True), ["handed"]),
    "report": (call(firstbyte={"report": True}), False),
    "models": (call(models=["whole", "two"]), False),
    "tools": (call(tools=[LISTED]), False),
    "parts": (call(messages=[{"role": "user", "content": [{"type": "text", "text": "a"}]}]), False),
    "cached": (call("cached"), False),
    "equals": (call("equals"), False),
    "rated": (call("rated"), True),
    "hedged": (call("hedged"), False),
    "brief": (call("brief"), False),
    "no-prefill": (
        call(
            "no-prefill",
            messages=[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
        ),
        False,
    ),
    "cramped": (call("cramped", messages=[{"role": "user", "content": "x" * 700}]), False),
    "theirs": (call("theirs"), False),
    "unknown": (call("nobody"), False),
    "role": (call(messages=[{"role": "nobody", "content": "a"}]), False),
    "no-messages": (call(messages=[]), False),
    "responses": (raw(b'{"model": "whole", "input": "hi"}'), False),
    "no-json": (raw(b"{"), False),
    "list": (raw(b"[]"), False),
    "blank": (raw(b""), False),
    "half-a-character": (
        raw(b'{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}'),
        False,
    ),
    "no-text": (
        raw(b'{"model": "whole", "messages": [{"role": "user", "content": "\xff"}]}'),
        False,
    ),
    "deep": (raw(b"[" * 800), False),
    "great": (
        raw(
            b'{"model": "whole", "seed": 1'
            + b"0" * 400
            + b', "messages": [{"role": "user", "content": "x"}]}'
        ),
        True,
    ),
    "longer": (call(messages=[{"role": "user", "content": "x" * 1000}]), False),
}


async def test_bodies_and_aliases_mean_what_they_meant():
    found, failures = {}, {}
    async with twins(SCRIPTS, lambda *a: config(*a, default_model="whole")) as scene:
        clients = await scene.known()
        for name, (data, _) in BODIES.items():
            try:
                await scene.ask(data, clients)
            except AssertionError as error:
                failures[name] = str(error)
            found[name] = scene.fast.ways()

        assert not failures, "\n".join(f"{name}: {each}" for name, each in failures.items())
        assert found == {
            name: way if isinstance(way, list) else ["fast"] * way
            for name, (_, way) in BODIES.items()
        }

        await scene.over()


async def test_clocks_that_are_shorter_than_a_look_run_out_in_time():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        hasty = await scene.ask(call("hasty"), clients)
        timely = await scene.ask(call("timely"), clients)

        assert hasty.header("x-firstbyte-cascade") == "p/slow=first_byte_timeout, p/whole=served"
        assert timely.header("x-firstbyte-cascade") == "p/slow=total_timeout, p/whole=served"
        assert scene.fast.ways() == ["handed", "handed"]


class Far:
    """Of each proxy's transport: the next connection to the provider does not come to be."""

    def __init__(self, scene):
        self.dialled = self.left = 0
        for twin in scene.each:
            self._put_between(twin.transport)

    def _put_between(self, transport):
        direct = transport._open

        async def never(*_):
            transport._open = direct
            self.dialled += 1
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.left += 1

        transport._open = never


async def test_a_target_to_which_no_connection_is_open_is_asked_when_there_is_one():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        await scene.disconnect()
        answered = await scene.ask(call(), clients)

        assert answered.status == 200
        assert (scene.fast.ways(), scene.pools) == (["fast"], [(1, 1)] * 2)


async def test_a_target_that_cannot_be_reached_in_time_is_left_for_the_next():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        await scene.disconnect()
        far = Far(scene)
        answered = await scene.ask(call("distant"), clients)

        assert answered.header("x-firstbyte-cascade") == "p/whole=connect_timeout, q/whole=served"
        assert (scene.fast.ways(), far.left) == (["handed"], 2)


async def test_a_target_that_takes_no_connections_fails_as_before():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        for twin in scene.each:
            twin.provider.close()
        await scene.disconnect()
        answered = await scene.ask(call("two"), clients)

        assert answered.status == 502
        assert answered.header("x-firstbyte-cascade") == "p/whole=connect, q/whole=connect"
        assert scene.fast.ways() == ["handed"]


async def test_a_caller_who_leaves_before_there_is_a_connection_ends_the_dialling():
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.known()
        await scene.disconnect()
        far = Far(scene)
        for client in clients:
            await client.send(call())
        await reached(lambda: far.dialled == 2)
        for client in clients:
            await client.close()
        await scene.same()
        await reached(lambda: far.left == 2)

        assert scene.fast.ways() == ["handed"]


def with_keys(*arguments):
    keys = (
        StaticKey(Secret("fb-static-all"), team="blue"),
        StaticKey(Secret("fb-static-two"), allowed_models=("two",)),
    )
    return config(*arguments, auth=Auth(required=True, stated=True, keys=keys))


class Tenants:
    """The same teams and keys at both."""

    def __init__(self, scene):
        self.registries = [
            Registry(twin.app.office.store, twin.app._clock, twin.app.office.gate.forget)
            for twin in scene.each
        ]

    async def add(self, name, **said):
        issued = []
        for registry in self.registries:
            await registry.add_team(Team(name, **said))
            issued.append(await registry.issue(Key("", name, "")))
        return issued


async def _both(scene, clients, secrets, model="whole", calls=3):
    """So many calls with each one's key; the ways of the last."""
    for _ in range(calls):
        scene.fast.ways()
        datas = [call(model, f"authorization: Bearer {_text(secret)}") for secret in secrets]
        last = await scene.ask_each(datas, clients)
    return last.status, scene.fast.ways()


def _text(secret):
    return secret.reveal() if isinstance(secret, Secret) else secret


STATIC = {
    ("fb-static-all", "whole"): (200, ["fast"]),
    ("fb-static-two", "two"): (200, ["fast"]),
    ("fb-static-two", "whole"): (403, []),
    ("fb-unknown", "whole"): (401, []),
}


async def test_keys_of_the_configuration_open_what_they_opened():
    found = {}
    async with twins(SCRIPTS, with_keys) as scene:
        for secret, model in STATIC:
            clients = await scene.clients()
            found[secret, model] = await _both(scene, clients, [secret, secret], model)
        two_keys = call("whole", "authorization: Bearer fb-static-all", "x-api-key: sk-mine")
        clients = await scene.clients()
        for _ in range(2):
            await scene.ask(two_keys, clients)
            assert scene.fast.ways() == []

        assert found == STATIC

        await scene.over()


TEAMS = {
    "free": ({}, True),
    "listed": ({"allowed_models": ("whole",)}, True),
    "rated": ({"allowance": Allowance(rpm=100)}, True),
    "budgeted": ({"allowance": Allowance(budget_micros=10_000_000)}, True),
    "broke": ({"mode": Mode.CONSUMPTION_TOKENS}, False),
    "of-jobs": ({"mode": Mode.JOB_BASED}, True),
    "jobs-only": ({"mode": Mode.JOB_BASED, "jobs_only": True}, False),
    "keeping": ({"keeps_bodies": True}, False),
    "defaulting": ({"default_model": "two"}, True),
}


async def test_teams_of_the_store_are_bound_as_they_were():
    found = {}
    async with twins(SCRIPTS, with_keys) as scene:
        tenants = Tenants(scene)
        for name, (said, _) in TEAMS.items():
            issued = await tenants.add(name, **said)
            clients = await scene.clients()
            secrets = [secret for _, secret in issued]
            model = "" if "default_model" in said else "whole"
            found[name] = (await _both(scene, clients, secrets, model))[1]

        assert found == {name: ["fast"] * is_fast for name, (_, is_fast) in TEAMS.items()}

        await scene.over()


async def test_what_binds_a_call_is_taken_until_nothing_is_left_as_it_was():
    async with twins(SCRIPTS, with_keys) as scene:
        tenants = Tenants(scene)
        bound = {"allowance": Allowance(rpm=5), "mode": Mode.CONSUMPTION_TOKENS}
        issued = await tenants.add("bound", **bound)
        for twin in scene.each:
            await twin.app.office.store.grant("credits:bound", 10**6, "g")
        clients = await scene.clients()
        found, left = [], []
        for at in range(5):
            answer = await scene.ask_each(_with_keys(issued, stream=at == 4), clients)
            left.append(dict(answer.headers).get("x-ratelimit-remaining-requests"))
            found.append((answer.status, scene.fast.ways()))
        # They are told to a millisecond how long to wait, so that their answers differ.
        pairs = zip(clients, _with_keys(issued), strict=True)
        refused = [(await client.ask(data)).status for client, data in pairs]
        await scene.over()
        balances = [await twin.app.office.store.balance("credits:bound") for twin in scene.each]

        # The first of a connection makes its head known.
        assert found == [(200, []), *[(200, ["fast"])] * 3, (200, ["handed"])]
        assert left == ["4", "3", "2", "1", "0"]
        assert (refused, scene.fast.ways()) == ([429, 429], [])
        assert balances[0] == balances[1]
        assert (balances[0].held, balances[0].spent > 0) == (0, True)


def _with_keys(issued, **fields):
    """The same call with the key of each."""
    return [
        call("whole", f"authorization: Bearer {secret.reveal()}", **fields) for _, secret in issued
    ]


async def test_where_nobody_can_be_asked_after_all_the_endpoint_goes_on_with_what_was_taken():
    async with twins(SCRIPTS, with_keys) as scene:
        tenants = Tenants(scene)
        bound = Allowance(rpm=4, budget_micros=10_000_000)
        issued = await tenants.add("bound", allowance=bound)
        clients = await scene.clients()
        left = []
        with patch.object(Upstream, "begin", lambda *_, **__: None):
            for _ in range(4):
                answer = await scene.ask_each(_with_keys(issued), clients)
                left.append(dict(answer.headers).get("x-ratelimit-remaining-requests"))
                assert (answer.status, scene.fast.ways()) == (200, [])
        await scene.over()
        lines = [await twin.app.office.store.entries() for twin in scene.each]

    assert left == ["3", "2", "1", "0"]
    assert len(lines[0]) == len(lines[1])


async def test_a_failure_of_ours_behind_the_charge_gives_back_what_was_taken(caplog):
    async with twins(SCRIPTS, with_keys) as scene:
        tenants = Tenants(scene)
        issued = await tenants.add("bound", allowance=Allowance(budget_micros=10_000_000))
        clients = await scene.clients()
        await scene.ask_each(_with_keys(issued), clients)
        with patch.object(Upstream, "begin", side_effect=RuntimeError("a fault of ours")):
            served = await clients[0].ask(_with_keys(issued)[0])
        await scene.fast.app.office.gate.settler.close(1.0)
        (account,) = {line.account for line in await scene.fast.app.office.store.entries()}
        balance = await scene.fast.app.office.store.balance(account)

    assert (served.status, balance.held) == (200, 0)
    assert "a fault of ours" in caplog.text


async def test_a_key_that_is_revoked_between_two_calls_opens_nothing():
    async with twins(SCRIPTS, with_keys) as scene:
        tenants = Tenants(scene)
        issued = await tenants.add("blue")
        clients, secrets = await scene.clients(), [secret for _, secret in issued]
        before = await _both(scene, clients, secrets)
        for registry, (key, _) in zip(tenants.registries, issued, strict=True):
            await registry.revoke(key.id)
        after = await _both(scene, clients, secrets, calls=1)

        assert before == (200, ["fast"])
        assert after == (401, [])


async def test_a_team_that_is_suspended_between_two_calls_is_told_so():
    async with twins(SCRIPTS, with_keys) as scene:
        tenants = Tenants(scene)
        issued = await tenants.add("blue")
        clients, secrets = await scene.clients(), [secret for _, secret in issued]
        before = await _both(scene, clients, secrets)
        for registry in tenants.registries:
            await registry.change_team("blue", lambda team: replace(team, status=Status.SUSPENDED))
        after = await _both(scene, clients, secrets, calls=1)

        assert before == (200, ["fast"])
        assert after == (403, [])


@pytest.mark.parametrize(
    "broken", [(OpenAI, "encode"), (Gate, "open")], ids=["before-it-is-sent", "after"]
)
async def test_a_failure_of_ours_gives_back_all_that_was_taken(broken, caplog):
    async with twins(SCRIPTS, config) as scene:
        client, _ = await scene.known()
        with patch.object(*broken, side_effect=RuntimeError("a fault of ours")):
            failed = await client.ask(call())
        await scene.fast.quiet()
        mended = await client.ask(call())

        assert (failed.status >= 500, mended.status) == (True, 200)
        assert "a fault of ours" in caplog.text


async def test_a_call_that_is_over_is_gone_at_once_with_its_body():
    async with twins(SCRIPTS, config) as scene:
        client, _ = await scene.known()
        gc.collect()
        gc.disable()
        try:
            before = _cycles()
            for _ in range(5):
                await client.ask(call())
            await scene.fast.quiet()
            after = _cycles()
        finally:
            gc.enable()

        assert after == before


def _cycles():
    return sum(type(each) is Cycle for each in gc.get_objects())


async def test_who_stops_waits_until_the_connections_of_streams_that_are_over_are_closed():
    frames = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[%b]}\n\n'
    said = frames % b'{"index":0,"delta":{"role":"assistant","content":"hi"},"finish_reason":null}'
    said += frames % b'{"index":0,"delta":{},"finish_reason":"stop"}' + b"data: [DONE]\n\n"
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    endless = [head + b"%x\r\n%b\r\n" % (len(said), said), WAIT]
    with patch.object(FastPath, "aclose", autospec=True, side_effect=FastPath.aclose) as closed:
        async with twins({**SCRIPTS, "endless": [endless]}, config) as scene:
            client, _ = await scene.known("p/whole")
            heard = await client.ask(call("p/endless", stream=True))
            path = scene.fast.app._fast_path
            closing = list(path._closing)
            await path.aclose()

            assert heard.complete
            assert [task.done() for task in closing] == [True]
        assert [each.args[0] for each in closed.await_args_list].count(path) == 2


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_said_waits_for_the_end_of_a_turn_unless_it_is_for_a_stream(
    stream, monkeypatch
):
    waited, put = [], Outbox.put

    def noted(self, sink, data):
        waited.append(data.split(b" ", 1)[0])
        put(self, sink, data)

    monkeypatch.setattr(Outbox, "put", noted)
    async with twins(SCRIPTS, config) as scene:
        clients = await scene.clients()
        for _ in range(3):
            await scene.ask(call("whole", stream=stream), clients)
        ways = scene.fast.ways()

    assert len(ways) == 2
    assert set(waited) == (set() if stream else {b"POST", b"HTTP/1.1"})
