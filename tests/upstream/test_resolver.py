import asyncio
import socket
import threading

import pytest

from proxy.upstream import resolver as module
from proxy.upstream.resolver import Resolver


async def test_a_literal_is_its_own_address_and_takes_no_thread():
    resolver = Resolver()

    assert await resolver.resolve("127.0.0.1", 80) == [(socket.AF_INET, ("127.0.0.1", 80))]
    assert await resolver.resolve("::1", 80) == [(socket.AF_INET6, ("::1", 80, 0, 0))]
    assert resolver._threads is None
    resolver.close()


async def test_a_name_is_looked_up_by_the_system():
    resolver = Resolver()

    assert (socket.AF_INET, ("127.0.0.1", 80)) in await resolver.resolve("localhost", 80)
    resolver.close()


@pytest.mark.parametrize("host", ["x" * 64 + ".invalid", "no-such-name.invalid", "a..b"])
async def test_a_name_without_an_address_is_a_resolution_error(host):
    resolver = Resolver()
    with pytest.raises(socket.gaierror):
        await resolver.resolve(host, 80)

    assert resolver._running == {}
    resolver.close()


async def test_callers_of_one_name_share_one_look_up(monkeypatch):
    release = threading.Event()
    asked = []

    def slow(host, port, **_):
        asked.append((host, port))
        release.wait(20)
        return [(socket.AF_INET, None, None, None, ("10.0.0.1", port))]

    monkeypatch.setattr(module.socket, "getaddrinfo", slow)
    resolver = Resolver()
    callers = [asyncio.ensure_future(resolver.resolve("slow.test", 80)) for _ in range(20)]
    other = asyncio.ensure_future(resolver.resolve("slow.test", 81))
    await asyncio.sleep(0)
    callers[0].cancel()
    await asyncio.sleep(0)
    assert callers[0].cancelled()
    release.set()

    assert await asyncio.gather(*callers[1:]) == [[(socket.AF_INET, ("10.0.0.1", 80))]] * 19
    assert await other == [(socket.AF_INET, ("10.0.0.1", 81))]
    assert sorted(asked) == [("slow.test", 80), ("slow.test", 81)]
    assert resolver._running == {}
    resolver.close()


async def test_a_failure_that_nobody_waits_for_any_more_is_silent(monkeypatch):
    release = threading.Event()

    def slow(host, port, **_):
        release.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "busy")

    monkeypatch.setattr(module.socket, "getaddrinfo", slow)
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    resolver = Resolver()
    caller = asyncio.ensure_future(resolver.resolve("slow.test", 80))
    await asyncio.sleep(0)
    caller.cancel()
    future = resolver._running["slow.test", 80]
    release.set()
    with pytest.raises(socket.gaierror):
        await future
    await asyncio.sleep(0)

    assert (complaints, resolver._running) == ([], {})
    resolver.close()


async def test_closing_cancels_look_ups_that_have_not_begun(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(module, "THREADS", 1)
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: release.wait(20) and [])
    resolver = Resolver()
    first = asyncio.ensure_future(resolver.resolve("one.test", 80))
    second = asyncio.ensure_future(resolver.resolve("two.test", 80))
    await asyncio.sleep(0)
    resolver.close()
    with pytest.raises(socket.gaierror):
        await second
    release.set()

    assert await first == []
    assert resolver._running == {}
