import random
import ssl
import threading

import httpx
import pytest
import trustme

from proxy.upstream import transport as module
from proxy.upstream.client import Upstream
from proxy.upstream.faults import named
from proxy.upstream.framing import Disconnected
from proxy.upstream.transport import Transport, trusting_context
from tests.support.calling import call, fetch, read, turns
from tests.support.rawserver import RawServer, answer, gone, request, reset

OK = answer(b"ok")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
    return context


@pytest.fixture
def trusting(authority):
    context = trusting_context()
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_trusted_certificate_is_trusted(server_tls, trusting, host):
    names = []
    server_tls.sni_callback = lambda _, name, __: names.append(name)
    protocols = []

    async def note(peer):
        protocols.append(peer.writer.get_extra_info("ssl_object").selected_alpn_protocol())

    script = [note, request, OK, request, answer(b"x" * 300_000), gone]
    async with RawServer(script, tls=server_tls, name=host) as server:
        transport = Transport(ssl_context=trusting)
        assert await fetch(transport, server.url) == b"ok"
        assert await fetch(transport, server.url) == b"x" * 300_000

        assert server.accepted == 1
        assert protocols == ["http/1.1"]
        assert names == ["localhost" if host == "localhost" else None]
        await transport.aclose()
        await server.all_gone()


@pytest.fixture
def looked_up(monkeypatch, trusting):
    """The threads that looked up whom the system trusts."""
    threads = []

    def found():
        threads.append(threading.current_thread())
        return trusting

    monkeypatch.setattr(module, "trusting_context", found)
    return threads


async def test_whom_the_system_trusts_is_looked_up_aside_when_first_needed(server_tls, looked_up):
    async with RawServer([request, OK, request, OK, gone], tls=server_tls) as server:
        transport = Transport()
        assert looked_up == []
        assert await fetch(transport, server.url) == b"ok"
        assert await fetch(transport, server.url) == b"ok"
        await transport.aclose()
        await server.all_gone()

    assert len(looked_up) == 1
    assert looked_up[0] is not threading.current_thread()


async def test_whom_the_system_trusts_can_be_looked_up_before_any_call(server_tls, looked_up):
    async with RawServer([request, OK, gone], tls=server_tls) as server:
        transport = Transport()
        upstream = Upstream(transport)
        upstream.trust()
        upstream.trust()
        assert await fetch(transport, server.url) == b"ok"
        await upstream.aclose()
        await server.all_gone()

    assert looked_up == [threading.current_thread()]


def test_a_transport_of_somebody_elses_trusts_whom_it_does():
    Upstream(httpx.MockTransport(lambda _: httpx.Response(200))).trust()


async def test_a_large_request_goes_through_tls(server_tls, trusting):
    body = random.Random(2).randbytes(3_000_000)
    async with RawServer([request, OK, gone], tls=server_tls) as server:
        transport = Transport(ssl_context=trusting)
        response = await call(transport, server.url, body=body)

        assert await read(response) == b"ok"
        assert server.requests[0][1] == body
        await transport.aclose()


async def test_a_certificate_of_another_host_is_refused(authority, trusting):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.test").configure_cert(context)
    async with RawServer([request, OK], tls=context) as server:
        transport = Transport(ssl_context=trusting)
        with pytest.raises(httpx.ConnectError) as caught:
            await call(transport, server.url)

        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
        assert "other.test" not in named(caught.value, "h").message
        assert "its certificate is not trusted (" in named(caught.value, "h").message
        assert server.requests == []
        assert transport.pool.open == 0


async def test_an_unknown_authority_is_refused(server_tls):
    async with RawServer([request, OK], tls=server_tls) as server:
        with pytest.raises(httpx.ConnectError) as caught:
            await call(Transport(), server.url)

        assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


async def test_plain_http_where_tls_is_due_is_a_connect_error():
    async with RawServer([b"HTTP/1.1 400 Bad Request\r\n\r\n", gone]) as server:
        with pytest.raises(httpx.ConnectError):
            await call(Transport(), server.url.replace("http", "https"))


async def test_tls_that_ends_without_goodbye_in_mid_answer_is_a_cut(server_tls, trusting):
    async with RawServer([request, OK[:-1], reset], [request, OK[:-1]], tls=server_tls) as server:
        transport = Transport(ssl_context=trusting)
        for _ in range(2):
            with pytest.raises((httpx.ReadError, Disconnected)):
                await fetch(transport, server.url)
            await server.all_gone()

        assert transport.pool.open == 0
        await transport.aclose()


async def test_a_tls_server_stalls_while_its_answer_is_not_read(server_tls, trusting):
    sent, total, piece = 0, 32 * 1024 * 1024, b"x" * 65536

    async def flood(peer):
        nonlocal sent
        await peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % total)
        while sent < total:
            await peer.write(piece)
            sent += len(piece)

    async with RawServer([request, flood], tls=server_tls) as server:
        transport = Transport(ssl_context=trusting)
        response = await call(transport, server.url)
        before = -1
        while before != sent:
            before = sent
            await turns(500)

        assert sent < total / 2
        assert response.stream._exchange.size <= 192 * 1024
        assert len(await read(response)) == total
        await transport.aclose()
