"""Streamed answers cut into their events, some of them not quite right, and what the general way makes of each."""

import json
from typing import NamedTuple

from proxy.codecs.openai.stream import OpenAIStream
from proxy.codecs.openai.whole_stream import whole_stream
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Target
from proxy.core.state import MARK, is_packed
from proxy.core.usage import Usage
from proxy.surfaces.chat.encoder import ChatEncoder
from proxy.surfaces.chat.whole_stream import as_it_came
from proxy.web.outlet import is_run

DONE = b"data: [DONE]\n\n"
COUNTS = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
DETAILS = {"prompt_tokens_details": {"cached_tokens": 1}, "completion_tokens_details": None}
OPENS = {
    "groq": {"x_groq": {"id": "r", "seed": 5}},
    "vllm": {"prompt_token_ids": None, "prompt_text": None},
}
STOPS = {"vllm": {"stop_reason": None, "token_ids": None}, "sglang": {"matched_stop": 5}}
TELLS = {
    "groq": {"queue_time": 0.1, "prompt_time": 1e-05, "completion_time": 2, "total_time": 0.50},
    "deepseek": {"prompt_tokens_details": {"cached_tokens": 1}, "prompt_cache_hit_tokens": 1, "prompt_cache_miss_tokens": 2},
    "mistral": {"prompt_tokens_details": {"cached_tokens": 1}, "num_cached_tokens": 1},
    "old-mistral": {"num_cached_tokens": 1},
    "old-deepseek": {"prompt_cache_hit_tokens": 1, "prompt_cache_miss_tokens": 2},
}  # fmt: skip
"""What the frames of other servers say: the first, the end, the usage."""
SERVERS = (
    "",
    "groq",
    "vllm",
    "sglang",
    "llama.cpp",
    "deepseek",
    "mistral",
    "old-deepseek",
    "old-mistral",
)
WORDS = (
    "a", " b", "content", "é", "中", "\u2028", "\x7f", "\U0001f600", "\n", '"', "\\", "\0", "", "[DONE]", MARK,
)  # fmt: skip
IDS = ("c1", "c2", "", f"c{MARK}x", "é", 'c"1', None)
TIERS = (None, "default", "flex")
STYLES = ("compact", "spaced", "escaped")


class Kind(NamedTuple):
    """What the frames of an answer have in common."""

    id: str = "c1"
    tier: str | None = None
    style: str = "compact"
    text: str = "content"
    is_padded: bool = False
    tells_usage: bool = True
    """Whether a frame of its own does."""
    nulls: bool = True
    """Whether frames have `usage`, `logprobs` and the like where they say nothing."""
    first: str = ""
    """What is said with the role."""
    last: str | None = None
    """What is said with the end."""
    ends: str = ""
    """Where the end tells a usage too."""
    server: str = ""
    """Whose frames they are, if others than OpenAI's."""


PLAIN = Kind()


def frame(kind, choices, **more):
    said = {"id": kind.id, "object": "chat.completion.chunk", "created": 7, "model": "m"}
    if kind.tier is not None:
        said["service_tier"] = kind.tier
    if kind.nulls:
        said["system_fingerprint"] = None
    nulls = {"usage": None} if kind.nulls else {}
    return {**said, "choices": choices, **nulls, **more}


