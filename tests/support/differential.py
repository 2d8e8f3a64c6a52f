"""What OpenAI's SDK makes of our own output, in plain terms, to be held against what a provider's SDK reads."""

import json
from contextlib import closing

import httpx2
from openai import OpenAI
from openai.lib.streaming.chat import ChatCompletionStreamState

from proxy.core.fold import unfold
from proxy.core.shape import ChatRequest
from proxy.surfaces.chat import Chat
from proxy.surfaces.invariants import refuse
from tests.support import corpus

HEAD = {"content-type": "text/event-stream; charset=utf-8"}
HI = [{"role": "user", "content": "Hi"}]
PIECE = 700


def ours(case):
    """The answer as OpenAI's SDK adds up what we print of it; a whole one is printed as a stream."""
    completion = added_up(case)
    [choice] = completion["choices"]
    message, usage = choice["message"], completion.get("usage")
    finish = choice["finish_reason"]
    return {
        "text": message.get("content") or "",
        "reasoning": message.get("reasoning_content") or "",
        "calls": [
            (
                call["function"]["name"],
                None if finish == "length" else json.loads(call["function"]["arguments"]),
            )
            for call in message.get("tool_calls") or ()
        ],
        "finish": finish,
        "usage": usage
        and (
            usage["prompt_tokens"],
            usage["completion_tokens"],
            (usage.get("prompt_tokens_details") or {}).get("cached_tokens"),
            (usage.get("completion_tokens_details") or {}).get("reasoning_tokens"),
        ),
    }


def added_up(case, **wants):
    """The completion that OpenAI's SDK has in the end; `wants` are what the caller asks for beside it."""
    request = ChatRequest(body={}, stream=True, include_usage=True, **wants)
    encoder = Chat(refuse).encoder(request)
    return _read(b"".join(map(encoder.feed, _chunks(case))) + encoder.finish())


def _chunks(case):
    if not case.is_stream:
        return unfold(corpus.CODECS[case.codec].decode(200, {}, case.raw, created=1))
    decoder = case.decoder()
    pieces = [case.raw[at : at + PIECE] for at in range(0, len(case.raw), PIECE)]
    return [chunk for piece in pieces for chunk in decoder.feed(piece)] + decoder.finish()


def _read(printed):
    answer = httpx2.Response(200, headers=HEAD, content=printed)
    http = httpx2.Client(transport=httpx2.MockTransport(lambda _: answer))
    state = ChatCompletionStreamState()
    with (
        closing(OpenAI(api_key="k", base_url="http://sdk.test", http_client=http)) as sdk,
        sdk.chat.completions.create(model="m", messages=HI, stream=True) as stream,
    ):
        for chunk in stream:
            state.handle_chunk(chunk)
    return state.current_completion_snapshot.to_dict(warnings=False)
