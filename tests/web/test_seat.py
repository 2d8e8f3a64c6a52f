import signal

from proxy.app import App
from proxy.config.renewal import Reloaded
from proxy.config.schema import Config, Server
from proxy.web.listening import listen
from proxy.web.seat import Seat

ELSEWHERE = Server(port=1, ops_port=1)


async def test_who_has_a_seat_listens_where_it_is_and_asks_others_for_a_reload():
    asked = []

    async def reload():
        asked.append(True)
        return Reloaded("theirs.yaml")

    calls, ops = listen("127.0.0.1", 0, "here"), listen("127.0.0.1", 0, "here")
    ports = calls.getsockname()[1], ops.getsockname()[1]
    app = App(Config(server=ELSEWHERE), observers=(), seat=Seat(calls, ops, reload, workers=2))
    app.bind()
    before = signal.getsignal(signal.SIGTERM)
    app.server.take_signals()
    after = signal.getsignal(signal.SIGTERM)
    reloaded = await app.reload()
    await app.aclose()

    assert (app.address[1], app.ops_address[1]) == ports
    assert app.workers == 2
    assert (reloaded, asked) == (Reloaded("theirs.yaml"), [True])
    assert before == after
    assert calls.fileno() == ops.fileno() == -1
