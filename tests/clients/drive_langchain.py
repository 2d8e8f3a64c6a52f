"""LangChain's client for OpenAI's APIs, driven as `said.mjs` says. A model is written `API:MODEL`."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
os.environ["LANGCHAIN_TRACING_V2"] = "false"

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel
from telling import QUESTION, run


class Form(BaseModel):
    """Where, and how high."""

    port: str
    height: int


@tool
def tide(port: str) -> str:
    """When the tide is high."""
    del port
    return "high at 14:20"


def client(base, named, **more):
    api, model = named.split(":")
    options = {"max_retries": 0, "use_responses_api": api == "responses", **more}
    return ChatOpenAI(base_url=base, api_key="unused", model=model, **options)


def whole(base, model):
    answer = client(base, model).invoke(QUESTION)
    finish = answer.response_metadata.get("finish_reason") or answer.response_metadata["status"]
    return {
        "text": answer.text,
        "finish": finish,
        "tokens": answer.usage_metadata["total_tokens"],
    }


def stream(base, model):
    whole, pieces = None, 0
    for chunk in client(base, model, stream_usage=True).stream(QUESTION):
        whole = chunk if whole is None else whole + chunk
        pieces += 1
    return {"text": whole.text, "pieces": pieces, "tokens": whole.usage_metadata["total_tokens"]}


def tools(base, model):
    able = client(base, model).bind_tools([tide])
    asked = [HumanMessage(QUESTION)]
    first = None
    for chunk in able.stream(asked):
        first = chunk if first is None else first + chunk
    (call,) = first.tool_calls
    result = ToolMessage(tide.invoke(call["args"]), tool_call_id=call["id"])
    second = able.invoke([*asked, first, result])
    return {"text": second.text, "called": [call["args"]]}


def form(base, model):
    made = client(base, model).with_structured_output(Form).invoke(QUESTION)
    return {"parsed": made.model_dump()}


def reasoning(base, model):
    wish = {"reasoning_effort": "low"}
    if model.startswith("responses"):
        wish = {"reasoning": {"effort": "low", "summary": "auto"}}
    answer = client(base, model, **wish).invoke(QUESTION)
    thought = [block for block in answer.content_blocks if block["type"] == "reasoning"]
    return {"text": answer.text, "reasoning": "".join(t.get("reasoning", "") for t in thought)}


def retried(base, model):
    return {"text": client(base, model, max_retries=2).invoke(QUESTION).text}


def abort(base, model):
    pieces = 0
    chunks = client(base, model).stream(QUESTION)
    for chunk in chunks:
        pieces += bool(chunk.text)
        if pieces == 3:
            break
    chunks.close()
    return {"pieces": pieces}


def cut(base, model):
    return {
        "text": "".join(chunk.text for chunk in client(base, model, max_retries=2).stream(QUESTION))
    }


def vectors(base, model):
    made = OpenAIEmbeddings(
        base_url=base,
        api_key="unused",
        model=model.partition(":")[2],
        check_embedding_ctx_length=False,
    )
    return {"sizes": [len(each) for each in made.embed_documents(["a", "b"])]}


run(globals())
