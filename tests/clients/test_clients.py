"""Clients in environments of their own, each over every API that it speaks, against the whole proxy over real sockets.

Their scripts are `tests/node/*.mjs` and `tests/clients/drive_*.py`; every script has the same cases.
"""

import subprocess

import pytest

from proxy.config.schema import Alias, Auth, Config, Provider, StaticKey, TargetRef
from proxy.core.facts import CallEnded, Outcome
from proxy.core.secret import Secret
from proxy.sim.call import Ending
from proxy.sim.script import Behaviour, Fault, Mode
from tests.support.drivers import VOICES, interpreter
from tests.support.house import running
from tests.support.turns import HANGS

TEXT = "Hello from the other side"
THOUGHT = "Let me see what was asked"
# One target that speaks OpenAI's chat, one that speaks Anthropic's protocol, and one behind three that fail.
WAYS = ["chat", "native", "cascade"]
NAMES = {
    401: {
        "AuthenticationError",
        "APICallError",
        "OpenAIAuthenticationError",
        "ModelAuthenticationError",
    },
    404: {"NotFoundError", "APICallError", "OpenAIModelNotFoundError", "ModelNotFoundError"},
    429: {"RateLimitError", "APICallError", "OpenAIRateLimitError", "ModelRateLimitError"},
}


@pytest.fixture
def ask(house, drivers, voice):
    """Asks the client for a case."""
    driver = drivers(voice)
    return lambda case, model, base=house.base_url: driver.ask(case, base, f"{voice.api}:{model}")


@pytest.fixture(scope="module")
def locked():
    def config(simulator):
        return Config(
            providers={"gpt": Provider("gpt", "", "openai", f"{simulator}/v1")},
            models={"chat": Alias("chat", (TargetRef("gpt", "echo"),))},
            auth=Auth(required=True, keys=(StaticKey(Secret("fb-1"), "blue", ()),)),
        )

    with running(config) as house:
        yield house


def ended(house):
    return [fact for fact in house.facts if isinstance(fact, CallEnded)]


def failing(house, voice, **fault):
    """A simulated model of this voice's own, by the alias that tries it twice."""
    fault = Fault(Mode.STATUS, 503, headers=(("retry-after", "0.1"),), **fault)
    house.do(house.app.simulator.awake.add, voice.alone, Behaviour(fault=fault))
    return voice.alone


@pytest.mark.parametrize("model", WAYS)
def test_a_whole_answer(ask, model):
    said = ask("whole", model)

    assert said["text"].strip() == TEXT
    assert said["finish"] in {"stop", "completed", "end_turn"}
    assert said["tokens"] > 0


@pytest.mark.parametrize("model", WAYS)
def test_a_stream(ask, model):
    said = ask("stream", model)

    assert said["text"].strip() == TEXT
    assert said.get("whole", said["text"]) == said["text"]
    assert said.get("ids", 1) == 1


@pytest.mark.parametrize("model", ["chat", "native"])
def test_tools_over_two_turns(ask, model):
    said = ask("tools", model)

    assert said["called"] == [{"port": "text"}]
    assert "14:20" in said["text"]


@pytest.mark.parametrize("model", ["chat", "native"])
def test_an_answer_in_a_form(ask, model):
    assert ask("form", model)["parsed"] == {"port": "text", "height": 1}


@pytest.mark.parametrize("model", ["chat", "native"])
def test_reasoning(ask, voice, model):
    said = ask("reasoning", model)

    assert said["text"].strip() == TEXT
    assert said["reasoning"].startswith(THOUGHT if voice.shows_reasoning else "")


@pytest.mark.parametrize(("status", "model"), [(404, "nothing"), (429, "gpt/fail-429"), (401, "")])
def test_errors_are_typed(ask, voice, locked, status, model):
    error = (ask("whole", model) if model else ask("whole", "chat", locked.base_url))["error"]

    assert error["status"] == status
    assert error["name"] in NAMES[status]


