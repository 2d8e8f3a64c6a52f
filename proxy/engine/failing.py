"""What a try that failed is said to have failed of."""

from __future__ import annotations

from typing import Final

from proxy.config.schema import Limits
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret

LEAST_KEY: Final = 8
"""Characters below which a credential is a placeholder, and would be found in honest words."""


def scrubbed(error: ProxyError, key: Secret | None) -> ProxyError:
    """Providers have been seen to say a refused key in full; nobody else may read it in their words."""
    if key and len(key.reveal()) >= LEAST_KEY:
        said = (error.message, error.type, error.code, error.param)
        clean = (text and text.replace(key.reveal(), key.hint) for text in said)
        message, error.type, error.code, error.param = clean
        error.message = message or ""
    return error


def stalled(limits: Limits, *, idle: bool) -> ProxyError:
    """The failure of a provider that has fallen silent (idle), or that sends events and says nothing (else)."""
    if idle:
        said = f"no event for {limits.idle_timeout:g} s (idle_timeout)"
    else:
        said = f"no output for {limits.output_idle_timeout:g} s (output_idle_timeout)"
    return ProxyError(Kind.IDLE_TIMEOUT, said)


def late(*, whole: bool) -> ProxyError:
    """Which clock ran out: that of the whole call, or that of its first byte."""
    if whole:
        return ProxyError(Kind.TOTAL_TIMEOUT, "the time for the whole call ran out (total_timeout)")
    return ProxyError(Kind.FIRST_BYTE_TIMEOUT, "no output in time (first_byte_timeout)")
