"""Usage, the ledger and calls, as operators ask for them."""

from __future__ import annotations

from proxy.core.shape import Json
from proxy.gate.credits import account_of
from proxy.gate.desk import shown
from proxy.gate.desk.asked import FOREVER, Asked
from proxy.store.records import By, Finding
from proxy.store.store import Ledger
from proxy.surfaces.complaint import invalid, not_one_of, wrong_value


class Books:
    """Verbs. Each answers with what is shown, and may raise `StoreError`.

    Args:
        ledger: What became of calls and credits.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def usage(self, asked: Asked) -> Json:
        """What calls come to, in groups, the largest cost first.

        Raises:
            ProxyError: INVALID_REQUEST for the query.
        """
        asked.only("by", "from", "to", "team_id", "key_id", "job_id")
        said = asked.query.get("by", By.TEAM.value)
        if said not in tuple(By):
            raise not_one_of("by", said, tuple(By))
        sums = await self._ledger.sums(By(said), _finding(asked))
        return shown.listed(map(shown.usage, sums), by=said)

    async def calls(self, asked: Asked) -> Json:
        """Calls, by the time they came.

        Raises:
            ProxyError: INVALID_REQUEST for the query.
        """
        asked.only("from", "to", "team_id", "key_id", "job_id", "limit", "cursor")
        limit = asked.limit
        rows = await self._ledger.rows(_finding(asked), cursor=asked.cursor, limit=limit + 1)
        cursor = rows[limit - 1].id if len(rows) > limit else ""
        return shown.listed(map(shown.call, rows[:limit]), cursor)

    async def ledger(self, asked: Asked) -> Json:
        """Lines of the ledger, oldest first: of one account, or of one team's credits, where the query names it.

        Raises:
            ProxyError: INVALID_REQUEST for the query.
        """
        asked.only("account", "team_id", "limit", "cursor")
        account, team, limit = _account(asked), asked.query.get("team_id"), asked.limit
        if team is not None:
            account = account_of(team)
        lines = await self._ledger.entries(account=account, cursor=asked.cursor, limit=limit + 1)
        cursor = lines[limit - 1].id if len(lines) > limit else ""
        return shown.listed(map(shown.entry, lines[:limit]), cursor)


def _account(asked: Asked) -> str:
    if "account" in asked.query and "team_id" in asked.query:
        raise invalid("Give 'account' or 'team_id', not both.", "team_id", "invalid_value")
    return asked.query.get("account", "")


def _finding(asked: Asked) -> Finding:
    since, until = asked.moment("from", 0.0), asked.moment("to", FOREVER)
    if until <= since:
        raise wrong_value("to", "expected a moment after 'from'; it is not counted itself.")
    said = asked.query
    return Finding(
        since, until, said.get("team_id", ""), said.get("key_id", ""), said.get("job_id", "")
    )