def test_a_failure_that_passes_is_not_seen(house, ask, voice):
    before = len(ended(house))
    said = ask("retried", failing(house, voice, most=1))

    assert said["text"].strip() == TEXT
    assert len(ended(house)) == before + 1


def test_a_failure_that_stays_is_tried_again_and_told(house, ask, voice):
    before = len(ended(house))
    error = ask("retried", failing(house, voice))["error"]

    # LiteLLM tells Anthropic's 529 as a 500.
    assert error["status"] in {500, 503, 529}
    assert len(ended(house)) == before + voice.tries


def test_a_cut_stream_raises(house, ask):
    before = len(ended(house))
    error = ask("cut", "cut")["error"]

    assert "was cut" in error["message"]
    assert len(ended(house)) == before + 1


@pytest.mark.parametrize("model", ["long", "long-native"])
def test_who_leaves_is_noticed(house, ask, model):
    with house.recording() as calls:
        said = ask("abort", model)
        house.eventually(lambda: calls[-1].ending is not None, 0.5)

    assert 3 <= said["pieces"] < 20
    assert calls[-1].ending is Ending.LEFT
    assert len(calls) == 1
    house.eventually(lambda: ended(house)[-1].outcome is Outcome.CANCELLED)


# What only some ask besides.


def said_by(name, case, house, drivers, model="chat"):
    (voice,) = (voice for voice in VOICES if voice.name == name)
    return drivers(voice).ask(case, house.base_url, f"{voice.api}:{model}")


@pytest.mark.parametrize("name", ["openai-node/chat", "anthropic-node/messages"])
def test_models_are_listed_over_all_pages(house, drivers, name):
    names = said_by(name, "models", house, drivers)["names"]

    assert {"chat", "gpt/echo", "claude/echo", "mock/echo"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["openai-node/chat", "langchain/chat", "litellm/openai"])
def test_vectors_are_read(house, drivers, name):
    assert said_by(name, "vectors", house, drivers)["sizes"] == [1536, 1536]


def test_tokens_are_counted(house, drivers):
    assert said_by("anthropic-node/messages", "counted", house, drivers)["tokens"] > 0


@pytest.mark.parametrize("model", ["chat", "native"])
@pytest.mark.parametrize("name", ["openai-agents/responses", "openai-agents/chat"])
def test_an_agent_hands_over_to_another(house, drivers, name, model):
    assert said_by(name, "handed", house, drivers, model)["by"] == ["other", "other"]


# It takes calls of one id for one call, wherever in the conversation they stand.
@pytest.mark.parametrize("model", ["chat", "native"])
@pytest.mark.parametrize("name", ["openai-agents/responses", "openai-agents/chat"])
def test_a_conversation_goes_on_behind_its_calls(house, drivers, name, model):
    assert said_by(name, "again", house, drivers, model) == {"calls": 2, "ids": 2}


@pytest.mark.parametrize("model", ["chat", "native"])
@pytest.mark.parametrize(
    "name", ["pydantic-ai/responses", "pydantic-ai/chat", "pydantic-ai/messages"]
)
def test_a_conversation_moves_between_the_apis(house, drivers, name, model):
    assert said_by(name, "moved", house, drivers, model)["texts"] == ["high at text"] * 3


@pytest.mark.parametrize("model", ["chat", "native"])
def test_a_form_is_filled_in_over_responses(house, drivers, model):
    said = said_by("instructor/chat", "form_over_responses", house, drivers, model)

    assert said["parsed"] == {"port": "text", "height": 1}


# The lines that `firstbyte snippets` prints.


@pytest.mark.parametrize(
    ("tool", "home", "said"),
    [
        ("langchain", "langchain", "Hello"),
        ("openai-agents", "agents", "Hello"),
        ("pydantic-ai", "agents", "Hello"),
        ("instructor", "instructor", "text"),
        ("llama-index", "instructor", "Hello"),
    ],
)
def test_the_python_that_we_print_runs_as_it_is(house, tool, home, said):
    program = house.snippet(tool, "chat")
    done = subprocess.run(
        [interpreter(home), "-c", program],
        capture_output=True,
        text=True,
        timeout=HANGS,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == said
