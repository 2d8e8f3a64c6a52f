"""Looks a Redis over: whether it keeps what it is given, and whether every account's lines add up to its balance."""

from __future__ import annotations

from collections import Counter
from typing import Final

from proxy.store.records import Balance
from proxy.store.redis import ledger, scripts
from proxy.store.redis.link import Link
from proxy.store.rules import difference

AT_ONCE: Final = 1000


async def wrong(link: Link, version: int) -> list[str]:
    """What is wrong, as sentences; empty if nothing is."""
    there = await link.say("GET", link.key("version"), is_long=True)
    if there is None:
        return [
            "it has lost its data, or another program emptied it: restore it from its last copy"
        ]
    if int(there) != version:
        return [f"its keys are of version {int(there)}, and this Firstbyte knows {version}"]
    return await _keeping(link) + await _sums(link)


async def _keeping(link: Link) -> list[str]:
    said = {**await _info(link, "persistence"), **await _info(link, "memory")}
    wrong = []
    if said.get("aof_enabled") == "0":
        wrong.append(
            "it keeps no append-only file, so a restart may lose credits: set `appendonly yes`"
        )
    if said.get("maxmemory_policy") != "noeviction" and said.get("maxmemory") != "0":
        wrong.append(
            "it may drop keys when its memory is full, balances among them: set `maxmemory-policy noeviction`"
        )
    return wrong


async def _info(link: Link, section: str) -> dict[str, str]:
    told = (await link.run(scripts.INFO, section, is_long=True)).decode()
    return dict(line.split(":", 1) for line in told.splitlines() if ":" in line)


async def _sums(link: Link) -> list[str]:
    last, accounts = await link.run(scripts.MOMENT, is_long=True)
    told: Counter[tuple[str, str]] = Counter()
    after = ""
    # Lines that are added meanwhile are not of that moment.
    while last and (part := await link.run(scripts.LINES, "", after, last, AT_ONCE, is_long=True)):
        for entry in map(ledger.line, part):
            told[entry.account, entry.kind] += entry.amount
            after = entry.id
    wrong = []
    for name, granted, held, spent, open_ in sorted(accounts):
        account = name.decode()
        sentence = difference(Balance(account, granted, held, spent), told)
        if sentence:
            wrong.append(f"{account}: {sentence}")
        if held != open_:
            wrong.append(f"{account}: {held} is held, and its open holds come to {open_}")
    return wrong
