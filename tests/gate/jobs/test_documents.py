from dataclasses import replace

import pytest

from proxy.core import jsons
from proxy.gate.jobs.documents import read, write
from proxy.gate.jobs.job import Held, Owed, Running, State
from tests.support.jobs import BY_USD, done, job
from tests.support.tenants import NOW


def test_what_is_written_is_read_again_after_a_store_has_had_it():
    whole = job(
        BY_USD,
        organization="org",
        key="key_1",
        user="u1",
        metadata={"a": [1, {"b": None}]},
        holds=(Held("h0", 1), Held("h1", 7)),
        owed=(Owed("h2"), Owed("h3", 5, "after completion")),
        answer={"costs": {"credit_applied": 2}},
    )
    whole = whole.ended(done("c1", 10, 5, error="cut")).began(Running("c2", 7, 8), NOW)
    whole = whole.closed(State.COMPLETED, NOW + 2, {}, "late")
    document = write(whole)
    kept = replace(document, data=jsons.decode(jsons.encode(document.data)), version=3)

    assert read(kept) == whole
    assert read(kept).version == 3
    assert (document.id, document.owner, document.mark) == ("job_1", "acme", "")


def test_a_new_job_is_read_again():
    assert read(write(job())) == job()


@pytest.mark.parametrize("state", State)
def test_what_was_written_before_jobs_said_what_they_owe_is_read(state):
    whole = job(BY_USD, holds=(Held("h0", 1),)).ended(done("c1", 0, 250_000))
    whole = whole.began(Running("c2", 7, 8), NOW).closed(state, NOW, {}, "")
    document = write(whole)
    data = {name: value for name, value in document.data.items() if name not in ("owed", "due")}

    assert whole.due == (3 if state is State.COMPLETED else 0)
    assert read(replace(document, data=data)) == whole
