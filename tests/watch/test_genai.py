from decimal import Decimal

import pytest

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core.errors import Kind, Tried
from proxy.core.facts import Outcome, Run
from proxy.core.usage import Usage
from proxy.watch.genai import FIRST_OUTPUT, MAX_VALUE, PROVIDERS, GenAi
from tests.support.told import ended, refused

CONFIG = Config(
    providers={
        "a": Provider("a", "mistral", "mistral", "https://api.example/v1"),
        "b": Provider("b", "", "bedrock", "http://127.0.0.1:8000"),
        "odd": Provider("odd", "", "openai", "http://[broken"),
    },
    models={"chat": Alias("chat", (TargetRef("a", "m"), TargetRef("b", "m")))},
)
NAMES = GenAi(CONFIG)


def tries(fact):
    return list(NAMES.tries(fact))


def test_a_call_is_told_by_the_conventions_names():
    picture = NAMES.call(ended())

    assert picture.name == "chat chat"
    assert (picture.begins, picture.ends) == (0.0, pytest.approx(0.09996))
    assert picture.error == ""
    assert picture.events == {FIRST_OUTPUT: pytest.approx(0.04321)}
    assert picture.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "chat",
        "gen_ai.request.stream": True,
        "gen_ai.response.model": "m-2026-01-01",
        "gen_ai.response.time_to_first_chunk": pytest.approx(0.04321),
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "http.response.status_code": 200,
        "firstbyte.request_id": "req_1",
        "firstbyte.surface": "chat",
        "firstbyte.alias": "chat",
        "firstbyte.target": "b/m",
        "firstbyte.outcome": "served",
        "firstbyte.attempts": 2,
        "firstbyte.cost_usd": 0.0000125,
    }


def test_a_refused_call_has_an_error_and_nobody_who_served():
    picture = NAMES.call(refused())

    assert picture.error == "unknown_model"
    assert {"gen_ai.provider.name", "firstbyte.target", "gen_ai.response.model"}.isdisjoint(
        picture.attributes
    )
    assert picture.events == {}
    assert tries(refused()) == []


@pytest.mark.parametrize(
    ("surface", "operation"),
    [
        ("chat", "chat"),
        ("responses", "chat"),
        ("messages", "chat"),
        ("completions", "text_completion"),
        ("embeddings", "embeddings"),
    ],
)
def test_a_surface_has_its_operation(surface, operation):
    fact = ended(surface=surface)

    assert NAMES.call(fact).attributes["gen_ai.operation.name"] == operation
    assert {each.attributes["gen_ai.operation.name"] for each in tries(fact)} == {operation}


def test_every_try_is_a_span_of_its_own():
    first, second = tries(ended())

    assert (first.name, first.error) == ("chat m", "overloaded")
    assert (first.begins, first.ends) == (pytest.approx(0.001), pytest.approx(0.0042))
    assert first.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "mistral_ai",
        "gen_ai.request.model": "m",
        "gen_ai.request.stream": True,
        "server.address": "api.example",
        "server.port": 443,
        "http.response.status_code": 529,
        "firstbyte.target": "a/m",
    }
    assert (second.name, second.error) == ("chat m", "")
    assert (second.begins, second.ends) == (pytest.approx(0.003), pytest.approx(0.09996))
    assert second.events == {FIRST_OUTPUT: pytest.approx(0.043)}
    assert second.attributes["gen_ai.response.time_to_first_chunk"] == pytest.approx(0.04)
    assert second.attributes["gen_ai.usage.output_tokens"] == 5
    assert second.attributes["server.port"] == 8000


def test_a_call_that_is_no_stream_has_no_first_chunk():
    fact = ended(stream=False, cost_usd=None, usage=None, served="", runs=(Run("b/m", None, None),))
    (_, second) = tries(fact)

    for picture in (NAMES.call(fact), second):
        assert "gen_ai.request.stream" not in picture.attributes
        assert "gen_ai.response.time_to_first_chunk" not in picture.attributes
        assert "gen_ai.usage.input_tokens" not in picture.attributes
        assert FIRST_OUTPUT in picture.events


def test_an_answer_that_went_on_elsewhere_is_told_part_by_part():
    attempts = (
        Tried("a/m", Kind.RESET, None, None, 2.0, began=100.0),
        Tried("a/m", Kind.TRUNCATED, 200, None, 5.0, began=100.01),
        Tried("b/m", None, None, None, 4.0, began=100.05),
        Tried("a/m", Kind.CIRCUIT_OPEN, None, None, 0.0, skipped=True),
    )
    runs = (
        Run("a/m", Usage(10, 3), Decimal(1)),
        Run("b/m", Usage(12, 2), None),
    )
    one, two, three = tries(ended(attempts=attempts, runs=runs))

    assert "gen_ai.usage.output_tokens" not in one.attributes
    assert (two.attributes["gen_ai.usage.output_tokens"], two.error) == (3, "truncated")
    assert (two.ends, three.begins) == (pytest.approx(0.05), pytest.approx(0.05))
    assert three.attributes["gen_ai.usage.output_tokens"] == 2
    assert three.ends == pytest.approx(0.09996)


def test_a_try_that_the_caller_left_ends_where_it_was_left():
    attempts = (Tried("a/m", Kind.CANCELLED, None, None, 50.0, began=100.0),)
    fact = ended(
        attempts=attempts, runs=(), target=None, outcome=Outcome.CANCELLED, kind=Kind.CANCELLED
    )
    (picture,) = tries(fact)

    assert (picture.ends, picture.error, picture.events) == (pytest.approx(0.05), "cancelled", {})


def test_a_name_that_a_caller_made_up_is_in_no_span_s_name_and_not_long():
    long = "x" * 5000
    attempts = (Tried(f"nobody/{long}", Kind.NOT_FOUND, 404, None, 1.0, began=100.0),)
    fact = ended(
        alias=long, asked=long, target=f"{long}/m", served=long, attempts=attempts, runs=()
    )
    pictures = [NAMES.call(fact), *tries(fact)]

    assert [picture.name for picture in pictures] == ["chat", "chat"]
    values = [value for picture in pictures for value in picture.attributes.values()]
    assert max(len(value) for value in values if isinstance(value, str)) == MAX_VALUE


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        (Provider("x", "openai", "openai", ""), "openai"),
        (Provider("x", "azure", "azure", ""), "azure.ai.openai"),
        (Provider("x", "", "vertex", ""), "gcp.vertex_ai"),
        (Provider("x", "groq", "openai", ""), "groq"),
        (Provider("x", "", "openai", "http://["), "openai"),
    ],
)
def test_a_provider_is_named_as_the_conventions_name_it(provider, name):
    names = GenAi(Config(providers={"x": provider}))
    attempts = (Tried("x/m", Kind.RESET, None, None, 1.0),)
    (picture,) = names.tries(ended(attempts=attempts, runs=()))

    assert picture.attributes["gen_ai.provider.name"] == name
    assert "server.address" not in picture.attributes


def test_a_provider_that_a_reload_took_away_is_named_as_it_was_written():
    assert NAMES.call(ended(target="gone/m")).attributes["gen_ai.provider.name"] == "gone"


def test_the_conventions_names_are_theirs():
    assert set(PROVIDERS.values()) <= {
        *("azure.ai.openai", "aws.bedrock", "gcp.gemini", "mistral_ai", "moonshot_ai"),
        *("gcp.vertex_ai", "ibm.watsonx.ai", "x_ai"),
    }
