# ruff: noqa: INP001 (no package: a file to copy)
"""A typed client for Firstbyte's jobs, in one file: copy it, or learn from it.

    FIRSTBYTE_URL=http://127.0.0.1:8080 FIRSTBYTE_KEY=fb-... python jobs_client.py acme

needs nothing but httpx. It creates a job, calls a model twice, once streamed, and completes it.
"""

from __future__ import annotations

import json  # noqa: TID251 (an example stands by itself)
import os
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, cast

import httpx

Status = Literal["pending", "in_progress", "completed", "failed"]


class Created(TypedDict):
    """The answer to creating a job."""

    job_id: str
    status: Status
    created_at: int


class Costs(TypedDict):
    """What a job has come to."""

    total_calls: int
    successful_calls: int
    failed_calls: int
    total_tokens: int
    total_cost_usd: float
    avg_latency_ms: float
    credit_applied: int
    credits_remaining: int


class Response(TypedDict, total=False):
    """What the model said."""

    content: str | None
    finish_reason: str
    tool_calls: list[dict[str, Any]]


class CallMetadata(TypedDict):
    """What a call took."""

    tokens_used: int
    latency_ms: float
    model: str


class Called(TypedDict):
    """The answer to a call."""

    call_id: str
    response: Response
    metadata: CallMetadata


class CalledAlone(Called):
    """The answer to a call that created and completed its job."""

    job_id: str
    status: Status
    costs: Costs
    completed_at: int


class Completed(TypedDict):
    """The answer to completing a job."""

    job_id: str
    status: Status
    completed_at: int
    costs: Costs
    calls: list[dict[str, Any]]


class Message(TypedDict):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class JobError(Exception):
    """The server refused; `status` is 402 where there are no credits left, 409 where the job is over."""

    def __init__(self, status: int, code: str | None, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class CutError(Exception):
    """A stream ended before it was whole."""


class Jobs:
    """The jobs of one team.

    Args:
        base_url: Where Firstbyte listens, without a path.
        key: A virtual key of the team.
        team_id: The team.
    """

    def __init__(self, base_url: str, key: str, team_id: str) -> None:
        self.team_id = team_id
        headers = {"authorization": f"Bearer {key}"}
        # An answer may take minutes; that nothing at all comes for one is a fault.
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def create(
        self, job_type: str, *, idempotency_key: str | None = None, **metadata: Any
    ) -> Created:
        """Create a job; with an idempotency key it is created once, however often it is sent."""
        body = {"team_id": self.team_id, "job_type": job_type, "metadata": metadata}
        return cast(Created, self._post("/api/jobs/create", body, idempotency_key))

    def call(self, job_id: str, messages: list[Message], **chat: Any) -> Called:
        """Call a model; `chat` takes every parameter of chat completions, and `purpose`."""
        return cast(
            Called, self._post(f"/api/jobs/{job_id}/llm-call", {"messages": messages, **chat})
        )

    def stream(self, job_id: str, messages: list[Message], **chat: Any) -> Stream:
        """Call a model and read the answer as it comes."""
        path = f"/api/jobs/{job_id}/llm-call-stream"
        return Stream(self._http, path, {"messages": messages, **chat})

    def complete(
        self, job_id: str, status: Literal["completed", "failed"] = "completed", **more: Any
    ) -> Completed:
        """Complete a job; again with the same status it is the same answer."""
        body = {"status": status, **more}
        return cast(Completed, self._post(f"/api/jobs/{job_id}/complete", body))

    def create_and_call(
        self,
        job_type: str,
        messages: list[Message],
        *,
        idempotency_key: str | None = None,
        **chat: Any,
    ) -> CalledAlone:
        """A job of one call, completed by itself."""
        body = {"team_id": self.team_id, "job_type": job_type, "messages": messages, **chat}
        return cast(CalledAlone, self._post("/api/jobs/create-and-call", body, idempotency_key))

    def create_and_stream(self, job_type: str, messages: list[Message], **chat: Any) -> Stream:
        """The same, read as it comes."""
        body = {"team_id": self.team_id, "job_type": job_type, "messages": messages, **chat}
        return Stream(self._http, "/api/jobs/create-and-call-stream", body)

    def _post(self, path: str, body: dict[str, Any], key: str | None = None) -> Any:
        headers = {"idempotency-key": key} if key else {}
        answer = self._http.post(path, json=body, headers=headers)
        if answer.is_error:
            raise refusal(answer)
        return answer.json()


class Stream:
    """An answer as it comes: iterate over its words; then `costs` has what the job has come to.

    Raises:
        JobError: the call was refused; nothing was said.
        CutError: the answer ended before it was whole.
    """

    def __init__(self, http: httpx.Client, path: str, body: dict[str, Any]) -> None:
        self._http = http
        self._path = path
        self._body = body
        self.job_id = ""
        self.costs: Costs | None = None

    def __iter__(self) -> Iterator[str]:
        with self._http.stream("POST", self._path, json=self._body) as answer:
            if answer.is_error:
                answer.read()
                raise refusal(answer)
            self.job_id = answer.headers["x-job-id"]
            for line in answer.iter_lines():
                if line == "data: [DONE]":
                    return
                if line.startswith("data: "):
                    yield from self._words(json.loads(line.removeprefix("data: ")))
        raise CutError("the stream ended without [DONE]")

    def _words(self, chunk: dict[str, Any]) -> Iterator[str]:
        if "error" in chunk:
            raise CutError(chunk["error"]["message"])
        if "costs" in chunk.get("firstbyte", {}):
            self.costs = chunk["firstbyte"]["costs"]
        for choice in chunk["choices"]:
            if choice["delta"].get("content"):
                yield choice["delta"]["content"]


def refusal(answer: httpx.Response) -> JobError:
    """What an answer that is an error says."""
    error = answer.json()["error"]
    return JobError(answer.status_code, error["code"], error["message"])


def main(team_id: str) -> None:
    """Summarise in two steps, and say what it cost."""
    url = os.environ.get("FIRSTBYTE_URL", "http://127.0.0.1:8080")
    with Jobs(url, os.environ["FIRSTBYTE_KEY"], team_id) as jobs:
        job = jobs.create("summary", source="example")
        try:
            draft = jobs.call(
                job["job_id"],
                [{"role": "user", "content": "Why is the sky blue?"}],
                purpose="draft",
            )
            said = draft["response"]["content"] or ""
            stream = jobs.stream(
                job["job_id"], [{"role": "user", "content": f"In one sentence: {said}"}]
            )
            for words in stream:
                sys.stdout.write(words)
                sys.stdout.flush()
        except (JobError, CutError, httpx.HTTPError) as error:
            jobs.complete(job["job_id"], "failed", error_message=type(error).__name__)
            raise
        costs = jobs.complete(job["job_id"])["costs"]
        sys.stdout.write(
            f"\n{costs['total_calls']} calls, {costs['total_tokens']} tokens, "
            f"{costs['credit_applied']} credits; {costs['credits_remaining']} left\n"
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "acme")
