"""The cache, from a caller's side: over sockets, with OpenAI's SDK and the simulated providers behind."""

import httpx
import openai
import pytest

from proxy.config.schema import Alias, Auth, Config, Live, Provider, StaticKey, TargetRef
from proxy.core.facts import CallEnded, Outcome
from proxy.core.secret import Secret
from proxy.gate.registry import Registry
from proxy.gate.tenants import Allowance, Key, Mode, Team
from proxy.store.records import Finding
from proxy.store.store import StoreError
from tests.support.house import running
from tests.support.turns import HANGS

KEYS = {"blue": "fb-blue-key", "red": "fb-red-key", "": "fb-lone-key"}


def configured(simulator):
    """Callers need keys; most aliases keep what they answer."""
    providers = {
        "claude": Provider("claude", "", "anthropic", simulator),
        "gpt": Provider("gpt", "", "openai", f"{simulator}/v1"),
    }
    refs = {"chat": "gpt/echo", "native": "claude/echo", "cut": "gpt/cut", "embed": "gpt/embed"}
    models = {
        name: Alias(name, (TargetRef(*ref.split("/")),), cache=600.0) for name, ref in refs.items()
    }
    models["plain"] = Alias("plain", (TargetRef("gpt", "echo"),))
    cut_then_whole = (TargetRef("gpt", "cut"), TargetRef("claude", "echo"))
    models["mended"] = Alias("mended", cut_then_whole, live=Live(recover="restart"), cache=600.0)
    keys = tuple(StaticKey(Secret(key), team) for team, key in KEYS.items())
    return Config(
        auth=Auth(required=True, keys=(*keys, StaticKey(Secret("fb-other-key")))),
        providers=providers,
        models=models,
    )


@pytest.fixture(scope="module")
def house():
    with running(configured) as house:
        yield house


class Client:
    """One tenant with OpenAI's SDK; `asked` is what its providers were asked meanwhile."""

    def __init__(self, house, key=KEYS["blue"]):
        self.house = house
        self.sdk = openai.OpenAI(base_url=house.base_url, api_key=key, max_retries=0)

    def whole(self, text, model="chat", **more):
        messages = [{"role": "user", "content": text}]
        raw = self.sdk.chat.completions.with_raw_response.create(
            model=model, messages=messages, **more
        )
        return raw.headers.get("x-firstbyte-cache"), raw.parse()

    def stream(self, text, model="chat", **more):
        messages = [{"role": "user", "content": text}]
        options = {"include_usage": True}
        raw = self.sdk.chat.completions.with_raw_response.create(
            model=model, messages=messages, stream=True, stream_options=options, **more
        )
        return raw.headers.get("x-firstbyte-cache"), list(raw.parse())

    def post(self, path, body, **headers):
        headers = {"authorization": f"Bearer {self.sdk.api_key}", **headers}
        return httpx.post(self.house.base_url + path, json=body, headers=headers, timeout=HANGS)


@pytest.fixture
def client(house):
    return Client(house)


def text_of(chunks):
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def test_the_same_question_is_answered_once_in_either_form(house, client):
    first = client.whole("one two three")
    with house.recording() as calls:
        second = client.whole("one two three")
        third, chunks = client.stream("one two three")

    assert (first[0], second[0], third) == ("miss", "hit", "hit")
    assert second[1] == first[1]
    assert text_of(chunks) == first[1].choices[0].message.content
    assert chunks[-1].usage == first[1].usage
    assert {chunk.id for chunk in chunks} == {first[1].id}
    assert not calls


def test_what_was_streamed_is_given_whole(house, client):
    first, chunks = client.stream("red green blue")
    with house.recording() as calls:
        second, answer = client.whole("red green blue")
        third, again = client.stream("red green blue")

    assert (first, second, third) == ("miss", "hit", "hit")
    assert answer.choices[0].message.content == text_of(chunks) == text_of(again)
    assert answer.usage == chunks[-1].usage == again[-1].usage
    assert not calls


@pytest.mark.parametrize("other", ["fb-red-key", "fb-lone-key", "fb-other-key"])
def test_no_tenant_is_given_what_another_was_answered(house, client, other):
    text = f"for {other}"
    client.whole(text)

    assert client.whole(text)[0] == "hit"
    assert Client(house, other).whole(text)[0] == "miss"


def test_two_keys_without_a_team_are_two_tenants(house):
    lone, other = Client(house, "fb-lone-key"), Client(house, "fb-other-key")
    lone.whole("alone")

    assert other.whole("alone")[0] == "miss"
    assert lone.whole("alone")[0] == "hit"


def test_an_alias_without_a_cache_keeps_nothing(house, client):
    with house.recording() as calls:
        said = [client.whole("plainly", model="plain")[0] for _ in range(2)]

    assert said == [None, None]
    assert len(calls) == 2


def test_a_caller_may_want_a_fresh_answer_or_none_kept(client):
    def said(**more):
        return client.whole("as you wish", **more)[0]

    off = {"extra_body": {"firstbyte": {"cache": "off"}}}
    refresh = {"extra_body": {"firstbyte": {"cache": "refresh"}}}

    assert [said(**off), said(), said(**off), said()] == ["bypass", "miss", "bypass", "hit"]
    assert [said(**refresh), said()] == ["bypass", "hit"]
    assert said(extra_headers={"cache-control": "no-store"}) == "bypass"
    assert said(extra_headers={"cache-control": "no-cache"}) == "bypass"


