"""What a file cannot tell of itself: which addresses are a store's, which names are simulated, who goes by it already.

The rooms that know lie above, or know nothing of files; whoever loads a configuration to go by it brings their answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.config.positions import Scalar
from proxy.config.problems import Findings
from proxy.config.sections import Section
from proxy.core.secret import Secret

Certificate: TypeAlias = Callable[[str, str], tuple[str, str]]
"""Certificate and key to the one of both that cannot be used, `cert` or `key`, and why; both empty where they can."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Asked while a value's place is at hand."""

    store: Callable[[str], str] | None = None
    """An address to what is wrong with it, in words that repeat nothing of it; empty where nothing is."""
    certificate: Certificate | None = None
    """None where nobody is about to listen: whoever lists keys need not be allowed to read that of the listener."""
    simulated: Collection[str] = ()
    """Models that are always there; empty where that is not known."""
    again: bool = False
    """A running process goes by the file already. Then it must say something: that it is gone or empty is no word of
    letting everybody in."""

    def look_at_store(self, root: Section, store: Secret, findings: Findings) -> None:
        """See that what was written is a store's address."""
        if self.store is None or "store" not in root.values:
            return
        wrong = self.store(store.reveal())
        if wrong:
            findings.blame(root.at("store"), "store", f"{wrong}{_from(root, 'store')}")

    def look_at_tls(self, tls: Section, findings: Findings) -> None:
        """See that a listener could begin with both files."""
        cert, key = tls.get("cert", ""), tls.get("key", "")
        if self.certificate is None or not (cert and key):
            return
        which, why = self.certificate(cert, key)
        if which:
            findings.blame(tls.at(which), f"{tls.path}.{which}", f"{why}{_from(tls, which)}")


def _from(section: Section, name: str) -> str:
    """Where a value was not written here, who holds it."""
    node = section.nodes[name]
    has_references = isinstance(node, Scalar) and node.references
    return f"; it is {section.shown(name)}" if has_references else ""


ALONE: Final = Outside()
"""Nobody was asked: the file is looked at by itself."""
