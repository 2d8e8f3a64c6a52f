from dataclasses import replace

from proxy.gate.jobs import shown
from proxy.gate.jobs.job import LASTS, State
from tests.support.jobs import done, job
from tests.support.tenants import NOW


def test_a_job_is_shown_with_every_field():
    called = job(user="u1", metadata={"a": 1}).ended(done("c1", 10))

    assert shown.job(called, NOW) == {
        "job_id": "job_1",
        "team_id": "acme",
        "organization_id": None,
        "user_id": "u1",
        "job_type": "summary",
        "status": "pending",
        "created_at": int(NOW),
        "started_at": None,
        "completed_at": None,
        "metadata": {"a": 1},
        "error_message": None,
        "credit_applied": 0,
        "models_used": ["chat"],
    }


def test_a_job_that_was_left_open_is_shown_as_failed_before_anybody_closes_it():
    late = shown.job(job(), NOW + LASTS)

    assert (late["status"], late["error_message"]) == ("failed", "job_timeout")


def test_the_costs_call_by_call():
    called = job().ended(done("c1", 10, 250_000, purpose="draft"))
    called = called.ended(replace(done("c2", 5, error="overloaded"), priced=False))
    told = shown.breakdown(called, NOW)["costs"]

    assert (told["total_calls"], told["successful_calls"], told["failed_calls"]) == (2, 1, 1)
    assert (told["total_tokens"], told["total_cost_usd"], told["avg_latency_ms"]) == (
        15,
        0.25,
        10.0,
    )
    assert [each["cost_usd"] for each in told["breakdown"]] == [0.25, None]
    assert [each["purpose"] for each in told["breakdown"]] == ["draft", None]
    assert told["breakdown"][1]["error"] == "overloaded"


def test_a_completed_job_says_what_it_was_charged():
    over = job().ended(done("c1", 10, 5)).closed(State.COMPLETED, NOW + 1, {}, "")
    answer = shown.completed(over, 1, 99)
    kept = replace(over, answer=answer)

    assert (answer["status"], answer["completed_at"]) == ("completed", int(NOW) + 1)
    assert answer["costs"]["credit_applied"] == 1
    assert answer["costs"]["credits_remaining"] == 99
    assert [each["tokens"] for each in answer["calls"]] == [10]
    assert shown.job(kept, NOW)["credit_applied"] == 1
    assert shown.breakdown(kept, NOW)["costs"]["credits_remaining"] == 99


def test_a_job_without_calls_has_no_average():
    assert shown.costs(job(), 0, None)["avg_latency_ms"] == 0.0


def test_usage_is_together_and_by_type():
    jobs = [
        job().ended(done("c", 10, 3_000_000)).closed(State.COMPLETED, NOW, {}, ""),
        job().ended(done("c", 5, 0)).closed(State.FAILED, NOW, {}, ""),
        replace(job(), type="chat"),
    ]

    assert shown.usage("acme", "2026-11", jobs) == {
        "team_id": "acme",
        "period": "2026-11",
        "summary": {
            "total_jobs": 3,
            "successful_jobs": 1,
            "failed_jobs": 1,
            "total_cost_usd": 3.0,
            "total_tokens": 15,
            "avg_cost_per_job": 1.0,
        },
        "job_types": {
            "chat": {"count": 1, "cost_usd": 0.0},
            "summary": {"count": 2, "cost_usd": 3.0},
        },
    }
    assert shown.usage("acme", "2026-11", [])["summary"]["avg_cost_per_job"] == 0.0
