"""What a request says to Firstbyte itself: its own cascade in `models`, and the `firstbyte` extension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.core.duration import seconds
from proxy.core.errors import ProxyError
from proxy.core.nearest import nearest
from proxy.core.shape import CallOptions
from proxy.surfaces.checks import a_boolean, an_object
from proxy.surfaces.complaint import invalid, wrong_type, wrong_value

MAX_MODELS: Final = 16
"""Steps of a cascade that a caller may bring."""
RECOVER: Final = ("off", "restart", "prefill", "user_turn")
"""What may be done when an answer is cut after its first byte."""
CACHE: Final = ("off", "refresh")
"""What of a cache a caller may not want."""
MAX_TIMEOUT: Final = 86_400.0
"""Seconds; nobody waits longer for a first byte."""


def cascade(models: object) -> tuple[str, ...]:
    """Read `models`; null is the same as none.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if models is None:
        return ()
    if not isinstance(models, list):
        raise wrong_type("models", "an array of strings", models)
    if len(models) > MAX_MODELS:
        said = f"expected at most {MAX_MODELS} models, but got {len(models)}."
        raise wrong_value("models", said)
    for place, model in enumerate(models):
        path = f"models[{place}]"
        if not isinstance(model, str):
            raise wrong_type(path, "a string", model)
        if not model:
            raise wrong_value(path, "got an empty string.")
    return tuple(models)


def call_options(firstbyte: object) -> CallOptions:
    """Read `firstbyte`; null is the same as none.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if firstbyte is None:
        return CallOptions()
    an_object(firstbyte, "firstbyte")
    assert isinstance(firstbyte, dict)
    read: dict[str, Any] = {}
    for name, value in firstbyte.items():
        reader = OPTIONS.get(name)
        if reader is None:
            raise _unknown(name)
        if value is not None:
            read[name] = reader(value, f"firstbyte.{name}")
    return CallOptions(**read)


def _timeout(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong_type(path, "a number of seconds or a string like '8s' or '250ms'", value)
    read = seconds(value)
    if read is None or not 0 < read <= MAX_TIMEOUT:
        said = "expected seconds or a string like '8s' or '250ms', above 0 and up to a day."
        raise wrong_value(path, said)
    return read


def _hedge(value: object, path: str) -> float:
    return 0.0 if value == "off" else _timeout(value, path)


def _flag(value: object, path: str) -> bool:
    a_boolean(value, path)
    return bool(value)


def _one_of(words: tuple[str, ...]) -> Callable[[object, str], str]:
    def read(value: object, path: str) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, "a string", value)
        if value not in words:
            raise wrong_value(path, f"expected one of {', '.join(map(repr, words))}.")
        return value

    return read


def _unknown(name: str) -> ProxyError:
    near = nearest(name, OPTIONS)
    hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(OPTIONS)}."
    path = f"firstbyte.{name[:64]}"
    return invalid(f"Unknown parameter: '{path}'; {hint}", path, "unknown_parameter")


OPTIONS: Final[dict[str, Callable[[object, str], Any]]] = {
    "first_byte_timeout": _timeout,
    "hedge_after": _hedge,
    "recover": _one_of(RECOVER),
    "report": _flag,
    "cache": _one_of(CACHE),
}
"""What the `firstbyte` of a request may hold, each with what reads it."""
