"""Says which legacy completion calls a target can be sent as they are, and how it is then called.

Asked when a call is planned: `as_completions(target)` is then called in the place of the target.

Invariant: pure; a call of any other API is never sent over completions.
Source: https://platform.openai.com/docs/api-reference/completions (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from proxy.codecs.completions.encode import DIALECT
from proxy.core.shape import ChatRequest, Quirks, Target

_OPENAI: Final = re.compile(r"(?:[a-z0-9-]+\.)?api\.openai\.com")
_BASE_MODELS: Final = re.compile(r"(?:ft:)?(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002)\b")
"""OpenAI's models that know no chat; its others know no completions."""


def takes_completions(request: ChatRequest, target: Target, surfaces: Collection[str]) -> bool:
    """Whether the call is a completion, and this target has an API of its own for it.

    Args:
        request: The parsed call.
        target: Who would be asked.
        surfaces: What its provider says that it has beside chat.
    """
    if request.dialect != DIALECT or target.protocol != "openai":
        return False
    return DIALECT in surfaces or _is_base_model(target)


def as_completions(target: Target) -> Target:
    """The same model at the same provider, over its completions API.

    There are none of the quirks of its chat there, and it goes on from any text.
    """
    quirks = Quirks(stream_options=target.quirks.stream_options, rename=target.quirks.rename)
    able = replace(target.capabilities, prefill=True)
    return replace(target, protocol=DIALECT, quirks=quirks, capabilities=able)


def _is_base_model(target: Target) -> bool:
    host = urlsplit(target.base_url).hostname or ""
    return bool(_OPENAI.fullmatch(host) and _BASE_MODELS.match(target.model))
