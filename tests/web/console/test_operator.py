"""An operator calls without a caller's key, and the admin key goes no further."""

from proxy.web.console.operator import CREDENTIALS, AsOperator
from proxy.web.known import KNOWN


async def test_no_credential_gets_through_and_everything_else_does():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    scope = {
        "path": "/console/v1/models",
        "headers": [
            (b"host", b"localhost"),
            *((name, b"Bearer secret") for name in sorted(CREDENTIALS)),
            (b"content-type", b"application/json"),
        ],
    }
    await AsOperator(app)(scope, "receive", "send")
    (passed, receive, send) = seen[0]

    assert passed["headers"] == [(b"host", b"localhost"), (b"content-type", b"application/json")]
    assert (passed["path"], receive, send) == ("/console/v1/models", "receive", "send")
    assert len(scope["headers"]) == 2 + len(CREDENTIALS)


async def test_what_is_known_of_the_head_that_came_is_not_said_of_the_one_that_goes_on():
    seen = []

    async def app(scope, receive, send):
        del receive, send
        seen.append(scope[KNOWN])

    await AsOperator(app)({"headers": [], KNOWN: "the operator's"}, None, None)

    assert seen == [None]


def test_every_header_that_the_gate_reads_is_among_them():
    assert {b"authorization", b"x-api-key", b"api-key", b"x-firstbyte-key"} <= CREDENTIALS
