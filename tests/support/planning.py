"""A planner over a few providers, and the calls that it plans."""

import pytest

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core.errors import ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest
from proxy.route.planner import Planner


def provider(name, **details):
    return Provider(name, "", "openai", f"https://{name}.test/v1", **details)


PROVIDERS = {
    "openai": provider("openai", api_keys=(Secret("k1"),), families=("gpt-", "o3")),
    "anthropic": Provider(
        "anthropic", "", "anthropic", "https://a.test", (Secret("k2"),), families=("claude-",)
    ),
    "groq": provider("groq", off="GROQ_API_KEY is not set"),
    "own": provider("own", passthrough=True),
    "many": provider("many", api_keys=(Secret("m1"), Secret("m2"))),
}


def alias(name, *refs, **details):
    cascade = tuple(TargetRef(*ref.split("/", 1)) for ref in refs)
    return Alias(name, cascade, **details)


def planner(*aliases, **config):
    models = {a.name: a for a in aliases}
    return Planner(Config(providers=PROVIDERS, models=models, **config))


def asks(model="", *models, **body):
    return ChatRequest(body=body, model=model, models=tuple(models))


CHAT = alias("chat", "openai/gpt-6", "anthropic/claude-x")


def targets(plan):
    return [c.target.name for step in plan.steps for c in step.candidates]


def first(plan):
    return plan.steps[0].candidates[0]


def failure(call):
    with pytest.raises(ProxyError) as caught:
        call()
    return caught.value


def texts(model, **more):
    body = {"model": model, "messages": [{"role": "user", "content": "a"}], **more}
    return ChatRequest(body=body, raw=b"{}", model=model, only_texts=True)


def everything(_):
    return True
