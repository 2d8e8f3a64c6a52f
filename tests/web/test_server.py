import asyncio
import gc
import os
import resource
import signal
import socket
import ssl
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
import uvloop

from proxy.config import schema
from proxy.web.answer import answer
from proxy.web.protocol import Connection
from proxy.web.server import Moments, Server, run, settle
from tests.support.calling import reached
from tests.support.rawclient import RawClient, request
from tests.support.turns import eventually
from tests.support.webserver import hasty, on_each_loop, serving

ROOT = Path(__file__).parents[2]


async def hello(_, __, send):
    await answer(send, 200, b"hello")


class Waiting:
    """An application whose answer comes when the test says so."""

    def __init__(self):
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/now":
            await hello(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        self.begun.set()
        try:
            await self.go_on.wait()
            await send({"type": "http.response.body", "body": b"two"})
        finally:
            self.ended.set()


def server(**settings):
    return Server(hello, schema.Server(**settings), signals=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
@on_each_loop
async def test_port_0_takes_any_port_and_tells_which(host):
    async with serving(hello, host=host) as ((told, port), _):
        family = "::1" if host == "::1" else "127.0.0.1"
        async with await RawClient.connect((family, port)) as client:
            response = await client.ask(request())

    assert (told, response.body) == (host, b"hello")
    assert port > 0


@on_each_loop
async def test_an_answer_names_no_server():
    async with serving(hello) as (address, _), await RawClient.connect(address) as client:
        names = [name for name, _ in (await client.ask(request())).headers]

    assert names == ["date", "content-length"]


@on_each_loop
async def test_several_servers_live_in_one_process():
    async with serving(hello) as (first, _), serving(hello) as (second, _):
        for address in (first, second):
            async with await RawClient.connect(address) as client:
                assert (await client.ask(request())).status == 200

        assert first[1] != second[1]


def test_a_port_in_use_is_one_sentence_with_the_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="already in use") as caught:
            server(port=port).bind()

    assert str(caught.value) == (
        f"address already in use: 127.0.0.1:{port}; "
        "stop the other process or set server.listen / --listen"
    )


def test_two_servers_bound_to_one_port_find_out_before_they_serve():
    first = server(port=0)
    _, port = first.bind()
    with pytest.raises(OSError, match="already in use"):
        server(port=port).bind()
    first.close()
    second = server(port=port)

    assert second.bind() == ("127.0.0.1", port)
    second.close()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("203.0.113.7", "this machine has no address 203.0.113.7:0"),
        ("2001:db8::7", r"\[2001:db8::7\]:0"),
        ("no such host", "cannot find the address of no such host"),
    ],
)
def test_an_address_that_cannot_be_had_is_one_sentence(host, words):
    stated = schema.Auth(stated=True)
    with pytest.raises(OSError, match=words) as caught:
        Server(hello, schema.Server(host=host, port=0), stated).bind()

    assert "set server.listen / --listen" in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "proxy.example"])
def test_beyond_loopback_nothing_listens_while_auth_is_not_stated(host):
    with pytest.raises(PermissionError, match=r"auth\.required is not stated"):
        Server(hello, schema.Server(host=host, port=0), schema.Auth(required=True)).bind()


def test_with_auth_stated_it_listens_anywhere():
    open_to_all = Server(hello, schema.Server(host="0.0.0.0", port=0), schema.Auth(stated=True))
    host, port = open_to_all.bind()
    open_to_all.close()

    assert (host, port > 0) == ("0.0.0.0", True)


def test_binding_raises_the_descriptor_limit_to_what_the_system_grants():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    one = server(port=0)
    one.bind()
    one.close()

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)


