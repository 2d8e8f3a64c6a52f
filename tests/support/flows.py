"""Credential flows driven by hand: each call that they yield is answered from a script."""

from proxy.core.errors import ProxyError


def driven(flow, *answers):
    """Run a flow; the calls that it made, and what it returned.

    An answer is (status, body), or a `ProxyError` for a call that got none.
    """
    calls = []
    script = iter(answers)
    try:
        call = next(flow)
        while True:
            calls.append(call)
            answer = next(script)
            call = flow.throw(answer) if isinstance(answer, ProxyError) else flow.send(answer)
    except StopIteration as done:
        assert next(script, None) is None, "not every answer was asked for"
        return calls, done.value
