"""The shapes that cross floors: open-world data as chat-shaped dicts, our own decisions as frozen records.

A request body, a completion and a chunk are plain dicts in the OpenAI chat shape. They are typed for the checker,
built by `core/build.py`, and never mutated: the same body is encoded again for the next target.

What chat cannot say travels in these extension keys, and in no others:
    `reasoning_content`  text of the model's reasoning, on messages and deltas
    `thinking_blocks`    signed or redacted reasoning, on assistant messages and deltas, for replay to its maker
    `web_searches`       searches that the provider made itself, on assistant messages and deltas: of each its `queries`,
                         and `results` of `url` and `title`, none where it is not told what was found; or an `error`
    `extra_content`      what one provider says beyond chat, under its name, as Google's own chat surface has it
    `cache_control`      a prompt-cache mark on a content part, a message or a tool
    `firstbyte`          on a chunk: what the proxy has to say of it (`report`, `recover`)
    `vectors`            on a completion: what an embedding model answers, in the place of choices
    `native`             on a chunk or completion: the provider's own bytes, where they already are what the caller
                         of the same dialect should get

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, TypedDict

from proxy.core.credential import Auth
from proxy.core.record import let_go, record
from proxy.core.secret import Secret
from proxy.core.vectors import Vector

Json: TypeAlias = dict[str, Any]
"""One JSON object, not looked into."""

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header names in lower case, in order."""

_WORDS: Final = frozenset({"messages", "tools", "functions", "prompt", "input"})
"""Members of a body that may be long."""
DEFAULT_MAX_EVENT: Final = 16 * 1024 * 1024
DEFAULT_MAX_ANSWER: Final = 64 * 1024 * 1024


class SettledHeaders(tuple[tuple[str, str], ...]):  # noqa: SLOT001 (no tuple may have a slot)
    """Headers that many calls share: each has this very tuple, so that it is put into bytes once."""

    written: bytes | None = None
    """As they go out; None until they first did."""


class FunctionDelta(TypedDict, total=False):
    """A part of a function call; `arguments` is a piece of a JSON text."""

    name: str
    arguments: str


class CustomDelta(TypedDict, total=False):
    """A part of a call of a custom tool; `input` is a piece of its free text."""

    name: str
    input: str


class ToolCallDelta(TypedDict, total=False):
    """A part of a tool call: `id`, `type` and the name once, in the first."""

    index: int
    id: str
    type: str
    function: FunctionDelta
    custom: CustomDelta


class Delta(TypedDict, total=False):
    """What one chunk adds to one choice."""

    role: str
    content: str | None
    refusal: str | None
    reasoning_content: str
    thinking_blocks: list[Json]
    web_searches: list[Json]
    tool_calls: list[ToolCallDelta]
    function_call: FunctionDelta
    audio: Json
    images: list[Json]
    annotations: list[Json]
    extra_content: Json


class ChunkChoice(TypedDict, total=False):
    """One choice of a chunk."""

    index: int
    delta: Delta
    finish_reason: str | None
    logprobs: Json | None


class NativeEvent(TypedDict, total=False):
    """What is known of a provider's event."""

    event: str
    """Its name, where its stream has names."""
    speaks: bool
    """Whether a reader of this dialect notices it, though chat has no form for it: a tool that the provider runs."""
    is_settled: bool
    """Whether no caller of this dialect needs an edit of it: nothing is missing, and nothing is only for some."""


class Native(NativeEvent):
    """A provider's own bytes: one JSON value on one line.

    Dialects: `openai` (a chat chunk or completion), and, only where the caller speaks it, `anthropic` (a Messages event
    or message) and `responses` (a Responses event or response). In the latter two every event of the provider comes
    with its chunk, in its order; one that says nothing in the chat shape comes as a chunk without choices. Answers of
    OpenAI's older APIs have dialects of their own: `completions` (a text completion, or a chunk of one),
    `embeddings/float` and `embeddings/base64` (a list of vectors, by how they are written). `openai/run` is the one whose
    payload is more: several chat chunks, each framed as a server-sent event of its own, that together say what their
    chunk says, and nothing but text of choice 0, or of the arguments of one of its calls. Where the provider's own needed
    an edit, they have it.
    """

    dialect: str
    payload: bytes


