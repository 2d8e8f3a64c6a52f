"""A real redis-server on a free port, one for the tests of a process; and servers of their own for tests that break them.

Where no redis-server is found the tests fail and say what to install: an outage that nobody tried is not handled.
"""

import atexit
import ctypes
import functools
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import redis

from tests.support.turns import HANGS

OURS = (16_000, 32_000)
"""Linux gives away those from 32768 on."""
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
LIBC = ctypes.CDLL(None)


class RedisServer:
    """One server with its own folder; it keeps its data over a restart."""

    def __init__(self, *options, conf=""):
        self.folder = Path(tempfile.mkdtemp(prefix="firstbyte-redis-"))
        self.options = options
        self.port = free_port()
        self.log = []
        # A sentinel is told what it watches in a file, and keeps what it learns there.
        (self.folder / "redis.conf").write_text(conf)
        self._process = None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        """Start it and wait until it answers."""
        for _ in range(5):
            if self._started():
                return self
            # Somebody else took the port meanwhile.
            self.port = free_port()
        raise AssertionError("redis-server does not start:\n" + "".join(self.log))

    def _started(self):
        self._process = subprocess.Popen(
            [
                *[program(), str(self.folder / "redis.conf"), "--port", str(self.port)],
                *["--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""],
                *["--appendonly", "yes", "--enable-debug-command", "yes", *self.options],
            ],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 (one system call, no lock)
        )
        ready = threading.Event()
        threading.Thread(target=self._listen, args=(self._process, ready), daemon=True).start()
        assert ready.wait(HANGS)
        return self._process.poll() is None

    def _listen(self, process, ready):
        """Note what it says until it ends; it is ready when it says so, and will never be when it ends."""
        with process.stdout:
            for line in process.stdout:
                self.log.append(line)
                if "eady to accept connections" in line or "monitor master" in line:
                    ready.set()
        process.wait()
        ready.set()

    def connected(self):
        """A connection, for a `with`."""
        return redis.Redis(port=self.port, socket_timeout=HANGS, single_connection_client=True)

    def call(self, *command):
        """One command, on a connection of its own."""
        with self.connected() as client:
            return client.execute_command(*command)

    def flush(self):
        self.call("FLUSHALL")

    def kill(self):
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def freeze(self):
        """SIGSTOP: it accepts what the kernel accepts for it, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def restart(self):
        """Start again on the same port with the data that it wrote."""
        assert self._started(), "".join(self.log)

    def end(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def program():
    found = shutil.which("redis-server")
    assert found, (
        "These tests need a redis-server: `apt-get install redis-server` (or run .ci/packages)"
    )
    return found


def free_port():
    """One below those that the kernel gives away: while a server is down that comes back to its port, nobody else gets it.

    A port from among those is meanwhile given to whichever test next asks for any, and the server cannot come back.
    """
    while True:
        port = random.randrange(*OURS)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def _die_with_parent():
    LIBC.prctl(DIE_WITH_PARENT, signal.SIGKILL)


@functools.cache
def shared():
    """The server that the tests of this process share; empty it before use."""
    server = RedisServer().start()
    atexit.register(server.end)
    return server
