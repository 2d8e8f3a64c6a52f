"""Several workers as operators and callers see them: processes, signals and sockets, all of them real."""

import asyncio
import os
import signal
import socket
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.support.rawclient import RawClient, request
from tests.support.workers import MANY, crewed, lives, rest_of, simulated, until


async def test_of_a_hundred_calls_every_scrape_says_a_hundred(tmp_path):
    async with crewed(tmp_path) as crew:
        answers = await asyncio.gather(*(crew.call() for _ in range(100)))
        await crew.counted(100)
        said = [await crew.served() for _ in range(10)]

    assert {answer.status for answer in answers} == {200}
    assert said == [100.0] * 10


async def test_each_worker_has_as_many_connections_as_the_other(tmp_path):
    async with crewed(tmp_path) as crew:
        streams = [await crew.stream() for _ in range(16)]
        shares = [connections(pid, crew.address[1]) for pid in crew.workers()]
        for client, _ in streams:
            await client.close()

    assert shares == [8, 8]


async def test_of_connections_that_come_at_once_each_worker_has_about_half(tmp_path):
    async with crewed(tmp_path) as crew:
        streams = await asyncio.gather(*(crew.stream() for _ in range(MANY)))
        shares = [connections(pid, crew.address[1]) for pid in crew.workers()]
        await asyncio.gather(*(rest_of(client) for client, _ in streams))

    assert sum(shares) == MANY
    assert min(shares) >= MANY // 2 - 2


async def test_while_a_worker_is_away_none_is_handed_to_it_and_none_waits_longer_than_it_takes(
    tmp_path,
):
    async with crewed(tmp_path) as crew:
        streams = [await crew.stream() for _ in range(8)]
        before = crew.workers()
        os.kill(before[1], signal.SIGKILL)
        # Its place is the emptiest from now on, as soon as somebody is there.
        later = await asyncio.gather(*(crew.stream() for _ in range(8)))
        await until(lambda: len(set(crew.workers()) - set(before)) == 1)
        shares = {pid: connections(pid, crew.address[1]) for pid in crew.workers()}
        for client, _ in streams + later:
            await client.close()

    assert before[1] not in shares
    assert sum(shares.values()) == 12


async def test_a_worker_that_is_killed_is_followed_by_another_and_no_count_is_lost(tmp_path):
    async with crewed(tmp_path) as crew:
        counts = []
        for victim in (0, 1):
            await asyncio.gather(*(crew.call() for _ in range(MANY)))
            before = crew.workers()
            counts.append(await crew.counted((1 + 2 * victim) * MANY))
            os.kill(before[victim], signal.SIGKILL)
            said = await crew.says("was killed by SIGKILL")
            await until(lambda before=before: len(set(crew.workers()) - set(before)) == 1)
            counts.append(await crew.served())
            answers = await asyncio.gather(*(crew.call() for _ in range(MANY)))
            assert {answer.status for answer in answers} == {200}
            assert f"(process {before[victim]})" in said
        counts.append(await crew.counted(4 * MANY))

    assert counts == [MANY, MANY, 3 * MANY, 3 * MANY, 4 * MANY]


async def test_streams_of_all_workers_end_whole_after_a_signal(tmp_path):
    async with crewed(tmp_path) as crew:
        crew.sim.hold("brief", after=1)
        streams = await asyncio.gather(*(crew.stream() for _ in range(MANY)))
        workers = crew.workers()
        # As a service manager does that signals everybody, and then once more who was started.
        for pid in (*workers, crew.child.pid):
            os.kill(pid, signal.SIGTERM)
        # Whoever was started has heard it, too, and takes no worker's end for a fall.
        await until(lambda: is_refused(crew.address))
        crew.sim.release("brief")
        rest = await asyncio.gather(*(rest_of(client) for client, _ in streams))
        status, said = await crew.ended()

    assert [text.endswith(b"data: [DONE]\n\n") and whole for text, whole in rest] == [True] * MANY
    assert (status, said) == (0, "")
    assert not any(map(lives, workers))


