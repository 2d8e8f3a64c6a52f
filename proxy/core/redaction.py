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
    (re.compile(r"\b(AIza|AKIA|ASIA|ya29\.|AQ\.)[\w\-]{8,}"), r"\1…"),
    (re.compile(r"\beyJ[\w\-]{8,}\.[\w\-.]{8,}"), "eyJ…"),
    (re.compile(r"(?i)\b(bearer\s+)(?=\S*[\d\-_.]|\S{20})[\w\-.~+/=]{6,}"), r"\1…"),
    (re.compile(r"(?i)((?:key|token|secret|password|signature)=)[^\s&\"',;]+"), r"\1…"),
)
_KEYS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![A-Za-z0-9])(?:[sp]k-(?:ant|proj|or|svcacct|admin|lf)-|[srp]k_(?:live|test)_)\S{3}",
        # Whatever a virtual key is made of, it is one; a name of this very length has to wait for another letter.
        r"(?<![A-Za-z0-9])fb-[\w-]{43}(?![\w-])",
        r"(?<![A-Za-z0-9])(?:AIza[\w-]{8}|A[KS]IA[A-Z0-9]{12}|ya29\.[\w-]{8}|AQ\.[\w-]{20})",
        r"(?<![A-Za-z0-9])eyJ[\w\-]{8,}",
        r"(?i)(?<![a-z0-9])bearer\s+\S{6}",
        r"(?i)(?<![a-z0-9])basic\s+(?:[a-z0-9+/]{6,}=|[a-z0-9+/]{20})",
        r"(?i)(?:key|token|secret|password|signature)=\S",
        r"://[^/\s@]*:[^\s@]+@",
        # The 40 characters of Base64 that AWS gives out.
        r"(?<![\w+/=.-])(?=[a-zA-Z+/]*[0-9])(?=[A-Z0-9+/]*[a-z])(?=[a-z0-9+/]*[A-Z])[A-Za-z0-9+/]{40}(?![\w+/=.-])",
    )
)
MOST: Final = 1024
"""Characters that are looked at: no message shows as many of one text."""
_PREFIXED: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:[srp]k|fb|gsk|xai|nvapi|pplx|csk|hf|r8|gh[pousr]|github_pat|glpat)[-_]"
    r"([A-Za-z0-9_-]{16,})"
)
"""Names begin like this too, `fb-fast` and `xai-grok-4`: what follows decides."""
_RUN: Final = re.compile(r"[A-Za-z0-9]{20,}")
LEAST_DISTINCT: Final = 8
"""Characters that differ within a run of letters and digits; words of few, as of a ruler or a test, are no key."""
_SHORT: Final = 8
"""Characters of a part of a name that need not be a word: `8x22b`, `20250514`."""
_WORD: Final = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_DATE: Final = re.compile(r"20\d{6}")
_UNSPEAKABLE: Final = re.compile(r"[^aeiouy]{5}", re.IGNORECASE)
_HEXADECIMAL: Final = re.compile(r"[a-f]+", re.IGNORECASE)
_VOWEL: Final = re.compile(r"[aeiouy]", re.IGNORECASE)
_CHANGE: Final = re.compile(r"(?<=\d)(?=\D)|(?<=\D)(?=\d)")


def masked(text: str) -> str:
    """A sentence with what looks like a credential left out of it."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def looks_like_key(text: str) -> bool:
    """Whether a credential seems to stand in a text, by how it begins or by how it is made."""
    seen = text[:MOST]
    return (
        any(pattern.search(seen) for pattern in _KEYS)
        or any(_is_body(rest) for rest in _PREFIXED.findall(seen))
        or looks_random(seen)
    )


def looks_random(text: str) -> bool:
    """Whether letters and digits stand in a text as only chance puts them: what no name has, whatever it begins with."""
    return any(map(_is_random, _RUN.findall(text[:MOST])))


def described(text: str) -> str:
    """What is said of such a text in place of the text."""
    return f"a text of {len(text)} characters that looks like a key"


def _is_body(rest: str) -> bool:
    """Whether what follows a key's beginning is not all words and short numbers."""
    return not all(map(_is_plain, re.split(r"[-_]", rest)))


def _is_plain(part: str) -> bool:
    return len(part) <= _SHORT or part.isdecimal() or _is_of_words(part)


def _is_random(run: str) -> bool:
    one_kind = run.isdecimal() or (run.isalpha() and (run.islower() or run.isupper()))
    return not one_kind and len(set(run)) >= LEAST_DISTINCT and not _is_of_words(run)


def _is_of_words(run: str) -> bool:
    """Whether half of it can be spoken, and digits do not come between its letters all the time."""
    run = _DATE.sub("", run)
    spoken = sum(len(word) for word in _WORD.findall(run) if _is_spoken(word))
    return spoken * 2 >= len(run) and len(_CHANGE.findall(run)) * 4 <= len(run)


def _is_spoken(word: str) -> bool:
    if _HEXADECIMAL.fullmatch(word) or _UNSPEAKABLE.search(word):
        return False
    return len(_VOWEL.findall(word)) * 9 >= len(word) * 2
