"""What became of calls, in a narrow table that can be added up: its details stand apart.

A sum over a million calls reads them all, in about a second, on a thread that nobody's call waits for; that is cheap
enough to need no daily roll-ups, which would have to be kept right.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Final

from proxy.core import jsons
from proxy.store.plain import plain
from proxy.store.records import By, CallRow, Finding, Sum

_ADD: Final = """
INSERT INTO calls (
  id, at, surface, alias, asked, target, outcome, status, stream, organization, team, key, job, prompt_tokens,
  completion_tokens, cached_tokens, reasoning_tokens, cost_micros, priced, ttft_ms, duration_ms
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_ADD_DETAIL: Final = "INSERT INTO call_details (call, detail) VALUES (?, ?)"

# Each way in has its index; the conditions that it does not use narrow what it finds. SQLite decides on an index
# before it sees the values, so one statement with every condition optional would always read everything.
_ROWS: Final = {
    "job": """
SELECT calls.*, detail FROM calls LEFT JOIN call_details ON call = seq
WHERE job = :job AND job <> '' AND at >= :since AND at < :until AND (:team = '' OR team = :team)
  AND (:key = '' OR key = :key) AND (at, id) > (:after, :cursor)
ORDER BY at, id LIMIT :limit
""",
    "team": """
SELECT calls.*, detail FROM calls LEFT JOIN call_details ON call = seq
WHERE team = :team AND at >= :since AND at < :until AND (:key = '' OR key = :key)
  AND at >= :after AND (at, id) > (:after, :cursor)
ORDER BY at, id LIMIT :limit
""",
    "all": """
SELECT calls.*, detail FROM calls LEFT JOIN call_details ON call = seq
WHERE at >= :since AND at < :until AND (:key = '' OR key = :key)
  AND at >= :after AND (at, id) > (:after, :cursor)
ORDER BY at, id LIMIT :limit
""",
}

_SUMS: Final = {
    "job": """
SELECT CASE :by WHEN 'organization' THEN organization WHEN 'team' THEN team WHEN 'key' THEN key WHEN 'alias' THEN alias
  WHEN 'target' THEN target WHEN 'surface' THEN surface ELSE outcome END AS grouped,
  count(*), sum(outcome = 'served'), sum(outcome IN ('failed', 'cut')), sum(prompt_tokens), sum(completion_tokens),
  sum(cached_tokens), sum(reasoning_tokens), sum(cost_micros) AS cost, sum(duration_ms)
FROM calls WHERE job = :job AND job <> '' AND at >= :since AND at < :until AND (:team = '' OR team = :team)
  AND (:key = '' OR key = :key)
GROUP BY grouped ORDER BY cost DESC, grouped
""",
    "team": """
SELECT CASE :by WHEN 'organization' THEN organization WHEN 'team' THEN team WHEN 'key' THEN key WHEN 'alias' THEN alias
  WHEN 'target' THEN target WHEN 'surface' THEN surface ELSE outcome END AS grouped,
  count(*), sum(outcome = 'served'), sum(outcome IN ('failed', 'cut')), sum(prompt_tokens), sum(completion_tokens),
  sum(cached_tokens), sum(reasoning_tokens), sum(cost_micros) AS cost, sum(duration_ms)
FROM calls WHERE team = :team AND at >= :since AND at < :until AND (:key = '' OR key = :key)
GROUP BY grouped ORDER BY cost DESC, grouped
""",
    "all": """
SELECT CASE :by WHEN 'organization' THEN organization WHEN 'team' THEN team WHEN 'key' THEN key WHEN 'alias' THEN alias
  WHEN 'target' THEN target WHEN 'surface' THEN surface ELSE outcome END AS grouped,
  count(*), sum(outcome = 'served'), sum(outcome IN ('failed', 'cut')), sum(prompt_tokens), sum(completion_tokens),
  sum(cached_tokens), sum(reasoning_tokens), sum(cost_micros) AS cost, sum(duration_ms)
FROM calls WHERE at >= :since AND at < :until AND (:key = '' OR key = :key)
GROUP BY grouped ORDER BY cost DESC, grouped
""",
}

_COLUMNS: Final = tuple(each.name for each in fields(CallRow))
"""As the table has them after `seq`; `detail` comes last and from beside."""


def add(execute: Callable[[str, Sequence[Any]], sqlite3.Cursor], row: CallRow) -> bool:
    """Keep a call; False where it is there already."""
    added = execute(
        _ADD,
        (
            row.id,
            row.at,
            row.surface,
            plain(row.alias),
            plain(row.asked),
            plain(row.target),
            row.outcome,
            row.status,
            row.stream,
            row.organization,
            row.team,
            row.key,
            row.job,
            row.prompt_tokens,
            row.completion_tokens,
            row.cached_tokens,
            row.reasoning_tokens,
            row.cost_micros,
            row.priced,
            row.ttft_ms,
            row.duration_ms,
        ),
    )
    if added.rowcount == 0:
        return False
    if row.detail:
        execute(_ADD_DETAIL, (added.lastrowid, jsons.encode(row.detail).decode()))
    return True


def rows(
    connection: sqlite3.Connection, finding: Finding, cursor: str, limit: int
) -> list[CallRow]:
    """Calls by the time they came, then by id, after the one that the cursor names."""
    after = -1.0
    if cursor:
        found = connection.execute("SELECT at FROM calls WHERE id = ?", (cursor,)).fetchone()
        if found is None:
            return []
        after = found[0]
    named = _named(finding) | {"after": after, "cursor": cursor, "limit": limit}
    return [_row(each) for each in connection.execute(_ROWS[_way(finding)], named)]


def sums(connection: sqlite3.Connection, by: By, finding: Finding) -> list[Sum]:
    """Usage in groups, the largest cost first."""
    found = connection.execute(_SUMS[_way(finding)], _named(finding) | {"by": by.value})
    return [Sum(*each) for each in found]


def _way(finding: Finding) -> str:
    return "job" if finding.job else "team" if finding.team else "all"


def _named(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in ("since", "until", "team", "key", "job")}


def _row(found: tuple[Any, ...]) -> CallRow:
    named = dict(zip(_COLUMNS, found[1:], strict=True))
    detail = named["detail"]
    return CallRow(
        **named
        | {
            "stream": bool(named["stream"]),
            "priced": bool(named["priced"]),
            "detail": {} if detail is None else jsons.decode(detail.encode()),
        }
    )
