"""A supervisor with workers that do as a test says, for a process of its own: a test's own process is none to fork.

The test's program defines `work` and calls `main`. A worker of this house answers every connection with its name until
it is told to stop.
"""

import select
import sys

from proxy.commands import supervisor
from proxy.commands.channel import Messages, Word, pack
from proxy.config.renewal import Renewal
from proxy.config.schema import Config, Server
from proxy.core.clock import SystemClock
from proxy.web.listening import SharedAddress


def serve(berth, line):
    """Answer until told to stop."""
    line.sendall(pack(Word.READY))
    messages = Messages()
    while True:
        for ready in select.select([line, berth.calls], [], [])[0]:
            if ready is line:
                data = line.recv(4096)
                words = [word for word, _ in messages.feed(data)]
                if not data or Word.STOP in words:
                    return 0
                line.sendall(pack(Word.HERE) * words.count(Word.ASK))
            else:
                caller, _ = berth.calls.accept()
                caller.sendall(berth.name.encode())
                caller.close()


def main(folder, work):
    """Supervise; the exit status."""
    config = Config(server=Server(workers=2, drain_timeout=0.0))
    listeners = supervisor.Listeners(SharedAddress("127.0.0.1", 0, "here"), None)
    house = supervisor.Supervisor(
        config,
        listeners,
        folder,
        Renewal(config, lambda: config),
        SystemClock(),
        work,
        lambda: tell(f"open on {listeners.calls.port}"),
    )
    return house.run()


def tell(line):
    """Say it to the test."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
