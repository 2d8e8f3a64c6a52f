"""Which endpoint a path leads to: one look-up where routes have no parameter, which is where calls go; patterns for all others."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_PARAMETERS: Final = "path_params"


def parameter(scope: Scope, name: str) -> str:
    """What stood in the request's path in the place of that name; empty where its route has no such place."""
    found: str = scope.get(_PARAMETERS, {}).get(name, "")
    return found


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path with one parameter: `/jobs/{id}/costs` takes one segment, `/models/{id:path}` all that follows."""

    before: str
    name: str
    after: str
    is_rest: bool
    """Whether it takes slashes, too, and also nothing."""

    @classmethod
    def of(cls, path: str) -> Pattern:
        """As it is written in the table of routes."""
        before, _, rest = path.partition("{")
        parameter, _, after = rest.partition("}")
        name, _, kind = parameter.partition(":")
        return cls(before, name, after, kind == "path")

    def match(self, path: str) -> str | None:
        """What stands in the place of the parameter; None where this is another path."""
        end = len(path) - len(self.after)
        if end < len(self.before):
            return None
        if not (path.startswith(self.before) and path.endswith(self.after)):
            return None
        found = path[len(self.before) : end]
        return found if self.is_rest or (found and "/" not in found) else None


class Paths:
    """Every path, as an ASGI application.

    Args:
        exact: Endpoints of paths without a parameter.
        patterns: Those of the others; the first that fits is taken.
        unknown: Who answers everywhere else.
    """

    def __init__(
        self,
        exact: Mapping[str, ASGIApp],
        patterns: Sequence[tuple[Pattern, ASGIApp]],
        unknown: ASGIApp,
    ) -> None:
        self._exact = exact
        self._patterns = patterns
        self._unknown = unknown

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Go to the endpoint, with the parameter in the scope."""
        found = self._exact.get(scope["path"])
        return (found or self._found(scope))(scope, receive, send)

    def _found(self, scope: Scope) -> ASGIApp:
        for pattern, endpoint in self._patterns:
            value = pattern.match(scope["path"])
            if value is not None:
                scope[_PARAMETERS] = {pattern.name: value}
                return endpoint
        return self._unknown
