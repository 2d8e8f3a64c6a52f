import socket

import pytest

from proxy.app import App
from proxy.commands.opening import bind, start
from proxy.commands.verb import Unusable
from proxy.config.schema import Config, Server
from proxy.core.secret import Secret

SOMEWHERE = Server(port=0, ops_host="")


async def test_an_address_that_cannot_be_had_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = App(Config(server=Server(port=port, ops_host="")), observers=())
        with pytest.raises(Unusable, match="address already in use"):
            bind(app)
        await app.aclose()


async def test_a_store_that_cannot_be_opened_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    store = Secret(f"sqlite:{tmp_path}/file/firstbyte.db")
    app = App(Config(server=SOMEWHERE, store=store), observers=())
    with pytest.raises(Unusable, match=r"cannot be opened: [a-z ]+; look at `store:`"):
        await start(app)
    await app.aclose()


async def test_it_opens():
    app = App(Config(server=SOMEWHERE), observers=())
    host, port = bind(app)
    await start(app)
    await app.aclose()

    assert (host, port > 0) == ("127.0.0.1", True)