class Chunk(TypedDict, total=False):
    """One event of a streamed answer."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Json | None
    system_fingerprint: str | None
    service_tier: str | None
    extra_content: Json
    native: Native
    firstbyte: Json
    paused: list[Json]
    """All that a provider has said so far which stopped in the middle, to be asked to go on: its own content. Never sent."""
    pieces: list[str]
    """The texts that its one text is made of, where several events of one read said it: for a surface that tells each
    by itself. Never sent."""


INNER: Final = frozenset({"native", "paused", "pieces"})
"""Members of a chunk that are only ever said inside this house: from a provider they would be believed, and a caller never
sees them."""


class Message(TypedDict, total=False):
    """One message of a request or an answer."""

    role: str
    content: str | list[Json] | None
    name: str
    refusal: str | None
    reasoning_content: str
    thinking_blocks: list[Json]
    web_searches: list[Json]
    tool_calls: list[Json]
    tool_call_id: str
    function_call: Json
    audio: Json | None
    images: list[Json]
    annotations: list[Json]
    extra_content: Json


class Choice(TypedDict, total=False):
    """One choice of a whole answer."""

    index: int
    message: Message
    finish_reason: str | None
    logprobs: Json | None


class Completion(TypedDict, total=False):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Json | None
    system_fingerprint: str | None
    service_tier: str | None
    extra_content: Json
    vectors: tuple[Vector, ...]
    native: Native
    paused: list[Json]
    """As a chunk's."""


@record
class CallOptions:
    """The `firstbyte: {...}` extension of a request body."""

    first_byte_timeout: float | None = None
    """Seconds; replaces every target's own."""
    hedge_after: float | None = None
    """Seconds; replaces every target's own. 0: no second attempt beside a slow first."""
    recover: str = ""
    """Replaces the alias's own: `off`, `restart`, `prefill` or `user_turn`."""
    report: bool = False
    """Add what happened to the last chunk or the body."""
    cache: str = ""
    """What of the alias's cache is not wanted: `refresh`, no earlier answer; `off`, nor that this one is kept."""


@record
class ChatRequest:
    """A parsed call: what the caller asked for, and the bytes that said it."""

    body: Json
    """The chat request, normalised: no `models`, no `firstbyte`, no deprecated functions. Never mutated, but forgotten."""
    raw: bytes = b""
    """The body as it came, for relays to targets of the same dialect; empty where `body` is not what was sent."""
    dialect: str = "chat"
    """The surface's name; a codec of the same dialect may relay `raw`."""
    model: str = ""
    """The name asked for; empty where none was."""
    models: tuple[str, ...] = ()
    """The caller's own cascade."""
    stream: bool = False
    include_usage: bool = False
    """Whether the caller wants a usage chunk; we ask the provider for one in any case."""
    legacy_functions: bool = False
    """The caller sent deprecated `functions`; the answer uses `function_call`."""
    tidied: bool = False
    """The messages of `body` are not quite those of `raw`: nulls are left out, deprecated calls are tool calls."""
    wants_thinking_blocks: bool = False
    """The caller sent or asked for signed reasoning, so that chunks may carry `thinking_blocks`."""
    options: CallOptions = CallOptions()
    forward: Headers = ()
    """The caller's headers that the allow-list lets through to providers."""
    translated: bool = False
    """Another API's call said again in chat: what `body` holds beyond chat is that API's, not the caller's own wish."""
    must_search: str = ""
    """Why nobody can serve it but a target that searches the web, as a sentence; empty where it does not insist on that."""
    only_native: str = ""
    """Why nobody but a target that speaks `dialect` can serve it, as a sentence; empty where `body` says it all."""
    echo: Json = field(default_factory=dict)
    """What an answer repeats of the request, where the surface's answers do."""
    only_texts: bool = False
    """Known to hold nothing but roles with their texts, and settings that are numbers, words and switches."""

    @property
    def reasons(self) -> bool:
        """Whether the request asks for reasoning, which makes a first byte late."""
        effort = self.body.get("reasoning_effort")
        return effort not in (None, "none") or _thinking_on(self.body.get("thinking"))

    def forget(self) -> None:
        """Let go of all that was said, for everybody who holds the request: somebody answers, and nobody else will be asked.

        Prompts are long, and answers take minutes. What is set beside the words stays. The one change that a request sees.
        """
        said = {name: value for name, value in self.body.items() if name not in _WORDS}
        let_go(self, body=said, raw=b"")


