from proxy.store.memory import MemoryStore
from proxy.web.operations import operations
from proxy.web.ops import Readiness
from tests.support.moods import LoopTime
from tests.support.tenants import Nobody


def table(console=None):
    return operations(
        app=Nobody(),
        numbers=None,
        readiness=Readiness(lambda: True),
        version="1.2.3",
        store=MemoryStore(LoopTime()),
        clock=LoopTime(),
        forget=lambda: None,
        console=console,
    )


async def test_the_desk_stands_among_probes_and_numbers_and_without_a_console_nothing_of_it():
    lines = [row.line for row in table()]

    assert lines[:3] == ["GET /livez", "GET /readyz", "GET /metrics"]
    assert "POST /admin/teams" in lines
    assert not [line for line in lines if "console" in line]
