"""LiteLLM's client, which Aider and others call through. A model is written `PROVIDER:MODEL`."""

import asyncio
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from pydantic import BaseModel
from telling import QUESTION, TIDE, run

litellm.suppress_debug_info = True

ASKED = [{"role": "user", "content": QUESTION}]
TOOL = {
    "type": "function",
    "function": {"name": "tide", "description": "When the tide is high.", "parameters": TIDE},
}


class Form(BaseModel):
    """Where, and how high."""

    port: str
    height: int


def ask(base, named, messages=ASKED, by=litellm.completion, **more):
    provider, model = named.split(":")
    address = base.removesuffix("/v1") if provider == "anthropic" else base
    options = {"max_retries": 0, "max_tokens": 4000, **more}
    return by(
        model=f"{provider}/{model}",
        api_base=address,
        api_key="unused",
        messages=messages,
        **options,
    )


def whole(base, model):
    answer = ask(base, model)
    (choice,) = answer.choices
    return {
        "text": choice.message.content,
        "finish": choice.finish_reason,
        "tokens": answer.usage.total_tokens,
    }


def stream(base, model):
    chunks = list(ask(base, model, stream=True, stream_options={"include_usage": True}))
    answer = litellm.stream_chunk_builder(chunks, messages=ASKED)
    return {
        "text": answer.choices[0].message.content,
        "pieces": len(chunks),
        "tokens": answer.usage.total_tokens,
    }


def tools(base, model):
    first = litellm.stream_chunk_builder(list(ask(base, model, tools=[TOOL], stream=True)))
    message = first.choices[0].message
    (call,) = message.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "high at 14:20"}
    second = ask(base, model, [*ASKED, message.model_dump(exclude_none=True), result], tools=[TOOL])
    given = json.loads(call.function.arguments)
    return {"text": second.choices[0].message.content, "called": [given]}


def form(base, model):
    answer = ask(base, model, response_format=Form)
    return {"parsed": json.loads(answer.choices[0].message.content)}


def reasoning(base, model):
    wish = {"reasoning_effort": "low"}
    if model.startswith("anthropic"):
        wish = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
    # It knows no model of this name, and would refuse what it does not know that a model takes.
    message = ask(base, model, allowed_openai_params=[*wish], **wish).choices[0].message
    return {"text": message.content, "reasoning": message.get("reasoning_content")}


def retried(base, model):
    return {"text": ask(base, model, max_retries=2).choices[0].message.content}


def abort(base, model):
    return asyncio.run(abandon(base, model))


async def abandon(base, model):
    # Only its asynchronous streams can be closed.
    pieces = 0
    chunks = await ask(base, model, by=litellm.acompletion, stream=True)
    async for chunk in chunks:
        pieces += bool(chunk.choices[0].delta.content)
        if pieces == 3:
            break
    await chunks.aclose()
    return {"pieces": pieces}


def cut(base, model):
    chunks = ask(base, model, stream=True, max_retries=2)
    return {"text": "".join(chunk.choices[0].delta.content or "" for chunk in chunks)}


def vectors(base, model):
    answer = litellm.embedding(
        model=model.replace(":", "/"), api_base=base, api_key="unused", input=["a", "b"]
    )
    return {"sizes": [len(each["embedding"]) for each in answer.data]}


run(globals())
