"""Instructor, driven as `said.mjs` says. A model is written `API:MODEL`.

Over Responses it asks for forms alone: it takes no results of tools there.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import instructor
from anthropic import Anthropic
from instructor import Mode
from openai import OpenAI
from pydantic import BaseModel
from telling import QUESTION, TIDE, run

ASKED = [{"role": "user", "content": QUESTION}]
MODES = {
    "chat": [Mode.TOOLS, Mode.TOOLS_STRICT, Mode.JSON_SCHEMA],
    "responses": [Mode.RESPONSES_TOOLS],
    "messages": [Mode.ANTHROPIC_TOOLS],
}
THINKING = {
    "chat": {"reasoning_effort": "low"},
    "messages": {"thinking": {"type": "enabled", "budget_tokens": 2000}},
}
SAID = {"name": "Tide", "description": "When the tide is high."}
TOOLS = {
    "chat": [{"type": "function", "function": {**SAID, "parameters": TIDE}}],
    "messages": [{**SAID, "input_schema": TIDE}],
}
RESULT = "high at 14:20"


class Form(BaseModel):
    """Where, and how high."""

    port: str
    height: int


class Tide(BaseModel):
    """When the tide is high."""

    port: str


def client(base, named, mode=None, retries=0):
    """Its client for an API; what is asked for without a form is answered as the SDK beneath it answers."""
    api = named.partition(":")[0]
    mode = mode or MODES[api][0]
    if api == "messages":
        sdk = Anthropic(base_url=base.removesuffix("/v1"), api_key="unused", max_retries=retries)
        return instructor.from_anthropic(sdk, mode=mode)
    sdk = OpenAI(base_url=base, api_key="unused", max_retries=retries)
    return instructor.from_openai(sdk, mode=mode)


def ask(base, named, messages=ASKED, mode=None, retries=0, by="create", **more):
    api, model = named.split(":")
    if api == "messages":
        more = {"max_tokens": 4000, **more}
    made = client(base, named, mode, retries)
    options = {"response_model": None, "max_retries": 0, **more}
    return getattr(made.chat.completions, by)(model=model, messages=messages, **options)


def text_of(answer):
    if hasattr(answer, "choices"):
        return answer.choices[0].message.content
    return "".join(block.text for block in answer.content if block.type == "text")


def whole(base, model):
    answer = ask(base, model)
    if hasattr(answer, "choices"):
        finish, tokens = answer.choices[0].finish_reason, answer.usage.total_tokens
    else:
        finish, tokens = answer.stop_reason, answer.usage.output_tokens
    return {"text": text_of(answer), "finish": finish, "tokens": tokens}


def piece_of(event):
    """The text of a chunk of chat, or of an event of Messages."""
    if hasattr(event, "choices"):
        return (event.choices[0].delta.content or "") if event.choices else ""
    delta = getattr(event, "delta", None)
    return delta.text if getattr(delta, "type", "") == "text_delta" else ""


def stream(base, model):
    pieces = [piece_of(event) for event in ask(base, model, stream=True)]
    return {"text": "".join(pieces), "pieces": len(pieces)}


def turns_of(answer):
    """What goes back of an answer that called, and what its result is told as."""
    if hasattr(answer, "choices"):
        message = answer.choices[0].message
        (call,) = message.tool_calls
        result = {"role": "tool", "tool_call_id": call.id, "content": RESULT}
        return [{"content": "", **message.model_dump(exclude_none=True)}, result]
    blocks = [block.model_dump(exclude_none=True) for block in answer.content]
    result = {"type": "tool_result", "tool_use_id": blocks[-1]["id"], "content": RESULT}
    return [{"role": "assistant", "content": blocks}, {"role": "user", "content": [result]}]


def tools(base, model):
    called, answer = ask(base, model, by="create_with_completion", response_model=Tide)
    after = [*ASKED, *turns_of(answer)]
    second = ask(base, model, after, tools=TOOLS[model.partition(":")[0]])
    return {"text": text_of(second), "called": [called.model_dump()]}


def form(base, model):
    """In every mode of its API, whole and growing."""
    made = []
    for mode in MODES[model.partition(":")[0]]:
        made.append(ask(base, model, mode=mode, response_model=Form))
        *_, grown = ask(base, model, mode=mode, by="create_partial", response_model=Form)
        made.append(grown)
    told = [each.model_dump() for each in made]
    return {"parsed": told[0] if all(each == told[0] for each in told) else told}


def form_over_responses(base, model):
    return form(base, model.replace("chat:", "responses:"))


def reasoning(base, model):
    answer = ask(base, model, **THINKING[model.partition(":")[0]])
    if hasattr(answer, "choices"):
        thought = answer.choices[0].message.reasoning_content
    else:
        thought = "".join(block.thinking for block in answer.content if block.type == "thinking")
    return {"text": text_of(answer), "reasoning": thought}


def retried(base, model):
    return {"text": text_of(ask(base, model, retries=2))}


def abort(base, model):
    pieces = 0
    events = ask(base, model, stream=True)
    for event in events:
        pieces += bool(piece_of(event))
        if pieces == 3:
            break
    events.close()
    return {"pieces": pieces}


def cut(base, model):
    return {"text": "".join(map(piece_of, ask(base, model, stream=True, retries=2)))}


run(globals())