@dataclass(frozen=True, slots=True)
class Quirks:
    """How a vendor's chat API differs from OpenAI's, as data. The vendor's row gives it; the codec obeys."""

    rename: Mapping[str, str] = field(default_factory=dict)
    """Request fields under another name: `{"max_completion_tokens": "max_tokens"}`."""
    drop: frozenset[str] = frozenset()
    """Request fields that the vendor refuses; dropped, and the drop is reported."""
    takes: frozenset[str] = frozenset()
    """Request fields beyond chat's that the vendor knows, for callers of other APIs; `cache_control` stands for the marks
    in messages and tools, `thinking` for its budget. A chat caller's pass in any case."""
    developer_role: bool = True
    """False: `developer` messages go as `system`."""
    stream_options: bool = True
    """False: the vendor refuses `stream_options`."""
    think_tags: bool = False
    """True: reasoning comes inside `<think>` tags in the content."""
    request: tuple[str, ...] = ()
    """Edits of the call by name, in order; `codecs/vendors/` has them."""
    response: tuple[str, ...] = ()
    """Corrections of the answer by name, in order; `codecs/vendors/` has them."""
    clamp: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Ranges into which numbers of the call are brought: `{"temperature": (0, 1)}`."""
    reasoning_replay: str = ""
    """How reasoning of earlier answers goes back, by name; empty: as the caller sent it. `codecs/vendors/` has them."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can do, as far as it is known. None is not known, which keeps no request away."""

    tools: bool | None = None
    """Whether it takes tools, and messages that tell of their calls."""
    images: bool | None = None
    """Whether it takes image parts."""
    json_schema: bool | None = None
    """Whether it holds its answer to a `response_format` of that type."""
    prefill: bool | None = None
    """Whether it goes on from a last message that is the assistant's."""
    context: int | None = None
    """Tokens of the longest conversation, its answer included."""


@dataclass(frozen=True, slots=True)
class Target:
    """One model at one provider, with all that a codec needs to call it."""

    provider: str
    model: str
    """As the provider names it."""
    protocol: str
    """The codec's name."""
    base_url: str
    """Without a trailing slash."""
    api_key: Secret | None = None
    credential: str = ""
    """Tells the provider's keys apart without telling them: a short digest; for a simulated model, its own name."""
    passthrough: bool = False
    """The credential is the caller's own; its 401 and 403 are the caller's too."""
    auth: Auth | None = None
    """The credential where it is more than a key."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What else the protocol needs to know of the provider: `region`, `project`, `location`, `api_version`."""
    headers: Headers = ()
    """Added to every request."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Body fields that replace the caller's."""
    quirks: Quirks = field(default_factory=Quirks)
    capabilities: Capabilities = field(default_factory=Capabilities)
    max_event: int = DEFAULT_MAX_EVENT
    """Bytes of one event of a stream."""
    max_answer: int = DEFAULT_MAX_ANSWER
    """Bytes of a whole answer."""

    name: str = field(init=False)
    """`provider/model`, the name that callers, logs and metrics use."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.provider}/{self.model}")

    def __hash__(self) -> int:
        """Few targets have the same name and credential: what is made for a target can be remembered by it."""
        return hash((self.name, self.credential))


@record
class HttpCall:
    """One HTTP request to a provider, ready to send. `repr` shows no header: one of them is the credential."""

    url: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"
    auth: Auth | None = field(default=None, repr=False)
    """The scheme that must still be applied before it is sent."""
    dropped: tuple[str, ...] = ()
    """Request parameters that this target does not take, by name."""
    pauses: bool = False
    """Whether its answer may stop in the middle, `paused`: then it is sent again with what was said at the end of its messages."""
    trace: Headers = field(default=(), repr=False)
    """Its place in a trace, where that does not stand among `headers`; it goes out before them."""

    @property
    def lines(self) -> Headers:
        """All its headers, in the order in which they go out."""
        return (*self.trace, *self.headers)


def _thinking_on(thinking: object) -> bool:
    return isinstance(thinking, dict) and thinking.get("type") not in (None, "disabled")
