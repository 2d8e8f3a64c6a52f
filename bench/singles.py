"""Works that are one thing at a time: the wait for a first byte, and the start."""

import socket
import statistics
import time

from bench import startup
from bench.contestants import Ask, Direct, awake
from bench.house import House


def first_byte(house: House, work: str) -> None:
    """What one call at a time waits longer for its first event than without anybody between."""
    ask = Ask("relay", stream=True)
    with house.mock() as mock, house.contestants(mock) as running:
        everybody = [*running, Direct(mock.port)]
        for number in range(house.size.rounds):
            house.quiet()
            times: dict[str, list[float]] = {each.name: [] for each in everybody}
            lines = {
                each.name: _Line(each.request(ask).port, each.request(ask).raw())
                for each in everybody
            }
            for turn in range(house.size.singles // 50 + 1):
                for each in everybody:
                    name, line = each.name, lines[each.name]
                    with awake(each):
                        waits = [line.wait() for _ in range(50)]
                    # The first turn warms up.
                    times[name] += waits if turn else []
            direct = _cuts(times["direct"])
            for name, waits in times.items():
                p50, p99 = _cuts(waits)
                house.notes.add(
                    work,
                    name,
                    p50_ms=p50 * 1e3,
                    p99_ms=p99 * 1e3,
                    added_p50_ms=(p50 - direct[0]) * 1e3,
                    added_p99_ms=(p99 - direct[1]) * 1e3,
                )
                house.say(
                    f"{work} {number + 1}/{house.size.rounds} {name}: p50 {p50 * 1e3:.3f} ms, p99 {p99 * 1e3:.3f} ms"
                )
            for line in lines.values():
                line.close()


def _cuts(values: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(values, n=100)
    return cuts[49], cuts[98]


class _Line:
    """One connection, one call at a time."""

    def __init__(self, port: int, request: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request

    def wait(self) -> float:
        """Call, read the whole stream, and tell how many seconds its first event took."""
        began = time.perf_counter()
        self._socket.sendall(self._request)
        data, first = b"", 0.0
        while not data.endswith(b"0\r\n\r\n"):
            more = self._socket.recv(1 << 16)
            if not more:
                raise RuntimeError("the connection was closed within an answer")
            data += more
            if not first and b"data: " in data:
                first = time.perf_counter() - began
        return first

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def started(house: House, work: str) -> None:
    """Seconds until ready, and megabytes resident when idle."""
    house.quiet()
    for seconds, megabytes in startup.started(max(3, house.size.rounds)):
        house.notes.add(work, "firstbyte", seconds=seconds, megabytes=megabytes)
        house.say(f"{work}: ready after {seconds:.3f} s, {megabytes:.1f} MB")
