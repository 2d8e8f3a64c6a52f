"""Streams of frames that say more than OpenAI's own, mostly several that are alike, and what is made of each."""

import json
from unittest.mock import patch

from proxy.codecs.openai.codec import OpenAI
from proxy.core.errors import ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest, Quirks, Target
from proxy.core.state import MARK
from proxy.surfaces.chat.encoder import ChatEncoder

IDENTITY = {"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m"}
COUNTS = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
WORDS = (
    "a", " b", "content", "é", "中", "\u2028", "\x7f", "\U0001f600", "\n", '"', "\\", "\0", "", "[DONE]", MARK,
    "a piece that is long enough to be told again",
)  # fmt: skip
OPENING = {"role": "assistant", "content": ""}
CALL = {"index": 0, "id": "t1", "type": "function", "function": {"name": "f", "arguments": ""}}


def _piece(word, **more):
    return {"tool_calls": [{"index": 0, "function": {"arguments": word}, **more}]}


DELTAS = (
    lambda word: {"content": word},
    lambda word: {"reasoning_content": word},
    lambda word: {"reasoning": word},
    _piece,
    lambda word: {"role": "assistant", "content": word},
    lambda word: {"content": word, "role": "assistant"},
    lambda word: {"role": "assistant", "content": "", "reasoning": word},
    lambda word: {"content": None, "reasoning_content": word},
    lambda word: {"reasoning": word, "channel": "analysis"},
    lambda word: {"reasoning": word, "reasoning_content": word},
    lambda word: {"reasoning": word, "reasoning_details": [{"type": "reasoning.text", "text": word, "index": 0}]},
    lambda word: {"reasoning_details": [{"type": "reasoning.text", "text": word, "index": 0}]},
    lambda word: {"content": word, "reasoning_details": [{"type": "reasoning.text", "text": "so"}]},
    lambda word: {"content": word, "reasoning_details": []},
    lambda word: {"content": word, "reasoning_content": "so"},
    lambda word: {"content": word, "refusal": "no"},
    lambda word: {"content": word, "refusal": None, "tool_calls": None, "function_call": None},
    lambda word: {"content": word, "tool_calls": []},
    lambda word: {"content": word, "function_call": "f"},
    lambda word: {"content": word, "function_call": {"name": "f", "arguments": "{"}},
    lambda word: {"content": word, "thinking_blocks": None},
    lambda word: {"content": word, "thinking_blocks": [{"type": "thinking", "thinking": "so"}]},
    lambda word: {"content": word, "annotations": [{"type": "url_citation"}]},
    lambda word: {"content": [{"type": "text", "text": word}]},
    lambda word: {"content": word, "odd": {"content": "a"}},
    lambda word: {"content": word, "token_id": 5},
    lambda word: {"tool_calls": [CALL], "content": word},
    lambda word: _piece(word, id="t1", type="function"),
    lambda word: _piece(word, id="", type="function"),
    lambda word: _piece(word, id="t2"),
    lambda word: {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": word}}]},
    lambda word: {"tool_calls": [{"index": 1, "function": {"arguments": word}}]},
    lambda word: {"tool_calls": [{"function": {"arguments": word}}]},
    lambda word: {"tool_calls": [*_piece(word)["tool_calls"], *_piece("b")["tool_calls"]]},
    lambda word: {**_piece(word), "content": "b"},
    lambda word: {**_piece(word), "content": None, "role": "assistant"},
)  # fmt: skip
"""What a frame may say."""
CHOICES = (
    {}, {"logprobs": None}, {"logprobs": {"content": [{"token": "a"}]}}, {"finish_reason": ""}, {"finish_reason": "stop"},
    {"content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}}, {"native_finish_reason": None},
    {"index": 1}, {"index": None}, {"message": {"content": "a"}}, {"message": None}, {"seed": 3},
    {"usage": COUNTS}, {"stop_reason": None, "token_ids": None}, {"odd": "a\0\n"},
)  # fmt: skip
"""What a choice may have beside that."""
FRAMES = (
    {}, {"provider": "P"}, {"usage": None}, {"usage": COUNTS}, {"x_groq": {"id": "r"}}, {"x_groq": {"usage": COUNTS}},
    {"x_groq": {"id": "r", "error": "over capacity"}}, {"error": None}, {"error": {"message": "busy"}}, {"base_resp": None},
    {"firstbyte": {}}, {"pieces": ["a"]}, {"native": {"dialect": "openai/run", "payload": "a"}}, {"citations": ["u"]},
    {"id": "c2"}, {"id": ""}, {"id": None}, {"created": 8}, {"created": 7.0}, {"model": "n"}, {"model": "é"}, {"object": "chunk"},
    {"service_tier": "flex"}, {"system_fingerprint": f"fp{MARK}"}, {"obfuscation": None}, {"obfuscation": 5}, {"odd": 1e400},
    {"odd": {"p": "b", "content": None}}, {"odd": 1.50}, {"p": "", "odd": {"p": "a"}},
)  # fmt: skip
"""What a frame may have beside its choice."""
PADDED = (None, "obfuscation", "p")


def frame(delta, choice=(), more=(), padded=None, word=""):
    """A frame; its padding is told by its text."""
    one = {"index": 0, "delta": delta, "finish_reason": None, **dict(choice)}
    padding = {padded: "x" * len(word)} if padded else {}
    return {**IDENTITY, "choices": [one], **dict(more), **padding}


def event(said, style="compact"):
    separators = (", ", ": ") if style == "spaced" else (",", ":")
    text = json.dumps(said, separators=separators, ensure_ascii=style == "escaped")
    return b"data: %b\n\n" % text.encode("utf-8", "surrogatepass").replace(b"Infinity", b"1e400")


def alike(form, words):
    """Events that differ in their words alone."""
    delta, choice, more, padded, style = form
    return [event(frame(delta(word), choice, more, padded, word), style) for word in words]


def answer(*bodies, called=True):
    """A whole answer; with a call that is open, where there may be arguments."""
    calls = [event(frame({"tool_calls": [CALL]}))] if called else []
    end = event(frame({}, {"finish_reason": "tool_calls" if called else "stop"}))
    said = [each for body in bodies for each in body]
    return [event(frame(OPENING)), *calls, *said, end, b"data: [DONE]\n\n"]


def told(reads, request, response=()):
    """What a caller of the chat API gets of some reads, and what is read of them in all; why it failed, in any other case."""
    target = Target("p", "m", "openai", "http://p.test/v1", quirks=Quirks(response=response))
    decoder, encoder = OpenAI().stream(request, target, created=1), ChatEncoder(request)
    chunks, failure = [], None
    try:
        for read in reads:
            chunks += decoder.feed(read)
        chunks += decoder.finish()
    except ProxyError as error:
        failure = (error.kind, error.message)
    try:
        said = b"".join(map(encoder.feed, chunks))
        return said, _whole(chunks), decoder.events, failure
    except ProxyError as error:
        return error.kind, error.message, decoder.events, failure


def _whole(chunks):
    try:
        whole = fold(chunks)
    except ProxyError as error:
        return error.kind
    for choice in whole["choices"]:
        # As often as a frame has said it, one after the other: it says nothing.
        choice["message"].pop("channel", None)
    return {name: value for name, value in whole.items() if name not in PADDED}


def told_one_by_one(reads, request, response=()):
    """The same, where nothing is learned of any frame."""
    with patch("proxy.codecs.openai.stream.learned_from", lambda *_: None):
        return told(reads, request, response)


def asking(*, usage=True, legacy=False, thinking=False):
    return ChatRequest(
        body={},
        stream=True,
        include_usage=usage,
        legacy_functions=legacy,
        wants_thinking_blocks=thinking,
    )
