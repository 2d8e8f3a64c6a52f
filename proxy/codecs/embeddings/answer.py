"""What all answers with vectors have in common: one JSON object, in which a list of vectors stands somewhere.

Long ones are read in steps: an answer may have millions of numbers, and others wait for their turn.

Invariant: whatever the bytes, only `ProxyError` leaves this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from proxy.codecs import faults
from proxy.core import jsons, long_arrays, vectors
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json, Target
from proxy.core.steps import Steps
from proxy.core.vectors import Vector

Fault: TypeAlias = Callable[[Json], ProxyError | None]
"""Names the failure that an object inside a 200 is; None where it is none."""


NUMBERS: Final = 32 * 1024
"""Numbers that are read in a step."""


def parsed(body: bytes) -> Steps[Json]:
    """A body as an object; what is a list of numbers in it may be a vector already.

    Raises:
        ProxyError: EMPTY, MALFORMED.
    """
    if not body or body.isspace():
        raise ProxyError(Kind.EMPTY, "the provider answered with an empty body")
    try:
        return (yield from long_arrays.read_object(body))
    except jsons.JsonError as error:
        said = faults.page(body) or f"the provider's answer is not JSON: {error}"
        raise ProxyError(Kind.MALFORMED, said) from None


def listed(value: Json, name: str, fault: Fault) -> list[Any]:
    """The list in which an answer has its vectors.

    Raises:
        ProxyError: the failure that the answer is where it has no such list; EMPTY, MALFORMED.
    """
    items = value.get(name)
    if isinstance(items, list) and items:
        return items
    failure = fault(value)
    if failure is not None:
        raise failure
    if items == []:
        raise ProxyError(Kind.EMPTY, "the provider sent an answer without vectors")
    raise ProxyError(Kind.MALFORMED, f"the provider sent JSON that has no list of '{name}'")


def member(value: Any, name: str) -> Any:
    """A member of what should be an object; None where it is none, or has no such member."""
    return value.get(name) if isinstance(value, dict) else None


def read(items: Iterable[Any]) -> Steps[tuple[Vector, ...]]:
    """Vectors, each an array of numbers or base64.

    Raises:
        ProxyError: MALFORMED.
    """
    found: list[Vector] = []
    left = NUMBERS
    for at, item in enumerate(items):
        found.append(_vector(item, at))
        left -= len(found[-1])
        if left < 0:
            yield
            left = NUMBERS
    return tuple(found)


def count(value: Any) -> int | None:
    """A number of tokens; None where it is none."""
    return value if type(value) is int and value >= 0 else None


def model_of(value: Any, target: Target | None) -> str:
    """The model's name: the provider's own, else the target's."""
    if isinstance(value, str) and value:
        return value
    return target.model if target else ""


def _vector(item: Any, at: int) -> Vector:
    try:
        return vectors.read(item)
    except ValueError as error:
        said = f"vector {at + 1} of the provider's answer is unreadable: {error}"
        raise ProxyError(Kind.MALFORMED, said) from None
