"""The limits in force for one target: what the defaults, its provider, its alias and the target itself say.

Nearest to the target wins. Two limits depend on where they were written as well as on what: whether a first-byte
timeout binds the last target of a cascade, and what it is for a request that asks for reasoning.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from proxy.config.schema import Alias, Config, Limits, TargetRef

_FIRST_BYTE: Final = "first_byte_timeout"


def resolve(
    config: Config, alias: Alias | None, ref: TargetRef, *, alone: bool | None = None
) -> Limits:
    """Merge defaults < provider < alias < target.

    Args:
        config: `config.limits` holds the defaults; its `first_byte_written` says whether they were written.
        alias: The alias whose step `ref` is, None where a target was named directly.
        ref: The target.
        alone: Whether it is a cascade of one. By default: the alias has one step, or there is no alias; a caller
            that sent its own list of models must say.

    Returns:
        Limits whose `first_byte_written` holds for this target in this cascade, and whose `first_byte_reasoning`
        is the written timeout wherever one was written.
    """
    provider = config.providers.get(ref.provider)
    said: dict[str, Any] = {
        **(provider.limits if provider is not None else {}),
        **(alias.limits if alias is not None else {}),
        **ref.limits,
    }
    if alone is None:
        alone = alias is None or len(alias.refs) == 1
    anywhere = config.limits.first_byte_written or _FIRST_BYTE in said
    here = _FIRST_BYTE in ref.limits
    merged = replace(config.limits, **said, first_byte_written=here or (alone and anywhere))
    if anywhere:
        return replace(merged, first_byte_reasoning=merged.first_byte_timeout)
    return merged
