"""What stands behind the `?` of a request's target."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.types import Scope


def query_of(scope: Scope) -> dict[str, str]:
    """Each parameter that has a value, by its name; of one that came several times the last."""
    found = parse_qs(scope["query_string"].decode("latin-1"))
    return {name: values[-1] for name, values in found.items()}
