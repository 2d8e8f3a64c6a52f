"""What each protocol carries of the chat API, as claims; `tests/test_docs_providers.py` proves them on the codecs.

A claim stands for a protocol and a feature: carried, carried in part, emulated, or not. Whatever is not plainly one or
the other has a note. `docs/providers.md` shows them all.
"""

from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """How far a protocol carries a feature, as the page writes it."""

    YES = "yes"
    PART = "in part"
    EMULATED = "emulated"
    NO = "no"


@dataclass(frozen=True)
class Claim:
    how: How
    note: str = ""


YES, NO = Claim(How.YES), Claim(How.NO)
PROTOCOLS = (
    "openai", "azure", "responses", "anthropic", "gemini", "vertex", "bedrock", "mistral", "cohere", "ollama",
)  # fmt: skip
"""In the order of the columns."""


def yes(note):
    return Claim(How.YES, note)


def part(note):
    return Claim(How.PART, note)


def emulated(note):
    return Claim(How.EMULATED, note)


_CUSTOM = emulated("as a function with one text argument; the answer is a custom call again")
_ONE_CALL = part("several calls in one answer, but a wish for only one at a time has no place")
_DATA_ONLY = part("as data URLs; an address is refused, because nobody would fetch it")
_FORCED = (
    "where a model has no schemas of its own, by a forced tool whose arguments become the answer"
)
_GOOGLE_FILES = part("data, and URIs of files at Google; another vendor's file id is refused")
_TEXTS = part("texts only")
_UNMARKED = "the provider caches by itself; a mark on a part has no place"
_OUTSIDE = Claim(
    How.NO,
    "none in chat itself; OpenRouter's signed details are kept; OpenAI's own models need `responses` for it",
)

CLAIMS = {
    "streaming": dict.fromkeys(PROTOCOLS, YES),
    "tools": {
        **dict.fromkeys(PROTOCOLS, YES),
        "ollama": yes("a forced choice is asked for in words"),
    },
    "parallel tools": {
        **dict.fromkeys(PROTOCOLS, YES),
        **dict.fromkeys(("gemini", "vertex", "cohere", "ollama"), _ONE_CALL),
    },
    "custom tools": {
        **dict.fromkeys(("openai", "azure", "responses"), YES),
        **dict.fromkeys(
            ("anthropic", "gemini", "vertex", "bedrock", "mistral", "cohere", "ollama"), _CUSTOM
        ),
    },
    "images": {
        **dict.fromkeys(PROTOCOLS, YES),
        **dict.fromkeys(("bedrock", "ollama"), _DATA_ONLY),
    },
    "files": {
        **dict.fromkeys(("openai", "azure", "responses", "anthropic", "mistral"), YES),
        **dict.fromkeys(("gemini", "vertex"), _GOOGLE_FILES),
        "bedrock": part("data; an uploaded file's id is refused"),
        **dict.fromkeys(("cohere", "ollama"), _TEXTS),
    },
    "audio in": {
        **dict.fromkeys(PROTOCOLS, YES),
        **dict.fromkeys(("anthropic", "cohere"), NO),
        "ollama": yes("in the field of its images"),
    },
    "audio out": {
        **dict.fromkeys(PROTOCOLS, NO),
        **dict.fromkeys(("openai", "azure", "gemini", "vertex"), YES),
    },
    "JSON schema": {
        **dict.fromkeys(PROTOCOLS, YES),
        "anthropic": yes(_FORCED),
        "vertex": yes("Claude: " + _FORCED),
        "bedrock": yes(_FORCED + ", else in words"),
        **dict.fromkeys(("cohere", "ollama"), yes("beside tools it is asked for in words")),
    },
    "reasoning": dict.fromkeys(PROTOCOLS, YES),
    "signed reasoning": {
        **dict.fromkeys(("responses", "anthropic", "gemini", "vertex", "bedrock"), YES),
        "openai": _OUTSIDE,
        **dict.fromkeys(("azure", "mistral", "cohere", "ollama"), NO),
    },
    "cache marks": {
        **dict.fromkeys(("anthropic", "bedrock"), YES),
        "openai": yes("passed on to all but OpenAI itself"),
        "vertex": part("Claude only; Gemini caches by itself"),
        **dict.fromkeys(("azure", "responses", "gemini", "mistral", "cohere", "ollama"), NO),
    },
    "cache key": {
        **dict.fromkeys(PROTOCOLS, NO),
        **dict.fromkeys(("openai", "azure", "responses", "mistral"), YES),
    },
    "citations": {
        **dict.fromkeys(PROTOCOLS, YES),
        **dict.fromkeys(("mistral", "ollama"), NO),
    },
    "web search": {
        **dict.fromkeys(("openai", "azure", "responses", "anthropic", "gemini", "vertex"), YES),
        **dict.fromkeys(("bedrock", "mistral", "cohere", "ollama"), NO),
    },
    "logprobs": {
        **dict.fromkeys(PROTOCOLS, YES),
        **dict.fromkeys(("anthropic", "bedrock"), NO),
        "responses": part("not by models that reason"),
        "vertex": part("Gemini only"),
        "cohere": part("of the tokens themselves, without the alternatives of `top_logprobs`"),
    },
    "n": {
        **dict.fromkeys(("openai", "azure", "gemini", "mistral"), YES),
        "vertex": part("Gemini only"),
        **dict.fromkeys(("responses", "anthropic", "bedrock", "cohere", "ollama"), NO),
    },
    "usage details": {
        **dict.fromkeys(PROTOCOLS, YES),
        "bedrock": part("what was cached, not what was reasoned"),
        "ollama": NO,
    },
    "errors inside a 200": dict.fromkeys(PROTOCOLS, YES),
}
"""By feature, in the order of the rows."""