async def test_from_a_signal_on_it_is_not_ready_and_nobody_is_let_wait(tmp_path):
    async with crewed(tmp_path) as crew:
        crew.sim.hold("brief", after=1)
        streams = await asyncio.gather(*(crew.stream() for _ in range(MANY)))
        before = await crew.ask("/readyz")
        crew.child.send_signal(signal.SIGINT)
        while (response := await crew.ask("/readyz")).status == 200:
            await asyncio.sleep(0)
        await until(lambda: is_refused(crew.address))
        crew.sim.release("brief")
        await asyncio.gather(*(rest_of(client) for client, _ in streams))
        status, _ = await crew.ended()

    assert before.status == 200
    assert response.json()["reasons"] == ["shutting down"]
    assert status == 0


async def test_a_second_signal_ends_every_stream_at_once_and_says_so(tmp_path):
    async with crewed(tmp_path) as crew:
        crew.write(alias="chat: [sim/endless]\n  other")
        await crew.ask("/admin/reload", "POST")
        await crew.says("store: memory")
        streams = await asyncio.gather(*(crew.stream() for _ in range(MANY)))
        crew.child.send_signal(signal.SIGTERM)
        while (await crew.ask("/readyz")).status == 200:
            await asyncio.sleep(0)
        crew.child.send_signal(signal.SIGTERM)
        rest = await asyncio.gather(*(rest_of(client) for client, _ in streams))
        status, said = await crew.ended()

    assert all(b"shutting_down" in text and b"[DONE]" not in text for text, _ in rest)
    assert (status, said) == (0, "")


@pytest.mark.parametrize("way", ["signal", "admin", "follow"])
async def test_a_reload_reaches_every_worker(tmp_path, way):
    async with crewed(tmp_path, *(["--reload"] if way == "follow" else [])) as crew:
        crew.write(alias="other")
        if way == "admin":
            reloaded = await crew.ask("/admin/reload", "POST")
            assert (reloaded.status, reloaded.json()["source"]) == (200, "firstbyte.yaml")
        elif way == "signal":
            crew.child.send_signal(signal.SIGHUP)
        said = await crew.says("reloaded firstbyte.yaml")
        old = await asyncio.gather(*(crew.call() for _ in range(MANY)))
        new = await asyncio.gather(*(crew.call(alias="other") for _ in range(MANY)))
        # Who begins later goes by the new one, too.
        os.kill(crew.workers()[1], signal.SIGKILL)
        await crew.says("was killed")
        later = await asyncio.gather(*(crew.call(alias="other") for _ in range(MANY)))

    assert said.count("reloaded") == 1
    assert {answer.status for answer in old} == {404}
    assert {answer.status for answer in (*new, *later)} == {200}


async def test_a_bad_configuration_is_told_to_whoever_asked_and_the_old_one_stays(tmp_path):
    async with crewed(tmp_path) as crew:
        one_of = (await crew.ask("/admin/targets")).json()["workers"]
        crew.write(alias="other", text="server: {{drain_timeot: 3s}}\n")
        answer = await crew.ask("/admin/reload", "POST")
        said = await crew.says("not reloaded")
        served = await asyncio.gather(*(crew.call() for _ in range(MANY)))
        refused = await crew.told("firstbyte_reload_refused")
        # Who begins now goes by the old one, too.
        for worker in crew.workers():
            os.kill(worker, signal.SIGKILL)
            await crew.says("was killed")
        await asyncio.gather(*(crew.call() for _ in range(MANY)))
        later = await crew.told("firstbyte_reload_refused")

    assert (answer.status, one_of) == (422, 2)
    assert refused == later == 1
    assert len(answer.json()["problems"]) == 1
    assert "did you mean 'drain_timeout'?" in said
    assert {each.status for each in served} == {200}


async def test_none_is_left_when_the_supervisor_is_killed(tmp_path):
    async with crewed(tmp_path) as crew:
        crew.sim.hold("brief", after=1)
        streams = await asyncio.gather(*(crew.stream() for _ in range(MANY)))
        workers = crew.workers()
        crew.child.kill()
        rest = await asyncio.gather(*(rest_of(client) for client, _ in streams))
        await until(lambda: not any(map(lives, workers)))

    assert len(workers) == 2
    assert all(b"shutting_down" in text and b"[DONE]" not in text for text, _ in rest)


