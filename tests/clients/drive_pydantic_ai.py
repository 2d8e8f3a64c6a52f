"""Pydantic AI over each of its models that can be pointed here. A model is written `API:MODEL`."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput, ThinkingPart, ToolCallPart, ToolOutput
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from telling import QUESTION, run

LOOP = asyncio.Runner()
MODELS = {"chat": OpenAIChatModel, "responses": OpenAIResponsesModel}
THOUGHT = {
    "chat": {"openai_reasoning_effort": "low"},
    "responses": {"openai_reasoning_effort": "low", "openai_reasoning_summary": "auto"},
    "messages": {
        "anthropic_thinking": {"type": "enabled", "budget_tokens": 2000},
        "max_tokens": 4000,
    },
}


class Form(BaseModel):
    """Where, and how high."""

    port: str
    height: int


def model_of(base, named, retries):
    api, model = named.split(":")
    if api == "messages":
        client = AsyncAnthropic(
            base_url=base.removesuffix("/v1"), api_key="unused", max_retries=retries
        )
        return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=client))
    client = AsyncOpenAI(base_url=base, api_key="unused", max_retries=retries)
    return MODELS[api](model, provider=OpenAIProvider(openai_client=client))


def agent(base, named, retries=0, **more):
    return Agent(model_of(base, named, retries), **more)


def answered(agent):
    return LOOP.run(agent.run(QUESTION))


def parts(messages, kind):
    return [part for message in messages for part in message.parts if isinstance(part, kind)]


def whole(base, model):
    result = answered(agent(base, model))
    return {
        "text": result.output,
        "finish": result.response.finish_reason,
        "tokens": result.usage.total_tokens,
    }


async def streamed(agent, enough=None):
    """The pieces of a streamed run, which is left after so many, and what became of it."""
    pieces = []
    async with agent.run_stream(QUESTION) as result:
        async for piece in result.stream_text(delta=True, debounce_by=None):
            pieces.append(piece)
            if len(pieces) == enough:
                break
    return result, pieces


def stream(base, model):
    result, pieces = LOOP.run(streamed(agent(base, model)))
    return {"text": "".join(pieces), "pieces": len(pieces), "tokens": result.usage.total_tokens}


def tools(base, model):
    def tide(port: str) -> str:
        """When the tide is high."""
        del port
        return "high at 14:20"

    result, pieces = LOOP.run(streamed(agent(base, model, tools=[tide])))
    calls = parts(result.all_messages(), ToolCallPart)
    return {"text": "".join(pieces), "called": [call.args_as_dict() for call in calls]}


def form(base, model):
    """By the API's own form and by a tool; over Messages it uses a form with the models that it knows alone."""
    wishes = [ToolOutput(Form)]
    if not model.startswith("messages"):
        wishes.append(NativeOutput(Form))
    made = [answered(agent(base, model, output_type=wish)).output.model_dump() for wish in wishes]
    return {"parsed": made[0] if made[0] == made[-1] else made}


def reasoning(base, model):
    settings = THOUGHT[model.partition(":")[0]]
    result = answered(agent(base, model, model_settings=settings))
    thought = parts(result.all_messages(), ThinkingPart)
    return {"text": result.output, "reasoning": "".join(part.content for part in thought)}


def moved(base, model):
    """A conversation with thinking and a tool, begun over each API and gone on with over this one."""

    def tide(port: str) -> str:
        """When the tide is high."""
        return f"high at {port}"

    target = model.partition(":")[2]
    said = []
    for api, settings in THOUGHT.items():
        able = agent(base, f"{api}:{target}", tools=[tide], model_settings=settings)
        history = answered(able).all_messages()
        here = agent(base, model, tools=[tide])
        said.append(LOOP.run(here.run("And then?", message_history=history)).output)
    return {"texts": said}


def retried(base, model):
    return {"text": answered(agent(base, model, retries=2)).output}


def abort(base, model):
    _, pieces = LOOP.run(streamed(agent(base, model), enough=3))
    return {"pieces": len(pieces)}


def cut(base, model):
    _, pieces = LOOP.run(streamed(agent(base, model, retries=2)))
    return {"text": "".join(pieces)}


run(globals())
