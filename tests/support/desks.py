"""Commands at a desk: before a file of their own, or before a server whose store is in its memory."""

import asyncio
import threading
from contextlib import contextmanager

from tests.support.tenants import ADMIN, Office, ops_application
from tests.support.turns import HANGS
from tests.support.webserver import serving


def on_a_file(shell):
    """A shell whose configuration keeps everything in a file."""
    shell.write("store: sqlite:firstbyte.db\n")
    return shell


@contextmanager
def beside_a_server(shell):
    """A shell, and a server on another thread that keeps everything in memory; gives its address."""
    told, done = [], threading.Event()
    ready = threading.Event()

    async def serve():
        async with serving(ops_application(Office().desk.places)) as ((host, port), _):
            told.append(f"http://{host}:{port}")
            ready.set()
            await asyncio.to_thread(done.wait, HANGS)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(HANGS)
        shell.set("FIRSTBYTE_ADMIN_KEY", ADMIN)
        port = told[0].rpartition(":")[2]
        shell.write(f"server: {{ops_listen: '127.0.0.1:{port}'}}\n")
        yield told[0]
    finally:
        done.set()
        thread.join(HANGS)