def spoken(kind, delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    if kind.nulls:
        choice["logprobs"] = None
    return frame(kind, [choice], **more)


def written(kind, said):
    """A frame as an event."""
    if isinstance(said, bytes):
        return said
    separators = (", ", ": ") if kind.style == "spaced" else (",", ":")
    text = json.dumps(said, separators=separators, ensure_ascii=kind.style == "escaped")
    return b"data: %b\n\n" % text.encode("utf-8", "surrogatepass")


def in_one(kind, *said):
    """Frames as an event that is none: it has several in its line."""
    return b"data: %b\n\n" % b",".join(written(kind, each)[6:-2] for each in said)


def text(kind, word, pad="x9"):
    more = {"obfuscation": pad} if kind.is_padded else {}
    return spoken(kind, {kind.text: word}, **more)


def answer(kind=PLAIN, words=("a", " b")):
    """The frames of a whole answer."""
    opening = spoken(
        kind, {"role": "assistant", "content": kind.first}, **OPENS.get(kind.server, {})
    )
    texts = [text(kind, word, "x" * at) for at, word in enumerate(words)]
    counts = {**COUNTS, **TELLS.get(kind.server, {})}
    more = {"timings": {"prompt_ms": 1.5, "n": 2}} if kind.server == "llama.cpp" else {}
    usage = [frame(kind, [], usage={**counts, **DETAILS}, **more)] if kind.tells_usage else []
    return [opening, *texts, _end(kind, counts), *usage, DONE]


def _end(kind, counts):
    told = {"usage": counts, "x_groq": {"id": "r", "usage": counts}}
    said = {} if kind.last is None else {"content": kind.last}
    end = spoken(kind, said, "stop", **({kind.ends: told[kind.ends]} if kind.ends else {}))
    end["choices"][0].update(STOPS.get(kind.server, {}))
    return end


def events(kind=PLAIN, words=("a", " b")):
    """A whole answer, an event in each piece."""
    return [written(kind, each) for each in answer(kind, words)]


CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}}
ODD = (
    lambda kind: b": wait\n\n",
    lambda kind: b"\n",
    lambda kind: b"",
    lambda kind: b"event: x\n" + written(kind, text(kind, "a")),
    lambda kind: written(kind, text(kind, "a")).replace(b"\n", b"\r\n"),
    lambda kind: b'data: {"error": {"message": "busy"}}\n\n',
    lambda kind: written(kind, text(kind, "")),
    lambda kind: written(kind, spoken(kind, {"tool_calls": [CALL]})),
    lambda kind: written(kind, spoken(kind, {"reasoning_content": "so"})),
    lambda kind: written(kind, spoken(kind, {"content": "a", "reasoning_content": "so"})),
    lambda kind: written(kind, spoken(kind, {"content": "a"}, "stop")),
    lambda kind: written(kind, spoken(kind, {}, "length")),
    lambda kind: written(kind, spoken(kind, {}, "tool_calls")),
    lambda kind: written(kind, spoken(kind, {"role": "assistant"})),
    lambda kind: written(kind, spoken(kind, {"role": "assistant", "content": "a"})),
    lambda kind: written(kind, spoken(kind, {}, "stop", usage=COUNTS)),
    lambda kind: written(kind, frame(kind, [], usage=COUNTS)),
    lambda kind: written(kind, frame(kind, [], usage=None)),
    lambda kind: written(kind, frame(kind, [], usage={**COUNTS, "cost": 0.5})),
    lambda kind: written(kind, {**spoken(kind, {"content": "a"}), "odd": 1}),
    lambda kind: written(kind, frame(kind, [{"index": 1, "delta": {"content": "b"}}])),
    lambda kind: written(kind, frame(kind, [{"index": 0, "delta": {"content": "b"}, "logprobs": {"content": []}}])),
    lambda kind: DONE,
    lambda kind: b"data: [DONE] \n\n",
    lambda kind: in_one(kind, *answer(kind)[-3:-1]),
    lambda kind: in_one(kind, *answer(kind)[1:4]),
)  # fmt: skip
"""Events, and other pieces, that stand in an answer now and then."""
MEMBERS = (
    *[("id", value) for value in IDS],
    ("created", 8),
    ("created", 0),
    ("model", "other"),
    ("model", ""),
    ("object", "chat.completion"),
    ("service_tier", "flex"),
    ("service_tier", None),
    ("system_fingerprint", "fp"),
    ("usage", None),
    ("usage", COUNTS),
    ("obfuscation", "x y"),
    ("p", "pad"),
    ("provider", "P"),
    ("firstbyte", {}),
    ("x_groq", {"id": "r"}),
    ("x_groq", {"id": "r", "usage": COUNTS}),
    ("x_groq", {"error": "busy"}),
    ("usage", {**COUNTS, "prompt_cache_hit_tokens": 1}),
    ("usage", {**COUNTS, "num_cached_tokens": 1}),
    ("usage", {**COUNTS, "queue_time": 0.5}),
    ("timings", {"n": 1}),
    ("prompt_text", None),
)
SPLICES = (
    b"", b" ", b"\r", b"\n", b"\n\n", b"\0", b"\x7f", b"\xff", b"\xc3", b"\xa9", b'"', b"\\", b"\\u00e9", b"\\ud83d", b"{", b"}",
    b",", b'","content":"', b'"}}]}\n\ndata: ', b'"usage":null,', b'"choices":[],', b"a", b"},{", b"\t",
)  # fmt: skip


