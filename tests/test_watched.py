"""A running proxy seen from outside: what it counted, and what it logged, over real sockets."""

import asyncio
import io
import time

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from proxy.app import App
from proxy.config.schema import Alias, Auth, Config, Server, TargetRef
from proxy.core import jsons
from proxy.core.clock import SystemClock
from proxy.core.facts import CallEnded
from proxy.core.secret import Secret
from proxy.route.health import REFUSED
from proxy.sim.script import BEHAVIOURS
from proxy.watch import news
from proxy.watch.families import BY_NAME
from proxy.watch.log import CallLog
from proxy.watch.otel import Sender
from proxy.web.protocol import Connection
from tests.support.log_schema import checked
from tests.support.rawclient import RawClient, post, request

CASCADES = {"chat": ["overloaded", "echo"], "down": ["fail-500"], "cut": ["cut"]}
QUICK = sorted(BEHAVIOURS.keys() - {"lorem", "slow"})
PARENT = f"00-{'a' * 32}-{'b' * 16}-01"


class Watched:
    def __init__(self, spans=None):
        self.facts = []
        self.log = io.StringIO()
        models = {
            name: Alias(name, tuple(TargetRef("mock", model) for model in models))
            for name, models in CASCADES.items()
        }
        self.app = App(
            Config(server=Server(port=0, ops_port=0), models=models),
            observers=[self, CallLog(self.log, "json")],
            spans=spans,
        )

    def on(self, fact):
        self.facts.append(fact)

    async def call(self, model, *headers, stream=True, **fields):
        messages = [{"role": "user", "content": "one two three"}]
        body = jsons.encode({"model": model, "messages": messages, "stream": stream, **fields})
        async with await RawClient.connect(self.address) as client:
            return await client.ask(post("/v1/chat/completions", body, *headers))

    async def scrape(self):
        """Every sample by its name and labels."""
        async with await RawClient.connect(self.app.ops_address) as client:
            answer = await client.ask(request(path="/metrics"))
        assert answer.status == 200
        families = text_string_to_metric_families(answer.body.decode())
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    async def __aenter__(self):
        self.address = self.app.bind()
        await self.app.start()
        self._serving = asyncio.ensure_future(self.app.serve())
        return self

    async def __aexit__(self, *_):
        self.app.server.drain()
        await self._serving
        await self.app.aclose()

    @property
    def lines(self):
        return [checked(line) for line in self.log.getvalue().split("\n")[:-1]]


def sample(name, **labels):
    return (name, *sorted(labels.items()))


async def test_what_happened_is_counted():
    async with Watched() as watched:
        for model in ("chat", "chat", "down", "cut", "no-such-model"):
            await watched.call(model)
        await watched.call("chat", stream=False)
        seen = await watched.scrape()

    def requests(alias, target, outcome):
        labels = {"surface": "chat", "alias": alias, "target": target, "outcome": outcome}
        return seen.get(sample("firstbyte_requests_total", **labels))

    assert requests("chat", "mock/echo", "served") == 3
    assert requests("down", "none", "failed") == 1
    assert requests("cut", "mock/cut", "cut") == 1
    assert requests("other", "none", "refused") == 1
    attempts = "firstbyte_attempts_total"
    assert seen[sample(attempts, target="mock/overloaded", result="overloaded")] == 3
    assert seen[sample(attempts, target="mock/echo", result="served")] == 3
    failover = {"alias": "chat", "from_target": "mock/overloaded", "reason": "overloaded"}
    assert seen[sample("firstbyte_failovers_total", **failover)] == 3
    ttft = "firstbyte_time_to_first_token_seconds_count"
    assert seen[sample(ttft, alias="chat", target="mock/echo")] == 2
    assert seen[sample("firstbyte_overhead_seconds_count", surface="chat")] == 4
    assert seen[sample("firstbyte_tokens_total", target="mock/echo", kind="output")] > 0
    assert seen[sample("firstbyte_queue_depth")] == 0
    assert seen[sample("firstbyte_in_flight", surface="chat")] == 0
    assert seen[sample("firstbyte_circuit_state", target="mock/echo")] == 0
    assert seen[sample("firstbyte_resting_seconds", target="mock/echo")] == 0
    assert [value for (name, *_), value in seen.items() if name == "firstbyte_build_info"] == [1.0]


