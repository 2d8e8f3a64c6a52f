from types import SimpleNamespace

from proxy.web.jobs.endpoints import endpoints
from proxy.web.jobs.rows import rows


def test_every_row_has_its_endpoint_and_every_endpoint_its_row():
    counter = SimpleNamespace(shop=SimpleNamespace(jobs=None, clock=None))
    table = rows(lambda name: name)

    assert [row.endpoint for row in table] == list(endpoints(counter))