def _member(kind, piece, what):
    """The event with another value of one member of its frame."""
    name, value = MEMBERS[what % len(MEMBERS)]
    try:
        said = json.loads(piece.removeprefix(b"data: "))
    except ValueError:
        return piece
    return written(kind, {**said, name: value}) if isinstance(said, dict) else piece


def _changed(kind, pieces, at, what):
    pieces[at] = _member(kind, pieces[at], what)


def _changed_in_all(kind, pieces, at, what):
    pieces[:] = [_member(kind, piece, what) for piece in pieces]


def _dropped(kind, pieces, at, what):
    del pieces[at]


def _repeated(kind, pieces, at, what):
    pieces.insert(at, pieces[at])


def _swapped(kind, pieces, at, what):
    pieces[at : at + 2] = pieces[at : at + 2][::-1]


def _inserted(kind, pieces, at, what):
    pieces.insert(at, ODD[what % len(ODD)](kind))


def _replaced(kind, pieces, at, what):
    pieces[at] = ODD[what % len(ODD)](kind)


def _cut(kind, pieces, at, what):
    cut = what % (len(pieces[at]) + 1)
    pieces[at : at + 1] = [pieces[at][:cut], pieces[at][cut:]]


def _joined(kind, pieces, at, what):
    pieces[at : at + 2] = [b"".join(pieces[at : at + 2])]


def _shifted(kind, pieces, at, what):
    """The border to the next piece stands elsewhere."""
    both = b"".join(pieces[at : at + 2])
    cut = what % (len(both) + 1)
    pieces[at : at + 2] = [both[:cut], both[cut:]]


def _spliced(kind, pieces, at, what):
    piece, place = pieces[at], what // len(SPLICES) % (len(pieces[at]) + 1)
    pieces[at] = piece[:place] + SPLICES[what % len(SPLICES)] + piece[place:]


def _damaged(kind, pieces, at, what):
    piece, place = pieces[at], what // len(SPLICES) % (len(pieces[at]) + 1)
    pieces[at] = piece[:place] + SPLICES[what % len(SPLICES)] + piece[place + 1 :]


CHANGES = (
    _changed, _changed_in_all, _dropped, _repeated, _swapped, _inserted, _replaced, _cut, _joined, _shifted, _spliced, _damaged,
)  # fmt: skip
"""Ways to make something else of an answer, given a place in it and a number for all else that there is to choose."""


def after(kind, pieces, changes):
    """The pieces after some changes, each a way, a place and a number."""
    pieces = list(pieces)
    for way, at, what in changes:
        if pieces:
            CHANGES[way % len(CHANGES)](kind, pieces, at % len(pieces), what)
    return [piece for piece in pieces if piece]


class Told(NamedTuple):
    """What a caller gets, and what is noted of it."""

    said: bytes
    usage: Usage | None
    model: str
    tier: str | None


def decoder(model="m", **details):
    return OpenAIStream(Target("p", model, "openai", "http://p.test/v1", **details), 1)


def at_once(pieces, request):
    """An answer as it came; None where it may not go on so."""
    whole = whole_stream(pieces)
    said = None if whole is None else as_it_came(request, whole)
    return None if said is None else Told(b"".join(said), whole.usage, whole.model, whole.tier)


def in_chunks(pieces, request):
    """The answer as the general way gives it; None where it does not give all of it at once."""
    reader, encoder = decoder(), ChatEncoder(request)
    try:
        chunks = reader.feed(b"".join(pieces))
        if not reader.over:
            return None
        chunks += reader.finish()
        said = [(encoder.feed(chunk), chunk) for chunk in chunks]
    except ProxyError:
        return None
    if any(is_packed(piece) for piece, chunk in said if not is_run(piece, chunk)):
        return None
    used = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    return Told(
        b"".join([*(piece for piece, _ in said), encoder.finish()]),
        Usage.read(used[-1]) if used else None,
        chunks[-1]["model"],
        chunks[-1].get("service_tier"),
    )


def asking(*, usage):
    return ChatRequest(body={}, stream=True, include_usage=usage)
