"""What the page asks for is told anew at every call, and kept by nobody."""

from proxy.config.schema import Config
from proxy.config.snippets import KEY, MODEL, snippets
from proxy.core import jsons
from proxy.watch.recent import Recent
from proxy.web.console.data import configuration, latency, lines_to_paste, recent
from proxy.web.console.rooms import Listener
from tests.support.told import ended


async def told(endpoint):
    sent = []

    async def send(message):
        sent.append(message)

    await endpoint({}, None, send)
    head = dict(sent[0]["headers"])
    assert sent[0]["status"] == 200
    assert head[b"content-type"] == b"application/json"
    assert head[b"cache-control"] == b"no-store"
    return jsons.decode(sent[1]["body"])


async def test_the_last_calls_and_the_last_tries():
    memory = Recent()
    calls, tries = recent(memory), latency(memory)
    assert await told(calls) == {"object": "list", "data": []}
    memory.on(ended())

    assert [call["id"] for call in (await told(calls))["data"]] == ["req_1"]
    assert (await told(tries))["data"] == [
        {"target": "a/m", "tries": [{"ms": 3.2, "result": "overloaded"}]},
        {"target": "b/m", "tries": [{"ms": 40.0, "result": "served"}]},
    ]


async def test_the_configuration_is_that_in_force_now():
    config = [Config(default_model="a")]
    endpoint = configuration(lambda: config[0], "1.2.3")
    before = await told(endpoint)
    config[0] = Config(default_model="b")
    after = await told(endpoint)

    assert (before["object"], before["version"]) == ("config", "1.2.3")
    assert (before["config"]["default_model"], after["config"]["default_model"]) == ("a", "b")


async def test_lines_come_with_open_slots_and_what_belongs_into_them():
    endpoint = lines_to_paste(Config, lambda: Listener("0.0.0.0", 8080, tls=True))
    said = await told(endpoint)

    assert [each["tool"] for each in said["data"]] == list(snippets())
    assert said["listener"] == {"host": "0.0.0.0", "port": 8080, "tls": True}
    assert (said["key"], said["model"]) == (KEY, MODEL)
    assert any("{{v1}}" in each["text"] for each in said["data"])
