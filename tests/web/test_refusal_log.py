import pytest

from proxy.core.clock import SystemClock
from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import Outcome
from proxy.web.books import Accounts, Books
from proxy.web.refusal_log import RefusalLog

SCOPE = {"path": "/api/jobs/j/llm-call", "headers": [(b"x-request-id", b"req_1")]}


async def entered(inside):
    """What was written down of a call, and what came out of it."""
    told = []
    books = Books(Accounts(told.append, lambda *_: None), SystemClock())
    try:
        await RefusalLog(inside, "jobs", books)(SCOPE, None, None)
    except ProxyError as error:
        return told, error
    return told, None


def refusing(error):
    async def refuse(*_):
        raise error

    return refuse


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        (Kind.MISSING, 404, Outcome.REFUSED),
        (Kind.UNAUTHENTICATED, 401, Outcome.REFUSED),
        (Kind.CANCELLED, 499, Outcome.CANCELLED),
    ],
)
async def test_what_nobody_serves_is_written_down(kind, status, outcome):
    error = ProxyError(kind, "why")
    (ended,), raised = await entered(refusing(error))

    assert raised is error
    assert (ended.call, ended.surface, ended.kind) == ("req_1", "jobs", kind)
    assert (ended.status, ended.outcome) == (status, outcome)


async def test_what_somebody_serves_is_theirs_to_tell():
    async def serve(*_):
        pass

    assert await entered(serve) == ([], None)
