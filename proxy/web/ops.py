"""What probes and people ask a server: is it alive, is it ready, what is it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.types import Receive, Scope, Send

from proxy.web.answer import answer_json


class Readiness:
    """Whether new calls should come here.

    Args:
        has_targets: Whether anything at all is configured that could answer a call.
    """

    def __init__(self, has_targets: Callable[[], bool]) -> None:
        self._has_targets = has_targets
        self._draining = False

    def drain(self) -> None:
        """Shutting down: never ready again."""
        self._draining = True

    def reasons(self) -> list[str]:
        """Why not, as sentences; empty where it is ready."""
        reasons = []
        if self._draining:
            reasons.append("shutting down")
        if not self._has_targets():
            reasons.append("no target is configured")
        return reasons


class Live:
    """`/livez`: the process serves requests. Looks at nothing else, so that no outage restarts it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer 200."""
        await answer_json(send, 200, {"status": "ok"})


class Ready:
    """`/readyz`: 200, or 503 with the reasons.

    Args:
        readiness: Asked at every call.
    """

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer."""
        reasons = self._readiness.reasons()
        if reasons:
            await answer_json(send, 503, {"status": "unavailable", "reasons": reasons})
        else:
            await answer_json(send, 200, {"status": "ok"})


class Hint:
    """`GET /`: what this is and a line to try.

    Args:
        version: Of Firstbyte.
        serves: Method and path of each route, for readers.
    """

    def __init__(self, version: str, serves: Sequence[str]) -> None:
        self._version = version
        self._serves = list(serves)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer 200."""
        # The Host has passed the parser's check: letters, digits and `.:[]-` only.
        host = next(value for name, value in scope["headers"] if name == b"host").decode("ascii")
        base = f"{scope['scheme']}://{host}/v1"
        body = '{"model":"mock/echo","messages":[{"role":"user","content":"Hello"}],"stream":true}'
        value = {
            "name": "firstbyte",
            "version": self._version,
            "base_url": base,
            "serves": self._serves,
            "try": f"curl -N {base}/chat/completions -H 'content-type: application/json' -d '{body}'",
        }
        await answer_json(send, 200, value)


class About:
    """`GET /` of the ops listener: what this is.

    Args:
        version: Of Firstbyte.
        serves: Method and path of each route, for readers.
    """

    def __init__(self, version: str, serves: Sequence[str]) -> None:
        self._value = {"name": "firstbyte", "version": version, "serves": list(serves)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer 200."""
        await answer_json(send, 200, self._value)