async def test_a_worker_with_a_signal_of_its_own_ends_its_calls_and_another_follows(tmp_path):
    async with crewed(tmp_path) as crew:
        streams = await asyncio.gather(*(crew.stream() for _ in range(MANY)))
        before = crew.workers()
        os.kill(before[1], signal.SIGTERM)
        rest = await asyncio.gather(*(rest_of(client) for client, _ in streams))
        said = await crew.says("ended with status 0")
        await until(lambda: len(set(crew.workers()) - set(before)) == 1)
        answers = await asyncio.gather(*(crew.call() for _ in range(MANY)))

    assert [text.endswith(b"data: [DONE]\n\n") for text, _ in rest] == [True] * MANY
    assert f"worker 2 (process {before[1]})" in said
    assert {answer.status for answer in answers} == {200}


@pytest.mark.parametrize("setting", ["listen", "ops-listen"])
async def test_a_taken_port_is_one_sentence(tmp_path, setting):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with simulated(tmp_path) as crew:
            await crew.launch(f"--{setting}", f"127.0.0.1:{port}")
            status, said = await crew.ended()

    assert status == 1
    assert said == (
        f"firstbyte serve: address already in use: 127.0.0.1:{port}; "
        f"stop the other process or set server.{setting.replace('-', '_')} / --{setting}\n"
    )


async def test_a_second_server_is_kept_from_the_port_of_one_with_workers(tmp_path):
    async with crewed(tmp_path) as crew, simulated(tmp_path) as second:
        await second.launch("--listen", f"127.0.0.1:{crew.address[1]}")
        status, said = await second.ended()

    assert (status, said.count("\n")) == (1, 1)
    assert "address already in use" in said


async def test_what_keeps_a_worker_from_starting_is_told_once_and_ends_it(tmp_path):
    async with simulated(tmp_path) as crew:
        crew.write(store="sqlite:firstbyte.yaml/firstbyte.db")
        await crew.launch()
        status, said = await crew.ended()

    assert (status, said.count("firstbyte serve: ")) == (1, 1)
    assert "Traceback" not in said


async def test_a_signal_while_it_starts_ends_it_well(tmp_path):
    async with simulated(tmp_path) as crew:
        crew.write(store="sqlite:firstbyte.db")
        # While somebody else has the store no worker gets any further.
        with closing(sqlite3.connect(tmp_path / "firstbyte.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await crew.launch()
            await until(crew.workers)
            crew.child.send_signal(signal.SIGTERM)
        status, said = await crew.ended()

    assert (status, said) == (0, "")


async def test_calls_and_operators_both_ask_whether_it_is_alive(tmp_path):
    async with crewed(tmp_path) as crew:
        statuses = []
        for address in (crew.address, crew.ops):
            for path in ("/livez", "/readyz"):
                async with await RawClient.connect(address) as client:
                    statuses.append((await client.ask(request("GET", path))).status)

    assert statuses == [200] * 4


async def test_a_key_that_one_worker_issues_is_known_to_all_by_the_store(tmp_path):
    async with simulated(tmp_path) as crew:
        crew.write(store="sqlite:firstbyte.db")
        await crew.start()
        team = await crew.ask("/admin/teams", "POST", b'{"id": "blue"}')
        issued = await crew.ask("/admin/keys", "POST", b'{"team_id": "blue"}')
        key = issued.json()["key"]
        answers = await asyncio.gather(*(crew.call(key=key) for _ in range(MANY)))
        refused = await asyncio.gather(*(crew.call(key=f"{key}x") for _ in range(MANY)))

    assert team.status == 200
    assert {answer.status for answer in answers} == {200}
    assert {answer.status for answer in refused} == {401}


async def test_where_issued_keys_could_be_known_to_one_alone_it_does_not_start(tmp_path):
    text = "server: {{workers: 2}}\nauth: {{required: true}}\nstore: {store}\n"
    async with simulated(tmp_path) as crew:
        crew.write(text=text)
        await crew.launch()
        status, said = await crew.ended()

    assert status == 78
    assert said.startswith("firstbyte.yaml:3:8: store: 2 workers cannot share keys")


def is_refused(address):
    """Whether a connection is refused at once; one that was let in just before may be reset."""
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False
    return False


def connections(pid, port):
    """How many callers a process has on this port."""
    established = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == "01":
            established.add(f"socket:[{fields[9]}]")
    count = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        # What it has closed meanwhile was none of them.
        with suppress(FileNotFoundError):
            count += str(each.readlink()) in established
    return count