def test_an_answer_that_was_cut_is_not_kept(house, client):
    for _ in range(2):
        raw = client.post(
            "/chat/completions",
            {"model": "cut", "messages": [{"role": "user", "content": "x"}], "stream": True},
        )

        assert raw.headers["x-firstbyte-cache"] == "miss"
        assert "[DONE]" not in raw.text


def test_an_answer_that_was_begun_anew_is_not_kept(client):
    said = [client.stream("mend this", model="mended") for _ in range(2)]

    assert [result for result, _ in said] == ["miss", "miss"]
    assert all("mend this" in text_of(chunks) for _, chunks in said)


def test_an_answer_that_a_limit_ended_is_not_kept(client):
    said = [client.whole("one two three four five", max_tokens=1) for _ in range(2)]

    assert [answer.choices[0].finish_reason for _, answer in said] == ["length", "length"]
    assert [result for result, _ in said] == ["miss", "miss"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["chat", "native"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/messages", {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 100}),
        ("/responses", {"input": "hello"}),
        ("/completions", {"prompt": "hello"}),
    ],
)
def test_every_surface_is_answered_again_in_its_own_words(client, path, body, model, stream):
    said = [client.post(path, {"model": model, "stream": stream, **body}) for _ in range(2)]

    assert [each.headers["x-firstbyte-cache"] for each in said][-1] == "hit"
    assert [each.status_code for each in said] == [200, 200]
    if not stream and path != "/responses":
        assert said[0].json() == said[1].json()
    assert "hello" in said[1].text
    assert said[1].headers["content-type"] == said[0].headers["content-type"]


def test_embeddings_are_kept_too(house, client):
    first = client.sdk.embeddings.create(model="embed", input=["a", "b"])
    with house.recording() as calls:
        second = client.sdk.embeddings.create(model="embed", input=["a", "b"])

    assert second == first
    assert not calls


def test_a_hit_is_a_call_that_was_served_by_nobody_and_cost_nothing(house, client):
    client.whole("what did it cost")
    house.facts.clear()
    answer = client.post(
        "/chat/completions",
        {
            "model": "chat",
            "messages": [{"role": "user", "content": "what did it cost"}],
            "firstbyte": {"report": True},
        },
    )
    (fact,) = [fact for fact in house.facts if isinstance(fact, CallEnded)]
    report = answer.json()["firstbyte"]

    assert answer.headers["x-firstbyte-target"] == "gpt/echo"
    assert answer.headers["x-firstbyte-attempts"] == "0"
    assert answer.headers["x-firstbyte-cost-usd"] == "0"
    assert (report["cache"], report["target"], report["cost_usd"]) == ("hit", "gpt/echo", 0)
    assert (fact.cache, fact.target, fact.outcome) == ("hit", None, Outcome.SERVED)
    assert (fact.cost_usd, fact.usage, fact.attempts) == (0, None, ())


def test_a_hit_counts_as_a_request_and_costs_no_credit(house):
    office = house.app.office
    registry = Registry(office.store, house.app._clock, office.gate.forget)
    team = Team("payers", mode=Mode.CONSUMPTION_TOKENS, tokens_per_credit=1)
    house.wait(registry.add_team(team))
    house.wait(registry.grant("payers", 10_000, "g1"))
    key = Key("", "payers", "", allowance=Allowance(rpm=3))
    _, secret = house.wait(registry.issue(key))
    caller = Client(house, secret.reveal())

    assert caller.whole("pay once")[0] == "miss"
    house.wait(office.gate.settler.flush())
    spent = house.wait(registry.credits("payers"))
    assert caller.whole("pay once")[0] == "hit"
    assert caller.stream("pay once")[0] == "hit"
    with pytest.raises(openai.RateLimitError):
        caller.whole("pay once")
    house.wait(office.gate.settler.flush())
    rows = house.wait(office.store.rows(Finding(team="payers")))

    assert house.wait(registry.credits("payers")) == spent
    assert [row.detail.get("cache") for row in rows[:3]] == ["miss", "hit", "hit"]
    assert [row.cost_micros for row in rows[1:3]] == [0, 0]
    assert all(row.priced and not row.prompt_tokens for row in rows[1:3])


def test_a_store_that_is_away_costs_a_call_its_cache_and_nothing_else(house, client, monkeypatch):
    async def away(*_):
        raise StoreError("gone")

    client.whole("still here")
    monkeypatch.setattr(house.app.office.store, "note", away)
    said, answer = client.whole("still here")

    assert said == "bypass"
    assert answer.choices[0].message.content


def test_what_the_cache_did_is_counted(house, client):
    def counted(result):
        reading = house.do(house.app.scrape.metrics.reading)
        return sum(reading.get(("firstbyte_cache_total", ("chat", result)), [0.0]))

    before = counted("miss"), counted("hit")
    client.whole("count me")
    client.whole("count me")

    assert (counted("miss"), counted("hit")) == (before[0] + 1, before[1] + 1)
