"""OpenAI's Agents SDK, driven as `said.mjs` says. A model is written `API:MODEL`."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from openai.types.shared import Reasoning
from pydantic import BaseModel
from telling import QUESTION, run

set_tracing_disabled(True)

LOOP = asyncio.Runner()
MODELS = {"chat": OpenAIChatCompletionsModel, "responses": OpenAIResponsesModel}
TOLD = ModelSettings(include_usage=True)


class Form(BaseModel):
    """Where, and how high."""

    port: str
    height: int


def model_of(base, named, retries=0):
    api, model = named.split(":")
    client = AsyncOpenAI(base_url=base, api_key="unused", max_retries=retries)
    return MODELS[api](model, client)


def agent(base, named, retries=0, **more):
    options = {"name": "one", "model_settings": TOLD, **more}
    return Agent(model=model_of(base, named, retries), **options)


def answered(agent, asked=QUESTION):
    return LOOP.run(Runner.run(agent, asked))


def whole(base, model):
    result = answered(agent(base, model))
    return {
        "text": result.final_output,
        "finish": result.new_items[-1].raw_item.status,
        "tokens": result.context_wrapper.usage.total_tokens,
    }


async def listened(result, enough=None):
    """The pieces of text of a streamed run, which is left after so many."""
    pieces = []
    async for event in result.stream_events():
        if getattr(getattr(event, "data", None), "type", None) == "response.output_text.delta":
            pieces.append(event.data.delta)
        if len(pieces) == enough:
            # What is left to come are its own goodbyes.
            result.cancel()
    return pieces


async def streamed(agent, asked=QUESTION, enough=None):
    result = Runner.run_streamed(agent, asked)
    return result, await listened(result, enough)


def stream(base, model):
    result, pieces = LOOP.run(streamed(agent(base, model)))
    return {
        "text": "".join(pieces),
        "whole": result.final_output,
        "pieces": len(pieces),
        "tokens": result.context_wrapper.usage.total_tokens,
    }


def tools(base, model):
    called = []

    @function_tool
    def tide(port: str) -> str:
        """When the tide is high."""
        called.append({"port": port})
        return "high at 14:20"

    result, _ = LOOP.run(streamed(agent(base, model, tools=[tide])))
    return {"text": result.final_output, "called": called}


def handed(base, model):
    """Who has answered where the first hands over to another, streamed and whole."""
    other = agent(base, model, name="other", handoff_description="Knows the tides")
    first = agent(base, model, handoffs=[other])
    result, _ = LOOP.run(streamed(first))
    return {"by": [result.last_agent.name, answered(first).last_agent.name]}


def again(base, model):
    """A second question with all of the first one's turns, the tool's among them."""

    @function_tool
    def tide(port: str) -> str:
        """When the tide is high."""
        return f"high at {port}"

    able = agent(base, model, tools=[tide])
    first = answered(able)
    second = answered(able, [*first.to_input_list(), {"role": "user", "content": "And then?"}])
    calls = [each["call_id"] for each in second.to_input_list() if "arguments" in each]
    return {"calls": len(calls), "ids": len(set(calls))}


def form(base, model):
    return {"parsed": answered(agent(base, model, output_type=Form)).final_output.model_dump()}


def reasoning(base, model):
    wish = Reasoning(effort="low", summary="auto")
    if model.startswith("chat"):
        wish = Reasoning(effort="low")
    result = answered(agent(base, model, model_settings=ModelSettings(reasoning=wish)))
    thought = [item.raw_item for item in result.new_items if item.type == "reasoning_item"]
    return {
        "text": result.final_output,
        "reasoning": "".join(part.text for each in thought for part in each.summary),
    }


def retried(base, model):
    return {"text": answered(agent(base, model, retries=2)).final_output}


def abort(base, model):
    _, pieces = LOOP.run(streamed(agent(base, model), enough=3))
    return {"pieces": len(pieces)}


def cut(base, model):
    result, _ = LOOP.run(streamed(agent(base, model, retries=2)))
    return {"text": result.final_output}


run(globals())
