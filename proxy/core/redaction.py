"""What looks like a credential in words that are about to be shown, and those words without it.

`masked` is for sentences of others, which stay readable around what is left out. `looks_like_key` is for one value that
somebody wrote in the wrong place: all of it is kept back.

Invariant: a plain name of a model, an alias or a vendor is no credential. The other way round there is no promise, so
what is known to be secret is a `Secret`, and is not left to this.
"""

from __future__ import annotations

import re
from typing import Final

_MASKS: Final = (
    (re.compile(r"\b((?:sk|pk|rk|fb|gsk|xai|nvapi|pplx|csk|hf|r8|ghp)[-_])[\w\-*.…]{4,}"), r"\1…"),
    (re.compile(r"\b(AIza|AKIA|ASIA|ya29\.)[\w\-]{8,}"), r"\1…"),
    (re.compile(r"\beyJ[\w\-]{8,}\.[\w\-.]{8,}"), "eyJ…"),
    (re.compile(r"(?i)\b(bearer\s+)(?=\S*[\d\-_.]|\S{20})[\w\-.~+/=]{6,}"), r"\1…"),
    (re.compile(r"(?i)((?:key|token|secret|password|signature)=)[^\s&\"',;]+"), r"\1…"),
)
_KEYS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![A-Za-z0-9])(?:sk|rk|fb)[-_]\S{4}",
        # These begin names too, `xai-grok-4` and `hf-router`, so the rest must be as long and as plain as a key's.
        r"(?<![A-Za-z0-9])(?:gsk|xai|nvapi|pplx|csk|hf|r8|gh[pousr]|github_pat|glpat)[-_][A-Za-z0-9_]{16}",
        r"(?<![A-Za-z0-9])(?:AIza|AKIA|ASIA|ya29\.)[\w\-]{8}",
        r"(?<![A-Za-z0-9])eyJ[\w\-]{8,}",
        r"(?i)(?<![a-z0-9])(?:bearer|basic)\s+\S{6}",
        r"(?i)(?:key|token|secret|password|signature)=\S",
        r"://[^/\s@]*:[^\s@]+@",
        # A UUID, and the 40 characters of Base64 that AWS gives out.
        r"(?i)(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])",
        r"(?<![\w+/=.-])(?=[a-zA-Z+/]*[0-9])(?=[A-Z0-9+/]*[a-z])(?=[a-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40}(?![\w+/=.-])",
    )
)
MOST: Final = 1024
"""Characters that are looked at: no message shows as many of one text."""
_RUN: Final = re.compile(r"[A-Za-z0-9]{20,}")
LEAST_DISTINCT: Final = 8
"""Characters that differ within a run of letters and digits; words of few, as of a ruler or a test, are no key."""


def masked(text: str) -> str:
    """A sentence with what looks like a credential left out of it."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def looks_like_key(text: str) -> bool:
    """Whether a credential seems to stand in a text, by how it begins or by how it is made."""
    seen = text[:MOST]
    return any(pattern.search(seen) for pattern in _KEYS) or any(
        _is_random(run) for run in _RUN.findall(seen)
    )


def described(text: str) -> str:
    """What is said of such a text in place of the text."""
    return f"a text of {len(text)} characters that looks like a key"


def _is_random(run: str) -> bool:
    has_both = not run.isalpha() and not run.isdecimal()
    return has_both and len(set(run)) >= LEAST_DISTINCT