@pytest.fixture
def trusted(tmp_path):
    """A certificate for this machine, and the context of a client that trusts it."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return schema.Tls(cert=str(tmp_path / "cert.pem"), key=str(tmp_path / "key.pem")), context


async def test_tls_is_served_with_the_configured_certificate(trusted):
    tls, context = trusted
    async with serving(hello, tls=tls) as (address, _):
        async with await RawClient.connect(address, ssl=context) as client:
            assert (await client.ask(request())).body == b"hello"
        async with await RawClient.connect(address, ssl=context) as client:
            refused = await client.ask(request(host=None))

            assert (refused.status, await client.rest()) == (400, b"")


@pytest.mark.parametrize(
    "said",
    [None, request(), request("GET", "/", "connection: close")],
    ids=["none", "kept", "last"],
)
@on_each_loop
async def test_the_goodbye_of_a_client_over_tls_is_not_waited_for(trusted, said):
    tls, context = trusted
    # Longer than a system waits before it says that the last has arrived.
    protocol = hasty(goodbye=0.25, fresh_idle=0.01 if said is None else 60.0)
    async with serving(hello, tls=tls, protocol=protocol) as (address, server):
        connections = server._uvicorn.server_state.connections
        async with await RawClient.connect(address, ssl=context) as client:
            if said is not None:
                assert (await client.ask(said)).body == b"hello"
            client.stop_reading()
            if said == request():
                server.drain()
            await eventually(lambda: not connections, within=2.0)
            client.read_on()


class Narrow(Connection):
    """Little of what it says fits into the system."""

    goodbye = 0.02

    def connection_made(self, transport):
        with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as narrow:
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        super().connection_made(transport)


@on_each_loop
async def test_a_slow_client_over_tls_gets_all_of_the_last_answer(trusted):
    tls, context = trusted
    body, may_read = b"x" * 40_000, threading.Event()

    async def long(_, __, send):
        await answer(send, 200, body)

    def asked(address):
        with socket.socket() as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            plain.connect(address)
            with context.wrap_socket(plain, server_hostname="localhost") as client:
                client.sendall(request("GET", "/", "connection: close"))
                may_read.wait(60)
                return b"".join(iter(lambda: client.recv(65536), b""))

    async with serving(long, tls=tls, protocol=Narrow) as (address, server):
        connections = server._uvicorn.server_state.connections
        asking = asyncio.ensure_future(asyncio.to_thread(asked, address))
        # How many turns a thread takes is not the loop's to say.
        await reached(lambda: any(each._drain._deadline.moment for each in connections))
        (connection,) = connections
        ends_at = connection._drain._deadline.moment
        await reached(lambda: connection._drain._deadline.moment != ends_at)
        may_read.set()

        assert (await asking).endswith(body)


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_certificate_that_cannot_be_used_is_one_sentence(tmp_path, content):
    path = tmp_path / "cert.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(OSError, match="cannot use the TLS certificate") as caught:
        server(port=0, tls=schema.Tls(cert=str(path), key=str(path))).bind()

    assert str(path) in str(caught.value)


@on_each_loop
async def test_draining_closes_the_listener_and_idle_connections_and_lets_answers_end():
    app = Waiting()
    drained = []
    moments = Moments(drain=lambda: drained.append(1))
    async with serving(app, moments=moments) as (address, running):
        idle = await RawClient.connect(address)
        await idle.ask(request("GET", "/now"))
        fresh = await RawClient.connect(address)
        busy = await RawClient.connect(address)
        await busy.send(request())
        await app.begun.wait()
        running.drain()

        assert (await idle.rest(), await fresh.rest()) == (b"", b"")
        with pytest.raises(ConnectionRefusedError):
            await RawClient.connect(address)
        app.go_on.set()
        response = await busy.response()
        assert (response.body, response.complete) == (b"onetwo", True)
        assert await busy.rest() == b""
        assert (drained, running.draining) == ([1], True)
        for client in (idle, fresh, busy):
            await client.close()


@on_each_loop
async def test_a_request_that_was_still_arriving_when_the_drain_began_is_answered_and_closed():
    async def echo(_, receive, send):
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        await answer(send, 200, body + message["body"])

    async with serving(echo) as (address, running), await RawClient.connect(address) as client:
        await client.send(request("POST", "/", "expect: 100-continue", "content-length: 4"))
        assert (await client.head()).status == 100
        running.drain()
        (connection,) = running._uvicorn.server_state.connections
        while not connection._draining:
            await asyncio.sleep(0)
        await client.send(b"late")
        response = await client.response()

        assert (response.body, response.header("connection")) == (b"late", "close")
        assert await client.rest() == b""


@on_each_loop
async def test_what_outlives_the_drain_is_cut_and_not_ended_properly():
    app = Waiting()
    async with serving(app, drain_timeout=0.1) as (address, running):
        client = await RawClient.connect(address)
        await client.send(request())
        await app.begun.wait()
        running.drain()
        response = await client.response()
        await client.close()

        assert (response.body, response.complete) == (b"one", False)
        app.go_on.set()
        await app.ended.wait()


@on_each_loop
async def test_a_call_that_ignores_everything_is_cancelled_in_the_end():
    app = Waiting()
    async with serving(app, drain_timeout=0.05) as (address, _):
        client = await RawClient.connect(address)
        await client.send(request())
        await app.begun.wait()
        await client.close()

    assert app.ended.is_set()


@on_each_loop
async def test_a_cancelled_server_leaves_nothing_open():
    app = Waiting()
    one = Server(app, schema.Server(port=0), signals=False)
    address = one.bind()
    task = asyncio.ensure_future(one.serve())
    client = await RawClient.connect(address)
    await client.send(request())
    await app.begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert (await client.response()).complete is False
    with pytest.raises(ConnectionRefusedError):
        await RawClient.connect(address)
    await client.close()
    app.go_on.set()
    await app.ended.wait()


def test_programs_run_on_the_fast_loop():
    async def which():
        return type(asyncio.get_running_loop())

    assert run(which()) is uvloop.Loop


@asynccontextmanager
async def process(*arguments):
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.streamserver",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield child, ("127.0.0.1", int(await child.stdout.readline()))
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_streams_end_with_their_last_byte_and_exits_0(number):
    async with process("60", "ends") as (child, address):
        clients = [await RawClient.connect(address) for _ in range(20)]
        for client in clients:
            await client.send(request())
            assert (await client.head()).status == 200
            assert await client.chunk() == b"first half"
        child.send_signal(number)
        assert await child.stdout.readline() == b"draining\n"
        for client in clients:
            assert await client.chunk() == b"second half"
            assert await client.chunk() == b""
            await client.close()
        out, err = await child.communicate()

        assert (out, err, child.returncode) == (b"ended\n", b"", 0)


async def test_a_second_signal_ends_at_once_and_exits_0():
    async with process("600", "hangs") as (child, address):
        client = await RawClient.connect(address)
        await client.send(request())
        assert (await client.head()).status == 200
        child.send_signal(signal.SIGTERM)
        assert await child.stdout.readline() == b"draining\n"
        child.send_signal(signal.SIGTERM)
        out, err = await child.communicate()
        await client.close()

        assert (out, child.returncode) == (b"ended\n", 0)
        assert b"Traceback" not in err


@on_each_loop
async def test_in_the_delay_new_calls_are_taken_and_each_answer_ends_its_connection():
    moments = Moments(drain=lambda: told.append("drain"))
    told = []
    app = Waiting()
    async with serving(app, moments=moments, drain_delay=60.0) as (address, running):
        kept, busy = await RawClient.connect(address), await RawClient.connect(address)
        before = await kept.ask(request("GET", "/now"))
        await busy.send(request())
        await app.begun.wait()
        running.drain()

        assert (told, before.header("connection")) == (["drain"], None)
        async with await RawClient.connect(address) as fresh:
            assert (await fresh.ask(request("GET", "/now"))).header("connection") == "close"
            assert await fresh.rest() == b""
        assert (await kept.ask(request("GET", "/now"))).header("connection") == "close"
        app.go_on.set()
        assert (await busy.response()).complete
        for client in (kept, busy):
            await client.close()


@on_each_loop
async def test_after_the_delay_it_drains_as_it_does_without_one():
    app = Waiting()
    async with serving(app, drain_delay=0.1) as (address, running):
        idle, busy = await RawClient.connect(address), await RawClient.connect(address)
        await busy.send(request())
        await app.begun.wait()
        running.drain()

        assert await idle.rest() == b""
        with pytest.raises(ConnectionRefusedError):
            await RawClient.connect(address)
        app.go_on.set()
        assert (await busy.response()).complete
        for client in (idle, busy):
            await client.close()


@on_each_loop
async def test_an_answer_that_had_not_begun_when_the_delay_did_says_that_its_connection_ends():
    app, go_on = Waiting(), asyncio.Event()

    async def late(scope, receive, send):
        app.begun.set()
        await go_on.wait()
        await hello(scope, receive, send)

    async with (
        serving(late, drain_delay=60.0) as (address, running),
        await RawClient.connect(address) as client,
    ):
        await client.send(request())
        await app.begun.wait()
        running.drain()
        go_on.set()

        assert (await client.response()).header("connection") == "close"


@on_each_loop
async def test_at_the_deadline_whoever_still_answers_has_a_moment_to_say_so():
    app = Waiting()
    moments = Moments(deadline=app.go_on.set)
    async with serving(app, moments=moments, drain_timeout=0.1) as (address, running):
        async with await RawClient.connect(address) as client:
            await client.send(request())
            await app.begun.wait()
            running.drain()
            response = await client.response()

        assert (response.body, response.complete) == (b"onetwo", True)


@pytest.mark.parametrize("delay", [0.0, 600.0])
@on_each_loop
async def test_a_second_drain_ends_delay_and_waiting_and_still_leaves_a_last_word(delay):
    app = Waiting()
    moments = Moments(deadline=app.go_on.set)
    async with serving(app, moments=moments, drain_delay=delay, drain_timeout=600.0) as (
        at,
        running,
    ):
        async with await RawClient.connect(at) as client:
            await client.send(request())
            await app.begun.wait()
            running.drain()
            running.drain()
            response = await client.response()

        assert (response.body, response.complete) == (b"onetwo", True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_that_comes_before_it_serves_is_heard(number):
    hung_up = asyncio.Event()
    one = Server(hello, schema.Server(port=0), moments=Moments(hangup=hung_up.set))
    one.bind()
    one.take_signals()
    os.kill(os.getpid(), number)
    serving = asyncio.ensure_future(one.serve())
    if number == signal.SIGHUP:
        await hung_up.wait()
        assert not one.draining
        one.drain()
    await serving

    assert one.draining
    assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)


def test_once_all_stands_the_collector_comes_less_often_and_looks_past_it():
    before = gc.get_threshold()
    try:
        settle()
        frozen, often = gc.get_freeze_count(), gc.get_threshold()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)

    assert frozen > 10_000
    assert often[0] > before[0]