PATHS = ("chat/completions", "responses", "messages", "completions", "embeddings")


async def test_a_call_that_is_refused_at_the_door_is_counted_and_logged_like_one_refused_inside():
    plain = "content-type: text/plain"
    async with Watched() as watched:
        ids = []
        for path in PATHS:
            inside, outside = (
                post(f"/v1/{path}", b"["),
                request("POST", f"/v1/{path}", plain, body=b""),
            )
            for data in (inside, outside):
                async with await RawClient.connect(watched.address) as client:
                    ids.append((await client.ask(data)).header("x-request-id"))
        seen = await watched.scrape()
    lines = watched.lines

    assert [line["request_id"] for line in lines] == ids
    assert {(line["outcome"], line["error"]) for line in lines} == {("refused", "invalid_request")}
    for inside, outside in zip(lines[::2], lines[1::2], strict=True):
        assert (inside["status"], outside["status"]) == (400, 415)
        assert inside["surface"] == outside["surface"]
        refused = {"alias": "other", "target": "none", "outcome": "refused"}
        name = sample("firstbyte_requests_total", surface=outside["surface"], **refused)
        assert seen[name] == 2


async def test_what_cannot_be_read_is_counted_and_logged_too():
    many = [f"a{n}: b" for n in range(101)]
    async with Watched() as watched:
        ids = []
        for data in (post("/v1/messages", b"{}", *many), b"GET\r\n\r\n", request(host="a b")):
            async with await RawClient.connect(watched.address) as client:
                ids.append((await client.ask(data)).header("x-request-id"))
        seen = await watched.scrape()
    lines = watched.lines

    assert [line["request_id"] for line in lines] == ids
    assert [(line["surface"], line["status"]) for line in lines] == [
        ("messages", 431),
        ("none", 400),
        ("none", 400),
    ]
    refused = {"alias": "other", "target": "none", "outcome": "refused"}
    assert seen[sample("firstbyte_requests_total", surface="none", **refused)] == 2
    assert seen[sample("firstbyte_requests_total", surface="messages", **refused)] == 1


async def test_a_body_that_does_not_come_in_time_is_no_caller_who_left(monkeypatch):
    monkeypatch.setattr(Connection, "body_idle", 0.1)
    async with Watched() as watched, await RawClient.connect(watched.address) as client:
        sent = ("content-type: application/json", "content-length: 10")
        answer = await client.ask(request("POST", "/v1/chat/completions", *sent))
        seen = await watched.scrape()
    (line,) = watched.lines

    assert answer.header("x-request-id") == line["request_id"]
    assert (line["outcome"], line["status"], line["error"]) == ("refused", 408, "invalid_request")
    assert line["bytes_out"] == len(answer.body)
    assert not [name for name in seen if "disconnects" in name[0]]


async def test_a_key_that_rests_is_counted_down_while_its_circuit_is_closed():
    async with Watched() as watched:
        await watched.call("mock/bad-key")
        seen = await watched.scrape()

    assert seen[sample("firstbyte_circuit_state", target="mock/bad-key")] == 0
    assert 0 < seen[sample("firstbyte_resting_seconds", target="mock/bad-key")] <= REFUSED


async def test_every_series_has_its_family_and_no_label_that_a_caller_made():
    async with Watched() as watched:
        for number in range(5):
            await watched.call(f"mock/made-up-{number}")
            await watched.call(f"made-up-{number}")
        seen = await watched.scrape()

    names = {name for name, *_ in seen if name.startswith("firstbyte_")}
    labels = {value for _, *pairs in seen for _, value in pairs}

    assert not [n for n in names if n not in BY_NAME and n.rpartition("_")[0] not in BY_NAME]
    assert not [value for value in labels if "made-up" in value]
    assert "other" in labels


