"""A legacy completion request into a `ChatRequest`: its prompt as a user's message, beside it the bytes that came.

What chat can say goes as chat to any target; what it cannot (several prompts, tokens, a suffix, the best of many) only a
target with `/completions` of its own can serve, and `only_native` says so. Without `max_tokens` no limit is made up: the
16 tokens of the old API are of models that did not know where to end, and a model that reasons would say nothing in them.

Source: https://platform.openai.com/docs/api-reference/completions/create (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Headers, Json
from proxy.surfaces.body import object_of, without
from proxy.surfaces.chat.fields import FIELDS as CHAT
from proxy.surfaces.checks import (
    Check,
    a_boolean,
    a_model,
    a_number,
    a_string,
    an_integer,
    an_object,
    check_fields,
)
from proxy.surfaces.complaint import missing, wrong_type, wrong_value
from proxy.surfaces.options import call_options, cascade

DIALECT: Final = "completions"

_OURS: Final = frozenset({"models", "firstbyte"})
_LEGACY: Final = frozenset({"prompt", "suffix", "echo", "best_of", "logprobs"})
"""Fields that chat has in another form, or not at all."""
_FIELDS: Final[dict[str, Check]] = {
    "best_of": CHAT["n"],
    "echo": a_boolean,
    "frequency_penalty": a_number,
    "logit_bias": an_object,
    "logprobs": an_integer,
    "max_tokens": CHAT["max_tokens"],
    "model": a_model,
    "n": CHAT["n"],
    "presence_penalty": a_number,
    "seed": an_integer,
    "stop": CHAT["stop"],
    "stream": a_boolean,
    "stream_options": CHAT["stream_options"],
    "suffix": a_string,
    "temperature": a_number,
    "top_p": a_number,
    "user": a_string,
}


def parse(body: bytes, forward: Headers = ()) -> ChatRequest:
    """Read a call.

    Args:
        body: The request body, all of it.
        forward: The caller's headers that providers may see.

    Raises:
        ProxyError: INVALID_REQUEST with `param`.
    """
    sent = object_of(body)
    models, options = cascade(sent.get("models")), call_options(sent.get("firstbyte"))
    check_fields(sent, _FIELDS)
    prompt = _prompt(sent.get("prompt"))
    stream = bool(sent.get("stream"))
    idle = () if stream or "stream_options" not in sent else ("stream_options",)
    return ChatRequest(
        body=_chat(sent, prompt or "", idle),
        raw=without(body, idle),
        dialect=DIALECT,
        model=sent.get("model") or "",
        models=models,
        stream=stream,
        include_usage=stream and bool((sent.get("stream_options") or {}).get("include_usage")),
        options=options,
        forward=forward,
        only_native=_why(list(_beyond_chat(sent, prompt))),
    )


def prompt_of(request: ChatRequest) -> str:
    """The prompt; empty where chat has no form for it."""
    text: str = request.body["messages"][0]["content"]
    return text


def echo_of(request: ChatRequest) -> str:
    """What is said before the answer: the prompt where the caller wants to hear it again, else nothing."""
    if b"echo" not in request.raw:
        return ""
    member = jsons.split(request.raw).get("echo")
    wanted = member is not None and jsons.decode(bytes(member))
    return prompt_of(request) if wanted else ""


def _chat(sent: Json, prompt: str, idle: tuple[str, ...]) -> Json:
    """The same request as chat has it."""
    apart = _LEGACY | _OURS | set(idle)
    said: Json = {
        name: value
        for name, value in sent.items()
        if name not in apart and not (value is None and name in _FIELDS)
    }
    if said.get("max_tokens") == -1:
        # How editors say "no limit".
        del said["max_tokens"]
    said["messages"] = [{"role": "user", "content": prompt}]
    if sent.get("logprobs") is not None:
        said |= {"logprobs": True, "top_logprobs": sent["logprobs"]}
    return said


def _prompt(value: object) -> str | None:
    """The one text; None for several, or for tokens."""
    if value is None:
        raise missing("prompt")
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise wrong_type("prompt", "a string or an array", value)
    if not value:
        raise wrong_value("prompt", "expected at least one, but got an empty array.")
    for place, each in enumerate(value):
        if not isinstance(each, str | list) and type(each) is not int:
            raise wrong_type(f"prompt[{place}]", "a string, a token or an array of tokens", each)
    return value[0] if len(value) == 1 and isinstance(value[0], str) else None


def _beyond_chat(sent: Json, prompt: str | None) -> Iterator[str]:
    """What of the request chat has no form for."""
    if prompt is None:
        texts = all(isinstance(each, str) for each in sent["prompt"])
        yield "several prompts in one call" if texts else "a prompt that is tokens"
    if sent.get("suffix"):
        yield "a 'suffix'"
    if (sent.get("best_of") or 1) > (sent.get("n") or 1):
        yield "a 'best_of' above 'n'"
    if sent.get("echo") and sent.get("logprobs") is not None:
        yield "'logprobs' of a prompt that is echoed"


def _why(wants: list[str]) -> str:
    if not wants:
        return ""
    return (
        f"Only a target with a completions API of its own takes {' and '.join(wants)}: "
        "name one whose provider has `completions` among its `surfaces`."
    )
