"""The keys of a provider entry that only some protocols know: are they at the right place, and do they go together?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.config.addresses import places
from proxy.config.catalog import Catalog, Vendor
from proxy.config.credentials import Credential
from proxy.config.options import missing, options
from proxy.config.problems import Findings, under
from proxy.config.protocols import ACCOUNT, APART, FIELDS, KNOWN, TOGETHER, speakers
from proxy.config.sections import Section


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Reads them for one entry after the other."""

    catalog: Catalog
    findings: Findings

    def login(self, entry: Section, protocol: str, row: Vendor | None) -> dict[str, Any]:
        """The credential that is more than a key, as the entry has it; every key at a wrong place is told."""
        known = KNOWN[protocol]
        theirs = {*known.options, *known.login, *(places(row.base_url) if row else ())}
        for name in FIELDS:
            if name in entry.nodes and name not in theirs:
                self._blame(entry, name, self._stranger(name, protocol))
        for name, other in TOGETHER:
            if name in entry.nodes and other not in entry.nodes:
                self._blame(entry, name, f"expected the key `{other}` beside it")
        for name, other in APART:
            if name in entry.nodes and other in entry.nodes:
                self._blame(entry, other, f"expected either `{name}` or `{other}`, got both")
        return {name: entry.values[name] for name in known.login if name in entry.values}

    def options(
        self, entry: Section, protocol: str, row: Vendor | None, environ: Mapping[str, str]
    ) -> dict[str, str]:
        """What the codec is told, as written or from the variables of the protocol's own row; what is missing is told.

        A key of one's own may say the rest: with an `api_key` nothing is missing but what the address needs.
        """
        native = row or self.catalog.find(protocol)
        written = {name: entry.values[name] for name in FIELDS if name in entry.values}
        known = options(native, protocol, written, environ)
        lacks = missing(protocol, known)
        if lacks and lacks not in entry.nodes and not has_key(entry):
            variables = native.option_env.get(lacks, ()) if native else ()
            ways = either([f"a `{lacks}`", *variables])
            self.findings.blame(entry.place, entry.path, f"expected {ways}")
        return known

    def _stranger(self, name: str, protocol: str) -> str:
        if name == ACCOUNT:
            rows = [row.id for row in self.catalog.vendors if ACCOUNT in places(row.base_url)]
            return f"is for vendors whose address names an account: {', '.join(rows)}"
        return f"is for the protocol {either(speakers(name))}; this provider speaks {protocol}"

    def _blame(self, entry: Section, name: str, message: str) -> None:
        self.findings.blame(entry.at(name), under(entry.path, name), message)


def has_key(entry: Section) -> bool:
    """Whether the entry writes a key of its own, and not only that callers bring theirs."""
    written: Credential | None = entry.get("api_key")
    return "api_key" in entry.nodes and not (written is not None and written.passthrough)


def either(ways: Sequence[str]) -> str:
    """`a, b or c`."""
    *most, last = ways
    return f"{', '.join(most)} or {last}" if most else last