async def test_who_looks_on_with_an_admin_key_that_has_changed_is_shown_no_more():
    def at(key):
        return Config(server=Server(port=0, ops_port=0), auth=Auth(admin_key=Secret(key)))

    async with Watched() as watched:
        watched.app.adopt(at("first"))
        async with await RawClient.connect(watched.app.ops_address) as client:
            await client.send(request("GET", "/admin/events", "authorization: Bearer first"))
            await client.head()
            await client.chunk()
            watched.app.adopt(at("first"))
            await watched.call("mock/echo")
            shown = await client.chunk()
            watched.app.adopt(at("second"))
            await watched.call("mock/echo")
            while shown.count(b"event: call_ended") == 1 and (piece := await client.chunk()):
                shown += piece

    assert piece == b"", "it ends as a stream should"
    assert shown.count(b"event: call_ended") == 1


async def test_a_reload_changes_the_names():
    async with Watched() as watched:
        await watched.call("chat")
        fresh = {"fresh": Alias("fresh", (TargetRef("mock", "echo"),))}
        watched.app.adopt(Config(models=fresh))
        await watched.call("fresh")
        await watched.call("chat")
        seen = await watched.scrape()

    where = {"surface": "chat", "target": "mock/echo", "outcome": "served"}
    assert seen[sample("firstbyte_requests_total", alias="chat", **where)] == 1
    assert seen[sample("firstbyte_requests_total", alias="fresh", **where)] == 1


async def test_whoever_asks_sees_the_call_that_has_just_ended_and_when_that_was(monkeypatch):
    monkeypatch.setattr(news, "SOON", 3600.0)
    async with Watched() as watched:
        before = time.time()
        answer = await watched.call("chat")
        after = time.time()
        async with await RawClient.connect(watched.app.ops_address) as client:
            recent = await client.ask(request(path="/admin/recent"))
            latency = await client.ask(request(path="/admin/latency"))
        await watched.call("down")
        seen = await watched.scrape()
    (call,) = jsons.decode_object(recent.body)["data"]
    total = sum(n for (name, *_), n in seen.items() if name == "firstbyte_requests_total")

    assert call["id"] == answer.header("x-request-id")
    assert before - 0.001 <= call["at"] <= after + 0.001
    assert len(jsons.decode_object(latency.body)["data"]) == 2
    assert total == 2
    assert watched.lines[0]["at"] == call["at"]


@pytest.mark.parametrize("model", [*CASCADES, *(f"mock/{name}" for name in QUICK), "none", ""])
async def test_every_line_is_as_the_schema_says(model):
    async with Watched() as watched:
        for stream in (True, False):
            await watched.call(model, "x-stainless-timeout: 2", stream=stream, seed=1)
        await watched.call(model, "authorization: Bearer one", "x-api-key: two")

    assert [line["surface"] for line in watched.lines] == ["chat"] * 3
    assert len([fact for fact in watched.facts if isinstance(fact, CallEnded)]) == 3


async def test_a_line_names_its_callers_trace():
    async with Watched() as watched:
        await watched.call("chat", f"traceparent: {PARENT}")
        await watched.call("chat", "traceparent: nonsense")

    first, second = watched.lines

    assert first["trace_id"] == "a" * 32
    assert second["trace_id"] not in ("a" * 32, None)


async def test_a_call_s_spans_hang_beneath_its_callers_and_begin_a_trace_where_there_is_none():
    memory = InMemorySpanExporter()
    sender = Sender(Config(), SystemClock(), memory)
    async with Watched(sender) as watched:
        await watched.call("chat", f"traceparent: {PARENT}")
        await watched.call("chat")
    spans = memory.get_finished_spans()
    first, second = (span for span in spans if span.name == "chat chat")

    assert f"{first.context.trace_id:032x}" == "a" * 32
    assert f"{first.parent.span_id:016x}" == "b" * 16
    assert second.parent is None
    assert len(spans) == 6
    assert [f"{span.context.trace_id:032x}" for span in (first, second)] == [
        line["trace_id"] for line in watched.lines
    ]
