"""LlamaIndex's models for OpenAI-like servers and for the Responses API. A model is written `API:MODEL`."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from httpx import AsyncClient
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ThinkingBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.workflow import Context
from llama_index.llms.openai import OpenAIResponses
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel
from telling import QUESTION, run

LOOP = asyncio.Runner()
ASKED = [ChatMessage(QUESTION)]


class Form(BaseModel):
    """Where, and how high."""

    port: str
    height: int


def llm(base, named, **more):
    api, model = named.split(":")
    options = {
        "model": model,
        "api_base": base,
        "api_key": "unused",
        "max_retries": 0,
        "context_window": 100_000,
        **more,
    }
    if api == "responses":
        return OpenAIResponses(**options)
    return OpenAILike(is_chat_model=True, is_function_calling_model=True, **options)


def whole(base, model):
    raw = llm(base, model).chat(ASKED)
    answer = raw.raw
    finish = answer.choices[0].finish_reason if hasattr(answer, "choices") else answer.status
    return {"text": raw.message.content, "finish": finish, "tokens": answer.usage.total_tokens}


def stream(base, model):
    pieces = list(llm(base, model).stream_chat(ASKED))
    return {
        "text": "".join(piece.delta or "" for piece in pieces),
        "whole": pieces[-1].message.content,
        "pieces": len(pieces),
    }


def tools(base, model):
    return LOOP.run(worked(base, model))


async def worked(base, model):
    """Two questions to one agent that remembers; what it called for the first of them."""
    called = []

    def tide(port: str) -> str:
        """When the tide is high."""
        called.append({"port": port})
        return "high at 14:20"

    agent = FunctionAgent(tools=[tide], llm=llm(base, model), streaming=True)
    memory = Context(agent)
    first = await agent.run(QUESTION, ctx=memory)
    calls = list(called)
    second = await agent.run("And then?", ctx=memory)
    return {"text": f"{first} {second}", "called": calls}


def form(base, model):
    made = llm(base, model).as_structured_llm(Form).complete(QUESTION).raw
    return {"parsed": made.model_dump()}


def reasoning(base, model):
    # Its own settings for this are sent for names of OpenAI's alone.
    wish = {"reasoning_effort": "low"}
    if model.startswith("responses"):
        wish = {"reasoning": {"effort": "low", "summary": "auto"}}
    message = llm(base, model, additional_kwargs=wish).chat(ASKED).message
    thought = [block.content for block in message.blocks if isinstance(block, ThinkingBlock)]
    return {"text": message.content, "reasoning": "".join(each or "" for each in thought)}


def retried(base, model):
    # It repeats what the SDK beneath it has repeated, each as often as is said: told 2, it calls six times.
    return {"text": llm(base, model, max_retries=1).chat(ASKED).message.content}


def abort(base, model):
    return LOOP.run(abandoned(base, model))


async def abandoned(base, model):
    # Its streams go on behind their closing until they are collected; with the connection they end at once.
    pieces = 0
    async with AsyncClient() as connections:
        leaving = llm(base, model, async_http_client=connections)
        async for chunk in await leaving.astream_chat(ASKED):
            pieces += bool(chunk.delta)
            if pieces == 3:
                break
    return {"pieces": pieces}


def cut(base, model):
    chunks = llm(base, model, max_retries=2).stream_chat(ASKED)
    return {"text": "".join(chunk.delta or "" for chunk in chunks)}


run(globals())
